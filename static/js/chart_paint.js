/** What is painted on a chart beside its lines: colours, scales, and what is marked. */

import { round } from "./format.js";

// Two hexadecimal digits of opacity, after a role's colour.
const RANGE_ALPHA = "2e";
const NEARLY_ALL = 0.97;

/** @typedef {import("./time/timeline.js").Frame} Frame */

/** The colours of the style sheet, read again when the system changes between light and dark. */
export const palette = {
  /** @type {Map<string, string>} */
  known: new Map(),
  /** @param {string} role */
  of(role) {
    let colour = this.known.get(role);
    if (colour === undefined) {
      probe.style.color = `var(--${role})`;
      document.body.append(probe);
      colour = hexadecimal(getComputedStyle(probe).color);
      probe.remove();
      this.known.set(role, colour);
    }
    return colour;
  },
};

const SIZE = "size of figures";

/** Of the figures at a scale: the style sheet has it larger where it is read from afar.
 * @param {any} u */
function labelSize(u) {
  const known = palette.known.get(SIZE);
  if (known !== undefined) return Number(known);
  probe.style.fontSize = "var(--text-scale, 11px)";
  u.root.append(probe);
  const size = Number.parseFloat(getComputedStyle(probe).fontSize);
  probe.remove();
  palette.known.set(SIZE, String(size));
  return size;
}

// What a role is depends on the theme: only an element tells which colour it comes to.
const probe = document.createElement("i");
probe.hidden = true;

/** @param {string} colour `rgb(1, 2, 3)` */
function hexadecimal(colour) {
  const [, ...parts] = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(colour) ?? [];
  return `#${parts.map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;
}

/** A figure between two gaps makes no line: it is shown as a point. */
export function lonely(u, seriesIdx) {
  const values = u.data[seriesIdx];
  const found = [];
  for (let at = 0; at < values.length; at += 1) {
    if (values[at] != null && values[at - 1] == null && values[at + 1] == null) found.push(at);
  }
  return found.length > 0 ? found : null;
}

export function grid(splits) {
  return {
    size: 0,
    gap: 0,
    splits,
    values: () => [],
    ticks: { show: false },
    grid: { stroke: () => palette.of("grid"), width: 1 },
  };
}

/** What is picked out, below the lines. @param {any} u @param {Frame} frame */
export function shade(u, { range }) {
  if (range === null) return;
  const [from, to] = range.map((time) => u.valToPos(time, "x", true));
  const { left, top, width, height } = u.bbox;
  const start = Math.max(left, from);
  const end = Math.min(left + width, to);
  // When all of the chart is picked out, there is nothing to tell it from.
  if (end < start || end - start > width * NEARLY_ALL) return;
  u.ctx.fillStyle = palette.of("past") + RANGE_ALPHA;
  u.ctx.fillRect(start, top, Math.max(1, end - start), height);
}

/** Marks and the second that the page shows, above the lines. @param {any} u @param {Frame} frame */
export function flags(u, { at, marks }) {
  for (const { time } of marks) line(u, time, palette.of("ink-muted"), 1, [2, 3]);
  if (at !== null) line(u, at, palette.of("past"), 2, []);
}

/** @param {any} u @param {number} time @param {string} colour @param {number} width @param {number[]} dash */
function line(u, time, colour, width, dash) {
  const x = u.valToPos(time, "x", true);
  const { left, top, height } = u.bbox;
  if (x < left || x > left + u.bbox.width) return;
  const { ctx } = u;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = width * devicePixelRatio;
  ctx.setLineDash(dash.map((each) => each * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(Math.round(x), top);
  ctx.lineTo(Math.round(x), top + height);
  ctx.stroke();
  ctx.restore();
}

/** The scale's top and middle, written inside the chart: its whole width is for the figures. */
export function label(u, unit, top) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.font = `${Math.round(labelSize(u) * devicePixelRatio)}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  ctx.lineJoin = "round";
  ctx.lineWidth = 3 * devicePixelRatio;
  ctx.strokeStyle = palette.of("card");
  ctx.fillStyle = palette.of("ink-muted");
  for (const value of [top, top / 2]) {
    const y = u.valToPos(value, "y", true) + 2 * devicePixelRatio;
    ctx.strokeText(round(unit, value), bbox.left, y);
    ctx.fillText(round(unit, value), bbox.left, y);
  }
  ctx.restore();
}
