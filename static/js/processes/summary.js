/** What is said above the table of processes. */

import { pointed, round } from "../format.js";
import { plural, t } from "../lang.js";

/** @typedef {import("../patch.js").Document} Document */

// The budget is held on the average: so much more is no breach of it.
const LENIENCE = 1.15;
// Less than that is not seen.
const SLOWED = 1.1;
// No sweep is put off for longer: monitor/model/budget.py.
const MAX_PERIOD_S = 10;

/**
 * That the processes are looked at less often than asked for, or that the monitor takes more than its
 * budget all the same.
 * @param {Document} host the document of the topic `host`
 * @param {number} interval seconds between two ticks
 * @returns {string} "" where neither is so
 */
export function slowed(host, interval) {
  const { cpu_budget: budget, cpu_taken: taken, stretch } = host.monitor ?? {};
  if (typeof budget !== "number" || typeof taken !== "number" || typeof stretch !== "number") return "";
  const every = Math.max(interval, Math.min(interval * stretch, MAX_PERIOD_S));
  const slow = every > interval * SLOWED;
  const over = taken > budget * LENIENCE;
  if (!slow && !over) return "";
  const said = { taken: percent(taken), budget: percent(budget), every: seconds(every), asked: seconds(interval) };
  const cost = over
    ? t("The monitor takes {taken} of a core, and cannot keep to its budget of {budget}.", said)
    : t("So the monitor keeps to its budget of {budget} of a core.", said);
  return slow ? `${t("Looked at every {every} and not every {asked}.", said)} ${cost}` : cost;
}

/** @param {number} value */
function seconds(value) {
  return round("seconds", Number(value.toPrecision(2)));
}

/** @param {number} share */
function percent(share) {
  return `${pointed(Number((share * 100).toPrecision(2)))} %`;
}

/** How many answer to a search. @param {number} matches @param {boolean} searching */
export function found(matches, searching) {
  return searching ? plural(matches, "{n} match", "{n} matches") : "";
}

/** What stands where no line does.
 * @param {{known: boolean, missing: boolean, searching: boolean, unknown?: boolean}} about */
export function none({ known, missing, searching, unknown }) {
  if (unknown) return t("Nothing is known of the processes of then.");
  if (missing) return t("This monitor does not tell of processes.");
  if (!known) return t("Waiting for the processes.");
  return searching ? t("No process answers to this search.") : t("No process to show.");
}
