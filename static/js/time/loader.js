/** Fetches what the charts need of the past, a little more than is in view, one question at a time. */

import { charted, needed } from "./charted.js";

/** @typedef {import("./charted.js").Table} Table */
/** @typedef {import("./timeline.js").Source} Source */

// Of a view's width, to each side: what is panned into is there already.
const MARGIN = 0.3;
const POINTS = 900;
// What is live keeps that long; behind it, what was asked is asked again.
const STALE_S = 480;
// So much at the left edge is not worth a question.
const AT_HAND_S = 3;
// Another question after an error.
const AGAIN_MS = 5000;

export class Loader {
  /**
   * @param {Source} past @param {string[]} names of what is charted
   * @param {{loaded: () => void, failed: (message: string) => void}} listener
   */
  constructor(past, names, listener) {
    this.past = past;
    this.names = names;
    this.listener = listener;
    /** @type {Table | null} */
    this.table = null;
    this.step = 0;
    this.from = Infinity;
    this.to = -Infinity;
    this.span = 0;
    this.asking = false;
    this.notBefore = 0; // milliseconds of performance.now()
    /** @type {[number, number, number] | null} what is wanted, and when that is */
    this.wanted = null;
  }

  /**
   * The charts show this stretch.
   * @param {number} from @param {number} to @param {number} now
   * @param {number} [since] from when until now all is known without asking
   */
  want(from, to, now, since = Infinity) {
    if (to >= now && since <= from + AT_HAND_S) return;
    this.wanted = [from, to, now];
    if (!this.asking && performance.now() >= this.notBefore && this.#lacks(from, to, now)) this.#ask();
  }

  /** @param {number} from @param {number} to @param {number} now */
  #lacks(from, to, now) {
    const span = to - from;
    // Zoomed in or out: what is there is too coarse, or too little.
    if (this.span < span || (this.step > 0 && this.span > span * 1.2)) return true;
    const margin = (span * MARGIN) / 3;
    return from - margin < this.from || Math.min(to, now - STALE_S) > this.to;
  }

  async #ask() {
    if (this.wanted === null) return;
    this.asking = true;
    const [from, to, now] = this.wanted;
    const margin = (to - from) * MARGIN;
    const [first, last] = [Math.max(1, from - margin), Math.min(now, to + margin)];
    try {
      const answer = await this.past.query(needed(this.names), first, last, POINTS);
      this.table = charted(answer, this.names);
      this.step = answer.step;
      [this.from, this.to, this.span] = [first, last, to - from];
      this.listener.failed("");
      this.listener.loaded();
    } catch (fault) {
      this.notBefore = performance.now() + AGAIN_MS;
      this.listener.failed(fault instanceof Error ? fault.message : String(fault));
    }
    this.asking = false;
    // The view has moved on meanwhile.
    if (this.wanted !== null) this.want(...this.wanted);
  }
}
