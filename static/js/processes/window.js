/** Which lines are in view: only those are in the document. */

// Beyond the edge, so that a turn of the wheel shows no gap.
const SPARE_LINES = 6;

/**
 * @param {number} top how far it is scrolled, in pixels
 * @param {number} height of what is seen, in pixels
 * @param {number} line height of a line, in pixels
 * @param {number} count of all lines
 * @returns {{first: number, count: number}}
 */
export function inView(top, height, line, count) {
  const most = Math.ceil(height / line) + 1 + 2 * SPARE_LINES;
  const last = Math.max(0, count - most);
  const first = Math.min(last, Math.max(0, Math.floor(top / line) - SPARE_LINES));
  return { first, count: Math.min(most, count - first) };
}

/**
 * How far to scroll so that a line is seen whole, moving as little as can be.
 * @param {number} at the line @param {number} top @param {number} height @param {number} line
 * @returns {number}
 */
export function scrolledTo(at, top, height, line) {
  const [from, to] = [at * line, (at + 1) * line];
  if (from < top) return from;
  return to > top + height ? to - height : top;
}
