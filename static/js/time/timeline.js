/** One timeline over the whole page: which stretch the charts show, which second everything else. */

import { byId, make, setAttribute, setText, show } from "../dom.js";
import { t } from "../lang.js";
import { fragment, understood } from "./address.js";
import { joined } from "./charted.js";
import { Explained } from "./explained.js";
import { gestures } from "./gestures.js";
import { Kept } from "./kept.js";
import { deed } from "./keys.js";
import { Loader } from "./loader.js";
import { Marks } from "./marks.js";
import { Ruler, tell } from "./ruler.js";
import { Traveller } from "./traveller.js";
import * as views from "./view.js";
import { PRESETS, span, stamp } from "./words.js";

/** @typedef {import("./view.js").View} View */
/** @typedef {import("./past.js").Past | import("./record.js").Record} Source */
/** @typedef {import("./past.js").Mark} Mark */
/** @typedef {import("./traveller.js").Moment} Moment */
/** @typedef {import("../charts.js").Chart} Chart */
/**
 * @typedef {object} Frame what the charts are to show
 * @property {number} from @property {number} to @property {number} now
 * @property {number} step seconds between two points
 * @property {number | null} at
 * @property {[number, number] | null} range
 * @property {Mark[]} marks
 */
/**
 * @typedef {object} Listener
 * @property {() => void} changed something is to be drawn again
 * @property {(moment: Moment | null) => void} arrived at a second; null: all is of now again
 * @property {(culprit: import("./past.js").Culprit) => void} who is to be shown
 */

// Where nothing is picked out: so many seconds before the moment, and so many after it.
const BEFORE_S = 30;
const AFTER_S = 5;
const ELSEWHERE = "input, select, textarea, dialog, [role=grid], [role=dialog]";

export class Timeline {
  /**
   * @param {Source} past @param {string[]} names @param {Chart[]} charts
   * @param {[number, number] | null} recorded from when until when there is anything
   * @param {Listener} listener
   */
  constructor(past, names, charts, recorded, listener) {
    this.past = past;
    this.charts = charts;
    this.recorded = recorded;
    this.listener = listener;
    this.now = recorded?.[1] ?? Date.now() / 1000;
    this.interval = 1;
    this.asks = recorded !== null; // whether there is somebody to ask
    /** @type {string | null} */
    this.kind = null;
    /** @type {Moment | null} */
    this.moment = null;
    this.fault = ""; // of the link
    this.loader = new Loader(past, names, {
      loaded: () => listener.changed(),
      failed: (message) => tell(byId("time-fault"), message || this.fault),
    });
    this.traveller = new Traveller(past, (moment) => this.#arrived(moment));
    this.marks = new Marks(past, () => listener.changed());
    this.kept = new Kept(past);
    this.explained = new Explained(past, {
      chosen: (kind) => this.#explain(kind),
      closed: () => this.#set({ ...this.view, range: null }),
      who: (culprit) => this.#who(culprit),
    });
    this.ruler = new Ruler(byId("ruler"), ({ time }) => this.#travel(time));
    this.#wire();
    /** @type {View} */
    this.view = this.#home(views.LIVE);
    if (this.asks) this.kept.start();
    this.#read();
  }

  /**
   * How the history is doing, as the stream has it; null where nobody can be asked.
   * @param {string | null} said `ok`, or what is the matter
   */
  state(said) {
    if (this.recorded !== null) return;
    const asks = said !== null && !said.startsWith("off");
    if (asks && !this.asks) this.kept.start();
    this.asks = asks;
    if (said !== null && !asks) tell(byId("time-fault"), t("There is no history ({reason}).", { reason: said }));
  }

  /** @param {{times: number[], columns: any}} live what has come since the page is open
   * @param {number} now @param {number} interval @returns {Frame} what the charts show */
  draw(live, now, interval) {
    this.now = now;
    this.interval = interval;
    const [from, to] = views.edges(this.view, now);
    if (this.asks) {
      this.loader.want(from, to, now, live.times[0]);
      this.marks.want(from, to, now);
    }
    const table = joined(this.loader.table, live);
    const { at, range } = this.view;
    const step = Math.max(interval, this.loader.step);
    const frame = { from, to, now, step, at: this.moment?.time ?? at, range, marks: this.marks.found };
    for (const chart of this.charts) chart.draw(table, frame);
    this.ruler.draw(frame);
    this.explained.show(range === null ? null : this.kind, range, now);
    this.#label(from, to);
    return frame;
  }

  #wire() {
    const drive = (/** @type {(x: number) => number} */ time, /** @type {string} */ kind) => ({
      time,
      travel: (/** @type {number} */ at) => this.#travel(at),
      zoom: (/** @type {number} */ by, /** @type {number} */ at) => this.#set(views.zoomed(this.view, this.now, by, at)),
      pan: (/** @type {number} */ by) => this.#set(views.panned(this.view, this.now, by)),
      pick: (/** @type {number} */ from, /** @type {number} */ to, /** @type {boolean} */ done) =>
        this.#pick(from, to, done ? kind : null),
    });
    for (const chart of this.charts) {
      const kind = chart.plot.id === "pressure" ? "cpu" : chart.plot.id;
      gestures(chart.uplot.over, drive((x) => chart.time(x), kind), false);
    }
    gestures(this.ruler.root, drive((x) => this.ruler.time(x), "cpu"), true);
    this.spans = PRESETS.map(([seconds, label]) => {
      const button = make("button", "", label);
      button.setAttribute("type", "button");
      button.addEventListener("click", () => this.#set(views.widened(this.view, this.now, seconds)));
      return { seconds, button };
    });
    byId("spans").append(...this.spans.map(({ button }) => button));
    byId("back-to-live").addEventListener("click", () => this.#live());
    byId("explain").addEventListener("click", () => this.#explain(this.kind ?? "cpu"));
    byId("zoom-in").addEventListener("click", () => this.#into());
    document.addEventListener("keydown", (event) => this.#key(event));
    addEventListener("hashchange", () => this.#read());
  }

  #read() {
    const { explain, fault, ...read } = understood(location.hash.slice(1));
    const view = location.hash === "" ? this.#home(read.view) : read.view;
    this.fault = fault;
    tell(byId("time-fault"), fault);
    this.kind = explain;
    this.#set(view.at === null ? view : { ...view, end: Math.min(view.end ?? this.now, this.now) });
  }

  /** @param {View} view */
  #set(view) {
    this.view = view;
    if (view.range === null) this.kind = null;
    const said = fragment(view, this.kind, document.body.dataset.section ?? null);
    if (said !== location.hash.slice(1)) {
      // Without a fragment, "#" alone would stay behind.
      history.replaceState(null, "", said === "" ? location.pathname + location.search : `#${said}`);
    }
    this.traveller.go(view.at ?? this.recorded?.[1] ?? null);
    this.listener.changed();
  }

  /** @param {number} at */
  #travel(at) {
    this.#set(views.travelled(this.view, this.now, at, this.interval));
  }

  #live() {
    this.#set(this.#home(this.view));
  }

  /** Now; of what is over, all of it. @param {View} view @returns {View} */
  #home(view) {
    if (this.recorded === null) return views.live(view);
    const [from, to] = this.recorded;
    return { span: Math.max(views.LEAST_SPAN_S, to - from), end: to, at: null, range: null };
  }

  /** @param {number} from @param {number} to @param {string | null} kind */
  #pick(from, to, kind) {
    this.kind = kind;
    this.#set(views.picked(this.view, this.now, from, to));
  }

  #into() {
    const { range } = this.view;
    if (range !== null) this.#set(views.onto(this.view, this.now, ...range));
  }

  /** Of what is picked out, or else of the time about the second that is shown. @param {string} kind */
  #explain(kind) {
    this.kind = kind;
    const middle = this.view.at ?? this.now;
    const range = this.view.range ?? [middle - BEFORE_S, Math.min(this.now, middle + AFTER_S)];
    this.#set(views.picked(this.view, this.now, ...range));
  }

  /** @param {import("./past.js").Culprit} culprit */
  #who(culprit) {
    const { range } = this.view;
    if (range !== null) this.#travel(Math.min((range[0] + range[1]) / 2, this.now - this.interval));
    this.listener.who(culprit);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const target = event.target instanceof Element ? event.target : null;
    const found = deed(event);
    if (found === null || event.defaultPrevented || target?.closest(ELSEWHERE)) return;
    if (found.into && target?.closest("button, summary, a")) return;
    const { view, now, interval } = this;
    const [from, to] = views.edges(view, now);
    if (found.live) this.#live();
    if (found.step) this.#travel((view.at ?? now) + found.step * interval);
    if (found.zoom) this.#set(views.zoomed(view, now, found.zoom, view.at ?? to));
    if (found.pan) this.#set(views.panned(view, now, found.pan * (to - from)));
    if (found.explain) this.#explain(this.kind ?? "cpu");
    if (found.into) this.#into();
    event.preventDefault();
  }

  /** @param {Moment | null} moment */
  #arrived(moment) {
    this.moment = moment;
    this.listener.arrived(moment);
    this.listener.changed();
  }

  /** @param {number} from @param {number} to */
  #label(from, to) {
    const { view, now } = this;
    const past = !views.isLive(view);
    setAttribute(document.documentElement, "data-charts", past ? "past" : null);
    show(byId("back-to-live"), this.recorded === null && (past || view.range !== null));
    show(byId("zoom-in"), view.range !== null);
    for (const { seconds, button } of this.spans) {
      button.setAttribute("aria-pressed", String(Math.abs(view.span - seconds) < 1));
    }
    const left = view.end === null ? t("{span} ago", { span: span(to - from) }) : stamp(from, now);
    const right = view.end === null ? t("now") : stamp(to, now);
    for (const axis of document.querySelectorAll(".axis")) {
      [left, right].forEach((said, at) => setText(axis.children[at], said));
    }
    const file = this.past.snapshot(...(view.range ?? [from, to]));
    show(byId("save"), file !== "");
    setAttribute(byId("save"), "href", file);
  }
}
