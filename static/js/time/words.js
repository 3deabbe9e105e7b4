/** How moments and spans of the timeline are said. */

import { day, dayOfYear } from "../dates.js";
import { duration, pointed, timeOfDay } from "../format.js";
import { t } from "../lang.js";

const DAY_S = 86400;

/** What may be chosen: seconds, and how that is said. @type {[number, string][]} */
export const PRESETS = [
  [600, t("10 min")],
  [3600, t("1 h")],
  [6 * 3600, t("6 h")],
  [DAY_S, t("1 day")],
  [7 * DAY_S, t("7 days")],
  [30 * DAY_S, t("30 days")],
  [365 * DAY_S, t("1 year")],
];

/**
 * A moment by its time, with the day where that is another than today.
 * @param {number} unix seconds @param {number} now the same
 */
export function stamp(unix, now) {
  const [date, today] = [new Date(unix * 1000), new Date(now * 1000)];
  const time = timeOfDay(unix);
  if (date.toDateString() === today.toDateString()) return time;
  const said = date.getFullYear() === today.getFullYear() ? day(date) : dayOfYear(date);
  return t("{day}, {time}", { day: said, time });
}

/** `2 min`, `1.5 h`: in one unit. @param {number} seconds */
export function span(seconds) {
  const units = /** @type {[number, string][]} */ ([[DAY_S, t("d")], [3600, t("h")], [60, t("min")], [1, t("s")]]);
  const [size, unit] = units.find(([each]) => seconds >= each) ?? units[units.length - 1];
  return `${pointed(Number((seconds / size).toPrecision(2)))}\u00a0${unit}`;
}

/** How long ago, in whole units. @param {number} seconds */
export function ago(seconds) {
  return duration(Math.max(0, seconds));
}
