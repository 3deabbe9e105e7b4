/** The topics that are followed beside the host's, on whichever connection stands. */

import { Taken, Thread } from "./thread.js";

/** @typedef {import("./patch.js").Document} Document */
/**
 * @typedef {object} Follower
 * @property {(metrics: Document) => void} introduce what the topic has, in which units
 * @property {(known: any, data: Document) => any} apply a snapshot, where `known` is undefined, or a patch
 * @property {(time: number) => void} fresh all that came is taken in; `time` in Unix seconds
 * @property {() => void} missing this server does not have the topic
 */

export class Topics {
  /** @param {(message: object) => void} say */
  constructor(say) {
    this.say = say;
    /** @type {Map<string, {follower: Follower, thread: Thread}>} */
    this.followed = new Map();
    /** @type {Document | null} `welcome.topics` of the last connection */
    this.offered = null;
    /** @type {string | undefined} the server's run that the documents are of */
    this.session = undefined;
  }

  /** @param {string} name @param {Follower} follower */
  follow(name, follower) {
    if (this.followed.has(name)) return;
    this.followed.set(name, { follower, thread: new Thread(follower.apply) });
    if (this.offered !== null) this.#subscribe(name);
  }

  /** @param {string} name */
  leave(name) {
    if (this.followed.delete(name)) this.say({ type: "unsubscribe", topic: name });
  }

  /** What was missed is of no use: of a topic that has no charts only the newest counts. */
  forget() {
    for (const one of this.followed.values()) one.thread = new Thread(one.follower.apply);
  }

  /** A new connection knows nothing of what was asked on the one before. @param {Document} welcome */
  greet(welcome) {
    const before = this.session;
    this.offered = welcome.topics ?? {};
    this.session = welcome.session;
    for (const name of this.followed.keys()) this.#subscribe(name, before);
  }

  /** @param {any} message @returns {boolean} whether it was about a topic that is followed */
  hear(message) {
    const one = this.followed.get(message.topic);
    if (one === undefined) return false;
    const { follower, thread } = one;
    if (message.type === "topic") {
      follower.introduce(message.metrics);
    } else if (message.type === "snapshot" || message.type === "patch") {
      const taken = thread.take(message);
      if (taken === Taken.LOST) this.say({ type: "snapshot", topic: message.topic });
      if (taken === Taken.FRESH) follower.fresh(message.time);
    }
    return true;
  }

  /** @param {string} name @param {string} [session] that of a document that is there already */
  #subscribe(name, session) {
    const one = this.followed.get(name);
    if (one === undefined) return;
    if (!Object.hasOwn(this.offered ?? {}, name)) {
      one.follower.missing();
      return;
    }
    const { seq, time } = one.thread;
    if (session !== undefined && session === this.session && seq !== null) {
      this.say({ type: "resume", topic: name, session, since: seq, time });
      return;
    }
    one.thread = new Thread(one.follower.apply);
    // The answer begins with a snapshot; patches of an earlier subscription may come before it.
    one.thread.asked = true;
    this.say({ type: "subscribe", topic: name });
  }
}
