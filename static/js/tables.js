/** Tables of devices: a row for each key, kept while its device is there, written where it changes. */

import { make, setAttribute, setBar, setText, show } from "./dom.js";
import { condition } from "./figures.js";
import { isObject } from "./patch.js";
import { setFigure, why } from "./tiles.js";

/** @typedef {import("./patch.js").Document} Document */
/** @typedef {import("./figures.js").Metrics} Metrics */
/**
 * @typedef {object} Column
 * @property {string} [className]
 * @property {(thing: Document, key: string) => string} text
 * @property {string} [absent] why it may be not known although its collector is well
 * @property {(thing: Document) => unknown} [bar] a share from 0 to 1, drawn beside the text
 * @property {(thing: Document) => string} [note] small, after the text
 * @property {(thing: Document, key: string) => string} [about] more of it, where the pointer rests
 * @property {(thing: Document) => string | null} [level] how bad it is: "high", or null
 */
/**
 * @typedef {object} Design
 * @property {string} family
 * @property {Column[]} columns the first is the row's heading
 * @property {(thing: Document) => number} rank rows of lower rank come first
 * @property {string} empty what to say when there is no row
 */

const byName = new Intl.Collator("en", { numeric: true }).compare;

export class Table {
  /** @param {HTMLElement} body a tbody @param {Design} design */
  constructor(body, design) {
    this.body = body;
    this.design = design;
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    this.order = "";
    this.none = make("td", "none");
    this.none.setAttribute("colspan", String(design.columns.length));
    this.noneRow = make("tr", "", this.none);
    body.append(this.noneRow);
  }

  /** @param {Document} document @param {Metrics} metrics
   * @param {string} [instead] why there is nothing, where the document does not tell */
  update(document, metrics, instead) {
    const things = document[this.design.family];
    const keys = isObject(things) ? this.#sorted(things) : [];
    const { state } = condition(document, metrics, this.design.family);
    const reason = instead ?? why(document, metrics, this.design.family);
    show(this.noneRow, keys.length === 0);
    setText(this.none, isObject(things) ? this.design.empty : reason);
    this.#arrange(keys);
    for (const key of keys) this.rows.get(key)?.update(things[key], reason, state === "ok");
  }

  /** @param {Document} things */
  #sorted(things) {
    const { rank } = this.design;
    return Object.keys(things).sort((a, b) => rank(things[a]) - rank(things[b]) || byName(a, b));
  }

  /** @param {string[]} keys */
  #arrange(keys) {
    const order = JSON.stringify(keys);
    if (order === this.order) return;
    this.order = order;
    const kept = new Map(keys.map((key) => [key, this.rows.get(key) ?? new Row(this.design, key)]));
    this.rows = kept;
    this.body.replaceChildren(this.noneRow, ...[...kept.values()].map((row) => row.element));
  }
}

class Row {
  /** @param {Design} design @param {string} key */
  constructor(design, key) {
    this.key = key;
    this.cells = design.columns.map((column, at) => new Cell(column, at === 0));
    this.element = make("tr", "", ...this.cells.map((cell) => cell.element));
  }

  /** @param {Document} thing @param {string} reason @param {boolean} well */
  update(thing, reason, well) {
    for (const cell of this.cells) {
      cell.update(thing, this.key, (well && cell.column.absent) || reason);
    }
  }
}

class Cell {
  /** @param {Column} column @param {boolean} heading */
  constructor(column, heading) {
    this.column = column;
    this.heading = heading;
    this.element = make(heading ? "th" : "td", column.className);
    if (heading) this.element.setAttribute("scope", "row");
    this.text = make("span", "text");
    this.note = column.note ? make("span", "minor-note") : null;
    this.bar = column.bar ? make("span", "fill") : null;
    if (this.bar) this.element.append(make("span", "bar", this.bar));
    this.element.append(this.text);
    if (this.note) this.element.append(this.note);
  }

  /** @param {Document} thing @param {string} key @param {string} reason */
  update(thing, key, reason) {
    const { text, bar, note, level, about } = this.column;
    const shown = text(thing, key);
    setFigure(this.text, shown, about ? about(thing, key) : reason);
    if (about) setAttribute(this.text, "title", about(thing, key));
    // A name that does not fit is cut off; it can be read in full where the pointer rests.
    if (this.heading) setAttribute(this.text, "title", shown);
    if (this.bar && bar) setBar(this.bar, bar(thing));
    if (this.note && note) setText(this.note, note(thing));
    if (level) setAttribute(this.element, "data-level", level(thing));
  }
}
