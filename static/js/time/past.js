/** What was, asked over HTTP. */

import { t } from "../lang.js";

/** @typedef {import("./charted.js").Answer} Answer */
/** @typedef {import("../patch.js").Document} Document */
/**
 * @typedef {object} Culprit
 * @property {string} name
 * @property {string} kind
 * @property {number} change
 * @property {number} share
 * @property {number} count
 * @property {number} [pid]
 * @property {number} [started]
 * @property {string} [user]
 * @property {string} [unit]
 * @property {string} [container]
 */
/** @typedef {{summary: string, unit: string, stands_out: boolean, culprits: Culprit[]}} Verdict */
/** @typedef {{id: number, time: number, kind: string, text: string}} Mark */

/** There is no answer; its message is a sentence for people. `none` where nothing was then. */
export class Refused extends Error {
  /** @param {string} message @param {boolean} none */
  constructor(message, none) {
    super(message);
    this.none = none;
  }
}

export class Past {
  /** @param {string} base address of the page */
  constructor(base) {
    this.base = new URL("api/v1/", base);
  }

  /** @param {string[]} metrics @param {number} from @param {number} to @param {number} points
   * @param {AbortSignal} [signal] @returns {Promise<Answer>} */
  async query(metrics, from, to, points, signal) {
    const said = [...metrics.map((name) => ["metric", name]), ["from", from], ["to", to], ["points", points]];
    return this.#ask("query", said, signal);
  }

  /** @param {number} at @param {AbortSignal} [signal]
   * @returns {Promise<{time: number, step: number, data: Document}>} */
  async moment(at, signal) {
    return this.#ask("moment", [["at", at]], signal);
  }

  /** @param {number} at @param {AbortSignal} [signal]
   * @returns {Promise<{time: number, step: number, processes: Document}>} */
  async processes(at, signal) {
    return this.#ask("processes", [["at", at]], signal);
  }

  /** @param {string} metric @param {number} from @param {number} to @param {AbortSignal} [signal]
   * @returns {Promise<Verdict>} */
  async explain(metric, from, to, signal) {
    return this.#ask("explain", [["metric", metric], ["from", from], ["to", to]], signal);
  }

  /** @param {number} from @param {number} to @returns {Promise<Mark[]>} */
  async marks(from, to) {
    return (await this.#ask("marks", [["from", from], ["to", to]])).marks;
  }

  /** How the history is doing. @returns {Promise<any>} */
  async state() {
    return this.#ask("history", []);
  }

  /** Where a file with all of that time is had. @param {number} from @param {number} to */
  snapshot(from, to) {
    return this.#address("snapshot", [["from", from], ["to", to]]).href;
  }

  /** @param {string} name @param {unknown[][]} said */
  #address(name, said) {
    const address = new URL(name, this.base);
    address.search = String(new URLSearchParams(said.map(([key, value]) => [String(key), asText(value)])));
    return address;
  }

  /** @param {string} name @param {unknown[][]} said @param {AbortSignal} [signal] @returns {Promise<any>} */
  async #ask(name, said, signal) {
    let answer;
    try {
      answer = await fetch(this.#address(name, said), { signal, headers: { Accept: "application/json" } });
    } catch (fault) {
      if (signal?.aborted) throw fault;
      throw new Refused(t("The monitor does not answer."), false);
    }
    if (answer.ok) return answer.json();
    const problem = await answer.json().catch(() => ({}));
    const detail = String(problem.detail ?? t("the monitor answers {status}", { status: answer.status }));
    throw new Refused(`${detail[0].toUpperCase()}${detail.slice(1)}.`, answer.status === 404);
  }
}

/** Moments to the millisecond. @param {unknown} value */
function asText(value) {
  return typeof value === "number" ? String(Math.round(value * 1000) / 1000) : String(value);
}
