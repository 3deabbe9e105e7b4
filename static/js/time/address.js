/** A view as the part of an address after #: a link to that moment. Pure. */

import { t } from "../lang.js";
import { LEAST_SPAN_S, LIVE, MOST_SPAN_S } from "./view.js";

/** @typedef {import("./view.js").View} View */
/** @typedef {{view: View, explain: string | null, section: string | null, fault: string}} Said */

const KINDS = ["cpu", "memory", "disk", "network"];
const SECTIONS = [...KINDS, "pressure", "more"];

/**
 * @param {View} view
 * @param {string | null} explain what is being explained of the range
 * @param {string | null} section that is open
 * @returns {string} "" for the page as it opens
 */
export function fragment({ span, end, at, range }, explain, section) {
  const said = new URLSearchParams();
  if (at !== null) said.set("at", short(at));
  if (span !== LIVE.span || end !== null) said.set("span", short(span));
  if (end !== null) said.set("to", short(end));
  if (range !== null) said.set("range", range.map(short).join("~"));
  if (range !== null && explain !== null) said.set("explain", explain);
  if (section !== null) said.set("section", section);
  return String(said);
}

/**
 * @param {string} text without #
 * @returns {Said} `fault` says in a line what in it is wrong, and is left out; "" where nothing is
 */
export function understood(text) {
  const said = new URLSearchParams(text);
  const faults = [];
  const value = (/** @type {string} */ name) => {
    const raw = said.get(name);
    if (raw === null) return null;
    const found = name === "span" ? number(raw) : moment(raw);
    if (found === null) faults.push(name === "span" ? t("“span” is no number of seconds") : t("“{name}” is no moment", { name }));
    return found;
  };
  const [at, to] = [value("at"), value("to")];
  const span = Math.min(MOST_SPAN_S, Math.max(LEAST_SPAN_S, value("span") ?? LIVE.span));
  const ends = said.get("range")?.split("~").map(moment) ?? null;
  const [start, end] = ends ?? [null, null];
  const whole = typeof start === "number" && typeof end === "number" && start < end;
  if (ends !== null && !whole) faults.push(t("“range” is no stretch of time"));
  const range = whole ? /** @type {[number, number]} */ ([start, end]) : null;
  const explain = said.get("explain");
  const known = explain !== null && KINDS.includes(explain) && range !== null;
  const view = { span, end: to ?? range?.[1] ?? (at === null ? null : at + span / 2), at, range };
  const fault = faults.length > 0 ? t("In this link: {faults}.", { faults: faults.join(", ") }) : "";
  const section = SECTIONS.find((name) => name === said.get("section")) ?? null;
  return { view, explain: known ? explain : null, section, fault };
}

/** @param {number} value */
function short(value) {
  return String(Math.round(value * 1000) / 1000);
}

/** @param {string} text */
function number(text) {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}

/** Unix seconds, or RFC 3339 for who writes a link by hand. @param {string} text */
function moment(text) {
  const parsed = number(text) ?? Date.parse(text) / 1000;
  return Number.isFinite(parsed) && parsed > 0 ? parsed : null;
}
