/** The marks of the stretch in view: asked for as it moves, and now and then while it is live. */

/** @typedef {import("./timeline.js").Source} Source */
/** @typedef {import("./past.js").Mark} Mark */

// A deployment that somebody marks is on the page about so much later.
const EVERY_S = 10;
const AGAIN_MS = 30_000;

export class Marks {
  /** @param {Source} past @param {() => void} changed */
  constructor(past, changed) {
    this.past = past;
    this.changed = changed;
    /** @type {Mark[]} the same list as long as nothing has changed */
    this.found = [];
    this.asking = false;
    this.notBefore = 0;
    this.from = Infinity;
    this.to = -Infinity;
  }

  /** @param {number} from @param {number} to @param {number} now Unix seconds */
  want(from, to, now) {
    const known = from >= this.from && Math.min(to, now - EVERY_S) <= this.to;
    if (!this.asking && !known && performance.now() >= this.notBefore) this.#ask(from, Math.min(to, now));
  }

  /** @param {number} from @param {number} to */
  async #ask(from, to) {
    this.asking = true;
    const margin = to - from;
    try {
      const found = await this.past.marks(Math.max(1, from - margin), to);
      [this.from, this.to] = [from - margin, to];
      const same = found.length === this.found.length && found.every(({ id }, n) => id === this.found[n].id);
      if (!same) {
        this.found = found;
        this.changed();
      }
    } catch {
      // That there is no history is said where the charts miss it.
      this.notBefore = performance.now() + AGAIN_MS;
    }
    this.asking = false;
  }
}
