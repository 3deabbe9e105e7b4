/** How states and times are said. */

import { day, dayOfYear, month } from "../dates.js";
import { timeOfDay } from "../format.js";
import { t } from "../lang.js";

const STATES = new Map([
  ["R", t("running, or waiting for a processor")],
  ["S", t("sleeping")],
  ["D", t("waiting for a device, undisturbed")],
  ["I", t("idle")],
  ["T", t("stopped")],
  ["t", t("stopped by a tracer")],
  ["Z", t("ended, and not yet reaped by its parent")],
  ["X", t("dead")],
  ["P", t("parked")],
]);
const DAY_S = 86400;
// From here on the year says more than the day.
const YEAR_S = 300 * DAY_S;

/** A state's letter (proc(5)) in words. @param {unknown} letter @returns {string} */
export function state(letter) {
  return STATES.get(String(letter)) ?? String(letter);
}

/**
 * The time of day within the last day, then the date; all of it where `now` is Infinity.
 * @param {number} unix seconds @param {number} now the same
 * @returns {string}
 */
export function moment(unix, now) {
  const date = new Date(unix * 1000);
  if (now === Infinity) return t("{day}, {time}", { day: dayOfYear(date), time: timeOfDay(unix) });
  if (now - unix < DAY_S) return timeOfDay(unix);
  return now - unix < YEAR_S ? day(date) : month(date);
}
