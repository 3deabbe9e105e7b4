/** The last ten minutes of the figures that are charted. */

/** @typedef {(number | null)[]} Row in the order of the names; null where it was not known */
/** @typedef {{time: number, interval: number, row: Row}} Point */

export const SPAN_S = 600;
// Two points further apart than this many intervals have a tick missing between them.
const GAP_INTERVALS = 1.75;
// Two points closer than this share of an interval are one tick, told twice.
const SAME_TICK = 0.25;

export class Series {
  /**
   * @param {string[]} names
   * @param {number} [span] seconds that are kept
   */
  constructor(names, span = SPAN_S) {
    this.names = names;
    this.span = span;
    /** @type {Point[]} oldest first */
    this.points = [];
  }

  /**
   * Add the newest point. A wall clock that was set back moves the older points with it: what lay one
   * interval in the past still does.
   * @param {number} time Unix time in seconds
   * @param {number} interval seconds between two ticks
   * @param {Row} row
   */
  append(time, interval, row) {
    const last = this.points.at(-1);
    if (last && Math.abs(time - last.time) < interval * SAME_TICK) this.points.pop();
    else if (last && time < last.time) this.#shift(time - interval - last.time);
    this.points.push({ time, interval, row });
    this.#forget();
  }

  /**
   * Take in the server's own account of a time. Inside it, it replaces what was seen here.
   * @param {number[]} times oldest first
   * @param {number} interval
   * @param {Row[]} rows
   */
  merge(times, interval, rows) {
    if (times.length === 0) return;
    const straight = straighten(times, interval);
    const from = straight[0] - interval * SAME_TICK;
    const to = straight[straight.length - 1] + interval * SAME_TICK;
    this.points = [
      ...this.points.filter((point) => point.time < from),
      ...straight.map((time, at) => ({ time, interval, row: rows[at] })),
      ...this.points.filter((point) => point.time > to),
    ];
    this.#forget();
  }

  /**
   * As the charts want it: a list of times and one list for each name, with a null between two points
   * that have a tick missing between them.
   * @returns {{times: number[], columns: {[name: string]: (number | null)[]}}}
   */
  table() {
    /** @type {number[]} */
    const times = [];
    /** @type {(number | null)[][]} */
    const columns = this.names.map(() => []);
    let before = null;
    for (const { time, interval, row } of this.points) {
      if (before !== null && time - before > interval * GAP_INTERVALS) {
        times.push((before + time) / 2);
        for (const column of columns) column.push(null);
      }
      times.push(time);
      columns.forEach((column, at) => column.push(row[at] ?? null));
      before = time;
    }
    return { times, columns: Object.fromEntries(this.names.map((name, at) => [name, columns[at]])) };
  }

  /** @param {number} by seconds */
  #shift(by) {
    for (const point of this.points) point.time += by;
  }

  #forget() {
    const oldest = (this.points.at(-1)?.time ?? 0) - this.span;
    const keep = this.points.findIndex((point) => point.time >= oldest);
    if (keep > 0) this.points.splice(0, keep);
  }
}

/**
 * Times that only rise: before a step back of the wall clock they are moved to end one interval
 * before what followed.
 * @param {number[]} times
 * @param {number} interval
 * @returns {number[]}
 */
export function straighten(times, interval) {
  const straight = [...times];
  let by = 0;
  for (let at = times.length - 2; at >= 0; at -= 1) {
    if (times[at] >= times[at + 1]) by += times[at + 1] - interval - times[at];
    straight[at] = times[at] + by;
  }
  return straight;
}
