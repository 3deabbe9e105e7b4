/** One row of the document. It shows whichever line is in its place, and is written where that differs. */

import { make, setAttribute, setBar } from "../dom.js";
import { ABSENT } from "../format.js";
import { plural, t } from "../lang.js";
import { cellText, cellTitle } from "./cells.js";
import { hasArguments } from "./columns.js";

/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("./lines.js").Line} Line */

// Deeper lines are not moved further in: the name needs its room.
const MOST_DEPTH = 10;
const INDENT_PX = 12;
// Row 1 is the header's, and they are counted from 1.
const HEADER_ROWS = 2;

export class Slot {
  /** @param {Column[]} columns @param {string} id */
  constructor(columns, id) {
    this.cells = columns.map((column) => new Cell(column));
    this.element = make("div", "process-row", ...this.cells.map((cell) => cell.element));
    this.element.id = id;
    this.element.setAttribute("role", "row");
    this.className = "process-row";
    /** @type {Line | null} */
    this.line = null;
    this.index = -1;
    this.attributes = new Map();
  }

  /**
   * @param {Line} line @param {number} index of all lines @param {boolean} selected
   * @param {number} now Unix seconds
   * @param {boolean} nested whether lines lie below others at all
   */
  update(line, index, selected, now, nested) {
    this.line = line;
    this.index = index;
    this.#set("aria-rowindex", String(index + HEADER_ROWS));
    this.#set("aria-selected", String(selected));
    this.#set("aria-level", nested ? String(line.depth + 1) : null);
    this.#set("aria-expanded", line.open === null ? null : String(line.open));
    const kind = line.row === null ? " group" : line.row.ended ? " ended" : line.path ? " path" : "";
    const className = `process-row${kind}${line.sum ? " sum" : ""}`;
    if (className !== this.className) this.element.className = this.className = className;
    for (const cell of this.cells) cell.update(line, now);
  }

  /** Remembered, for the document is slow to ask. @param {string} name @param {string | null} value */
  #set(name, value) {
    if (this.attributes.get(name) === value) return;
    this.attributes.set(name, value);
    setAttribute(this.element, name, value);
  }
}

class Cell {
  /** @param {Column} column */
  constructor(column) {
    this.column = column;
    this.lead = column.key === "name" ? new Lead(hasArguments(column)) : null;
    this.node = document.createTextNode("");
    this.bar = column.key === "cpu" ? make("span", "process-load") : null;
    this.base = `process-cell${column.left ? " left" : ""}${this.lead ? " lead" : ""}`;
    this.element = make("div", this.base);
    this.element.setAttribute("role", this.lead ? "rowheader" : "gridcell");
    if (this.bar) this.element.append(this.bar);
    this.element.append(...(this.lead?.before ?? []), this.node, ...(this.lead?.after ?? []));
    this.text = "";
    this.title = "";
    this.className = this.base;
  }

  /** @param {Line} line @param {number} now */
  update(line, now) {
    const { column } = this;
    const text = cellText(column, line, now);
    if (text !== this.text) this.node.nodeValue = this.text = text;
    const title = cellTitle(column, line);
    if (title !== this.title) this.element.title = this.title = title;
    const faint = text === ABSENT || text === "0" || text.startsWith("0\u00a0");
    const className = faint ? `${this.base} faint` : this.base;
    if (className !== this.className) this.element.className = this.className = className;
    if (this.bar) setBar(this.bar, line.sum ? line.sum.value("cpu") : line.row?.data.cpu);
    this.lead?.update(line);
  }
}

/** What stands about a name: how deep it lies, whether it can be opened, and how many are in it. */
class Lead {
  /** @param {boolean} told whether its arguments stand beside it */
  constructor(told) {
    this.indent = make("span", "process-indent");
    this.twist = make("span", "process-twist");
    this.twist.setAttribute("aria-hidden", "true");
    this.size = make("span", "process-size");
    this.before = [this.indent, this.twist];
    this.arguments = told ? make("span", "process-arguments") : null;
    this.after = this.arguments ? [this.size, this.arguments] : [this.size];
    this.depth = 0;
    this.mark = "";
    this.said = "";
    this.words = "";
  }

  /** @param {Line} line */
  update({ row, depth, open, sum }) {
    const deep = Math.min(depth, MOST_DEPTH);
    if (deep !== this.depth) {
      this.depth = deep;
      this.indent.style.width = `${deep * INDENT_PX}px`;
    }
    const mark = open === null ? "" : open ? "▾" : "▸";
    if (mark !== this.mark) this.twist.textContent = this.mark = mark;
    const size = sum === null ? "" : sized(sum.count, row === null);
    if (size !== this.said) this.size.textContent = this.said = size;
    const words = row?.arguments ?? "";
    if (this.arguments && words !== this.words) this.arguments.textContent = this.words = words;
  }
}

/** @param {number} count @param {boolean} group */
function sized(count, group) {
  return group ? plural(count, "{n} process", "{n} processes") : t("and {n} below", { n: count - 1 });
}
