/** Which section is open, in place of the other charts: at most one. The address says which.
 *
 * What the sections are made of is fetched when the first one is opened: most people never do.
 */

import { byId, setAttribute, show } from "../dom.js";
import { understood } from "../time/address.js";

/** @typedef {import("./sections.js").Sections} Sections */

export class Stage {
  /**
   * @param {Document} document
   * @param {import("../time/timeline.js").Source} past @param {import("../topics.js").Topics} topics
   * @param {() => void} changed something is to be drawn
   */
  constructor(document, past, topics, changed) {
    this.changed = changed;
    this.make = async () => {
      const { Sections } = await import("./sections.js");
      return new Sections(past, topics, changed);
    };
    /** @type {Sections | null} */
    this.sections = null;
    this.asked = false;
    this.past = false; // whether another second than now is shown
    this.body = document.body;
    /** @type {HTMLElement[]} */
    this.buttons = [...document.querySelectorAll("[data-opens]")];
    /** @type {HTMLElement[]} */
    this.places = [...document.querySelectorAll("[data-section-of]")];
    /** @type {string | null} */
    this.open = null;
    for (const button of this.buttons) {
      button.setAttribute("aria-controls", `section-${button.dataset.opens}`);
      button.addEventListener("click", () => this.#clicked(button));
    }
    addEventListener("hashchange", () => this.#read());
    this.#read();
  }

  /** @param {boolean} past whether another second than now is shown */
  travel(past) {
    this.past = past;
    this.sections?.travel(past);
  }

  /** @param {import("./sections.js").Look} look */
  update(look) {
    if (this.open !== null) this.sections?.update(this.open, look);
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
    for (const section of this.places) show(section, section.dataset.sectionOf === name);
    for (const button of this.buttons) {
      setAttribute(button, "aria-expanded", String(button.dataset.opens === name));
    }
    this.sections?.see(name);
    if (name !== null && !this.asked) this.#fetch();
    this.changed();
  }

  async #fetch() {
    this.asked = true;
    this.sections = await this.make();
    this.sections.travel(this.past);
    this.sections.see(this.open);
    this.changed();
  }
}
