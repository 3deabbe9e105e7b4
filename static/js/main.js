/** The page: what the stream says goes to the series and the document, and from there to the screen. */

import { Banner } from "./banner.js";
import { draw } from "./charts.js";
import { DISKS, FILESYSTEMS, INTERFACES } from "./columns.js";
import { Cores } from "./cores.js";
import { byId, setText, show } from "./dom.js";
import { guarded } from "./door.js";
import { Extras } from "./extras.js";
import { figure, metricOf, rows, troubles } from "./figures.js";
import { timeOfDay, wholePercent } from "./format.js";
import { merge } from "./patch.js";
import { PLOTS } from "./plots.js";
import { ProcessTable } from "./processes/table.js";
import { Series } from "./series.js";
import { Phase, title } from "./status.js";
import { Stream } from "./stream.js";
import { Table } from "./tables.js";
import { Tiles } from "./tiles.js";
import { Topics } from "./topics.js";

/** @typedef {import("./patch.js").Document} Document */
/** @typedef {import("./status.js").Status} Status */

const NAMES = PLOTS.flatMap((plot) => plot.lines.map((line) => line.name));
const seconds = () => performance.now() / 1000;

/** What is known, and where it is shown. The stream tells it what comes. */
class Page {
  constructor() {
    const { hostname, interval, version } = document.body.dataset;
    this.host = hostname ?? "";
    this.version = version;
    this.interval = Number(interval);
    this.phase = Phase.JOINING;
    /** @type {import("./figures.js").Metrics} */
    this.metrics = Object.create(null);
    /** @type {Document} */
    this.known = Object.create(null);
    this.time = 0; // of what is known, by the server's clock
    this.heardAt = 0; // when it came, by this page's
    this.drawnAge = 0; // whole seconds, while nothing comes
    this.waiting = false; // for the next frame
    this.series = new Series(NAMES);
    this.charts = draw(PLOTS);
    this.tiles = new Tiles(document.documentElement);
    this.cores = new Cores(byId("cores"));
    this.tables = [FILESYSTEMS, DISKS, INTERFACES].map(
      (design) => new Table(byId(`${design.family}-rows`), design),
    );
  }

  /** @param {Document} welcome @returns {string[]} the metrics that the charts need the history of */
  welcome({ metrics, interval, version }) {
    this.metrics = merge(undefined, metrics);
    this.interval = interval;
    this.tiles.explain(this.metrics);
    show(byId("updated"), version !== this.version);
    return [...new Set(NAMES.map(metricOf))].filter((name) => name in this.metrics);
  }

  /** @param {Document} known @param {number} time */
  document(known, time) {
    this.known = known;
    this.time = time;
    this.heardAt = seconds();
    const row = NAMES.map((name) => figure(known, this.metrics, name));
    this.series.append(time, this.interval, row.map(numberOrNull));
    this.#retitle();
    this.#render();
  }

  /** @param {{times: number[], data: Document}} history @param {Document} known */
  history({ times, data }, known) {
    const plain = merge(undefined, data);
    this.series.merge(times, this.interval, rows(plain, times.length, known, this.metrics, NAMES));
    this.#render();
  }

  /** @param {Status} status */
  status(status) {
    const changed = this.phase !== status.phase;
    this.phase = status.phase;
    banner.update(status);
    if (changed) this.#retitle();
    // While nothing comes, time goes on: the charts' right edge stays now.
    const age = Math.floor(status.age ?? 0);
    if (changed || (this.phase !== Phase.LIVE && age !== this.drawnAge)) this.#render();
    this.drawnAge = age;
  }

  #retitle() {
    const [cpu, memory] = ["cpu.usage", "memory.used_share"].map((name) =>
      wholePercent(figure(this.known, this.metrics, name)),
    );
    const said = title(this.phase, this.known.host?.hostname ?? this.host, cpu, memory);
    if (document.title !== said) document.title = said;
  }

  /** At the next frame, once; a hidden tab has no frames and so no work. */
  #render() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.#show();
    });
  }

  #show() {
    const now = this.time + (this.phase === Phase.LIVE ? 0 : seconds() - this.heardAt);
    const table = this.series.table();
    for (const chart of this.charts) chart.draw(table, now, this.interval);
    if (this.time === 0) return;
    this.tiles.update(this.known, this.metrics);
    this.cores.update(this.known);
    for (const each of this.tables) each.update(this.known, this.metrics);
    processes.host(this.known, this.interval);
    setText(byId("as-of"), timeOfDay(this.time));
    extras.update(this.known, this.metrics);
    const { ill, absent } = troubles(this.known);
    setText(byId("troubles"), ill);
    show(byId("absent"), absent.length > 0);
    setText(byId("absent-count"), `Not on this machine: ${absent.length}`);
    setText(byId("absent-list"), absent.join(", "));
  }
}

/** @param {unknown} value */
function numberOrNull(value) {
  return typeof value === "number" ? value : null;
}

// Relative to the page, which may live below another path; and wss: where the page is https:.
const address = new URL("ws/metrics", document.baseURI);
address.protocol = address.protocol.replace("http", "ws");

export const page = new Page();
const stream = new Stream(
  {
    open: (query) => {
      address.search = query;
      return guarded(new WebSocket(address));
    },
    now: seconds,
    wall: () => Date.now() / 1000,
    random: Math.random,
    online: () => navigator.onLine,
    every: (call, milliseconds) => setInterval(call, milliseconds),
    warn: (text) => console.warn(text),
  },
  page,
  page.interval,
);
const banner = new Banner(() => stream.nudge());
const say = (/** @type {object} */ message) => stream.say(message);
const topics = new Topics(say);
const extras = new Extras(byId("extras"), topics);
export const processes = new ProcessTable(topics, say, seconds);
stream.parties.push(topics, processes.questions);

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") stream.nudge();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) stream.nudge();
});
addEventListener("online", () => stream.doubt());
stream.start();
