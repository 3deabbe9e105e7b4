/** What is said above the table of processes. */

import { round } from "../format.js";
import { counted } from "./words.js";

/** @typedef {import("../patch.js").Document} Document */

// A sweep that is a little late is not slowed.
const SLOWED_INTERVALS = 1.5;

/**
 * That the processes are looked at less often than asked for, if they are.
 * @param {Document} host the document of the topic `host`
 * @param {number} interval seconds between two ticks
 * @param {number} watched seconds for which this page has been told of processes: what was slow before
 *   that was slow because nobody watched
 * @returns {string} "" where they are not
 */
export function slowed(host, interval, watched) {
  const period = host.processes?.sweep_period;
  if (typeof period !== "number" || period < interval * SLOWED_INTERVALS || watched < period) return "";
  const [every, asked] = [period, interval].map((value) => round("seconds", Number(value.toPrecision(2))));
  return `Looked at every ${every} and not every ${asked}: the monitor keeps to its CPU budget.`;
}

/** How many answer to a search. @param {number} matches @param {boolean} searching */
export function found(matches, searching) {
  return searching ? counted(matches, "match", "matches") : "";
}

/** What stands where no line does.
 * @param {{known: boolean, missing: boolean, searching: boolean}} about */
export function none({ known, missing, searching }) {
  if (missing) return "This monitor does not tell of processes.";
  if (!known) return "Waiting for the processes.";
  return searching ? "No process answers to this search." : "No process to show.";
}
