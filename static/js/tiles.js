/**
 * Fills the places in the page that name a figure: `data-figure="memory.available"`. What is shown
 * where is said in the page; how, by the figure's unit.
 */

import { make, setAttribute, setText, show } from "./dom.js";
import { condition, figure, metricOf, most } from "./figures.js";
import { ABSENT, parts, text } from "./format.js";
import { t } from "./lang.js";

/** @typedef {import("./patch.js").Document} Document */
/** @typedef {import("./figures.js").Metrics} Metrics */

export class Tiles {
  /** @param {Element} root */
  constructor(root) {
    this.places = [...root.querySelectorAll("[data-figure]")].map(place);
    this.superlatives = [...root.querySelectorAll("[data-most]")].map(superlative);
    /** @type {HTMLElement[]} shown where a figure is known and not zero */
    this.conditional = [...root.querySelectorAll("[data-when]")];
    /** @type {HTMLElement[]} shown where it is known to be zero */
    this.fallbacks = [...root.querySelectorAll("[data-unless]")];
    /** @type {HTMLElement[]} */
    this.families = [...root.querySelectorAll("[data-family]")];
  }

  /** Say what each figure is, where the pointer rests on its name. @param {Metrics} metrics */
  explain(metrics) {
    for (const { element, name } of this.places) {
      const term = element.closest("div")?.querySelector("dt");
      if (term) setAttribute(term, "title", metrics[metricOf(name)]?.help ?? null);
    }
  }

  /** @param {Document} document @param {Metrics} metrics */
  update(document, metrics) {
    for (const element of this.conditional) {
      show(element, Boolean(figure(document, metrics, element.dataset.when ?? "")));
    }
    for (const element of this.fallbacks) {
      show(element, figure(document, metrics, element.dataset.unless ?? "") === 0);
    }
    for (const place of this.places) fill(place, document, metrics);
    for (const place of this.superlatives) fillMost(place, document, metrics);
    for (const element of this.families) tell(element, document, metrics);
  }
}

/** @typedef {{element: HTMLElement, name: string, family: string, unit: HTMLElement | null}} Place */

/** @param {Element} found @returns {Place} */
function place(found) {
  const element = /** @type {HTMLElement} */ (found);
  const name = element.dataset.figure ?? "";
  if (!element.classList.contains("large")) return { element, name, family: family(name), unit: null };
  const unit = make("span", "unit");
  element.append(make("span", "number"), unit);
  return { element, name, family: family(name), unit };
}

/** `data-most="disk.busy"`: the name and figure of the busiest disk. @param {Element} found */
function superlative(found) {
  const element = /** @type {HTMLElement} */ (found);
  const [key, value] = [make("span", "device"), make("span", "value")];
  element.append(key, value);
  return { element, name: element.dataset.most ?? "", key, value };
}

/** @param {ReturnType<typeof superlative>} place @param {Document} document @param {Metrics} metrics */
function fillMost({ element, name, key, value }, document, metrics) {
  const found = most(document, name);
  setText(key, found?.key ?? "");
  setText(value, text(metrics[name]?.unit ?? "", found?.value));
  setAttribute(element, "title", found?.key ?? why(document, metrics, family(name)));
}

/** @param {string} name */
function family(name) {
  return metricOf(name).split(".")[0];
}

/** @param {Place} place @param {Document} document @param {Metrics} metrics */
function fill({ element, name, family, unit }, document, metrics) {
  const value = figure(document, metrics, name);
  const as = metrics[metricOf(name)]?.unit ?? "";
  if (unit === null) {
    setText(element, text(as, value));
  } else {
    const [number, of] = parts(as, value);
    setText(/** @type {Element} */ (element.firstChild), number);
    setText(unit, of);
  }
  setAttribute(element, "data-unknown", value === undefined ? "" : null);
  setAttribute(element, "title", value === undefined ? why(document, metrics, family) : null);
}

/**
 * Why a figure is not known, as far as its collector says.
 * @param {Document} document @param {Metrics} metrics @param {string} family
 * @returns {string}
 */
export function why(document, metrics, family) {
  const { state, reason } = condition(document, metrics, family);
  if (state === "ok") return t("Not known at this moment");
  return reason ? `${STATES.get(state) ?? state}: ${reason}` : (STATES.get(state) ?? state);
}

const STATES = new Map([
  ["stale", t("Not answering")],
  ["error", t("Could not be read")],
  ["unavailable", t("Not available")],
]);

/** A tile or panel whose collector is not well says so, plainly. */
function tell(element, document, metrics) {
  const name = element.dataset.family ?? "";
  const { state } = condition(document, metrics, name);
  setAttribute(element, "data-state", state === "ok" ? null : state);
  setAttribute(element, "data-absent", document[name] === undefined && state !== "ok" ? "" : null);
  const note = element.querySelector(".note");
  if (!note) return;
  show(note, state !== "ok");
  setText(note, state === "ok" ? "" : why(document, metrics, name));
}

/**
 * A figure of a table, and why it is not there if it is not.
 * @param {Element} cell
 * @param {string} shown
 * @param {string} reason
 */
export function setFigure(cell, shown, reason) {
  setText(cell, shown);
  setAttribute(cell, "title", shown === ABSENT ? reason : null);
}
