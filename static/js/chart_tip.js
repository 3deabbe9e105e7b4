/** The exact figures of one moment, beside the cursor of a chart. */

import { make, setText, show } from "./dom.js";
import { text } from "./format.js";
import { t } from "./lang.js";
import { stamp } from "./time/words.js";

const GAP_PX = 10;

export class Tip {
  /** @param {import("./plots.js").Plot} plot */
  constructor(plot) {
    this.plot = plot;
    this.time = make("span", "tip-time");
    this.values = plot.lines.map(() => make("span", "tip-value"));
    this.bounds = plot.lines.map(() => make("span", "tip-bounds"));
    this.rows = plot.lines.map((line, at) =>
      make("span", "tip-row", make("span", `key ${line.role}`, line.label), this.values[at], this.bounds[at]),
    );
    this.root = make("div", "tip", this.time, ...this.rows);
    this.root.hidden = true;
  }

  /** @param {any} u @param {number} now in Unix seconds */
  show(u, now) {
    const { unit, lines } = this.plot;
    const count = lines.length;
    const at = u.cursor.idxs?.slice(1, count + 1).find((idx) => idx !== null && idx !== undefined);
    show(this.root, at !== undefined);
    if (at === undefined) return;
    setText(this.time, stamp(u.data[0][at], now));
    lines.forEach((_, i) => {
      setText(this.values[i], text(unit, u.data[i + 1][at]));
      const [least, greatest] = [u.data[count + i + 1][at], u.data[2 * count + i + 1][at]];
      const wide = typeof least === "number" && typeof greatest === "number" && least < greatest;
      setText(this.bounds[i], wide ? t("{from} to {to}", { from: text(unit, least), to: text(unit, greatest) }) : "");
    });
    const { left } = u.cursor;
    const room = u.over.clientWidth - this.root.offsetWidth;
    // To the right of the cursor where there is room, then to its left, and never outside the chart.
    const x = left + GAP_PX <= room ? left + GAP_PX : left - GAP_PX - this.root.offsetWidth;
    this.root.style.transform = `translateX(${Math.round(Math.max(0, x))}px)`;
  }
}
