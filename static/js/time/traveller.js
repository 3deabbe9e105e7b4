/** The page's document and processes as they were at one second; the last question counts. */

import { t } from "../lang.js";
import { isObject, merge } from "../patch.js";
import { Refused } from "./past.js";

/** @typedef {import("../patch.js").Document} Document */
/** @typedef {import("./timeline.js").Source} Source */
/**
 * @typedef {object} Moment
 * @property {number} at what was asked for
 * @property {number} time of what was found; `at` where nothing was
 * @property {number} step seconds that it stands for; 0 is as recorded
 * @property {Document} document
 * @property {Document | null} processes null where nothing is known of them
 * @property {string} fault why something is not there, in a sentence; "" where all is
 */

export class Traveller {
  /** @param {Source} past @param {(moment: Moment | null) => void} arrived */
  constructor(past, arrived) {
    this.past = past;
    this.arrived = arrived;
    /** @type {number | null} */
    this.wanted = null;
    this.asking = false;
    /** @type {Moment | null} */
    this.moment = null;
  }

  /** @param {number | null} at null for now */
  go(at) {
    if (this.wanted === at) return;
    this.wanted = at;
    if (at !== null) {
      if (!this.asking) this.#ask(at);
    } else if (this.moment !== null) {
      this.moment = null;
      this.arrived(null);
    }
  }

  /** While one answer is awaited no other is asked for: who scrubs does not queue up questions.
   * @param {number} at */
  async #ask(at) {
    this.asking = true;
    const [moment, table] = await Promise.allSettled([this.past.moment(at), this.past.processes(at)]);
    this.asking = false;
    if (this.wanted === null) return;
    this.moment = made(at, moment, table);
    this.arrived(this.moment);
    if (this.wanted !== at) this.#ask(this.wanted);
  }
}

/** @param {number} at @param {PromiseSettledResult<any>} moment @param {PromiseSettledResult<any>} table
 * @returns {Moment} */
function made(at, moment, table) {
  const found = moment.status === "fulfilled" ? moment.value : null;
  const processes = table.status === "fulfilled" ? table.value.processes : null;
  const refused = [moment, table].find((one) => one.status === "rejected");
  return {
    at,
    time: found?.time ?? at,
    step: found?.step ?? 0,
    document: merge(undefined, found?.data ?? {}),
    processes,
    fault: refused?.status === "rejected" ? reason(refused.reason) : "",
  };
}

/** @param {unknown} fault */
function reason(fault) {
  if (fault instanceof Refused) return fault.message;
  return t("The answer of the monitor could not be read.");
}

/**
 * Texts and flags are not kept: what is the same thing now is taken to have had the same ones then.
 * @param {Document} then @param {Document} now @returns {Document}
 */
export function lettered(then, now) {
  const found = Object.create(null);
  for (const family of Object.keys(then)) found[family] = withTexts(then[family], now[family]);
  if (isObject(now.host)) found.host = withTexts(then.host ?? {}, now.host);
  return found;
}

/** @param {Document} then @param {unknown} now @returns {Document} */
function withTexts(then, now) {
  if (!isObject(now)) return then;
  const found = Object.assign(Object.create(null), then);
  for (const name of Object.keys(now)) {
    const value = now[name];
    if (isObject(value) && isObject(then[name])) found[name] = withTexts(then[name], value);
    else if (typeof value === "string" && found[name] === undefined) found[name] = value;
  }
  return found;
}
