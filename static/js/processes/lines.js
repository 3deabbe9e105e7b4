/** What stands in the table, line by line: processes, flat or as a tree, or groups of them. */

import { byGroup } from "./groups.js";
import { byKey, byPlace } from "./sort.js";
import { asTree } from "./tree.js";

/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("./store.js").Row} Row */
/** @typedef {import("./sums.js").Sum} Sum */
/**
 * @typedef {object} Line
 * @property {string} id stays as long as what it stands for
 * @property {Row | null} row null for a group
 * @property {Sum | null} sum shown in place of the row's own figures
 * @property {string} label of a group
 * @property {number} depth
 * @property {boolean | null} open null where there is nothing to open
 * @property {boolean} path shown only because it leads to what was found
 */
/**
 * @typedef {object} Wish
 * @property {string} by "flat", "tree", or what GROUPINGS has
 * @property {Column} column to sort by
 * @property {boolean} descending
 * @property {boolean} kernel whether the kernel's threads are shown
 * @property {((row: Row) => boolean) | null} found what is looked for
 * @property {Set<string>} toggled ids of what is open and would be closed by itself, or the reverse
 * @property {Map<string, number> | null} places that are held; null where they follow the order
 */

/**
 * @param {Row[]} rows @param {Wish} wish
 * @returns {{lines: Line[], matches: number, kernel: number}} `matches` are the processes that were
 *   looked for, `kernel` the kernel's threads, shown or not
 */
export function arrange(rows, wish) {
  const { by, column, kernel, found, places } = wish;
  const sorted = byKey(wish.descending);
  const compare = places === null ? sorted : byPlace(places, sorted);
  /** @type {Row[]} */
  const wanted = [];
  let threads = 0;
  for (const row of rows) {
    if (row.data.kernel) {
      threads += 1;
      if (!kernel) continue;
    }
    row.key = column.value(row);
    wanted.push(row);
  }
  if (by === "tree") return { ...asTree(wanted, wish, compare), kernel: threads };
  const shown = found === null ? wanted : wanted.filter(found);
  const lines = by === "flat" ? shown.sort(compare).map(single) : byGroup(shown, wish, compare);
  return { lines, matches: shown.filter(({ ended }) => !ended).length, kernel: threads };
}

/** @param {Row} row @returns {Line} */
function single(row) {
  return { id: row.id, row, sum: null, label: "", depth: 0, open: null, path: false };
}
