/** Choosing the columns. */

import { make } from "../dom.js";
import { t } from "../lang.js";

/** @typedef {import("./columns.js").Column} Column */

export class Chooser {
  /**
   * @param {HTMLDetailsElement} root
   * @param {(keys: string[] | null) => void} choose null: as before anybody chose
   */
  constructor(root, choose) {
    this.root = root;
    this.choose = choose;
    this.list = make("div", "process-choices");
    const reset = make("button", "", t("Reset"));
    reset.setAttribute("type", "button");
    reset.title = t("Show the columns, the order and the arrangement that were there at first");
    reset.addEventListener("click", () => choose(null));
    root.append(make("div", "process-chooser", this.list, reset));
    /** @type {Map<string, HTMLInputElement>} */
    this.boxes = new Map();
    root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.#close();
    });
    document.addEventListener("pointerdown", (event) => {
      if (!root.contains(/** @type {Node} */ (event.target))) root.open = false;
    });
  }

  /** @param {Column[]} all @param {Column[]} shown */
  update(all, shown) {
    const same = all.length === this.boxes.size && all.every(({ key }) => this.boxes.has(key));
    if (!same) this.#make(all);
    for (const [key, box] of this.boxes) box.checked = shown.some((column) => column.key === key);
  }

  /** @param {Column[]} all */
  #make(all) {
    this.boxes.clear();
    const labels = all.map(({ key, label, title }) => {
      const box = /** @type {HTMLInputElement} */ (make("input"));
      box.type = "checkbox";
      // The name carries the tree and heads each line.
      box.disabled = key === "name";
      box.addEventListener("change", () => this.#chosen());
      this.boxes.set(key, box);
      const element = make("label", "", box, label);
      element.title = title;
      return element;
    });
    this.list.replaceChildren(...labels);
  }

  #chosen() {
    this.choose([...this.boxes].filter(([, box]) => box.checked).map(([key]) => key));
  }

  #close() {
    this.root.open = false;
    this.root.querySelector("summary")?.focus();
  }
}
