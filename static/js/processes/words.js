/** How states and times are said. */

import { timeOfDay } from "../format.js";

const STATES = new Map([
  ["R", "running, or waiting for a processor"],
  ["S", "sleeping"],
  ["D", "waiting for a device, undisturbed"],
  ["I", "idle"],
  ["T", "stopped"],
  ["t", "stopped by a tracer"],
  ["Z", "ended, and not yet reaped by its parent"],
  ["X", "dead"],
  ["P", "parked"],
]);
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
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
  const day = `${date.getDate()}\u00a0${MONTHS[date.getMonth()]}`;
  if (now === Infinity) return `${day} ${date.getFullYear()}, ${timeOfDay(unix)}`;
  if (now - unix < DAY_S) return timeOfDay(unix);
  return now - unix < YEAR_S ? day : `${MONTHS[date.getMonth()]}\u00a0${date.getFullYear()}`;
}

/** `1 process`, `2 processes`. @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
  return `${count}\u00a0${count === 1 ? one : many}`;
}
