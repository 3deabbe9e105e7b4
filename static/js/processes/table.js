/** The page's table of processes: what the stream tells goes to the store, and from there into lines. */

import { byId, setText, show } from "../dom.js";
import { Questions } from "../questions.js";
import { Pace } from "../settings/pace.js";
import { Choices } from "./choices.js";
import { columnsOf, drawnOf } from "./columns.js";
import { Details } from "./details.js";
import { Grid } from "./grid.js";
import { Hold } from "./hold.js";
import { arrange } from "./lines.js";
import { search } from "./search.js";
import { clicked } from "./sort.js";
import { Store } from "./store.js";
import { found, none, slowed } from "./summary.js";

/** @typedef {import("../patch.js").Document} Document */
/** @typedef {import("../topics.js").Topics} Topics */
/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("../time/traveller.js").Moment} Moment */
/** @typedef {import("./lines.js").Line} Line */

export class ProcessTable {
  /**
   * @param {Topics} topics @param {(message: object) => void} say
   * @param {() => number} now monotonic seconds
   */
  constructor(topics, say, now) {
    this.topics = topics;
    this.now = now;
    this.store = new Store();
    this.hold = new Hold();
    this.questions = new Questions(say, (answer) => this.details.answer(answer, this.time));
    this.columns = columnsOf({});
    this.time = 0; // of what is known, by the server's clock
    this.missing = false;
    /** @type {Moment | null} the second that is shown; null: now */
    this.then = null;
    this.waiting = false; // for the next frame
    this.pace = new Pace();
    this.free = true; // lines go to the places that the order gives them
    /** @type {Set<string>} */
    this.toggled = new Set();
    /** @type {Line[]} */
    this.lines = [];
    this.choices = new Choices(() => this.#chosen());
    this.details = new Details(byId("process-details"), {
      ask: (row) => this.questions.ask(row.number),
      closed: () => this.#closed(),
    });
    this.grid = new Grid(byId("process-grid"), {
      sort: (column) => this.choices.sort(clicked(this.choices.choice.order, column)),
      enter: (line) => this.#enter(line),
      toggle: (line) => this.#toggle(line),
      moved: () => this.hold.moved(this.now()),
      left: () => this.hold.left(),
    });
    this.#chosen();
    topics.follow("processes", this.#follower());
  }

  /** What the topic `host` says of processes. @param {Document} host @param {number} interval */
  host(host, interval) {
    const said = slowed(host, interval);
    setText(byId("process-slowed"), said);
    show(byId("process-slowed"), said !== "");
  }

  /** The processes of that second, or of now again. @param {Moment | null} moment */
  travel(moment) {
    const was = this.then;
    this.then = moment;
    if (moment === null) {
      this.store.take(undefined, {});
      this.time = 0;
      this.topics.follow("processes", this.#follower());
    } else {
      if (was === null) this.topics.leave("processes");
      this.store.take(undefined, { process: moment.processes ?? {} });
      this.time = moment.time;
    }
    this.details.hide();
    this.#chosen();
  }

  /** Other units, another height of lines. */
  anew() {
    this.grid.measure();
    this.#render();
  }

  /** Look for one. @param {import("../time/past.js").Culprit} culprit */
  look({ pid, name }) {
    this.choices.seek(pid === undefined ? name : String(pid));
  }

  #follower() {
    return {
      introduce: (/** @type {Document} */ metrics) => this.#introduce(metrics),
      apply: (/** @type {unknown} */ known, /** @type {Document} */ data) => {
        this.store.keep(this.hold.held(this.now()));
        return this.store.take(known, data);
      },
      fresh: (/** @type {number} */ time) => {
        this.time = time;
        if (this.pace.due(time)) this.#render();
      },
      missing: () => {
        this.missing = true;
        this.#render();
      },
    };
  }

  /** @param {Document} metrics */
  #introduce(metrics) {
    this.missing = false;
    this.columns = columnsOf(metrics);
    this.#chosen();
  }

  /** Another order, arrangement, search or choice of columns: lines go where that puts them. */
  #chosen() {
    this.#fit();
    this.free = true;
    this.#render();
  }

  /** The columns that were chosen, or that there is room for. */
  #fit() {
    const { choices } = this;
    const shown = choices.columns(this.columns, this.details.row !== null);
    const { drawn, commands } = drawnOf(shown);
    const before = this.grid.columns;
    const same = drawn.length === before.length && drawn.every((column, at) => column === before[at]);
    if (!same) this.grid.arrange(drawn);
    choices.show(this.columns, shown);
    // What the command lines were is not kept.
    this.#follow(this.then === null && (choices.wanted !== "" || commands));
  }

  /** Command lines are long: they are asked for only while they are shown or searched.
   * @param {boolean} needed */
  #follow(needed) {
    if (needed === this.topics.followed.has("commands")) return;
    if (!needed) {
      this.topics.leave("commands");
      this.store.forgetCommands();
      return;
    }
    this.topics.follow("commands", {
      introduce: () => {},
      apply: (/** @type {unknown} */ known, /** @type {Document} */ data) =>
        this.store.takeCommands(known, data),
      fresh: () => this.#render(),
      missing: () => {},
    });
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
    const { store, choices } = this;
    const { order, by } = choices.choice;
    const held = this.hold.held(this.now());
    store.keep(held);
    const column = this.columns.find(({ key }) => key === order.column) ?? this.columns[0];
    const { lines, matches, kernel } = arrange([...store.rows.values(), ...store.ghosts], {
      by,
      column,
      descending: order.descending,
      kernel: choices.kernel,
      found: search(choices.wanted),
      toggled: this.toggled,
      places: held && !this.free ? places(this.lines) : null,
    });
    this.free = false;
    this.lines = lines;
    const searching = choices.wanted.trim() !== "";
    const unknown = this.then !== null && this.then.processes === null;
    const said = none({ known: this.time > 0, missing: this.missing, searching, unknown });
    this.grid.update(lines, this.time, { nested: by !== "flat", order, none: said });
    choices.tell({ matches: found(matches, searching), kernel, held });
    const { row } = this.details;
    if (row !== null) this.details.follow(store.has(row));
  }

  /** @param {Line} line */
  #enter(line) {
    if (line.row === null) this.#toggle(line);
    else if (this.then === null) this.details.open(line.row);
    else this.details.recorded(line.row, this.columns, this.time);
    this.#fit();
  }

  /** @param {Line} line */
  #toggle({ id }) {
    if (!this.toggled.delete(id)) this.toggled.add(id);
    this.#render();
  }

  #closed() {
    this.questions.drop();
    this.#fit();
    this.grid.focus();
  }
}

/** @param {Line[]} lines */
function places(lines) {
  return new Map(lines.map(({ id }, at) => [id, at]));
}
