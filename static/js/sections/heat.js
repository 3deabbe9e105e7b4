/** The cores over time: a row each, on the charts' scale, darker or brighter the busier it is. */

import { make, setText } from "../dom.js";
import { text } from "../format.js";
import { palette } from "../chart_paint.js";
import { t } from "../lang.js";
import { Series } from "../series.js";
import { joined } from "../time/charted.js";
import { Loader } from "../time/loader.js";
import { stamp } from "../time/words.js";
import { at, columns, rowHeight } from "./strip.js";

/** @typedef {import("../patch.js").Document} Document */
/** @typedef {import("../time/timeline.js").Frame} Frame */
/** @typedef {import("../time/timeline.js").Source} Source */
/** @typedef {import("../time/charted.js").Table} Table */

const byNumber = new Intl.Collator("en", { numeric: true }).compare;
const FONT_PX = 10;
// How much of its colour a core has that does nothing: so that "idle" is told from "not known".
const IDLE = 0.08;

export class Heat {
  /** @param {HTMLElement} place @param {Source} past @param {() => void} changed */
  constructor(place, past, changed) {
    this.past = past;
    this.changed = changed;
    this.canvas = /** @type {HTMLCanvasElement} */ (make("canvas"));
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", t("How busy each core was over time"));
    this.tip = make("span", "heat-tip");
    const scale = make("span", "heat-scale", make("span", "", "0 %"), make("span", "heat-ramp"), make("span", "", "100 %"));
    place.append(this.canvas, make("p", "heat-legend", scale, this.tip));
    /** @type {string[]} */
    this.cores = [];
    this.series = new Series([]);
    this.loader = this.#loader();
    /** @type {Frame | null} */
    this.frame = null;
    /** @type {Table | null} */
    this.table = null;
    this.canvas.addEventListener("pointermove", (event) => this.#point(event));
    this.canvas.addEventListener("pointerleave", () => setText(this.tip, ""));
  }

  /** What has just come. @param {Document} document @param {number} time @param {number} interval */
  take({ core }, time, interval) {
    const keys = Object.keys(core ?? {}).sort(byNumber);
    if (keys.join() !== this.cores.join()) this.#arrange(keys);
    this.series.append(time, interval, keys.map((key) => core[key].usage ?? null));
  }

  /** @param {Frame} frame @param {boolean} asks whether there is a history */
  draw(frame, asks) {
    this.frame = frame;
    if (this.cores.length === 0) return;
    const live = this.series.table();
    if (asks) this.loader.want(frame.from, frame.to, frame.now, live.times[0]);
    this.table = joined(this.loader.table, live);
    const { clientWidth: width } = this.canvas.parentElement ?? this.canvas;
    if (width > 0) this.#paint(width);
  }

  /** @param {string[]} keys */
  #arrange(keys) {
    this.cores = keys;
    this.series = new Series(this.#names());
    this.loader = this.#loader();
  }

  #names() {
    return this.cores.map((key) => `core[${key}].usage`);
  }

  #loader() {
    return new Loader(this.past, this.#names(), { loaded: this.changed, failed: () => {} });
  }

  /** @param {number} width */
  #paint(width) {
    const { frame, table, canvas, cores } = this;
    if (frame === null || table === null) return;
    const height = rowHeight(cores.length);
    const ratio = devicePixelRatio;
    const [w, h] = [Math.round(width * ratio), Math.round(cores.length * height * ratio)];
    if (canvas.width !== w || canvas.height !== h) {
      [canvas.width, canvas.height] = [w, h];
      [canvas.style.width, canvas.style.height] = [`${width}px`, `${cores.length * height}px`];
    }
    const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const places = columns(table.times, frame.from, frame.to, w, Math.max(frame.step, 1));
    ctx.clearRect(0, 0, w, h);
    ctx.fillStyle = palette.of("cpu");
    this.#names().forEach((name, row) => {
      const y = Math.round(row * height * ratio);
      const tall = Math.max(1, Math.round((row + 1) * height * ratio) - y - (height > 5 ? ratio : 0));
      cells(ctx, table.columns[name] ?? [], places, y, tall);
    });
    this.#label(ctx, height * ratio, ratio);
  }

  /** As many numbers as there is room for, inside: the whole width is for the time, as in the charts.
   * @param {CanvasRenderingContext2D} ctx @param {number} height @param {number} ratio */
  #label(ctx, height, ratio) {
    ctx.globalAlpha = 1;
    ctx.fillStyle = palette.of("ink");
    ctx.strokeStyle = palette.of("card");
    ctx.lineJoin = "round";
    ctx.lineWidth = 3 * ratio;
    ctx.font = `${Math.round(FONT_PX * ratio)}px system-ui, sans-serif`;
    ctx.textBaseline = "middle";
    const every = Math.ceil((FONT_PX * ratio * 1.2) / height);
    this.cores.forEach((key, row) => {
      if (row % every !== 0) return;
      const middle = (row + 0.5) * height;
      ctx.strokeText(key, 2 * ratio, middle);
      ctx.fillText(key, 2 * ratio, middle);
    });
  }

  /** @param {PointerEvent} event */
  #point({ offsetX, offsetY }) {
    const { frame, table, cores } = this;
    const key = cores[Math.floor(offsetY / rowHeight(cores.length))];
    const share = offsetX / this.canvas.clientWidth;
    if (frame === null || table === null || key === undefined) return;
    const time = frame.from + share * (frame.to - frame.from);
    const n = at(table.times, time, Math.max(frame.step, 1));
    const value = n === null ? null : table.columns[`core[${key}].usage`]?.[n];
    setText(
      this.tip,
      t("Core {core} at {time}: {figure}", { core: key, time: stamp(time, frame.now), figure: text("ratio", value) }),
    );
  }
}

/**
 * Runs of the same shade are painted at once.
 * @param {CanvasRenderingContext2D} ctx @param {(number | null)[]} values
 * @param {Int32Array} places which point each column shows; -1: none
 * @param {number} y @param {number} tall
 */
function cells(ctx, values, places, y, tall) {
  let start = 0;
  for (let x = 1; x <= places.length; x += 1) {
    if (x < places.length && places[x] === places[start]) continue;
    const value = places[start] === -1 ? null : values[places[start]];
    if (typeof value === "number") {
      ctx.globalAlpha = IDLE + (1 - IDLE) * Math.min(1, value);
      ctx.fillRect(start, y, x - start, tall);
    }
    start = x;
  }
}
