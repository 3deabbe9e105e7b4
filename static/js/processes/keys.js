/** Where keys lead in the table of processes, as in the grids and trees of WAI-ARIA's practices. */

/** @typedef {import("./lines.js").Line} Line */

/**
 * @param {string} key
 * @param {number} at the selected line; -1 where none is
 * @param {number} near where the selection was, if its line is gone
 * @param {number} count of all lines
 * @param {number} page lines in view
 * @returns {number | null} the line to select; null where the key means nothing
 */
export function target(key, at, near, count, page) {
  if (count === 0) return null;
  const from = at === -1 ? near : at;
  // The first key after a line has gone, or before any was selected, comes back to its place.
  const step = at === -1 ? 0 : 1;
  const to = new Map([
    ["ArrowDown", from + step],
    ["ArrowUp", from - step],
    ["PageDown", from + page],
    ["PageUp", from - page],
    ["Home", 0],
    ["End", count - 1],
  ]).get(key);
  return to === undefined ? null : Math.min(count - 1, Math.max(0, to));
}

/**
 * To the right: open, or into what is open. To the left: close, or out to what it is below.
 * @param {Line[]} lines @param {number} at @param {boolean} right
 * @returns {{toggle: boolean, to: number}} `toggle` the line itself, or go `to` another
 */
export function sideways(lines, at, right) {
  const { open, depth } = lines[at];
  if (open === !right) return { toggle: true, to: at };
  if (right) return { toggle: false, to: open && lines[at + 1]?.depth > depth ? at + 1 : at };
  let to = at;
  while (to > 0 && lines[to].depth >= depth) to -= 1;
  return { toggle: false, to: lines[to].depth < depth ? to : at };
}
