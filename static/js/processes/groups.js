/** Processes together: by program, user, container or unit. */

import { t } from "../lang.js";
import { SUMMED, Sum } from "./sums.js";

/** @typedef {import("./lines.js").Line} Line */
/** @typedef {import("./lines.js").Wish} Wish */
/** @typedef {import("./sort.js").Sortable} Sortable */
/** @typedef {import("./store.js").Row} Row */

/** @param {string} field */
const field = (field) => (/** @type {Row} */ { data }) => data[field];

/**
 * What can be grouped by: whose value, and what those are called that have none.
 * @type {Map<string, {value: (row: Row) => unknown, none: string}>}
 */
export const GROUPINGS = new Map([
  ["program", { value: ({ data }) => (data.kernel ? undefined : data.name), none: t("Threads of the kernel") }],
  ["user", { value: field("user"), none: t("User not known") }],
  ["container", { value: field("container"), none: t("In no container") }],
  ["unit", { value: field("unit"), none: t("In no unit") }],
]);

/** @typedef {Sortable & {label: string, rows: Row[], sum: Sum}} Group */

/**
 * @param {Row[]} rows @param {Wish} wish @param {(a: Sortable, b: Sortable) => number} compare
 * @returns {Line[]} each group, and below it, where it is open, its processes
 */
export function byGroup(rows, wish, compare) {
  const groups = gathered(rows, wish.by);
  const { key } = wish.column;
  const summed = SUMMED.includes(key);
  for (const group of groups) group.key = summed ? group.sum.value(key) : group.label;
  return groups.sort(compare).flatMap((group) => listed(group, wish, compare));
}

/** @param {Row[]} rows @param {string} by @returns {Group[]} */
function gathered(rows, by) {
  const { value, none } = GROUPINGS.get(by) ?? { value: () => undefined, none: "" };
  /** @type {Map<unknown, Group>} */
  const groups = new Map();
  for (const row of rows) {
    const name = value(row);
    let group = groups.get(name);
    if (group === undefined) {
      // A name may be what another group is called for want of one: the mark tells them apart.
      const id = name === undefined ? `${by}?` : `${by}=${name}`;
      const label = name === undefined ? none : String(name);
      group = { id, label, rows: [], sum: new Sum(), key: undefined, number: Infinity };
      groups.set(name, group);
    }
    group.rows.push(row);
    group.sum.take(row);
  }
  return [...groups.values()];
}

/** @param {Group} group @param {Wish} wish
 * @param {(a: Sortable, b: Sortable) => number} compare @returns {Line[]} */
function listed({ id, label, rows, sum }, { toggled }, compare) {
  const open = toggled.has(id);
  const head = { id, row: null, sum, label, depth: 0, open, path: false };
  if (!open) return [head];
  const below = rows.sort(compare).map((row) => {
    return { id: row.id, row, sum: null, label: "", depth: 1, open: null, path: false };
  });
  return [head, ...below];
}
