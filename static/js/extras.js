/** Panels that are there when the machine has what they show, and drawers that are read when opened. */

import { make, setAttribute, show } from "./dom.js";
import { DRAWERS, PANELS } from "./extra_columns.js";
import { t } from "./lang.js";
import { isObject, merge } from "./patch.js";
import { Table } from "./tables.js";

/** @typedef {import("./patch.js").Document} Document */
/** @typedef {import("./figures.js").Metrics} Metrics */
/** @typedef {import("./extra_columns.js").Panel} Panel */
/** @typedef {import("./topics.js").Topics} Topics */

export class Extras {
  /** @param {HTMLElement} place @param {Topics} topics */
  constructor(place, topics) {
    this.panels = PANELS.map((panel) => new Shown(panel));
    const drawers = DRAWERS.map((panel) => new Drawer(panel));
    /** @type {Map<string, Watch>} one for each topic: several drawers may be of it */
    const watches = new Map();
    for (const drawer of drawers) {
      const name = drawer.topic;
      const watch = watches.get(name) ?? new Watch(name, topics);
      watches.set(name, watch);
      watch.add(drawer);
    }
    this.drawers = drawers;
    this.watches = [...watches.values()];
    place.append(...this.panels.map((p) => p.element), ...drawers.map((d) => d.element));
  }

  /** Whether anybody sees them: what is read when it is opened rests meanwhile. @param {boolean} seen */
  look(seen) {
    for (const watch of this.watches) watch.look(seen);
  }

  /** What is read when it is opened is of now: in the past there is none of it. @param {boolean} past */
  travel(past) {
    for (const { element } of this.drawers) setAttribute(element, "data-of-now", past ? "" : null);
  }

  /** @param {Document} document of the host @param {Metrics} metrics */
  update(document, metrics) {
    for (const panel of this.panels) panel.update(document, metrics);
    for (const drawer of this.drawers) drawer.stand(document);
    for (const watch of this.watches) watch.host = document;
  }
}

/** A panel that hides while there is nothing to show. */
class Shown {
  /** @param {Panel} panel */
  constructor(panel) {
    this.family = panel.design.family;
    const { table, body } = tableOf(panel, true);
    this.element = make("section", "panel", table);
    this.element.dataset.family = this.family;
    this.element.hidden = true;
    this.table = new Table(body, panel.design);
  }

  /** @param {Document} document @param {Metrics} metrics */
  update(document, metrics) {
    const things = document[this.family];
    const any = isObject(things) && Object.keys(things).length > 0;
    show(this.element, any);
    if (any) this.table.update(document, metrics);
  }
}

/** A panel that is opened and closed. */
class Drawer {
  /** @param {Panel} panel */
  constructor(panel) {
    this.topic = panel.topic ?? "";
    const { table, body } = tableOf(panel, false);
    this.element = /** @type {HTMLDetailsElement} */ (
      make("details", "panel drawer", make("summary", "", panel.title), table)
    );
    this.element.hidden = true;
    this.collector = panel.collector ?? "";
    this.table = new Table(body, panel.design);
  }

  /** There is no use in what would be empty; what somebody opened stays. @param {Document} host */
  stand({ collector }) {
    show(this.element, this.element.open || collector?.[this.collector]?.state !== "unavailable");
  }
}

/** A topic that is followed while one of its drawers is open. */
class Watch {
  /** @param {string} name @param {Topics} topics */
  constructor(name, topics) {
    this.name = name;
    this.topics = topics;
    /** @type {Drawer[]} */
    this.drawers = [];
    /** @type {Document} */
    this.host = Object.create(null);
    /** @type {Document} */
    this.known = Object.create(null);
    /** @type {Metrics} */
    this.metrics = Object.create(null);
    this.missing = false;
    this.seen = false;
  }

  /** @param {boolean} seen */
  look(seen) {
    this.seen = seen;
    this.#turned();
  }

  /** @param {Drawer} drawer */
  add(drawer) {
    this.drawers.push(drawer);
    drawer.element.addEventListener("toggle", () => this.#turned());
  }

  #turned() {
    if (!this.seen || !this.drawers.some(({ element }) => element.open)) {
      this.topics.leave(this.name);
      return;
    }
    this.topics.follow(this.name, {
      introduce: (metrics) => {
        this.metrics = merge(undefined, metrics);
        this.missing = false;
      },
      apply: (known, data) => (this.known = merge(known, data)),
      fresh: () => this.#show(),
      missing: () => {
        this.missing = true;
        this.#show();
      },
    });
    this.#show();
  }

  #show() {
    // Whether its collector is well stands in the host's document.
    const document = Object.assign(Object.create(null), this.known, { collector: this.host.collector });
    for (const { element, table } of this.drawers) {
      if (element.open) table.update(document, this.metrics, this.missing ? t("Only an admin is told of these") : undefined);
    }
  }
}

/** @param {Panel} panel @param {boolean} captioned */
function tableOf({ title, heads }, captioned) {
  const cells = heads.map(([label, className]) => {
    const cell = make("th", className, label);
    cell.setAttribute("scope", "col");
    return cell;
  });
  const body = make("tbody");
  const table = make("table", "", make("thead", "", make("tr", "", ...cells)), body);
  if (captioned) table.prepend(make("caption", "", title));
  else table.setAttribute("aria-label", title);
  return { table, body };
}
