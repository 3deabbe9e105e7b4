/** What is known, and where it is shown. The stream tells it what comes. */

import { Banner } from "./banner.js";
import { draw } from "./charts.js";
import { byId, setText, show } from "./dom.js";
import { figure, metricOf, rows, troubles, withTraffic } from "./figures.js";
import { wholePercent } from "./format.js";
import { headline } from "./headline.js";
import { help } from "./help.js";
import { t } from "./lang.js";
import { merge } from "./patch.js";
import { PLOTS } from "./plots.js";
import { ProcessTable } from "./processes/table.js";
import { Readings } from "./readings.js";
import { Stage } from "./sections/stage.js";
import { Series } from "./series.js";
import { dress } from "./settings/dress.js";
import { UNKNOWN, renew } from "./settings/kiosk.js";
import { Pace } from "./settings/pace.js";
import { Phase, title } from "./status.js";
import { Tiles } from "./tiles.js";
import { Timeline } from "./time/timeline.js";
import { lettered } from "./time/traveller.js";
import { ago, stamp } from "./time/words.js";

/** @typedef {import("./patch.js").Document} Document */
/** @typedef {import("./status.js").Status} Status */
/** @typedef {import("./time/traveller.js").Moment} Moment */
/** @typedef {import("./topics.js").Topics} Topics */

const NAMES = PLOTS.flatMap((plot) => plot.lines.map((line) => line.name));
export const seconds = () => performance.now() / 1000;

/**
 * @typedef {object} World whom the page speaks to
 * @property {Topics} topics
 * @property {(message: object) => void} say
 * @property {() => void} retry
 * @property {import("./time/timeline.js").Source} past
 * @property {[number, number] | null} recorded from when until when there is anything; null while it goes on
 */

export class Page {
  /** @param {World} world */
  constructor({ topics, say, retry, past, recorded }) {
    dress(() => this.#anew());
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
    this.pace = new Pace();
    this.series = new Series(NAMES);
    this.charts = draw(PLOTS);
    this.tiles = new Tiles(document.documentElement);
    this.readings = new Readings(document, past);
    this.banner = new Banner(retry);
    help();
    // Before the timeline, which says in the address what is open.
    this.stage = new Stage(document, past, topics, () => this.#render());
    this.processes = new ProcessTable(topics, say, seconds);
    /** @type {Moment | null} the second that is shown; null: now */
    this.moment = null;
    this.timeline = new Timeline(past, NAMES, this.charts, recorded, {
      changed: () => this.#render(),
      arrived: (moment) => this.#arrived(moment),
      who: (culprit) => this.processes.look(culprit),
    });
  }

  /** @param {Document} welcome @returns {string[]} the metrics that the charts need the history of */
  welcome({ metrics, interval, version }) {
    this.metrics = withTraffic(merge(undefined, metrics));
    this.interval = interval;
    this.tiles.explain(this.metrics);
    show(byId("updated"), version !== this.version);
    renew(version, this.version);
    return [...new Set(NAMES.map(metricOf))].filter((name) => name in this.metrics);
  }

  /** @param {Document} known @param {number} time */
  document(known, time) {
    this.known = known;
    this.time = time;
    this.heardAt = seconds();
    const row = NAMES.map((name) => figure(known, this.metrics, name));
    this.series.append(time, this.interval, row.map(numberOrNull));
    this.readings.take(known, this.metrics, time);
    this.stage.sections?.take(known, time, this.interval);
    this.#retitle();
    if (this.pace.due(time, this.interval)) this.#render();
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
    this.banner.update(status);
    if (status.phase === Phase.FOREIGN) renew(UNKNOWN, undefined);
    if (changed) this.#retitle();
    // While nothing comes, time goes on: the charts' right edge stays now.
    const age = Math.floor(status.age ?? 0);
    if (changed || (this.phase !== Phase.LIVE && age !== this.drawnAge)) this.#render();
    this.drawnAge = age;
  }

  /** @param {Moment | null} moment */
  #arrived(moment) {
    this.moment = moment;
    this.processes.travel(moment);
    this.stage.travel(moment !== null);
    this.#retitle();
  }

  #retitle() {
    const [cpu, memory] = ["cpu.usage", "memory.used_share"].map((name) =>
      wholePercent(figure(this.known, this.metrics, name)),
    );
    const host = this.known.host?.hostname ?? this.host;
    const then = this.moment && `${stamp(this.moment.time, this.time)} — ${host}`;
    const said = then ?? title(this.phase, host, cpu, memory);
    if (document.title !== said) document.title = said;
  }

  /** Other units, another theme: all is written again. */
  #anew() {
    this.#render();
    this.processes.anew();
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
    const now = this.#now();
    const { moment } = this;
    const history = this.known.monitor?.history;
    this.timeline.state(this.phase === Phase.LIVE && typeof history === "string" ? history : null);
    const frame = this.timeline.draw(this.series.table(), now, this.interval);
    this.banner.then(moment === null ? "" : this.#saidOf(moment, now));
    if (this.time === 0 && moment === null) return;
    const shown = moment === null ? this.known : lettered(moment.document, this.known);
    this.#head(shown);
    this.tiles.update(shown, this.metrics);
    this.readings.update(shown, this.metrics, moment?.time ?? this.time, moment !== null, this.timeline.asks);
    this.processes.host(moment === null ? this.known : {}, this.interval);
    setText(byId("as-of"), stamp(moment?.time ?? this.time, now));
    this.stage.update({ shown, known: this.known, metrics: this.metrics, frame, asks: this.timeline.asks });
    setText(byId("troubles"), troubles(this.known).ill);
  }

  /** @param {Document} shown */
  #head(shown) {
    const said = headline(shown, this.processes.store.rows.values());
    setText(byId("headline"), said?.text ?? "");
    byId("headline").classList.toggle("unwell", said?.well === false);
  }

  #now() {
    if (this.time === 0) return Date.now() / 1000;
    const still = this.phase === Phase.LIVE || this.phase === Phase.RECORDED;
    return this.time + (still ? 0 : seconds() - this.heardAt);
  }

  /** @param {Moment} moment @param {number} now */
  #saidOf({ time, step, fault }, now) {
    const said = { time: stamp(time, now), ago: ago(now - time) };
    const recorded = this.phase === Phase.RECORDED;
    const first = recorded ? t("As it was at {time}.", said) : t("As it was at {time}, {ago} ago.", said);
    const wide = step > 1 ? t("Each figure is the average of {n} s.", { n: step }) : "";
    return [first, wide, fault].filter(Boolean).join(" ");
  }
}

/** @param {unknown} value */
function numberOrNull(value) {
  return typeof value === "number" ? value : null;
}
