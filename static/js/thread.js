/** Following one topic: each patch applies to the document before it, or the thread is lost. */

import { merge } from "./patch.js";

/** @typedef {import("./patch.js").Document} Document */

/** What a message did: the document is the newest; a snapshot must be asked for; one is on its way. */
export const Taken = Object.freeze({ FRESH: "fresh", LOST: "lost", AWAITED: "awaited" });

export class Thread {
  /**
   * @param {(known: any, data: any) => any} [apply] what becomes of the document; `known` is undefined
   *   where `data` is all of it, and not what changed
   */
  constructor(apply = merge) {
    this.apply = apply;
    /** @type {Document | null} */
    this.document = null;
    /** @type {number | null} `seq` of the document; null when it is not to be patched */
    this.seq = null;
    this.time = 0;
    this.asked = false;
  }

  /**
   * Take in a `snapshot` or `patch`.
   * @param {{type: string, seq: number, base?: number, time: number, data: any}} message
   * @returns {string} one of Taken
   */
  take(message) {
    if (message.type === "snapshot") {
      this.document = this.apply(undefined, message.data);
      this.asked = false;
    } else if (this.seq !== null && message.base === this.seq) {
      this.document = this.apply(this.document, message.data);
    } else {
      return this.#lost();
    }
    this.seq = message.seq;
    this.time = message.time;
    return Taken.FRESH;
  }

  /** What an address says of where this page was. @param {string | null} session the server's run */
  where(session) {
    if (session === null || this.seq === null) return "";
    return String(new URLSearchParams({ session, since: String(this.seq), time: String(this.time) }));
  }

  #lost() {
    this.seq = null;
    if (this.asked) return Taken.AWAITED;
    this.asked = true;
    return Taken.LOST;
  }
}

/** A message; null where it is not JSON. @param {unknown} text @returns {any} */
export function parsed(text) {
  try {
    return JSON.parse(String(text));
  } catch {
    return null;
  }
}
