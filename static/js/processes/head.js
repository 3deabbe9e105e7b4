/** The header of the process table: a button for each column, which says how the lines are sorted. */

import { make, setAttribute } from "../dom.js";

/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("./sort.js").Order} Order */

export class Head {
  /** @param {(column: Column) => void} sort */
  constructor(sort) {
    this.sort = sort;
    /** @type {{column: Column, element: HTMLElement}[]} */
    this.cells = [];
    this.row = make("div", "process-row process-names");
    this.row.setAttribute("role", "row");
    this.row.setAttribute("aria-rowindex", "1");
    this.element = make("div", "process-head", this.row);
    this.element.setAttribute("role", "rowgroup");
  }

  /** @param {Column[]} columns */
  arrange(columns) {
    this.cells = columns.map((column) => {
      const button = make("button", "", column.label);
      button.setAttribute("type", "button");
      button.title = column.title;
      button.addEventListener("click", () => this.sort(column));
      const side = column.left ? " left" : "";
      const element = make("div", `process-cell${side}${column.key === "name" ? " lead" : ""}`, button);
      element.setAttribute("role", "columnheader");
      return { column, element };
    });
    this.row.replaceChildren(...this.cells.map((cell) => cell.element));
  }

  /** @param {Order} order */
  mark(order) {
    const direction = order.descending ? "descending" : "ascending";
    for (const { column, element } of this.cells) {
      setAttribute(element, "aria-sort", column.key === order.column ? direction : null);
    }
  }
}
