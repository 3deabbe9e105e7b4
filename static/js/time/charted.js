/** From an answer of the history to what charts draw. Pure. */

import { metricOf, parse, uncounted } from "../figures.js";

/** @typedef {(number | null)[]} Column */
/** @typedef {{metric: string, key: string, average: Column, least?: Column, greatest?: Column}} Told */
/** @typedef {{step: number, times: number[], series: Told[]}} Answer */
/** @typedef {{[name: string]: Column}} Columns */
/**
 * @typedef {object} Table
 * @property {number[]} times
 * @property {Columns} columns
 * @property {Columns} least of each name, where a point stands for several seconds; else null
 * @property {Columns} greatest the same
 */

// Families whose total is over some of their devices; a flag of each says which.
const TOTALS = ["disk", "network"];

/** The metrics to ask for. @param {string[]} names @returns {string[]} */
export function needed(names) {
  const metrics = names.map(metricOf);
  const flags = TOTALS.filter((family) => metrics.some((name) => name.startsWith(`${family}.`)));
  return [...new Set([...metrics, ...flags.map((family) => `${family}.physical`)])];
}

/**
 * A total's least and greatest are bounds: its devices need not have been there at the same time.
 * @param {Answer} answer @param {string[]} names @returns {Table}
 */
export function charted(answer, names) {
  const { times } = answer;
  /** @type {Table} */
  const table = { times, columns: {}, least: {}, greatest: {} };
  for (const name of names) {
    const parts = partsOf(answer, name);
    table.columns[name] = sum(parts.map((part) => part.average), times.length);
    const wide = answer.step > 0 && parts.length > 0;
    const none = nothing(times.length);
    table.least[name] = wide ? sum(parts.map((part) => part.least ?? none), times.length) : none;
    table.greatest[name] = wide ? sum(parts.map((part) => part.greatest ?? none), times.length) : none;
  }
  return table;
}

/**
 * What was told of the past, and after it what has come since.
 * @param {Table | null} past
 * @param {{times: number[], columns: Columns}} live
 * @returns {Table}
 */
export function joined(past, live) {
  const names = Object.keys(live.columns);
  if (past === null || past.times.length === 0) {
    const none = nothing(live.times.length);
    const empty = Object.fromEntries(names.map((name) => [name, none]));
    return { ...live, least: empty, greatest: empty };
  }
  const last = past.times[past.times.length - 1];
  const first = live.times.findIndex((time) => time > last);
  const from = first === -1 ? live.times.length : first;
  const none = nothing(live.times.length - from);
  const join = (/** @type {Columns} */ columns, /** @type {(name: string) => Column} */ more) =>
    Object.fromEntries(names.map((name) => [name, [...columns[name], ...more(name)]]));
  return {
    times: [...past.times, ...live.times.slice(from)],
    columns: join(past.columns, (name) => live.columns[name].slice(from)),
    least: join(past.least, () => none),
    greatest: join(past.greatest, () => none),
  };
}

/** @param {Answer} answer @param {string} name */
function partsOf({ series }, name) {
  const { family, key } = parse(name);
  const own = series.filter((one) => one.metric === metricOf(name));
  if (key !== undefined) return own.filter((one) => one.key === key);
  if (!TOTALS.includes(family)) return own;
  const flags = series.filter((one) => one.metric === `${family}.physical`);
  const physical = new Set(flags.filter((one) => one.average.some(Boolean)).map((one) => one.key));
  const left = uncounted(family);
  return own.filter(({ key }) => (physical.size > 0 ? physical.has(key) : !left?.test(key)));
}

/** Where none of them is known, the sum is not. @param {Column[]} parts @param {number} length */
function sum(parts, length) {
  if (parts.length === 0) return nothing(length);
  if (parts.length === 1) return parts[0];
  return parts[0].map((_, at) => {
    const known = parts.map((part) => part[at]).filter((value) => value !== null);
    return known.length > 0 ? known.reduce((one, other) => one + other, 0) : null;
  });
}

/** @param {number} length @returns {Column} */
function nothing(length) {
  return Array(length).fill(null);
}
