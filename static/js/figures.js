/**
 * Finding a figure in a document by its name: `family.field` as in `welcome.metrics`. In a family that
 * is keyed by device that means the total over the devices that count; `family[key].field` is the
 * figure of one.
 */

import { isObject } from "./patch.js";

/** @typedef {import("./patch.js").Document} Document */
/** @typedef {{kind: string, unit: string, help: string, key?: string, collector?: string}} Metric */
/** @typedef {{[name: string]: Metric}} Metrics */

// Where no device is physical (a container, a virtual machine with odd names): all but these.
const NOT_COUNTED = new Map([
  ["network", /^lo\d*$/],
  ["disk", /^(loop|ram|zram)\d*$/],
]);

/** Devices that never count in a family's total. @param {string} family */
export function uncounted(family) {
  return NOT_COUNTED.get(family);
}

/**
 * The keys of the devices that count in a family's total, in the document's order.
 * @param {Document} document
 * @param {string} family
 * @returns {string[]}
 */
export function counted(document, family) {
  const things = document[family];
  if (!isObject(things)) return [];
  const keys = Object.keys(things);
  const physical = keys.filter((key) => things[key].physical === true);
  if (physical.length > 0) return physical;
  const left = NOT_COUNTED.get(family);
  return left ? keys.filter((key) => !left.test(key)) : keys;
}

/**
 * A figure of a family without a key, or the total of a keyed one.
 *
 * A total of which a part is not known is itself not known: without that part it would be too low.
 * @param {Document} document
 * @param {Metrics} metrics
 * @param {string} name
 * @returns {unknown} undefined where it is not known
 */
export function figure(document, metrics, name) {
  const { family, key, field } = parse(name);
  const values = document[family];
  if (!isObject(values)) return undefined;
  if (key !== undefined) return values[key]?.[field];
  if (!metrics[metricOf(name)]?.key) return values[field];
  return total(counted(document, family).map((each) => values[each][field]));
}

/**
 * The figures of a history message, tick by tick.
 * @param {Document} data lists of figures in the document's shape
 * @param {number} ticks
 * @param {Document} document the current one: which devices count is not in the history
 * @param {Metrics} metrics
 * @param {string[]} names
 * @returns {(number | null)[][]} one row a tick, in the order of `names`
 */
export function rows(data, ticks, document, metrics, names) {
  const columns = names.map((name) => column(data, ticks, document, metrics, name));
  return Array.from({ length: ticks }, (_, tick) => columns.map((values) => values[tick]));
}

/** @param {Document} data @param {number} ticks @param {Document} document
 * @param {Metrics} metrics @param {string} name @returns {(number | null)[]} */
function column(data, ticks, document, metrics, name) {
  const { family, key, field } = parse(name);
  const unknown = Array(ticks).fill(null);
  const things = data[family];
  if (!isObject(things)) return unknown;
  if (key !== undefined) return things[key]?.[field] ?? unknown;
  if (!metrics[metricOf(name)]?.key) return things[field] ?? unknown;
  /** @type {(number | null)[][]} */
  const lists = counted(document, family).flatMap((each) => {
    const list = things[each]?.[field];
    return Array.isArray(list) ? [list] : [];
  });
  // A device is not missed before its first figure: it was not there yet.
  const first = lists.map((list) => list.findIndex((value) => value !== null));
  return Array.from({ length: ticks }, (_, tick) => {
    const there = lists.filter((_, at) => first[at] !== -1 && first[at] <= tick);
    return total(there.map((list) => list[tick])) ?? null;
  });
}

/**
 * The device of a family that has the most of something: the busiest disk, the fullest filesystem.
 * @param {Document} document
 * @param {string} name of a metric with a key
 * @returns {{key: string, value: number} | null} null where none is known
 */
export function most(document, name) {
  const { family, field } = parse(name);
  const things = isObject(document[family]) ? document[family] : {};
  let found = null;
  for (const key of Object.keys(things)) {
    const value = things[key][field];
    if (typeof value === "number" && (found === null || value > found.value)) found = { key, value };
  }
  return found;
}

/**
 * The metrics with the unit `traffic` for what goes through a network: its viewer chooses how that is
 * written. Changes them.
 * @param {Metrics} metrics @returns {Metrics}
 */
export function withTraffic(metrics) {
  for (const name of Object.keys(metrics)) {
    if (name.startsWith("network.") && metrics[name].unit === "bytes/s") metrics[name].unit = "traffic";
  }
  return metrics;
}

/**
 * Why a family has nothing to show, or its figures are not of this moment; "" where all is well.
 * @param {Document} document
 * @param {Metrics} metrics
 * @param {string} family
 * @returns {{state: string, reason: string}}
 */
export function condition(document, metrics, family) {
  const name = Object.keys(metrics).find((metric) => parse(metric).family === family);
  const collector = (name && metrics[name].collector) || family;
  const said = document.collector?.[collector];
  return { state: said?.state ?? "ok", reason: said?.reason ?? "" };
}

/**
 * The collectors that are not well, in a line; and what this machine does not have.
 * @param {Document} document
 * @returns {{ill: string, absent: string[]}}
 */
export function troubles(document) {
  const collectors = isObject(document.collector) ? document.collector : {};
  /** @type {string[]} */
  const ill = [];
  /** @type {string[]} */
  const absent = [];
  for (const name of Object.keys(collectors)) {
    const { state, reason } = collectors[name];
    // What nobody watches is not ill for being left alone.
    if (state === "unwatched") continue;
    if (state === "unavailable") absent.push(reason ? `${name} (${reason})` : name);
    else if (state !== "ok") ill.push(reason ? `${name} ${state}: ${reason}` : `${name} ${state}`);
  }
  return { ill: ill.join(" · "), absent };
}

/** @param {unknown[]} values @returns {number | undefined} */
function total(values) {
  if (values.length === 0) return undefined;
  let sum = 0;
  for (const value of values) {
    if (typeof value !== "number") return undefined;
    sum += value;
  }
  return sum;
}

/**
 * The metric that a figure belongs to, as `welcome.metrics` names it.
 * @param {string} name
 * @returns {string}
 */
export function metricOf(name) {
  const { family, field } = parse(name);
  return `${family}.${field}`;
}

/** @param {string} name @returns {{family: string, key?: string, field: string}} */
export function parse(name) {
  const [, family, key, field] = /^([^.[]+)(?:\[(.*)\])?\.(.+)$/.exec(name) ?? ["", name, , ""];
  return { family, key, field };
}
