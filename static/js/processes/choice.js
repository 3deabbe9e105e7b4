/** What somebody chose of the table: columns, order, arrangement. Kept in this browser. */

import { GROUPINGS } from "./groups.js";

/** @typedef {import("./columns.js").Column} Column */
/**
 * @typedef {object} Choice
 * @property {string[] | null} columns keys in the table's order; null where nobody chose
 * @property {{column: string, descending: boolean}} order
 * @property {string} by "flat", "tree", or one of GROUPINGS
 * @property {boolean | null} kernel whether the kernel's threads are shown; null: not where it is flat
 */

export const STORED_AS = "monitor.processes";
export const ARRANGEMENTS = ["flat", "tree", ...GROUPINGS.keys()];

/** @returns {Choice} */
export function unchosen() {
  return { columns: null, order: { column: "cpu", descending: true }, by: "flat", kernel: null };
}

/**
 * What was stored, as far as it means something: another version of the page may have written it.
 * @param {string | null} stored
 * @returns {Choice}
 */
export function parse(stored) {
  const choice = unchosen();
  const said = json(stored);
  if (Array.isArray(said.columns) && said.columns.length > 0) choice.columns = said.columns.map(String);
  if (typeof said.order?.column === "string") {
    choice.order = { column: said.order.column, descending: Boolean(said.order.descending) };
  }
  if (ARRANGEMENTS.includes(said.by)) choice.by = said.by;
  if (typeof said.kernel === "boolean") choice.kernel = said.kernel;
  return choice;
}

/** @param {string | null} stored @returns {any} */
function json(stored) {
  try {
    return JSON.parse(stored ?? "null") ?? {};
  } catch {
    return {};
  }
}

/** @param {Choice} choice @returns {boolean} */
export function kernelShown({ kernel, by }) {
  return kernel ?? by !== "flat";
}

/**
 * The columns that are shown. The name is: it carries the tree.
 * @param {Choice} choice @param {Column[]} all
 * @param {"narrow" | "medium" | "roomy"} room that there is for them
 * @returns {Column[]}
 */
export function chosen({ columns }, all, room) {
  return all.filter(({ key, first, narrow, roomy }) => {
    if (key === "name") return true;
    if (columns !== null) return columns.includes(key);
    if (room === "narrow") return Boolean(narrow);
    return Boolean(first) && (room === "roomy" || !roomy);
  });
}
