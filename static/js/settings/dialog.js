/** The dialog in which the settings are chosen; each holds at once. */

import { byId, make } from "../dom.js";
import { REOPEN } from "../dialogs.js";
import { t } from "../lang.js";
import { change, onChange, reset, settings } from "./kept.js";
import { PanelList } from "./list.js";

/** @typedef {import("./choice.js").Settings} Settings */
/** @typedef {{name: string, label: string, options: [value: string | number, label: string][]}} Field */

/** The names of languages are in that language. @type {Field[]} */
const FIELDS = [
  {
    name: "theme",
    label: t("Theme"),
    options: [["system", t("As the system has it")], ["light", t("Light")], ["dark", t("Dark")]],
  },
  {
    name: "language",
    label: t("Language"),
    options: [["system", t("As the browser has it")], ["en", "English"], ["de", "Deutsch"], ["zh", "简体中文"]],
  },
  {
    name: "density",
    label: t("Density"),
    options: [["comfortable", t("Comfortable")], ["compact", t("Compact")]],
  },
  {
    name: "refresh",
    label: t("Refresh every"),
    options: [[1, t("1 s")], [2, t("2 s")], [5, t("5 s")], [10, t("10 s")]],
  },
  {
    name: "network",
    label: t("Network throughput"),
    options: [["bytes", t("Bytes (MB/s)")], ["bits", t("Bits (Mb/s)")]],
  },
  {
    name: "sizes",
    label: t("Sizes"),
    options: [["binary", t("Binary (1 KiB = 1024 B)")], ["decimal", t("Decimal (1 kB = 1000 B)")]],
  },
  {
    name: "temperature",
    label: t("Temperature"),
    options: [["celsius", t("Celsius (°C)")], ["fahrenheit", t("Fahrenheit (°F)")]],
  },
];

export class Dialog {
  constructor() {
    this.root = /** @type {HTMLDialogElement} */ (byId("settings"));
    /** @type {Map<string, HTMLSelectElement>} */
    this.selects = new Map();
    this.panels = new PanelList();
    // A file that stands alone is in English.
    const alone = document.getElementById("record") !== null;
    const fields = FIELDS.filter(({ name }) => !alone || name !== "language");
    const title = make("h2", "", t("Settings"));
    title.id = "settings-title";
    const note = make("p", "settings-note", t("Kept in this browser. What is not drawn is still received."));
    const deeds = make(
      "div",
      "settings-deeds",
      button(t("Reset all"), () => this.#reset()),
      button(t("Close"), () => this.root.close()),
    );
    const choices = make("div", "settings-fields", ...fields.map((field) => this.#field(field)));
    this.root.append(title, choices, this.panels.root, note, deeds);
    onChange(() => this.#show());
    this.#show();
    this.#wire();
  }

  /** @param {Field} field */
  #field({ name, label, options }) {
    const select = /** @type {HTMLSelectElement} */ (make("select"));
    select.id = `settings-${name}`;
    select.append(...options.map(([value, said]) => new Option(said, String(value))));
    select.addEventListener("change", () => {
      const chosen = options.find(([value]) => String(value) === select.value);
      if (chosen) this.#change({ [name]: chosen[0] });
    });
    this.selects.set(name, select);
    const said = make("label", "", label);
    said.setAttribute("for", select.id);
    return make("div", "", said, select);
  }

  /** @param {Partial<Settings>} some */
  #change(some) {
    const before = settings.language;
    change(some);
    if (settings.language !== before) anew();
  }

  #reset() {
    const before = settings.language;
    reset();
    if (settings.language !== before) anew();
  }

  #show() {
    for (const [name, select] of this.selects) select.value = String(settings[name]);
    this.panels.show(settings);
  }

  #wire() {
    // A click on what lies around it.
    this.root.addEventListener("click", (event) => event.target === this.root && this.root.close());
  }
}

/** Load the page again, in another language; the address says where it stood. */
function anew() {
  try {
    sessionStorage.setItem(REOPEN, "yes");
  } catch {
    // Then it is opened again by hand.
  }
  location.reload();
}

/** @param {string} label @param {() => void} click */
function button(label, click) {
  const element = make("button", "", label);
  element.setAttribute("type", "button");
  element.addEventListener("click", click);
  return element;
}
