/** A bar for each processor: the kernel's part of its time, and all of it. */

import { make, setAttribute, setBar, setText, show } from "./dom.js";
import { text } from "./format.js";
import { t } from "./lang.js";
import { isObject } from "./patch.js";

/** @typedef {import("./patch.js").Document} Document */

const byNumber = new Intl.Collator("en", { numeric: true }).compare;

const MANY = 16;

export class Cores {
  /** @param {HTMLElement} list an ol */
  constructor(list) {
    this.list = list;
    /** @type {Map<string, ReturnType<typeof bar>>} */
    this.bars = new Map();
  }

  /** @param {Document} document */
  update(document) {
    const cores = isObject(document.core) ? document.core : {};
    const keys = Object.keys(cores).sort(byNumber);
    if (keys.length !== this.bars.size || keys.some((key) => !this.bars.has(key))) this.#arrange(keys);
    for (const key of keys) {
      const { usage, system } = cores[key];
      const shown = this.bars.get(key);
      if (!shown) continue;
      setBar(shown.usage, usage);
      setBar(shown.system, system);
      setText(shown.figure, text("ratio", usage));
      const hertz = document.frequency?.[key]?.current;
      setText(shown.frequency, text("hertz", hertz));
      show(shown.frequency, hertz !== undefined);
      setAttribute(shown.figure, "title", usage === undefined ? t("Not known at this moment") : null);
    }
  }

  /** @param {string[]} keys */
  #arrange(keys) {
    this.bars = new Map(keys.map((key) => [key, this.bars.get(key) ?? bar(key)]));
    // Of many, the clock rates are left out: there the bars need the room.
    setAttribute(this.list, "data-many", keys.length > MANY ? "" : null);
    this.list.replaceChildren(...[...this.bars.values()].map((each) => each.element));
  }
}

/** @param {string} key */
function bar(key) {
  const usage = make("span", "fill cpu");
  const system = make("span", "fill kernel");
  const figure = make("span", "figure");
  const frequency = make("span", "frequency");
  const track = make("span", "bar", usage, system);
  const element = make("li", "core", make("span", "number", key), track, figure, frequency);
  return { element, usage, system, figure, frequency };
}
