/** What was, from the file itself: answers as the monitor would, of a time that is over. */

import { merge } from "../patch.js";
import { parse } from "../figures.js";
import { t } from "../lang.js";
import { Refused } from "./past.js";
import { stamp } from "./words.js";

/** @typedef {import("../patch.js").Document} Document */
/** @typedef {import("./charted.js").Answer} Answer */
/** @typedef {[time: number, whole: boolean, content: Document]} Table content: all of it, or what changed */
/**
 * @typedef {object} Content
 * @property {Answer & {from: number, to: number}} figures
 * @property {Table[]} tables
 * @property {{[kind: string]: import("./past.js").Verdict}} verdicts
 * @property {{[name: string]: {unit: string}}} metrics
 * @property {import("./past.js").Mark[]} [marks]
 * @property {Document} texts
 * @property {string} version @property {number} interval @property {number} made
 */

// What was known of the processes stands for so long.
const STANDS_S = 60;

export class Record {
  /** @param {Content} content */
  constructor(content) {
    this.content = content;
    const { times, from } = content.figures;
    /** @type {[number, number]} */
    this.span = [Math.max(from, times[0]), times[times.length - 1]];
  }

  /** @returns {Promise<Answer>} all of it: there is no more than a chart takes */
  async query() {
    return this.content.figures;
  }

  /** @param {number} at @returns {Promise<{time: number, step: number, data: Document}>} */
  async moment(at) {
    return this.at(at);
  }

  /** @param {number} moment Unix seconds */
  at(moment) {
    const { times, step } = this.content.figures;
    let n = times.findLastIndex((time) => time <= moment);
    if (n === -1) n = 0;
    return { time: times[n], step, data: this.#document(n) };
  }

  /** @param {number} at @returns {Promise<{time: number, step: number, processes: Document}>} */
  async processes(at) {
    const { tables } = this.content;
    const n = tables.findLastIndex(([time]) => time <= at);
    if (n === -1 || at - tables[n][0] > STANDS_S) {
      throw new Refused(t("Nothing is known of the processes of then."), true);
    }
    let first = n;
    while (first > 0 && !tables[first][1]) first -= 1;
    const whole = merge(undefined, tables[first][2]);
    for (const [, , changes] of tables.slice(first + 1, n + 1)) merge(whole, changes);
    return { time: tables[n][0], step: 1, processes: whole.process ?? {} };
  }

  /** Of all its time: of a part of it, only a monitor can tell.
   * @param {string} metric @returns {Promise<import("./past.js").Verdict>} */
  async explain(metric) {
    const verdict = this.content.verdicts[metric];
    if (verdict === undefined) throw new Refused(t("This file has no verdict on that."), true);
    return { ...verdict, summary: t("Of all the time in this file: {summary}", { summary: verdict.summary }) };
  }

  async marks() {
    return this.content.marks ?? [];
  }

  async state() {
    const { made, version } = this.content;
    return { state: "recorded", reason: t("Recorded by monitor {version}, written at {time}", { version, time: stamp(made, 0) }) };
  }

  /** There is no other file to be had. */
  snapshot() {
    return "";
  }

  /** @param {number} n @returns {Document} */
  #document(n) {
    const found = Object.create(null);
    for (const { metric, key, average } of this.content.figures.series) {
      const value = average[n];
      if (value === null) continue;
      const { family, field } = parse(metric);
      found[family] ??= Object.create(null);
      const place = key === "" ? found[family] : (found[family][key] ??= Object.create(null));
      place[field] = this.content.metrics[metric]?.unit === "flag" ? value >= 0.5 : value;
    }
    return found;
  }
}
