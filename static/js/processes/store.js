/** Every process that is there now. Patches are taken in place; nothing else is touched or copied. */

import { isObject } from "../patch.js";

/** @typedef {import("../patch.js").Document} Document */

// As much of the arguments as ever fits beside a name, in characters.
const BESIDE = 300;
// What is still true of a process that has ended.
const LASTING = ["started", "parent", "user", "name", "kernel", "nice", "unit", "container"];

/** One process. A number that is used again makes another Row. */
export class Row {
  /** @param {string} pid @param {Document} data its fields as the stream names them */
  constructor(pid, data) {
    this.pid = pid;
    // Keys are data: what is no number comes after all that are.
    this.number = /^\d+$/.test(pid) ? Number(pid) : Infinity;
    this.data = data;
    this.id = `${pid}@${data.started}`;
    this.ended = false;
    /** @type {string | undefined} its arguments, while the topic `commands` is followed */
    this.command = undefined;
    this.arguments = ""; // the first of them
    /** @type {string | null} */
    this.found = null; // in lower case, for the search; null where it must be made again
    /** @type {unknown} */
    this.key = undefined; // by which it is sorted now
  }

  /** It is gone: what it used is no longer of this moment. */
  end() {
    const data = Object.create(null);
    for (const field of LASTING) if (this.data[field] !== undefined) data[field] = this.data[field];
    this.data = data;
    this.ended = true;
  }
}

export class Store {
  constructor() {
    /** @type {Map<string, Row>} by pid */
    this.rows = new Map();
    /** @type {Map<string, string>} command lines by pid */
    this.commands = new Map();
    /** @type {Set<Row>} those that ended while they were to be kept */
    this.ghosts = new Set();
    this.keeping = false;
  }

  /** @param {Row} row @returns {boolean} whether this very process is still there */
  has(row) {
    return this.rows.get(row.pid) === row;
  }

  /** Whether those that end are kept as ghosts from now on. @param {boolean} kept */
  keep(kept) {
    this.keeping = kept;
    if (!kept) this.ghosts.clear();
  }

  /** A snapshot, where `known` is undefined, or a patch, of the topic `processes`.
   * @param {unknown} known @param {Document} data */
  take(known, data) {
    const processes = members(data, "process");
    if (known === undefined) {
      for (const pid of this.rows.keys()) if (!Object.hasOwn(processes, pid)) this.#end(pid);
    }
    for (const pid of Object.keys(processes)) {
      const fields = processes[pid];
      if (fields === null) this.#end(pid);
      else if (isObject(fields)) this.#change(pid, fields, known === undefined);
    }
    return this;
  }

  /** The same of the topic `commands`. @param {unknown} known @param {Document} data */
  takeCommands(known, data) {
    const commands = members(data, "command");
    if (known === undefined) this.forgetCommands();
    for (const pid of Object.keys(commands)) {
      const line = commands[pid]?.line;
      if (typeof line === "string") this.commands.set(pid, line);
      else if (commands[pid] === null || line === null) this.commands.delete(pid);
      const row = this.rows.get(pid);
      if (row) this.#command(row);
    }
    return this;
  }

  forgetCommands() {
    this.commands.clear();
    for (const row of this.rows.values()) this.#command(row);
  }

  /** @param {Row} row */
  #command(row) {
    row.command = this.commands.get(row.pid);
    row.arguments = argumentsOf(row.command ?? "");
    row.found = null;
  }

  /** @param {string} pid @param {Document} fields @param {boolean} whole */
  #change(pid, fields, whole) {
    const row = this.rows.get(pid);
    const started = fields.started;
    const another = row !== undefined && started !== undefined && started !== row.data.started;
    if (row === undefined || another) {
      // A patch is to what was known under this number, whichever process that was.
      const base = row !== undefined && !whole ? { __proto__: null, ...row.data } : Object.create(null);
      if (row !== undefined) this.#end(pid);
      const made = new Row(pid, put(base, fields));
      this.rows.set(pid, made);
      this.#command(made);
      return;
    }
    if (whole) row.data = Object.create(null);
    put(row.data, fields);
    if (fields.name !== undefined || fields.user !== undefined) row.found = null;
  }

  /** @param {string} pid */
  #end(pid) {
    const row = this.rows.get(pid);
    if (row === undefined) return;
    this.rows.delete(pid);
    row.end();
    if (this.keeping) this.ghosts.add(row);
  }
}

/** What follows the program. @param {string} line */
function argumentsOf(line) {
  const at = line.indexOf(" ");
  return at === -1 ? "" : line.slice(at + 1, at + 1 + BESIDE);
}

/** @param {Document} target @param {Document} fields @returns {Document} */
function put(target, fields) {
  for (const field of Object.keys(fields)) {
    if (fields[field] === null) delete target[field];
    else target[field] = fields[field];
  }
  return target;
}

/** @param {Document} data @param {string} family @returns {Document} */
function members(data, family) {
  return isObject(data) && Object.hasOwn(data, family) && isObject(data[family]) ? data[family] : {};
}
