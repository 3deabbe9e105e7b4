/** The charts: uPlot, all of the same stretch of time, with the exact figures under the cursor. */

import { flags, grid, label, lonely, palette, shade } from "./chart_paint.js";
import { Tip } from "./chart_tip.js";
import { byId, setText, show } from "./dom.js";
import { t } from "./lang.js";
import { legend } from "./legend.js";
import { scaleTop } from "./plots.js";
import { ticks } from "./time/ticks.js";

const LINE_WIDTH = 1.5;
// A line at the scale's very end is still seen whole.
const HEADROOM = 1.02;
// Two hexadecimal digits of opacity, after a role's colour.
const FILL_ALPHA = "26";
const BAND_ALPHA = "40";
const GRID_PX = 70;
// How near to a point the cursor must be to show it, at least.
const REACH_PX = 10;
const POINT_PX = 6;

/** @typedef {import("./plots.js").Plot} Plot */
/** @typedef {import("./time/charted.js").Table} Table */
/** @typedef {import("./time/timeline.js").Frame} Frame */

export class Chart {
  /** @param {Plot} plot its place in the page is `#chart-ID` */
  constructor(plot) {
    this.plot = plot;
    this.place = byId(`chart-${plot.id}`);
    /** @type {Frame} */
    this.frame = { from: 0, to: 1, now: 1, step: 1, at: null, range: null, marks: [] };
    this.top = 1;
    this.tip = new Tip(plot);
    this.uplot = new globalThis.uPlot(this.#options(), this.#empty(), this.place);
    this.uplot.over.append(this.tip.root);
    const names = this.place.parentElement?.querySelector(".legend");
    if (names) legend(names, plot, (at, shown) => this.#toggle(at, shown));
    new ResizeObserver(() => this.#fit()).observe(this.place);
  }

  /** @param {Table} table @param {Frame} frame */
  draw(table, frame) {
    this.frame = frame;
    const names = this.plot.lines.map((line) => line.name);
    const columns = [table.columns, table.least, table.greatest].flatMap((all) => names.map((n) => all[n]));
    this.uplot.setData(table.times.length ? [table.times, ...columns] : this.#empty());
  }

  /** The moment so many pixels from the left. @param {number} x */
  time(x) {
    return this.uplot.posToVal(x, "x");
  }

  /** In the colours that now hold. */
  repaint() {
    this.uplot.redraw(false);
  }

  /** A line, with the edges of its band. @param {number} at @param {boolean} shown */
  #toggle(at, shown) {
    const count = this.plot.lines.length;
    for (const series of [at + 1, count + at + 1, 2 * count + at + 1]) this.uplot.setSeries(series, { show: shown });
    show(this.tip.rows[at], shown);
  }

  #empty() {
    return [[], ...Array(3 * this.plot.lines.length).fill([])];
  }

  #fit() {
    const { clientWidth: width, clientHeight: height } = this.place;
    // A hidden chart has no size; it is fitted when it is shown.
    if (width > 0) this.uplot.setSize({ width, height });
  }

  #options() {
    const { plot } = this;
    const { lines } = plot;
    const count = lines.length;
    return {
      width: this.place.clientWidth || 240,
      height: this.place.clientHeight || 110,
      padding: [1, 0, 1, 0],
      legend: { show: false },
      cursor: this.#cursor(),
      scales: {
        x: { time: false, range: () => [this.frame.from, this.frame.to] },
        y: { range: (_, __, most) => [0, (this.top = scaleTop(plot, most ?? 0)) * HEADROOM] },
      },
      axes: [grid((u) => this.#lines(u)), grid(() => [0, this.top / 2, this.top])],
      series: [{}, ...lines.map(asSeries), ...lines.map(asEdge), ...lines.map(asEdge)],
      // Between the least and the greatest of what a point stands for: no spike is averaged away.
      bands: lines.map(({ role }, at) => ({
        series: [2 * count + at + 1, count + at + 1],
        fill: () => palette.of(role) + BAND_ALPHA,
      })),
      hooks: {
        drawClear: [(u) => shade(u, this.frame)],
        draw: [(u) => flags(u, this.frame), (u) => label(u, plot.unit, this.top)],
        setCursor: [(u) => this.tip.show(u, this.frame.now)],
      },
    };
  }

  #cursor() {
    return {
      y: false,
      drag: { x: false, y: false, setScale: false },
      // One moment in all charts at once.
      sync: { key: "moment", scales: ["x", null] },
      points: { size: (_, at) => (at <= this.plot.lines.length ? POINT_PX : 0) },
      hover: { prox: (u) => Math.max(REACH_PX, u.over.clientWidth * this.#stepShare()) },
    };
  }

  #stepShare() {
    const { from, to, step } = this.frame;
    return step / (to - from);
  }

  #lines(u) {
    const { from, to } = this.frame;
    return ticks(from, to, Math.max(2, u.over.clientWidth / GRID_PX)).map(({ time }) => time);
  }
}

/** @param {import("./plots.js").Line} line */
function asSeries({ label, role, fill }) {
  return {
    label,
    width: LINE_WIDTH,
    stroke: () => palette.of(role),
    fill: fill ? () => palette.of(role) + FILL_ALPHA : undefined,
    points: { show: false, size: 3, fill: () => palette.of(role), filter: lonely },
  };
}

/** The least or the greatest: an edge of a band, not drawn itself. */
function asEdge() {
  return { stroke: "transparent", width: 0, points: { show: false } };
}

/**
 * All charts of a page. Without uPlot (a checkout in which `make` has not run) the rest still works.
 * @param {Plot[]} plots
 * @returns {Chart[]}
 */
export function draw(plots) {
  if (!globalThis.uPlot) {
    for (const { id } of plots) setText(byId(`chart-${id}`), t("The chart library is not installed."));
    return [];
  }
  const charts = plots.map((plot) => new Chart(plot));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    palette.known.clear();
    for (const chart of charts) chart.repaint();
  });
  return charts;
}
