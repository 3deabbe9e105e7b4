/** The stream: one WebSocket at a time, followed, watched, and opened again when it is lost. */

import { delay } from "./backoff.js";
import { Missed } from "./missed.js";
import { Phase, Why } from "./status.js";
import { parsed, Taken, Thread } from "./thread.js";
import { Watch } from "./watch.js";

const PROTOCOL = 1;
const TOPIC = "host";
// A server that accepts and says nothing, or a network that swallows packets.
const OPEN_S = 10;
// After a rest figures are there that are old: so long they may stand before that is said.
const RESUME_S = 1;
// After a sleep: the answer to a request proves that the connection still stands.
const ANSWER_S = 3;

/** @typedef {import("./patch.js").Document} Document */
/** @typedef {import("./stream_types.js").World} World */
/** @typedef {import("./stream_types.js").Listener} Listener */
/** @typedef {import("./stream_types.js").Party} Party */

export class Stream {
  /** @param {World} world @param {Listener} listener @param {number} interval seconds, as a first guess */
  constructor(world, listener, interval) {
    this.world = world;
    this.listener = listener;
    // Kept from one connection to the next: what was missed meanwhile applies to it.
    this.thread = new Thread();
    /** @type {string | null} the server's run that the thread is of */
    this.session = null;
    this.missed = new Missed();
    this.watch = new Watch(interval);
    this.phase = Phase.JOINING;
    this.why = Why.LOST;
    this.attempt = 0;
    this.resting = false; // nobody looks, and nothing is asked for
    /** @type {{retry_after?: unknown} | null} the server's last word, if it had one */
    this.bye = null;
    this.deadline = Infinity; // for what is waited for in this phase
    /** @type {Party[]} */
    this.parties = [];
    /** @type {string[]} */
    this.wanted = [];
    /** @type {WebSocket | null} */
    this.socket = null;
  }

  /** Connect, and never give up. */
  start() {
    this.world.every(() => this.#beat(), this.watch.beat);
    this.#connect(Phase.JOINING);
  }

  /** Nobody looks: leave, until `nudge`. What is missed meanwhile is asked for then. */
  rest() {
    if (this.phase === Phase.FOREIGN || this.resting) return;
    this.resting = true;
    this.#drop();
    if (this.phase !== Phase.LIVE) return this.#enter(this.phase);
    this.why = Why.RESTED;
    this.#enter(Phase.JOINING);
  }

  /** Connect now if not connected: the network or the tab has come back, or a person asks. */
  nudge() {
    if (this.phase === Phase.FOREIGN) return;
    this.#lookAwake();
    const rested = this.resting;
    this.resting = false;
    if (rested && this.phase === Phase.JOINING) this.#connect(Phase.JOINING);
    else if (rested || this.phase === Phase.WAITING || this.phase === Phase.RETRYING) this.#retry();
  }

  /** The network has changed: a connection that still seems open may be dead. */
  doubt() {
    if (this.resting) return;
    if (this.phase === Phase.LIVE || this.phase === Phase.SILENT) this.#check();
    else this.nudge();
  }

  #retry() {
    this.attempt = 0;
    this.#connect(Phase.RETRYING);
  }

  /** @param {string} phase */
  #connect(phase) {
    this.#drop();
    this.bye = null;
    this.#enter(phase);
    this.#wait(OPEN_S);
    const socket = this.world.open(this.thread.where(this.session));
    this.socket = socket;
    socket.onmessage = (event) => this.#hear(event.data);
    socket.onclose = () => this.#lose();
  }

  /** Whether this is the return from a rest, with figures that are of before it. */
  get #returning() {
    return this.phase === Phase.JOINING && this.watch.freshAt !== null;
  }

  /** What comes next comes in so many seconds, or will not. @param {number} seconds */
  #wait(seconds) {
    if (!this.#returning) this.deadline = this.world.now() + seconds;
    else if (this.deadline === Infinity) this.deadline = this.world.now() + RESUME_S;
  }

  #drop() {
    const socket = this.socket;
    if (socket === null) return;
    this.socket = null;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #lose() {
    this.#drop();
    if (!this.world.online()) this.why = Why.OFFLINE;
    else this.why = this.bye ? Why.STOPPED : Why.LOST;
    const wait = delay(this.attempt, this.world.random, Number(this.bye?.retry_after));
    this.attempt += 1;
    this.#enter(Phase.WAITING, this.world.now() + wait);
  }

  /** @param {string} phase @param {number} [deadline] */
  #enter(phase, deadline = Infinity) {
    this.phase = phase;
    this.deadline = deadline;
    this.#tell();
  }

  #tell() {
    const now = this.world.now();
    const age = this.watch.age(now);
    this.listener.status({ phase: this.phase, why: this.why, age, retryIn: this.deadline - now });
  }

  #beat() {
    if (this.resting) return;
    this.#lookAwake();
    const now = this.world.now();
    if (this.phase === Phase.LIVE && this.watch.stale(now)) {
      this.#enter(Phase.SILENT, (this.watch.freshAt ?? now) + this.watch.patience);
    }
    if (now < this.deadline) this.#tell();
    else if (this.phase === Phase.WAITING) this.#connect(Phase.RETRYING);
    else if (this.#returning) this.#enter(Phase.RETRYING, now + OPEN_S);
    else this.#lose();
  }

  #lookAwake() {
    const slept = this.watch.slept(this.world.now(), this.world.wall());
    if (slept && (this.phase === Phase.LIVE || this.phase === Phase.SILENT)) this.#check();
  }

  /** Nothing counts as live until the server has answered: messages may have lain here for long. */
  #check() {
    this.#enter(Phase.CHECKING, this.world.now() + ANSWER_S);
    this.#askHistory();
  }

  /** @param {unknown} text */
  #hear(text) {
    this.#lookAwake();
    const message = parsed(text);
    if (message === null) return this.world.warn("monitor: a message that is not JSON");
    if (this.parties.some((party) => party.hear(message))) return;
    if (message.type === "welcome") this.#greet(message);
    else if (message.type === "history") this.#remember(message);
    else if (message.type === "error") this.world.warn(`monitor: ${message.code}: ${message.message}`);
    else if (message.type === "bye") this.bye = message;
    else if (message.type === "gap") this.#skip();
    else if (message.topic === TOPIC) this.#follow(message);
  }

  /** @param {any} welcome */
  #greet(welcome) {
    if (welcome.protocol !== PROTOCOL) {
      this.#drop();
      this.#enter(Phase.FOREIGN);
      return;
    }
    this.watch.interval = welcome.interval;
    // The first figures come with the next tick at the latest.
    this.#wait(Math.max(OPEN_S, 2 * welcome.interval));
    this.wanted = this.listener.welcome(welcome);
    const goesOn = this.session !== null && welcome.session === this.session;
    if (goesOn && this.thread.seq !== null) this.missed.comeBack(this.world.now());
    else this.#askHistory();
    this.session = welcome.session ?? null;
    for (const party of this.parties) party.greet(welcome);
  }

  /** What was missed cannot be had; a snapshot follows. The last minutes may still be there. */
  #skip() {
    this.thread = new Thread();
    this.thread.asked = true;
    this.#askHistory();
  }

  #askHistory() {
    this.say({ type: "history", metrics: this.wanted });
  }

  /** Heard where a connection stands, and lost where none does. @param {object} message */
  say(message) {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  /** @param {any} message */
  #remember(message) {
    const document = this.thread.document;
    // The snapshot is sent before it, unless there was no tick yet and so no history either.
    if (document === null) return;
    this.listener.history(message, document);
    if (this.phase !== Phase.CHECKING) return;
    // Only ever sent as an answer: all that lay here before it has been heard, what comes now is new.
    this.phase = Phase.SILENT;
    this.#fresh();
  }

  /** @param {any} message */
  #follow(message) {
    const taken = this.thread.take(message);
    if (taken === Taken.LOST) this.say({ type: "snapshot", topic: TOPIC });
    if (taken !== Taken.FRESH || this.phase === Phase.CHECKING) return;
    const now = this.world.now();
    if (this.missed.has(message.time, now, this.watch.interval)) {
      this.#wait(OPEN_S);
      this.listener.document(/** @type {Document} */ (this.thread.document), message.time);
      return;
    }
    // A server that welcomes and then fails at once is not come back to at once.
    if (message.type === "patch") this.attempt = 0;
    this.#fresh();
  }

  #fresh() {
    const { document, time, seq } = this.thread;
    if (document === null || seq === null) return;
    const now = this.world.now();
    this.missed.fresh(time, now);
    this.watch.fresh(now);
    this.listener.document(document, time);
    if (this.phase !== Phase.LIVE) this.#enter(Phase.LIVE);
  }
}
