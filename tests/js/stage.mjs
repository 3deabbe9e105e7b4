/** A stream in a world wound by hand: its clock, its chance, and sockets that do as they are told. */

import { Stream } from "../../static/js/stream.js";

export class Socket {
  constructor() {
    this.readyState = 1;
    this.sent = [];
    this.onmessage = this.onclose = null;
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  /** The server's end of it. */
  says(message) {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }

  fails() {
    this.readyState = 3;
    this.onclose?.({});
  }

  welcomes(extra = {}) {
    this.says({ type: "welcome", protocol: 1, version: "1", interval: 1, metrics: {}, ...extra });
  }

  snapshot(seq, data = { cpu: { usage: seq } }) {
    this.says({ type: "snapshot", topic: "host", seq, time: 1000 + seq, data });
  }

  patch(seq, base = seq - 1) {
    this.says({ type: "patch", topic: "host", seq, base, time: 1000 + seq, data: { cpu: { usage: seq } } });
  }

  history() {
    this.says({ type: "history", topic: "host", times: [], data: {} });
  }

  /** How often it was asked for something. */
  asked(type) {
    return this.sent.filter((message) => message.type === type).length;
  }
}

export class Stage {
  constructor(interval = 1) {
    this.time = 5000;
    this.sockets = [];
    this.queries = [];
    this.shown = [];
    this.histories = 0;
    this.statuses = [];
    this.warnings = [];
    this.isOnline = true;
    this.beat = () => {};
    this.stream = new Stream(this.#world(), this.#listener(), interval);
    this.stream.start();
  }

  /** The newest socket. */
  get socket() {
    return this.sockets.at(-1);
  }

  get phase() {
    return this.statuses.at(-1).phase;
  }

  get status() {
    return this.statuses.at(-1);
  }

  /** Let time pass, with the timers running. */
  pass(seconds) {
    for (let left = seconds; left > 1e-9; left -= 0.25) {
      this.time += 0.25;
      this.beat();
    }
  }

  /** Let time pass while nothing runs, as in a frozen tab. */
  freeze(seconds) {
    this.time += seconds;
  }

  /** Join, and see a first tick after the snapshot. */
  join() {
    this.socket.welcomes();
    this.socket.snapshot(1);
    this.socket.history();
    this.socket.patch(2);
    return this.socket;
  }

  #world() {
    return {
      open: (query) => {
        this.queries.push(query);
        this.sockets.push(new Socket());
        return this.socket;
      },
      now: () => this.time,
      wall: () => this.time + 1e9,
      random: () => 0,
      online: () => this.isOnline,
      every: (call, milliseconds) => {
        this.beat = call;
        this.beatMilliseconds = milliseconds;
      },
      warn: (text) => this.warnings.push(text),
    };
  }

  #listener() {
    return {
      welcome: () => ["cpu.usage"],
      document: (document) => this.shown.push(document.cpu.usage),
      history: () => {
        this.histories += 1;
      },
      status: (status) => this.statuses.push(status),
    };
  }
}
