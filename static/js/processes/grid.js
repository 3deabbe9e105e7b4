/**
 * The table of processes. Of thousands of lines only those in view are in the document; a spacer as
 * high as all of them gives the scroll bar its size.
 */

import { make, setAttribute } from "../dom.js";
import { Head } from "./head.js";
import { sideways, target } from "./keys.js";
import { Slot } from "./slot.js";
import { inView, scrolledTo } from "./window.js";

/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("./lines.js").Line} Line */
/** @typedef {import("./sort.js").Order} Order */
/**
 * @typedef {object} Listener
 * @property {(column: Column) => void} sort
 * @property {(line: Line) => void} enter
 * @property {(line: Line) => void} toggle
 * @property {() => void} moved the pointer is at the lines, or a key was used there
 * @property {() => void} left
 */

// A name that others lie below needs room for what stands before it; but not more than half of all.
const NESTED_NAME_PX = 230;
const TYPE_PX = 13;

export class Grid {
  /** @param {HTMLElement} root @param {Listener} listener */
  constructor(root, listener) {
    this.root = root;
    this.listener = listener;
    this.head = new Head(listener.sort);
    this.rows = make("div", "process-rows");
    this.rows.setAttribute("role", "presentation");
    this.body = make("div", "process-body", this.rows);
    this.body.setAttribute("role", "rowgroup");
    this.empty = make("p", "process-none");
    root.append(this.head.element, this.body, this.empty);
    /** @type {Column[]} */
    this.columns = [];
    /** @type {Slot[]} in the order of the document, which is that of the lines */
    this.slots = [];
    /** @type {Line[]} */
    this.lines = [];
    this.nested = false;
    this.now = 0;
    /** @type {string | null} the id of the line */
    this.selected = null;
    this.selectedAt = 0;
    this.made = 0;
    this.line = 1; // pixels that a line is high
    this.#listen();
  }

  /** @param {Column[]} columns */
  arrange(columns) {
    this.columns = columns;
    this.head.arrange(columns);
    this.measure();
    setAttribute(this.root, "aria-colcount", String(columns.length));
    this.slots = [];
    this.rows.replaceChildren();
  }

  /**
   * @param {Line[]} lines @param {number} now Unix seconds
   * @param {{nested: boolean, order: Order, none: string}} about `none` is said where there is no line
   */
  update(lines, now, { nested, order, none }) {
    this.lines = lines;
    this.now = now;
    if (nested !== this.nested) {
      this.nested = nested;
      this.measure();
    }
    this.head.mark(order);
    setAttribute(this.root, "role", nested ? "treegrid" : "grid");
    setAttribute(this.root, "aria-rowcount", String(lines.length + 1));
    const height = `${lines.length * this.line}px`;
    if (this.body.style.height !== height) this.body.style.height = height;
    this.empty.hidden = lines.length > 0;
    if (this.empty.textContent !== none) this.empty.textContent = none;
    this.#locate();
    this.render();
  }

  /** Write the lines that are in view. */
  render() {
    const { scrollTop, clientHeight } = this.root;
    const { first, count } = inView(scrollTop, clientHeight, this.line, this.lines.length);
    this.#turn(first, count);
    const move = `translateY(${first * this.line}px)`;
    if (this.rows.style.transform !== move) this.rows.style.transform = move;
    let active = null;
    for (let at = 0; at < count; at += 1) {
      const line = this.lines[first + at];
      const selected = line.id === this.selected;
      if (selected) active = this.slots[at].element.id;
      this.slots[at].update(line, first + at, selected, this.now, this.nested);
    }
    setAttribute(this.root, "aria-activedescendant", active);
  }

  /** @param {string | null} id */
  select(id) {
    this.selected = id;
    this.#locate();
    this.render();
  }

  /** Bring the selected line into view, and the keys to the table. */
  focus() {
    this.root.focus({ preventScroll: true });
    this.#show(this.selectedAt);
  }

  /** The width of each column, and of all; the height of a line, as the style sheet has it. */
  measure() {
    const style = getComputedStyle(this.root);
    this.line = Number.parseFloat(style.getPropertyValue("--process-line"));
    // Columns are as wide as their figures are in this size of type.
    const scale = Math.max(1, Number.parseFloat(style.fontSize) / TYPE_PX);
    const half = Math.floor(this.root.clientWidth / 2);
    const widths = this.columns.map(({ key, width }) =>
      Math.ceil(scale * (key === "name" && this.nested ? Math.max(width, Math.min(NESTED_NAME_PX, half)) : width)),
    );
    const tracks = this.columns.map(({ grows }, at) =>
      grows ? `minmax(${widths[at]}px, ${grows}fr)` : `${widths[at]}px`,
    );
    this.root.style.setProperty("--process-columns", tracks.join(" "));
    this.root.style.setProperty("--process-width", `${widths.reduce((sum, width) => sum + width, 0)}px`);
  }

  /** As many rows as are needed; of those that stay in view when it is scrolled, none is written anew.
   * @param {number} first @param {number} count */
  #turn(first, count) {
    const by = this.slots.length > 0 ? first - this.slots[0].index : 0;
    const moved = Math.min(Math.abs(by), this.slots.length);
    if (by > 0 && moved < this.slots.length) {
      const gone = this.slots.splice(0, moved);
      this.slots.push(...gone);
      this.rows.append(...gone.map((slot) => slot.element));
    } else if (by < 0 && moved < this.slots.length) {
      const gone = this.slots.splice(-moved);
      this.slots.unshift(...gone);
      this.rows.prepend(...gone.map((slot) => slot.element));
    }
    while (this.slots.length < count) {
      const slot = new Slot(this.columns, `process-line-${this.made++}`);
      this.slots.push(slot);
      this.rows.append(slot.element);
    }
    for (const slot of this.slots.splice(count)) slot.element.remove();
  }

  #locate() {
    const at = this.lines.findIndex((line) => line.id === this.selected);
    if (at !== -1) this.selectedAt = at;
  }

  #listen() {
    const { root, body, listener } = this;
    root.addEventListener("scroll", () => requestAnimationFrame(() => this.render()), { passive: true });
    new ResizeObserver(() => {
      this.measure();
      this.render();
    }).observe(root);
    body.addEventListener("pointermove", listener.moved, { passive: true });
    body.addEventListener("wheel", listener.moved, { passive: true });
    root.addEventListener("pointerleave", listener.left);
    body.addEventListener("click", (event) => this.#click(event));
    root.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = /** @type {Element} */ (event.target);
    const element = target.closest(".process-row");
    const line = this.slots.find((slot) => slot.element === element)?.line;
    // Who marks a text to copy it wants no more than that.
    if (!line || !(getSelection()?.isCollapsed ?? true)) return;
    this.select(line.id);
    if (target.closest(".process-twist") && line.open !== null) this.listener.toggle(line);
    else this.listener.enter(line);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.target !== this.root || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!this.#follow(event.key)) return;
    event.preventDefault();
    this.listener.moved();
  }

  /** @param {string} key @returns {boolean} whether it means something here */
  #follow(key) {
    const { lines, selectedAt } = this;
    const at = lines[selectedAt]?.id === this.selected ? selectedAt : -1;
    if (key === "Enter" || key === " ") {
      if (at !== -1) this.listener.enter(lines[at]);
      return true;
    }
    if (key === "ArrowLeft" || key === "ArrowRight") {
      if (at === -1 || !this.nested) return false;
      const { toggle, to } = sideways(lines, at, key === "ArrowRight");
      if (toggle) this.listener.toggle(lines[at]);
      else this.#go(to);
      return true;
    }
    const page = Math.max(1, Math.floor(this.#height() / this.line) - 1);
    const to = target(key, at, Math.min(selectedAt, lines.length - 1), lines.length, page);
    if (to !== null) this.#go(to);
    return to !== null;
  }

  /** @param {number} to */
  #go(to) {
    this.#show(to);
    this.select(this.lines[to].id);
  }

  /** @param {number} at */
  #show(at) {
    this.root.scrollTop = scrolledTo(at, this.root.scrollTop, this.#height(), this.line);
  }

  /** Of what is seen of the lines: the header covers the rest. */
  #height() {
    return this.root.clientHeight - this.head.element.offsetHeight;
  }
}
