/** Asks the history how the filesystems filled, while somebody looks at them. */

import { ABSENT } from "../format.js";
import { t } from "../lang.js";
import { stamp } from "../time/words.js";
import { outlook } from "./fill.js";

/** @typedef {import("../patch.js").Document} Document */
/** @typedef {import("../time/timeline.js").Source} Source */
/** @typedef {{times: number[], used: Map<string, (number | null)[]>}} Filling */

const SPAN_S = 30 * 86400;
// An hour each: the tier that is kept for two years.
const POINTS = 720;
const AGAIN_S = 600;

export class Outlooks {
  /** @param {Source} past @param {() => void} changed */
  constructor(past, changed) {
    this.past = past;
    this.changed = changed;
    /** @type {Filling | null} */
    this.filling = null;
    this.asked = -Infinity; // Unix seconds
    this.now = 0;
  }

  /** @param {number} now Unix seconds @param {boolean} asks whether there is a history */
  look(now, asks) {
    this.now = now;
    if (!asks || Math.abs(now - this.asked) < AGAIN_S) return;
    this.asked = now;
    this.#ask(now);
  }

  /** @param {Document} thing @param {string} place */
  text(thing, place) {
    const found = this.#of(thing, place);
    if (thing.read_only === true) return t("read-only");
    if (found === null || found.state === "unknown") return ABSENT;
    if (found.state === "never") return t("not soon");
    if (found.days < 1) return t("within a day");
    if (found.days > 365) return t("over a year");
    return t("{days} days", { days: Math.round(found.days) });
  }

  /** @param {Document} thing @param {string} place */
  about(thing, place) {
    const found = this.#of(thing, place);
    if (found === null || found.state === "unknown") return t("Known after a day of history");
    return t("As it filled since {time}", { time: stamp(found.since, this.now) });
  }

  /** @param {Document} thing @param {string} place */
  #of(thing, place) {
    const used = this.filling?.used.get(place);
    if (this.filling === null || used === undefined || typeof thing.available !== "number") return null;
    return outlook(this.filling.times, used, thing.available);
  }

  /** @param {number} now */
  async #ask(now) {
    try {
      const { times, series } = await this.past.query(["filesystem.used"], now - SPAN_S, now, POINTS);
      this.filling = { times, used: new Map(series.map(({ key, average }) => [key, average])) };
      this.changed();
    } catch {
      // It stays unknown, which is what is shown.
    }
  }
}
