/** The controls above the table of processes. */

import { byId, setText } from "../dom.js";
import { plural } from "../lang.js";
import { kiosk } from "../settings/apply.js";
import { ARRANGEMENTS, STORED_AS, chosen, kernelShown, parse, unchosen } from "./choice.js";
import { Chooser } from "./chooser.js";

/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("./sort.js").Order} Order */

const NARROW = "(width < 560px)";
// Where all of them fit: beside the charts on a wide screen, or below them.
const ROOMY = "(width >= 1600px) or (1000px <= width < 1200px)";

export class Choices {
  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    this.choice = parse(stored());
    this.wanted = "";
    this.narrow = matchMedia(NARROW);
    this.roomy = matchMedia(ROOMY);
    this.kiosk = kiosk();
    if (this.kiosk) this.choice = unchosen();
    this.input = /** @type {HTMLInputElement} */ (byId("process-search"));
    this.by = /** @type {HTMLSelectElement} */ (byId("process-by"));
    this.box = /** @type {HTMLInputElement} */ (byId("process-kernel"));
    const chooser = /** @type {HTMLDetailsElement} */ (byId("process-columns"));
    this.chooser = new Chooser(chooser, (keys) => this.#columns(keys));
    this.#listen();
  }

  /** Whether the kernel's threads are shown. */
  get kernel() {
    return kernelShown(this.choice);
  }

  /** @param {Column[]} all @param {boolean} beside whether something else stands beside them
   * @returns {Column[]} */
  columns(all, beside) {
    if (this.kiosk) return chosen(this.choice, all, "narrow");
    const room = this.narrow.matches || (beside && !this.roomy.matches) ? "narrow" : "medium";
    return chosen(this.choice, all, this.roomy.matches && !beside ? "roomy" : room);
  }

  /** @param {Order} order */
  sort(order) {
    this.#change({ order });
  }

  /** As it was chosen. @param {Column[]} all @param {Column[]} shown */
  show(all, shown) {
    this.chooser.update(all, shown);
    this.by.value = this.choice.by;
    this.box.checked = this.kernel;
  }

  /** @param {{matches: string, kernel: number, held: boolean}} said */
  tell({ matches, kernel, held }) {
    setText(byId("process-found"), matches);
    setText(byId("process-kernel-count"), plural(kernel, "{n} kernel thread", "{n} kernel threads"));
    byId("process-held").classList.toggle("on", held);
    byId("process-kernel-choice").classList.toggle("none", kernel === 0);
  }

  /** Search for something. @param {string} wanted */
  seek(wanted) {
    this.#search(wanted);
  }

  /** @param {string[] | null} columns */
  #columns(columns) {
    this.#change(columns === null ? unchosen() : { columns });
  }

  /** @param {Partial<import("./choice.js").Choice>} change */
  #change(change) {
    this.choice = { ...this.choice, ...change };
    store(JSON.stringify(this.choice));
    this.changed();
  }

  /** @param {string} wanted */
  #search(wanted) {
    if (wanted === this.wanted) return;
    this.wanted = this.input.value = wanted;
    this.changed();
  }

  #listen() {
    const { input, by, box } = this;
    input.addEventListener("input", () => this.#search(input.value));
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#search("");
    });
    by.addEventListener("change", () => {
      // Each arrangement begins with its own answer about the kernel's threads.
      if (ARRANGEMENTS.includes(by.value)) this.#change({ by: by.value, kernel: null });
    });
    box.addEventListener("change", () => this.#change({ kernel: box.checked }));
    for (const room of [this.narrow, this.roomy]) room.addEventListener("change", this.changed);
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
      event.preventDefault();
      input.focus();
      input.select();
    });
  }
}

/** @param {EventTarget | null} target */
function writing(target) {
  return target instanceof HTMLInputElement && target.type !== "checkbox";
}

/** A browser may forbid a page to keep anything: then it forgets. @returns {string | null} */
function stored() {
  try {
    return localStorage.getItem(STORED_AS);
  } catch {
    return null;
  }
}

/** @param {string} choice */
function store(choice) {
  try {
    localStorage.setItem(STORED_AS, choice);
  } catch {
    // As above; or there is no room for it.
  }
}
