/** What the history keeps, and for how long it will: a line at the page's end. */

import { byId, setText } from "../dom.js";
import { text } from "../format.js";
import { t } from "../lang.js";
import { span, stamp } from "./words.js";

/** @typedef {import("./timeline.js").Source} Source */

const EVERY_MS = 600_000;

export class Kept {
  /** @param {Source} past */
  constructor(past) {
    this.past = past;
    this.started = false;
  }

  /** Say it, now and every ten minutes. */
  start() {
    this.#say();
    if (this.started) return;
    this.started = true;
    setInterval(() => document.visibilityState === "visible" && this.#say(), EVERY_MS);
  }

  async #say() {
    try {
      setText(byId("kept"), told(await this.past.state(), Date.now() / 1000));
    } catch {
      setText(byId("kept"), "");
    }
  }
}

/**
 * @param {any} state the answer of `/api/v1/history`
 * @param {number} now Unix seconds
 * @returns {string}
 */
export function told({ state, reason, from, bytes, limit, tiers, processes }, now) {
  if (state === "recorded") return reason;
  if (state === "off") return t("There is no history: {reason}.", { reason });
  const said = { bytes: text("bytes", bytes), limit: text("bytes", limit) };
  const since = typeof from === "number" ? stamp(from, now) : null;
  const parts = [
    since === null
      ? t("History from now on, {bytes} of {limit}", said)
      : t("History since {since}, {bytes} of {limit}", { since, ...said }),
  ];
  const fits = [...(tiers ?? []).map(portion), ...(processes ?? []).slice(0, 1).map(portionOfProcesses)];
  const known = fits.filter(Boolean);
  if (known.length > 0) parts.push(t("will keep {spans}", { spans: known.join(", ") }));
  if (state === "degraded") parts.push(t("nothing is being written: {reason}", { reason }));
  return parts.join(" · ");
}

/** @param {{step: number, keeps: number, fits: number | null}} tier */
function portion({ step, keeps, fits }) {
  return fits === null ? "" : t("{span} at {step}", { span: span(Math.min(keeps, fits)), step: span(step) });
}

/** @param {{step: number, keeps: number, fits: number | null}} tier */
function portionOfProcesses({ keeps, fits }) {
  return fits === null ? "" : t("processes {span}", { span: span(Math.min(keeps, fits)) });
}
