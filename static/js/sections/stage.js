/** Which section is open, in place of the other charts: at most one. The address says which. */

import { byId, setAttribute, show } from "../dom.js";
import { understood } from "../time/address.js";

export class Stage {
  /** @param {Document} document @param {(name: string | null) => void} changed */
  constructor(document, changed) {
    this.changed = changed;
    this.body = document.body;
    /** @type {HTMLElement[]} */
    this.buttons = [...document.querySelectorAll("[data-opens]")];
    /** @type {HTMLElement[]} */
    this.sections = [...document.querySelectorAll("[data-section-of]")];
    /** @type {string | null} */
    this.open = null;
    for (const button of this.buttons) {
      button.setAttribute("aria-controls", `section-${button.dataset.opens}`);
      button.addEventListener("click", () => this.#clicked(button));
    }
    addEventListener("hashchange", () => this.#read());
    this.#read();
  }

  #read() {
    this.#set(understood(location.hash.slice(1)).section);
  }

  /** @param {HTMLElement} button */
  #clicked(button) {
    const name = button.dataset.opens ?? "";
    const inside = button.closest("[data-section-of]") !== null;
    this.#set(this.open === name ? null : name);
    const said = new URLSearchParams(location.hash.slice(1));
    if (this.open === null) said.delete("section");
    else said.set("section", this.open);
    // An entry of its own: going back closes it.
    history.pushState(null, "", String(said) === "" ? location.pathname + location.search : `#${said}`);
    if (this.open !== null) byId(`section-${this.open}-title`).focus({ preventScroll: innerWidth >= 1200 });
    else if (inside) this.buttons.find((each) => each.dataset.opens === name)?.focus();
  }

  /** @param {string | null} name */
  #set(name) {
    if (name === this.open) return;
    this.open = name;
    setAttribute(this.body, "data-section", name);
    for (const section of this.sections) show(section, section.dataset.sectionOf === name);
    for (const button of this.buttons) {
      setAttribute(button, "aria-expanded", String(button.dataset.opens === name));
    }
    this.changed(name);
  }
}
