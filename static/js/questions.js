/** Questions about single processes: one at a time, the last one counts, as the server has it. */

// What the server may say instead of an answer.
const REFUSALS = new Set(["no-process", "no-pid", "timeout", "unreadable", "busy", "forbidden", "unknown-type"]);

/** @typedef {import("./patch.js").Document} Document */
/** @typedef {{pid: number, data?: any, code?: string, message?: string}} Answer without data: why not */

export class Questions {
  /** @param {(message: object) => void} say @param {(answer: Answer) => void} tell */
  constructor(say, tell) {
    this.say = say;
    this.tell = tell;
    /** @type {number | null} the process whose answer is still to come */
    this.open = null;
  }

  /** @param {number} pid */
  ask(pid) {
    this.open = pid;
    this.say({ type: "process", pid });
  }

  /** The answer is no longer wanted. */
  drop() {
    this.open = null;
  }

  /** What was asked on a connection that is lost is asked again. */
  greet() {
    if (this.open !== null) this.ask(this.open);
  }

  /** @param {any} message @returns {boolean} whether it was an answer */
  hear(message) {
    if (message.type === "process") {
      if (message.pid === this.open) this.#answer({ pid: message.pid, data: message.data });
      return true;
    }
    if (message.type !== "error" || !REFUSALS.has(message.code) || this.open === null) return false;
    // An error that names another process answers a question that is no longer open.
    if (message.pid !== undefined && message.pid !== this.open) return true;
    this.#answer({ pid: this.open, code: message.code, message: message.message });
    return true;
  }

  /** @param {Answer} answer */
  #answer(answer) {
    this.open = null;
    this.tell(answer);
  }
}
