/** What the memory is made of, as a bar to scale. */

import { make, setText } from "../dom.js";
import { text } from "../format.js";
import { t } from "../lang.js";

/** @typedef {import("../patch.js").Document} Document */
/** @typedef {{name: string, role: string, value: number}} Part */

/**
 * As free(1) has it, with tmpfs and shared memory apart from the files' cache, of which the kernel
 * counts them as a part (proc_meminfo(5)). They add up to the total.
 * @param {Document} memory
 * @returns {Part[]} none where it is not known
 */
export function parts({ total, free, buffers, cached, shared }) {
  if ([total, free, cached].some((value) => typeof value !== "number")) return [];
  const [blocks, tmpfs] = [buffers ?? 0, Math.min(shared ?? 0, cached)];
  return [
    { name: t("Programs and the kernel"), role: "memory", value: Math.max(0, total - free - blocks - cached) },
    { name: t("Shared memory, tmpfs"), role: "swap", value: tmpfs },
    { name: t("Cache of files"), role: "in", value: cached - tmpfs },
    { name: t("Cache of block devices"), role: "storage", value: blocks },
    { name: t("Free"), role: "free", value: free },
  ];
}

export class MadeOf {
  /** @param {HTMLElement} bar @param {HTMLElement} list a dl */
  constructor(bar, list) {
    this.bar = bar;
    this.list = list;
    /** @type {{piece: HTMLElement, share: HTMLElement, value: HTMLElement}[]} */
    this.shown = [];
  }

  /** @param {Document} document */
  update({ memory }) {
    const found = parts(memory ?? {});
    if (found.length !== this.shown.length) this.#arrange(found);
    found.forEach(({ value }, at) => {
      const { piece, share, value: figure } = this.shown[at];
      piece.style.flexGrow = String(value);
      setText(share, text("ratio", value / memory.total));
      setText(figure, text("bytes", value));
    });
  }

  /** @param {Part[]} found */
  #arrange(found) {
    this.shown = found.map(({ name, role }) => {
      const [value, share] = [make("span", "value"), make("span", "share")];
      const entry = make("div", "", make("dt", `key ${role}`, name), make("dd", "", value, share));
      const piece = make("span", `piece ${role}`);
      this.bar.append(piece);
      this.list.append(entry);
      return { piece, share, value };
    });
  }
}
