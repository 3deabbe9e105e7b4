/** Figures of several processes together: of a group, or of one and all its descendants. */

import { plural, t } from "../lang.js";

/** @typedef {import("../patch.js").Document} Document */
/** @typedef {import("./store.js").Row} Row */

/** What can be added up. */
export const SUMMED = ["cpu", "children", "rss", "pss", "threads", "files", "read_bytes", "written_bytes"];
const [CPU, CHILDREN, RSS] = SUMMED.keys();

// What `denied` calls each.
const DENIED_AS = new Map([
  ["files", "files"],
  ["read_bytes", "io"],
  ["written_bytes", "io"],
  ["pss", "pss"],
]);

/** Whether this monitor may not read a field of a process. @param {Document} data @param {string} field */
export function refused(data, field) {
  const name = DENIED_AS.get(field);
  if (name === undefined || typeof data.denied !== "string") return false;
  return data.denied.split(", ").includes(name);
}

/**
 * A sum, and how much of it is not known. Processor time counts with that of children too brief to be
 * seen. Memory counts by PSS where that is known, and by RSS where it is not.
 */
export class Sum {
  constructor() {
    this.count = 0;
    this.values = new Float64Array(SUMMED.length);
    /** How many processes a figure is not known of, and of how many of these for want of permission. */
    this.missing = new Uint32Array(SUMMED.length);
    this.refused = new Uint32Array(SUMMED.length);
    /** How many count by RSS, which has in it what they share with others. */
    this.shared = 0;
  }

  /** @param {Row} row one that has ended counts for nothing */
  take(row) {
    if (row.ended) return;
    this.count += 1;
    const { data } = row;
    for (let at = 0; at < SUMMED.length; at += 1) {
      const value = data[SUMMED[at]];
      if (typeof value === "number") this.values[at] += value;
      else this.#miss(data, at);
    }
    this.values[CPU] += data.children ?? 0;
    if (data.pss === undefined) this.shared += data.rss > 0 ? 1 : 0;
    else this.values[RSS] += data.pss - (data.rss ?? 0);
  }

  /** @param {Sum} other */
  add(other) {
    this.count += other.count;
    this.shared += other.shared;
    for (let at = 0; at < SUMMED.length; at += 1) {
      this.values[at] += other.values[at];
      this.missing[at] += other.missing[at];
      this.refused[at] += other.refused[at];
    }
  }

  /** The sum of what is known of a field; undefined where nothing is. @param {string} field */
  value(field) {
    const at = SUMMED.indexOf(field);
    if (at === -1 || this.missing[at] >= this.count) return undefined;
    // At least nothing: that says nothing.
    return this.missing[at] > 0 && this.values[at] === 0 ? undefined : this.values[at];
  }

  /** Whether it may be more than `value` says. @param {string} field */
  partial(field) {
    return this.missing[SUMMED.indexOf(field)] > 0;
  }

  /** Whether it is a bound: `≥`, `≤`, or where it is both neither. @param {string} field */
  bound(field) {
    const [least, most] = [this.partial(field), this.#overcounted(field)];
    if (least && most) return "≈\u00a0";
    return least ? "≥\u00a0" : most ? "≤\u00a0" : "";
  }

  /** Whether memory that several share may be in it several times. @param {string} field */
  #overcounted(field) {
    return field === SUMMED[RSS] && this.shared > 0 && this.count > 1;
  }

  /** What a field's sum is made of, for people. @param {string} field @returns {string} */
  about(field) {
    const at = SUMMED.indexOf(field);
    const said = [plural(this.count, "{n} process together", "{n} processes together")];
    if (at === CPU && this.values[CHILDREN] > 0) said.push(t("children too brief to be seen included"));
    if (this.#overcounted(field)) said.push(shares(this.shared, this.count));
    if (this.missing[at] > 0) said.push(t("not known of {n} of them", { n: this.missing[at] }));
    if (this.refused[at] > 0) said.push(t("no permission for {n}", { n: this.refused[at] }));
    return said.join("; ");
  }

  /** @param {Document} data @param {number} at */
  #miss(data, at) {
    this.missing[at] += 1;
    if (refused(data, SUMMED[at])) this.refused[at] += 1;
  }
}

/** @param {number} shared @param {number} count */
function shares(shared, count) {
  if (shared === count) {
    return t("up to so much: PSS is not known of all of them, and what is shared is counted in each");
  }
  return t("up to so much: PSS is not known of {n} of them, and what is shared is counted in each", { n: shared });
}

