/** Where a scale of time has its lines, and what is written there. Pure but for the viewer's zone. */

import { day, month } from "../dates.js";

const DAY_S = 86400;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200];
const DAYS = [1, 2, 7, 14, 30, 91, 182, 365];

/** @typedef {{time: number, label: string}} Tick */

/**
 * Round moments of the viewer's own day.
 * @param {number} from @param {number} to Unix seconds
 * @param {number} most how many there is room for
 * @returns {Tick[]}
 */
export function ticks(from, to, most) {
  const span = to - from;
  const step = STEPS.find((each) => span / each <= most);
  return step === undefined ? byDays(from, to, most) : byStep(from, to, step);
}

/** @param {number} from @param {number} to @param {number} step */
function byStep(from, to, step) {
  const offset = -new Date(from * 1000).getTimezoneOffset() * 60;
  const found = [];
  for (let at = Math.ceil((from + offset) / step) * step - offset; at <= to; at += step) {
    found.push({ time: at, label: ofDay(new Date(at * 1000), step) });
  }
  return found;
}

/** @param {number} from @param {number} to @param {number} most */
function byDays(from, to, most) {
  const days = DAYS.find((each) => (to - from) / (each * DAY_S) <= most) ?? DAYS[DAYS.length - 1];
  const start = new Date(from * 1000);
  const found = [];
  for (let n = 1; ; n += days) {
    // Days are counted by the calendar: with the clock's change some have 23 hours.
    const date = new Date(start.getFullYear(), start.getMonth(), start.getDate() + n);
    const time = date.getTime() / 1000;
    if (time > to) return found;
    found.push({ time, label: days < 91 ? day(date) : month(date) });
  }
}

/** @param {Date} date @param {number} step */
function ofDay(date, step) {
  if (date.getHours() + date.getMinutes() + date.getSeconds() === 0) return day(date);
  const parts = [date.getHours(), date.getMinutes(), ...(step < 60 ? [date.getSeconds()] : [])];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
