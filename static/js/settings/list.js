/** The list in which panels are shown, left out, and put in order: by pointer or by keys. */

import { make } from "../dom.js";
import { t } from "../lang.js";
import { moved } from "./choice.js";
import { change, settings } from "./kept.js";

/** @typedef {import("./choice.js").Settings} Settings */

const NAMES = new Map([
  ["cpu", t("CPU")],
  ["memory", t("Memory")],
  ["disk", t("Disk")],
  ["network", t("Network")],
  ["pressure", t("Pressure")],
  ["processes", t("Processes")],
]);

/** @typedef {{element: HTMLElement, box: HTMLInputElement, up: HTMLElement, down: HTMLElement}} Item */

export class PanelList {
  constructor() {
    /** @type {Map<string, Item>} */
    this.items = new Map([...NAMES].map(([name, label]) => [name, this.#item(name, label)]));
    this.list = make("ol", "settings-panels");
    this.said = make("p", "settings-said");
    this.said.setAttribute("role", "status");
    this.root = make("fieldset", "", make("legend", "", t("Panels, in this order")), this.list, this.said);
  }

  /** @param {Settings} settings */
  show({ order, hidden }) {
    const focused = document.activeElement;
    // Moved one by one: whoever stands at its place already keeps the focus.
    order.forEach((name, at) => {
      const element = /** @type {Item} */ (this.items.get(name)).element;
      if (this.list.children[at] !== element) this.list.insertBefore(element, this.list.children[at] ?? null);
    });
    for (const [name, { box, up, down }] of this.items) {
      box.checked = !hidden.includes(name);
      // Not disabled: that would take the focus from who goes on pressing it.
      up.setAttribute("aria-disabled", String(order[0] === name));
      down.setAttribute("aria-disabled", String(order.at(-1) === name));
    }
    if (focused instanceof HTMLElement && this.list.contains(focused)) focused.focus();
  }

  /** @param {string} name @param {string} label @returns {Item} */
  #item(name, label) {
    const box = /** @type {HTMLInputElement} */ (make("input"));
    box.type = "checkbox";
    box.addEventListener("change", () => {
      const others = settings.hidden.filter((each) => each !== name);
      change({ hidden: box.checked ? others : [...others, name] });
    });
    const up = mover("▴", t("{name} further up", { name: label }), () => this.#move(name, -1));
    const down = mover("▾", t("{name} further down", { name: label }), () => this.#move(name, 1));
    const element = make("li", "", make("label", "", box, label), up, down);
    return { element, box, up, down };
  }

  /** @param {string} name @param {number} by */
  #move(name, by) {
    change({ order: moved(settings.order, name, by) });
    const at = settings.order.indexOf(name) + 1;
    const said = { name: NAMES.get(name) ?? name, at, of: settings.order.length };
    this.said.textContent = t("{name} is number {at} of {of}", said);
  }
}

/** @param {string} sign @param {string} label @param {() => void} click */
function mover(sign, label, click) {
  const element = make("button", "", sign);
  element.setAttribute("type", "button");
  element.setAttribute("aria-label", label);
  element.addEventListener("click", click);
  return element;
}
