/** The readings of the tiles: where each figure is going, and its place against the last hour. */

import { setAttribute, setText } from "./dom.js";
import { figure, metricOf } from "./figures.js";
import { round, text } from "./format.js";
import { t } from "./lang.js";
import { BIN_S, HOUR_S, Standing, course, share } from "./standing.js";
import { charted, needed } from "./time/charted.js";
import { stamp } from "./time/words.js";

/** @typedef {import("./patch.js").Document} Document */
/** @typedef {import("./figures.js").Metrics} Metrics */
/** @typedef {import("./time/timeline.js").Source} Source */

const POINTS = HOUR_S / BIN_S + 1;
// The history is asked again after so long, for what was missed while nobody looked.
const AGAIN_S = 600;
// Not at each second that a hand passes by.
const REST_MS = 250;
const LATER_MS = 3000;
const ARROWS = { up: "↑", down: "↓", steady: "" };

export class Readings {
  /** @param {Element} root @param {Source} past */
  constructor(root, past) {
    this.past = past;
    this.places = [...root.querySelectorAll("[data-reading]")].map(place);
    this.names = this.places.map(({ name }) => name);
    this.live = new Standing();
    this.then = new Standing();
    this.at = 0; // the moment that `then` is of
    this.askedThen = false;
    this.asked = -Infinity; // by the clock of what is known
  }

  /** What has just come. @param {Document} known @param {Metrics} metrics @param {number} time */
  take(known, metrics, time) {
    for (const name of this.names) this.live.take(name, time, figure(known, metrics, name));
  }

  /**
   * @param {Document} shown @param {Metrics} metrics
   * @param {number} time of what is shown @param {boolean} past whether that is not now
   * @param {boolean} asks whether there is a history
   */
  update(shown, metrics, time, past, asks) {
    if (past && time !== this.at) this.#travel(time);
    if (past && asks && !this.askedThen) this.#askThen();
    if (!past && asks && time - this.asked > AGAIN_S) {
      this.asked = time;
      this.#ask(this.live, time);
    }
    const standing = past ? this.then : this.live;
    for (const each of this.places) {
      const unit = metrics[metricOf(each.name)]?.unit ?? "";
      tell(each, unit, figure(shown, metrics, each.name), standing.of(each.name, time), time);
    }
  }

  /** @param {number} time */
  #travel(time) {
    this.at = time;
    this.then = new Standing();
    this.askedThen = false;
  }

  #askThen() {
    const { at, then } = this;
    this.askedThen = true;
    setTimeout(async () => {
      if (this.then !== then) return;
      await this.#ask(then, at);
      // Of a moment that has just passed, the history knows a little later.
      if (then.bins.size === 0) setTimeout(() => (this.askedThen = this.then !== then), LATER_MS);
    }, REST_MS);
  }

  /** @param {Standing} standing @param {number} time */
  async #ask(standing, time) {
    try {
      const answer = await this.past.query(needed(this.names), time - HOUR_S, time, POINTS);
      standing.learn(charted(answer, this.names));
    } catch {
      // The charts' own question says what is the matter; here the place is left blank.
    }
  }
}

/** @typedef {ReturnType<typeof place>} Place */

/** @param {Element} root */
function place(root) {
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (root.querySelector(`.${name}`));
  const [trend, hour, mark, least, greatest] = ["trend", "hour", "mark", "least", "greatest"].map(part);
  const name = /** @type {HTMLElement} */ (root).dataset.reading ?? "";
  return { name, trend, hour, mark, least, greatest };
}

/**
 * @param {Place} place @param {string} unit @param {unknown} value
 * @param {import("./standing.js").Stand | null} stand @param {number} now
 */
function tell({ trend, hour, mark, least, greatest }, unit, value, stand, now) {
  const known = stand !== null && typeof value === "number";
  setAttribute(hour, "data-unknown", known ? null : "");
  if (!known) {
    for (const each of [trend, least, greatest]) setText(each, "");
    setAttribute(hour, "title", null);
    return;
  }
  const going = stand.before === null ? "steady" : course(unit, value, stand.before);
  const from = going === "steady" ? "" : text(unit, stand.before);
  setText(trend, going === "steady" ? "" : `${ARROWS[going]}\u00a0${t("from {figure}", { figure: from })}`);
  setAttribute(trend, "title", from && t("It was {figure} a minute before", { figure: from }));
  setText(least, round(unit, stand.least));
  setText(greatest, round(unit, stand.greatest));
  const left = `${(share(value, stand) * 100).toFixed(1)}%`;
  if (mark.style.left !== left) mark.style.left = left;
  const since = stamp(Math.max(stand.since, now - HOUR_S), now);
  setAttribute(hour, "title", t("Least and greatest since {time}", { time: since }));
}
