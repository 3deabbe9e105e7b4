/** Which panels the page shows, and in which order: of whatever bears a family's name. */

import { PANELS } from "./choice.js";

/** @typedef {import("./choice.js").Settings} Settings */

const PARTS = [".tile", ".plot", ".processes"].map((part) => `${part}[data-family]`).join();

export class Panels {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    const found = [...root.querySelectorAll(PARTS)];
    this.parts = found.filter(({ dataset }) => PANELS.includes(dataset.family));
    this.processes = this.parts.find(({ dataset }) => dataset.family === "processes");
    /** The column that they are alone in, if there is one. */
    this.block = this.processes?.closest(".beside") ?? this.processes;
    // Where it stands unless the processes are to come first.
    this.after = this.block?.nextElementSibling ?? null;
  }

  /** The document's order: so the keys go the way that is seen. @param {Settings} settings */
  apply({ order, hidden }) {
    for (const part of this.parts) part.toggleAttribute("data-left-out", hidden.includes(part.dataset.family));
    for (const place of new Set(this.parts.map((part) => part.parentElement))) {
      const here = this.parts.filter((part) => part.parentElement === place && part !== this.processes);
      const wanted = [...here].sort((a, b) => rank(order, a) - rank(order, b));
      put(wanted, [...(place?.children ?? [])].filter((child) => here.includes(child)));
    }
    if (this.block) this.#put(this.block, order[0] === "processes");
  }

  /** The processes: beside or after the charts, or before them. @param {Element} block @param {boolean} first */
  #put(block, first) {
    const place = block.parentElement;
    const next = first ? [...(place?.children ?? [])].find((child) => child !== block) : this.after;
    if (block.nextElementSibling !== next) place?.insertBefore(block, next ?? null);
  }
}

/** @param {string[]} order @param {HTMLElement} part */
function rank(order, part) {
  return order.indexOf(part.dataset.family ?? "");
}

/** Nothing is moved that stands where it should: what is moved loses the focus.
 * @param {Element[]} wanted @param {Element[]} now */
function put(wanted, now) {
  if (wanted.every((element, at) => element === now[at])) return;
  const end = now.at(-1)?.nextSibling ?? null;
  for (const element of wanted) element.parentElement?.insertBefore(element, end);
}
