/** Where the cells of a heat strip stand. Pure. */

// So that 256 rows fit on a screen and four are no wall.
const LEAST_PX = 3;
const MOST_PX = 16;
const ALL_PX = 260;
// As in the charts: what is further apart has a tick missing between.
const GAP = 1.75;

/** @param {number} count rows @returns {number} CSS pixels of each */
export function rowHeight(count) {
  return Math.min(MOST_PX, Math.max(LEAST_PX, Math.floor(ALL_PX / Math.max(1, count))));
}

/**
 * The last point at or before a moment, if it still stands then.
 * @param {number[]} times rising, Unix seconds @param {number} time @param {number} step seconds
 * @returns {number | null}
 */
export function at(times, time, step) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= time) low = middle + 1;
    else high = middle;
  }
  return low > 0 && time - times[low - 1] < GAP * step ? low - 1 : null;
}

/**
 * Which point each column of pixels shows; -1 where none was.
 * @param {number[]} times @param {number} from @param {number} to Unix seconds
 * @param {number} width columns @param {number} step seconds between two points
 */
export function columns(times, from, to, width, step) {
  const places = new Int32Array(Math.max(0, width)).fill(-1);
  const each = (to - from) / places.length;
  let n = 0;
  for (let x = 0; x < places.length; x += 1) {
    const time = from + (x + 1) * each;
    while (n < times.length && times[n] <= time) n += 1;
    if (n > 0 && time - times[n - 1] < GAP * Math.max(step, each)) places[x] = n - 1;
  }
  return places;
}
