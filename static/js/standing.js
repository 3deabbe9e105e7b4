/** Where a figure stands: against the last hour, and against a minute ago. Pure. */

/** @typedef {import("./time/charted.js").Table} Table */
/** @typedef {{least: number, greatest: number, sum: number, count: number}} Bin */
/** @typedef {{least: number, greatest: number, before: number | null, since: number}} Stand */

export const HOUR_S = 3600;
// As a tier of the history: an hour is 60 of them.
export const BIN_S = 60;
const AGO_S = 60;
// What has changed by less stands: of the figure, and of a ratio in points.
const STEADY_SHARE = 0.1;
const STEADY_POINTS = 0.01;

export class Standing {
  constructor() {
    /** @type {Map<string, Map<number, Bin>>} of each figure, by the number of the bin */
    this.bins = new Map();
  }

  /** @param {string} name @param {number} time Unix seconds @param {unknown} value */
  take(name, time, value) {
    if (typeof value !== "number") return;
    this.#fold(name, time, { least: value, greatest: value, sum: value, count: 1 });
  }

  /** What the history says. Bins of which something is known already are not counted twice: they stay.
   * @param {Table} table */
  learn({ times, columns, least, greatest }) {
    for (const name of Object.keys(columns)) {
      const known = new Set(this.bins.get(name)?.keys());
      times.forEach((time, at) => {
        const value = columns[name][at];
        if (value === null || known.has(bin(time))) return;
        const [low, high] = [least[name]?.[at] ?? value, greatest[name]?.[at] ?? value];
        this.#fold(name, time, { least: low, greatest: high, sum: value, count: 1 });
      });
    }
  }

  /** @param {string} name @param {number} now @returns {Stand | null} null where nothing is known of it */
  of(name, now) {
    const bins = this.bins.get(name);
    if (bins === undefined) return null;
    const [first, last] = [bin(now - HOUR_S), bin(now)];
    let [least, greatest, since] = [Infinity, -Infinity, Infinity];
    for (const [at, found] of bins) {
      if (at <= first) bins.delete(at);
      if (at <= first || at > last) continue;
      least = Math.min(least, found.least);
      greatest = Math.max(greatest, found.greatest);
      since = Math.min(since, at * BIN_S);
    }
    if (since === Infinity) return null;
    const then = bins.get(bin(now - AGO_S));
    return { least, greatest, since, before: then === undefined ? null : then.sum / then.count };
  }

  /** @param {string} name @param {number} time @param {Bin} more */
  #fold(name, time, more) {
    let bins = this.bins.get(name);
    if (bins === undefined) this.bins.set(name, (bins = new Map()));
    const known = bins.get(bin(time));
    if (known === undefined) {
      bins.set(bin(time), more);
      return;
    }
    known.least = Math.min(known.least, more.least);
    known.greatest = Math.max(known.greatest, more.greatest);
    known.sum += more.sum;
    known.count += more.count;
  }
}

/** @param {number} time */
function bin(time) {
  return Math.floor(time / BIN_S);
}

/**
 * Where a figure is going.
 * @param {string} unit @param {number} value @param {number} before a minute ago
 * @returns {"up" | "down" | "steady"}
 */
export function course(unit, value, before) {
  const change = value - before;
  const least = Math.max(STEADY_SHARE * Math.max(Math.abs(value), Math.abs(before)), unit === "ratio" ? STEADY_POINTS : 0);
  if (Math.abs(change) <= least) return "steady";
  return change > 0 ? "up" : "down";
}

/** From 0 to 1 where the least and the greatest are apart, else in the middle.
 * @param {number} value @param {Stand} stand */
export function share(value, { least, greatest }) {
  if (greatest <= least) return 0.5;
  return Math.min(1, Math.max(0, (value - least) / (greatest - least)));
}
