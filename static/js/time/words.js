/** How moments and spans of the timeline are said. */

import { duration, timeOfDay } from "../format.js";

const DAY_S = 86400;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** What may be chosen: seconds, and how that is said. @type {[number, string][]} */
export const PRESETS = [
  [600, "10 min"],
  [3600, "1 h"],
  [6 * 3600, "6 h"],
  [DAY_S, "1 day"],
  [7 * DAY_S, "7 days"],
  [30 * DAY_S, "30 days"],
  [365 * DAY_S, "1 year"],
];

/**
 * A moment by its time, with the day where that is another than today.
 * @param {number} unix seconds @param {number} now the same
 */
export function stamp(unix, now) {
  const [date, today] = [new Date(unix * 1000), new Date(now * 1000)];
  const time = timeOfDay(unix);
  if (date.toDateString() === today.toDateString()) return time;
  const day = `${date.getDate()}\u00a0${MONTHS[date.getMonth()]}`;
  return `${day}${date.getFullYear() === today.getFullYear() ? "" : ` ${date.getFullYear()}`}, ${time}`;
}

/** `2 min`, `1.5 h`: in one unit. @param {number} seconds */
export function span(seconds) {
  const units = /** @type {[number, string][]} */ ([[DAY_S, "d"], [3600, "h"], [60, "min"], [1, "s"]]);
  const [size, unit] = units.find(([each]) => seconds >= each) ?? units[units.length - 1];
  return `${Number((seconds / size).toPrecision(2))}\u00a0${unit}`;
}

/** How long ago, in whole units. @param {number} seconds */
export function ago(seconds) {
  return duration(Math.max(0, seconds));
}
