/**
 * Figures as a person reads them, by the unit that the stream gives: three significant digits, so that
 * a figure keeps its width while it moves. Pure: what the viewer chose is told by `prefer`.
 */

import { t } from "./lang.js";

/** Shown where a figure is not known. */
export const ABSENT = "–";
const NO_BREAK = "\u00a0";

const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
const DECIMAL = ["", "k", "M", "G", "T", "P", "E"];
const BITS = 8;

/** What the viewer chose. */
const chosen = { network: "bytes", sizes: "binary", temperature: "celsius", point: "." };

/** @param {Partial<typeof chosen>} some as in settings/choice.js; `point` parts whole from tenths */
export function prefer(some) {
  Object.assign(chosen, some);
}

/** Figures of a second on a network are written in so many of a byte. */
export function perByte() {
  return chosen.network === "bits" ? BITS : 1;
}

/** @typedef {[number: string, unit: string]} Parts */

/** Three significant digits; `value` is from 0 up to 999.5.
 * @param {number} value */
function three(value) {
  if (value < 9.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : value.toFixed(0);
}

/**
 * The step of 1000 or 1024 at which the figure has at most three digits before the point.
 * @param {number} value
 * @param {number} base
 * @param {number} steps
 */
function step(value, base, steps) {
  let at = 0;
  let rest = value;
  while (rest >= 999.5 && at < steps - 1) {
    rest /= base;
    at += 1;
  }
  return { at, rest };
}

/** @param {number} value @returns {Parts} */
function bytes(value) {
  if (chosen.sizes === "decimal") return decimal("B")(value);
  const { at, rest } = step(value, 1024, BINARY.length);
  return [at === 0 ? rest.toFixed(0) : three(rest), BINARY[at]];
}

/**
 * Decimal multiples of a unit, as the trade counts throughput and clock rates.
 * @param {string} unit
 * @returns {(value: number) => Parts}
 */
function decimal(unit) {
  return (value) => {
    const { at, rest } = step(value, 1000, DECIMAL.length);
    return [at === 0 ? rest.toFixed(0) : three(rest), DECIMAL[at] + unit];
  };
}

/** Throughput of a network: bytes or bits a second. @param {number} value @returns {Parts} */
function traffic(value) {
  return decimal(chosen.network === "bits" ? "b/s" : "B/s")(value * perByte());
}

/** A link's speed is a round number: 1 Gb/s, 2.5 Gb/s. @param {number} value @returns {Parts} */
function linkSpeed(value) {
  const { at, rest } = step(value, 1000, DECIMAL.length);
  return [String(Number(rest.toPrecision(3))), `${DECIMAL[at]}b/s`];
}

/** Below zero as above: it has a sign. @param {number} value @returns {Parts} */
function degrees(value) {
  if (chosen.temperature === "celsius") return [value.toFixed(0), "°C"];
  return [(value * 1.8 + 32).toFixed(0), "°F"];
}

/** @param {number} value @returns {Parts} */
function percent(value) {
  const share = value * 100;
  if (share === 0) return ["0", "%"];
  return [share < 9.95 ? share.toFixed(1) : share.toFixed(0), "%"];
}

/** Events a second. @param {number} value @returns {Parts} */
function rate(value) {
  if (value === 0) return ["0", "/s"];
  const { at, rest } = step(value, 1000, DECIMAL.length);
  const figure = rest < 9.95 ? rest.toFixed(1) : rest.toFixed(0);
  return [figure, `${DECIMAL[at]}/s`];
}

/** @param {number} value @returns {Parts} */
function count(value) {
  if (Math.abs(value) >= 99999.5) {
    const { at, rest } = step(value, 1000, DECIMAL.length);
    return [three(rest), DECIMAL[at]];
  }
  return [Number.isInteger(value) ? String(value) : value.toFixed(2), ""];
}

/** Latencies and short times; from a minute on as `duration`. @param {number} value @returns {Parts} */
function seconds(value) {
  if (value >= 59.95) return [duration(value), ""];
  if (value === 0) return ["0", "ms"];
  if (value < 0.0009995) return [(value * 1e6).toFixed(0), "µs"];
  return value < 0.9995 ? [three(value * 1e3), "ms"] : [three(value), "s"];
}

const FORMATS = new Map(
  /** @type {[string, (value: number) => Parts][]} */ ([
    ["bytes", bytes],
    ["bytes/s", decimal("B/s")],
    ["traffic", traffic],
    ["bits/s", linkSpeed],
    ["hertz", decimal("Hz")],
    ["rpm", (value) => [value.toFixed(0), "rpm"]],
    ["watts", decimal("W")],
    ["volts", (value) => [value.toFixed(2), "V"]],
    ["amperes", (value) => [value.toFixed(2), "A"]],
    ["watt-hours", decimal("Wh")],
    ["ampere-hours", (value) => [value.toFixed(2), "Ah"]],
    ["ratio", percent],
    ["seconds", seconds],
    ["count", count],
    ["count/s", rate],
    ["operations/s", rate],
    ["packets/s", rate],
  ]),
);

/**
 * A figure and its unit, apart: the large figures show them in two sizes.
 * @param {string} unit as in `welcome.metrics`
 * @param {unknown} value undefined or null where it is not known
 * @returns {Parts}
 */
export function parts(unit, value) {
  if (typeof value === "string") return [value, ""];
  if (typeof value === "boolean") return [value ? t("yes") : t("no"), ""];
  if (typeof value !== "number" || !Number.isFinite(value)) return [ABSENT, ""];
  const [figure, shown] = unit === "celsius" ? degrees(value) : measured(unit, value);
  return [pointed(figure.replace("-", "−")), shown];
}

/** @param {string} unit @param {number} value @returns {Parts} */
function measured(unit, value) {
  const format = FORMATS.get(unit);
  const [figure, shown] = format ? format(Math.abs(value)) : [String(Math.abs(value)), unit];
  return [value < 0 ? `-${figure}` : figure, shown];
}

/** A figure with the point of the viewer's language. @param {string | number} figure @returns {string} */
export function pointed(figure) {
  return chosen.point === "." ? String(figure) : String(figure).replace(".", chosen.point);
}

/**
 * A figure with its unit in one text that does not break.
 * @param {string} unit
 * @param {unknown} value
 * @returns {string}
 */
export function text(unit, value) {
  const [figure, shown] = parts(unit, value);
  return shown === "" ? figure : figure + NO_BREAK + shown;
}

/**
 * A figure without the zeros that only keep its width: for scales, whose figures are round.
 * @param {string} unit
 * @param {number} value
 * @returns {string}
 */
export function round(unit, value) {
  return text(unit, value).replace(/[.,]0+(?=\D|$)|([.,]\d*[1-9])0+(?=\D|$)/, "$1");
}

const SPANS = /** @type {[string, number][]} */ ([
  [t("d"), 86400],
  [t("h"), 3600],
  [t("min"), 60],
  [t("s"), 1],
]);

/**
 * A span of time in its two largest units: `3 d 4 h`, `12 min 5 s`, `7 s`.
 * @param {number} value seconds
 * @returns {string}
 */
export function duration(value) {
  const whole = Math.max(0, Math.floor(value));
  const first = SPANS.findIndex(([, size]) => whole >= size);
  if (first === -1) return `0${NO_BREAK}${t("s")}`;
  const [unit, size] = SPANS[first];
  const shown = [Math.floor(whole / size) + NO_BREAK + unit];
  const next = SPANS[first + 1];
  // Of days and hours the second part is always said, so that the text keeps its shape.
  if (next) shown.push(Math.floor((whole % size) / next[1]) + NO_BREAK + next[0]);
  return shown.join(NO_BREAK);
}

/**
 * A ratio in whole percent: the tab's title should not flicker.
 * @param {unknown} ratio
 * @returns {string}
 */
export function wholePercent(ratio) {
  if (typeof ratio !== "number" || !Number.isFinite(ratio)) return ABSENT;
  return Math.round(ratio * 100) + NO_BREAK + "%";
}

/**
 * The time of day where the viewer is.
 * @param {number} unix seconds
 * @returns {string}
 */
export function timeOfDay(unix) {
  const date = new Date(unix * 1000);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
