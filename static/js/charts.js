/** The charts: uPlot, fixed to the last ten minutes, with the exact figures under the cursor. */

import { byId, make, setText, show } from "./dom.js";
import { round, text, timeOfDay } from "./format.js";
import { scaleTop } from "./plots.js";
import { SPAN_S } from "./series.js";

const GRID_S = 120;
const LINE_WIDTH = 1.5;
// A line at the scale's very end is still seen whole.
const HEADROOM = 1.02;
// Two hexadecimal digits of opacity, after a role's colour.
const FILL_ALPHA = "26";
const LABEL_PX = 11;
// How near to a point the cursor must be to show it, at least.
const REACH_PX = 10;
const TIP_GAP_PX = 10;

/** @typedef {import("./plots.js").Plot} Plot */
/** @typedef {{times: number[], columns: {[name: string]: (number | null)[]}}} Table */

/** The colours of the style sheet, read again when the system changes between light and dark. */
const palette = {
  /** @type {Map<string, string>} */
  known: new Map(),
  /** @param {string} role */
  of(role) {
    let colour = this.known.get(role);
    if (colour === undefined) {
      colour = getComputedStyle(document.documentElement).getPropertyValue(`--${role}`).trim();
      this.known.set(role, colour);
    }
    return colour;
  },
};

export class Chart {
  /** @param {Plot} plot its place in the page is `#chart-ID` */
  constructor(plot) {
    this.plot = plot;
    this.place = byId(`chart-${plot.id}`);
    this.now = 0;
    this.interval = 1;
    this.top = 1;
    this.tip = new Tip(plot);
    this.uplot = new globalThis.uPlot(this.#options(), this.#empty(), this.place);
    this.uplot.over.append(this.tip.root);
    new ResizeObserver(() => this.#fit()).observe(this.place);
  }

  /**
   * @param {Table} table
   * @param {number} now the right edge, in Unix seconds
   * @param {number} interval seconds between two ticks
   */
  draw(table, now, interval) {
    this.now = now;
    this.interval = interval;
    const columns = this.plot.lines.map((line) => table.columns[line.name]);
    this.uplot.setData(table.times.length ? [table.times, ...columns] : this.#empty());
  }

  /** In the colours that now hold. */
  repaint() {
    this.uplot.redraw(false);
  }

  #empty() {
    return [[], ...this.plot.lines.map(() => [])];
  }

  #fit() {
    const { clientWidth: width, clientHeight: height } = this.place;
    // A hidden chart has no size; it is fitted when it is shown.
    if (width > 0) this.uplot.setSize({ width, height });
  }

  #options() {
    const { plot } = this;
    return {
      width: this.place.clientWidth || 240,
      height: this.place.clientHeight || 110,
      padding: [1, 0, 1, 0],
      legend: { show: false },
      cursor: this.#cursor(),
      scales: {
        x: { time: false, range: () => [this.now - SPAN_S, this.now] },
        y: { range: (_, __, most) => [0, (this.top = scaleTop(plot, most ?? 0)) * HEADROOM] },
      },
      axes: [grid((_, __, min, max) => lines(min, max)), grid(() => [0, this.top / 2, this.top])],
      series: [{}, ...plot.lines.map(asSeries)],
      hooks: {
        draw: [(u) => label(u, plot.unit, this.top)],
        setCursor: [(u) => this.tip.show(u)],
      },
    };
  }

  #cursor() {
    return {
      y: false,
      drag: { x: false, y: false, setScale: false },
      // One moment in all charts at once.
      sync: { key: "moment", scales: ["x", null] },
      points: { size: 6 },
      hover: { prox: (u) => Math.max(REACH_PX, (this.interval * u.over.clientWidth) / SPAN_S) },
    };
  }
}

/** The exact figures of one moment, beside the cursor. */
class Tip {
  /** @param {Plot} plot */
  constructor(plot) {
    this.plot = plot;
    this.time = make("span", "tip-time");
    this.values = plot.lines.map(() => make("span", "tip-value"));
    const rows = plot.lines.map((line, at) =>
      make("span", "tip-row", make("span", `key ${line.role}`, line.label), this.values[at]),
    );
    this.root = make("div", "tip", this.time, ...rows);
    this.root.hidden = true;
  }

  show(u) {
    const at = u.cursor.idxs?.slice(1).find((idx) => idx !== null && idx !== undefined);
    show(this.root, at !== undefined);
    if (at === undefined) return;
    setText(this.time, timeOfDay(u.data[0][at]));
    this.plot.lines.forEach((line, i) => {
      setText(this.values[i], text(this.plot.unit, u.data[i + 1][at]));
    });
    const { left } = u.cursor;
    const room = u.over.clientWidth - this.root.offsetWidth;
    // To the right of the cursor where there is room, then to its left, and never outside the chart.
    const x = left + TIP_GAP_PX <= room ? left + TIP_GAP_PX : left - TIP_GAP_PX - this.root.offsetWidth;
    this.root.style.transform = `translateX(${Math.round(Math.max(0, x))}px)`;
  }
}

/** @param {import("./plots.js").Line} line */
function asSeries({ label, role, fill }) {
  return {
    label,
    width: LINE_WIDTH,
    stroke: () => palette.of(role),
    fill: fill ? () => palette.of(role) + FILL_ALPHA : undefined,
    // A figure between two gaps makes no line: it is shown as a point.
    points: { show: false, size: 3, fill: () => palette.of(role), filter: lonely },
  };
}

function lonely(u, seriesIdx) {
  const values = u.data[seriesIdx];
  const found = [];
  for (let at = 0; at < values.length; at += 1) {
    if (values[at] != null && values[at - 1] == null && values[at + 1] == null) found.push(at);
  }
  return found.length > 0 ? found : null;
}

function grid(splits) {
  return {
    size: 0,
    gap: 0,
    splits,
    values: () => [],
    ticks: { show: false },
    grid: { stroke: () => palette.of("grid"), width: 1 },
  };
}

/** @param {number} min @param {number} max */
function lines(min, max) {
  const found = [];
  for (let at = max - GRID_S; at > min; at -= GRID_S) found.push(at);
  return found;
}

/** The scale's top and middle, written inside the chart: its whole width is for the figures. */
function label(u, unit, top) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.font = `${Math.round(LABEL_PX * devicePixelRatio)}px system-ui, sans-serif`;
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

/**
 * All charts of a page. Without uPlot (a checkout in which `make` has not run) the rest still works.
 * @param {Plot[]} plots
 * @returns {Chart[]}
 */
export function draw(plots) {
  if (!globalThis.uPlot) {
    for (const { id } of plots) setText(byId(`chart-${id}`), "The chart library is not installed.");
    return [];
  }
  const charts = plots.map((plot) => new Chart(plot));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    palette.known.clear();
    for (const chart of charts) chart.repaint();
  });
  return charts;
}
