/** The strip of time above the charts: its scale, what is marked, and where the page stands. */

import { byId, make, setAttribute, setText, show } from "../dom.js";
import { t } from "../lang.js";
import { ticks } from "./ticks.js";
import { stamp } from "./words.js";

const TICK_PX = 84;

/** @typedef {import("./past.js").Mark} Mark */
/** @typedef {import("./timeline.js").Frame} Frame */

export class Ruler {
  /** @param {HTMLElement} root @param {(mark: Mark) => void} marked a mark was clicked */
  constructor(root, marked) {
    this.root = root;
    this.marked = marked;
    this.scale = make("div", "ruler-scale");
    // Beside it: a slider has nothing in it that can be pressed.
    this.flags = byId("ruler-flags");
    this.range = make("div", "ruler-range");
    this.handle = make("div", "ruler-handle");
    root.append(this.scale, this.range, this.handle);
    /** @type {Frame | null} */
    this.frame = null;
    this.scaleKey = "";
    /** @type {Mark[]} */
    this.marks = [];
    new ResizeObserver(() => this.frame && this.draw(this.frame)).observe(root);
  }

  /** @param {Frame} frame */
  draw(frame) {
    this.frame = frame;
    const { at, range, now } = frame;
    const width = this.root.clientWidth;
    this.#scale(frame, width);
    this.#flags(frame, width);
    const x = (/** @type {number} */ time) => this.#x(frame, time) * width;
    show(this.handle, at !== null);
    if (at !== null) this.handle.style.transform = `translateX(${x(at).toFixed(1)}px)`;
    show(this.range, range !== null);
    if (range !== null) {
      this.range.style.transform = `translateX(${x(range[0]).toFixed(1)}px)`;
      this.range.style.width = `${Math.max(1, x(range[1]) - x(range[0])).toFixed(1)}px`;
    }
    setAttribute(this.root, "aria-valuenow", String(Math.round(at ?? now)));
    setAttribute(this.root, "aria-valuetext", at === null ? t("now") : stamp(at, now));
  }

  /** @param {number} x pixels from the left @returns {number} Unix seconds */
  time(x) {
    const { from, to } = this.frame ?? { from: 0, to: 1 };
    return from + (x / Math.max(1, this.root.clientWidth)) * (to - from);
  }

  /** @param {Frame} frame @param {number} time */
  #x({ from, to }, time) {
    return (time - from) / (to - from);
  }

  /** @param {Frame} frame @param {number} width */
  #scale(frame, width) {
    const found = ticks(frame.from, frame.to, Math.max(2, width / TICK_PX));
    const key = found.map(({ label, time }) => `${label}@${time}`).join();
    if (key !== this.scaleKey) {
      this.scaleKey = key;
      this.scale.replaceChildren(...found.map(({ label }) => make("span", "", label)));
    }
    found.forEach(({ time }, n) => {
      const tick = /** @type {HTMLElement} */ (this.scale.children[n]);
      tick.style.transform = `translateX(${(this.#x(frame, time) * width).toFixed(1)}px)`;
    });
  }

  /** @param {Frame} frame @param {number} width */
  #flags(frame, width) {
    if (frame.marks !== this.marks) {
      this.marks = frame.marks;
      this.flags.replaceChildren(...this.marks.map((mark) => this.#flag(mark, frame.now)));
    }
    this.marks.forEach(({ time }, n) => {
      const flag = /** @type {HTMLElement} */ (this.flags.children[n]);
      const share = this.#x(frame, time);
      show(flag, share >= 0 && share <= 1);
      flag.style.transform = `translateX(${(share * width).toFixed(1)}px)`;
    });
  }

  /** @param {Mark} mark @param {number} now */
  #flag(mark, now) {
    const flag = make("button", `flag ${mark.kind}`);
    flag.setAttribute("type", "button");
    const said = `${mark.text} (${stamp(mark.time, now)})`;
    flag.title = said;
    flag.setAttribute("aria-label", said);
    flag.addEventListener("click", () => this.marked(mark));
    return flag;
  }
}

/** A line about where the page stands. @param {HTMLElement} element @param {string} text */
export function tell(element, text) {
  setText(element, text);
  show(element, text !== "");
}
