/** What is behind the tiles. A section that is closed costs nothing. */

import { disks, filesystems, interfaces } from "../columns.js";
import { Cores } from "../cores.js";
import { byId, setText, show } from "../dom.js";
import { Extras } from "../extras.js";
import { troubles } from "../figures.js";
import { t } from "../lang.js";
import { Table } from "../tables.js";
import { Heat } from "./heat.js";
import { MadeOf } from "./made_of.js";
import { Outlooks } from "./outlooks.js";

/** @typedef {import("../patch.js").Document} Document */
/** @typedef {import("../figures.js").Metrics} Metrics */
/** @typedef {import("../time/timeline.js").Frame} Frame */
/** @typedef {import("../time/timeline.js").Source} Source */
/**
 * @typedef {object} Look
 * @property {Document} shown of the second that is looked at
 * @property {Document} known of now
 * @property {Metrics} metrics @property {Frame} frame
 * @property {boolean} asks whether there is a history
 */

export class Sections {
  /** @param {Source} past @param {import("../topics.js").Topics} topics @param {() => void} changed */
  constructor(past, topics, changed) {
    this.heat = new Heat(byId("heat"), past, changed);
    this.cores = new Cores(byId("cores"));
    this.made = new MadeOf(byId("made-of"), byId("made-of-list"));
    this.outlooks = new Outlooks(past, changed);
    this.filesystems = new Table(byId("filesystem-rows"), filesystems(this.outlooks));
    this.disks = new Table(byId("disk-rows"), disks());
    this.interfaces = new Table(byId("network-rows"), interfaces());
    this.extras = new Extras(byId("extras"), topics);
    /** @type {Map<string, (look: Look) => void>} */
    this.updates = new Map([
      ["cpu", (look) => this.#cpu(look)],
      ["memory", ({ shown }) => this.made.update(shown)],
      ["disk", (look) => this.#disk(look)],
      ["network", ({ shown, metrics }) => this.interfaces.update(shown, metrics)],
      ["more", (look) => this.#more(look)],
    ]);
  }

  /** What has just come. @param {Document} known @param {number} time @param {number} interval */
  take(known, time, interval) {
    this.heat.take(known, time, interval);
  }

  /** @param {boolean} past */
  travel(past) {
    this.extras.travel(past);
  }

  /** Another section is seen, or none. @param {string | null} name */
  see(name) {
    this.extras.look(name === "more");
  }

  /** @param {string} name of the section that is seen @param {Look} look */
  update(name, look) {
    this.updates.get(name)?.(look);
  }

  /** @param {Look} look */
  #cpu({ shown, frame, asks }) {
    this.heat.draw(frame, asks);
    this.cores.update(shown);
  }

  /** @param {Look} look */
  #disk({ shown, metrics, frame, asks }) {
    this.outlooks.look(frame.now, asks);
    this.filesystems.update(shown, metrics);
    this.disks.update(shown, metrics);
  }

  /** @param {Look} look */
  #more({ shown, known, metrics }) {
    this.extras.update(shown, metrics);
    const { absent } = troubles(known);
    show(byId("absent"), absent.length > 0);
    setText(byId("absent-count"), t("Not on this machine: {count}", { count: absent.length }));
    setText(byId("absent-list"), absent.join(", "));
  }
}
