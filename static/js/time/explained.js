/** The verdict: who accounts for a change, in a sentence and in shares. */

import { byId, make, setBar, setText, show } from "../dom.js";
import { pointed, text } from "../format.js";
import { plural, t } from "../lang.js";
import { stamp } from "./words.js";

/** @typedef {import("./timeline.js").Source} Source */
/** @typedef {import("./past.js").Culprit} Culprit */
/** @typedef {import("./past.js").Verdict} Verdict */

/** What may be asked about. @type {[string, string][]} */
export const KINDS = [
  ["cpu", t("CPU")],
  ["memory", t("Memory")],
  ["disk", t("Disk")],
  ["network", t("Network")],
];

/** What a kind of culprit is, where its name does not say so. */
const NOTES = new Map([
  ["short-lived", t("short-lived children of it")],
  ["kernel", t("a thread of the kernel")],
  ["rest", t("nobody's")],
]);

export class Explained {
  /**
   * @param {Source} past
   * @param {{chosen: (kind: string) => void, closed: () => void, who: (culprit: Culprit) => void}} listener
   */
  constructor(past, listener) {
    this.past = past;
    this.listener = listener;
    this.root = byId("verdict");
    this.when = byId("verdict-when");
    this.summary = byId("verdict-summary");
    this.list = byId("verdict-list");
    this.now = 0;
    /** @type {Map<string, HTMLElement>} */
    this.tabs = new Map(KINDS.map(([kind, label]) => [kind, tab(label, () => listener.chosen(kind))]));
    byId("verdict-kinds").append(...this.tabs.values());
    byId("verdict-close").addEventListener("click", () => listener.closed());
    /** @type {AbortController | null} */
    this.question = null;
    this.asked = "";
  }

  /**
   * @param {string | null} kind null: nothing is to be explained
   * @param {[number, number] | null} range @param {number} now
   */
  show(kind, range, now) {
    this.now = now;
    const asked = kind === null || range === null ? "" : `${kind} ${range.join()}`;
    if (asked === this.asked) return;
    this.asked = asked;
    this.question?.abort();
    show(this.root, asked !== "");
    if (kind === null || range === null) return;
    for (const [each, element] of this.tabs) {
      element.setAttribute("aria-pressed", String(each === kind));
    }
    setText(this.when, t("{from} to {to}", { from: stamp(range[0], now), to: stamp(range[1], now) }));
    // On a narrow screen it is far below what was brushed.
    this.root.scrollIntoView({ block: "nearest" });
    setText(this.summary, t("Asking …"));
    this.list.replaceChildren();
    this.question = new AbortController();
    this.#ask(kind, range, this.question.signal);
  }

  /** @param {string} kind @param {[number, number]} range @param {AbortSignal} signal */
  async #ask(kind, [from, to], signal) {
    try {
      this.#tell(await this.past.explain(kind, from, to, signal));
    } catch (fault) {
      if (signal.aborted) return;
      setText(this.summary, fault instanceof Error ? fault.message : String(fault));
    }
  }

  /** @param {Verdict} verdict */
  #tell(verdict) {
    setText(this.summary, verdict.summary);
    this.list.replaceChildren(...verdict.culprits.map((one) => this.#line(one, verdict.unit)));
  }

  /** @param {Culprit} culprit @param {string} unit */
  #line(culprit, unit) {
    const fill = make("span", "fill");
    setBar(fill, culprit.share);
    const name = this.#name(culprit);
    const share = make("span", "share", `${Math.round(culprit.share * 100)}\u00a0%`);
    const sign = culprit.change > 0 ? "+" : "";
    const change = make("span", "change", sign + amount(culprit.change, unit));
    const about = make("span", "about", this.#about(culprit));
    return make("li", "", make("span", "bar", fill), share, name, change, about);
  }

  /** @param {Culprit} culprit */
  #name(culprit) {
    if (culprit.pid === undefined && culprit.kind !== "group") return make("span", "name", culprit.name);
    const name = make("button", "name", culprit.name);
    name.setAttribute("type", "button");
    name.title = t("Show it in the table of processes, as it was then");
    name.addEventListener("click", () => this.listener.who(culprit));
    return name;
  }

  /** @param {Culprit} culprit */
  #about({ pid, user, unit, container, started, kind, count }) {
    const parts = [
      kind === "group" ? plural(count, "{n} process", "{n} processes") : "",
      pid === undefined ? "" : `pid ${pid}`,
      user,
      container ?? unit,
      started === undefined ? "" : t("since {time}", { time: stamp(started, this.now) }),
      NOTES.get(kind),
    ];
    return parts.filter(Boolean).join(" · ");
  }
}

/** @param {number} value @param {string} unit */
function amount(value, unit) {
  if (unit !== "cores") return text(unit, value);
  if (Math.abs(value) >= 0.995) return t("{n} cores", { n: pointed(value.toFixed(2)) });
  return t("{share} of a core", { share: `${pointed((value * 100).toFixed(1))}\u00a0%` });
}

/** @param {string} label @param {() => void} click */
function tab(label, click) {
  const element = make("button", "", label);
  element.setAttribute("type", "button");
  element.addEventListener("click", click);
  return element;
}
