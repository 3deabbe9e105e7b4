/** What a cell shows of a line, and what it says where the pointer rests. */

import { ABSENT } from "../format.js";
import { t } from "../lang.js";
import { SUMMED, refused } from "./sums.js";

/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("./lines.js").Line} Line */

const SUMS = new Set(SUMMED);

/** @param {Column} column @param {Line} line @param {number} now Unix seconds @returns {string} */
export function cellText(column, line, now) {
  const { row, sum } = line;
  if (sum !== null && SUMS.has(column.key)) {
    const value = sum.value(column.key);
    if (value === undefined) return ABSENT;
    return sum.bound(column.key) + column.text(value, now);
  }
  if (row === null) return column.key === "name" ? line.label : "";
  const value = column.value(row);
  return value === undefined ? ABSENT : column.text(value, now);
}

/** @param {Column} column @param {Line} line @returns {string} */
export function cellTitle(column, line) {
  const { row, sum } = line;
  if (sum !== null && SUMS.has(column.key)) return sum.about(column.key);
  if (row === null) return column.key === "name" ? line.label : "";
  const value = column.value(row);
  if (value !== undefined) return column.about ? column.about(value, row) : "";
  if (row.ended) return t("It has ended");
  if (refused(row.data, column.key)) return t("No permission: the user that the monitor runs as may not read it");
  return column.absent ? column.absent(row) : t("Not known at this moment");
}
