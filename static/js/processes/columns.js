/** The columns of the process table: what each tells of a process, and how it sorts. */

import { text } from "../format.js";
import { t } from "../lang.js";
import { moment, state } from "./words.js";

/** @typedef {import("./store.js").Row} Row */
/**
 * @typedef {object} Column
 * @property {string} key as the stream names the field, where it is one
 * @property {string} label
 * @property {string} title what it is, where the pointer rests on its header
 * @property {number} width pixels, at least
 * @property {number} [grows] its part of what is left over
 * @property {boolean} [left] texts stand on the left
 * @property {boolean} [ascending] the first click sorts upwards
 * @property {boolean} [first] shown unless somebody chose otherwise
 * @property {boolean} [roomy] the same only where there is room for it
 * @property {boolean} [narrow] the same on a narrow screen
 * @property {(row: Row) => any} value a number or a text, undefined where it is not known
 * @property {(value: any, now: number) => string} text
 * @property {(value: any, row: Row) => string} [about] more of it, where the pointer rests
 * @property {boolean} [beside] no column of its own: it stands in that of the name
 * @property {(row: Row) => string} [absent] why it may be not known
 */

const RATE = t("Not known yet: a rate takes two readings");

/** @param {string} name */
const field = (name) => (/** @type {Row} */ row) => row.data[name];
/** @param {string} unit */
const as = (unit) => (/** @type {unknown} */ value) => text(unit, value);
const plain = (/** @type {unknown} */ value) => String(value);

/** What it burnt itself, and what its children did. @param {unknown} _ @param {Row} row */
const burnt = (_, { data }) =>
  data.children > 0 ? t("and {share} by children that it reaped", { share: text("ratio", data.children) }) : "";

/** A text. @param {string} key @param {string} label @param {number} width @param {string} title */
const named = (key, label, width, title) => {
  const value = field(key);
  return { key, label, width, title, left: true, ascending: true, value, text: plain, about: plain };
};

/** @param {string} key @param {string} label @param {number} width
 * @param {string} unit @param {string} title */
const figure = (key, label, width, unit, title) => {
  return { key, label, width, title, value: field(key), text: as(unit) };
};

/** @param {string} key @param {string} label @param {number} width
 * @param {string} unit @param {string} title */
const rate = (key, label, width, unit, title) => {
  return { ...figure(key, label, width, unit, title), absent: () => RATE };
};

const TITLES = {
  state: t("R runs, S sleeps, D waits for a device, I is idle, T is stopped, Z has ended and waits to be reaped"),
  cpu: t(
    "Processor time in percent of one core: 200 % is two cores. " +
      "Sums have in them what was used by children too brief to be seen",
  ),
  children: t(
    "Processor time, in percent of one core, of children that it reaped and that were too brief to be seen",
  ),
  place: t("The container that it is in, or the systemd unit that it is a part of"),
  rss: t(
    "Resident memory (RSS): what it shares with others is counted whole. " +
      "Sums take PSS where it is known, in which what is shared is divided",
  ),
  pss: t("Its proportional share of resident memory; read of the largest processes, in turn"),
};

/** @type {Column[]} */
export const COLUMNS = [
  {
    ...named("name", t("Name"), 118, t("What it calls itself; the kernel keeps 15 bytes of it")),
    grows: 2,
    first: true,
    narrow: true,
    about: (value, row) => row.command ?? value,
  },
  {
    ...named("arguments", t("Arguments"), 0, t("The first of its arguments, beside its name; *** is a secret")),
    first: true,
    beside: true,
    value: (row) => row.arguments,
  },
  {
    ...figure("pid", t("PID"), 68, "text", t("Its number")),
    ascending: true,
    first: true,
    narrow: true,
    value: (row) => (row.number === Infinity ? undefined : row.number),
    text: plain,
  },
  { ...named("user", t("User"), 84, t("Whose rights it has")), first: true },
  { ...named("state", t("State"), 52, TITLES.state), first: true, roomy: true, about: state },
  { ...rate("cpu", t("CPU"), 68, "ratio", TITLES.cpu), first: true, narrow: true, about: burnt },
  rate("children", t("Children"), 80, "ratio", TITLES.children),
  { ...figure("rss", t("Memory"), 84, "bytes", TITLES.rss), first: true, narrow: true },
  {
    ...figure("pss", t("PSS"), 84, "bytes", TITLES.pss),
    absent: () => t("Read of the largest processes only, in turn"),
  },
  { ...figure("threads", t("Threads"), 70, "count", t("Threads")), first: true, roomy: true },
  figure("files", t("Files"), 62, "count", t("Open descriptors")),
  { ...rate("read_bytes", t("Read"), 84, "bytes/s", t("Read from storage, a second")), first: true },
  { ...rate("written_bytes", t("Write"), 84, "bytes/s", t("Written to storage, a second")), first: true },
  { ...figure("nice", t("Nice"), 54, "count", t("-20 is most favoured, 19 least")), ascending: true },
  {
    ...figure("parent", t("Parent"), 70, "text", t("The number of the process that it is a child of")),
    ascending: true,
    text: plain,
  },
  {
    ...named("place", t("Unit or container"), 132, TITLES.place),
    grows: 2,
    first: true,
    value: (row) => row.data.container ?? row.data.unit,
    absent: (row) => (row.data.kernel ? t("A thread of the kernel is in none") : t("It is in none that is known of")),
  },
  {
    ...figure("started", t("Started"), 78, "text", t("When it began: the time of day, or the date")),
    first: true,
    roomy: true,
    text: moment,
    about: (value) => moment(value, Infinity),
  },
  {
    ...named("command", t("Command"), 240, t("Its arguments; *** is a secret")),
    grows: 5,
    value: (row) => row.command,
    absent: (row) => (row.data.kernel ? t("A thread of the kernel has none") : t("Not known at this moment")),
  },
];

/** The name with the arguments beside it, which need room. @type {Column} */
const NAME_AND_ARGUMENTS = { ...COLUMNS[0], grows: 8 };

/**
 * The columns as they stand in the table. Where there is a column for the whole command line, nothing
 * of it stands beside the name as well.
 * @param {Column[]} shown
 * @returns {{drawn: Column[], commands: boolean}} whether command lines are needed for them
 */
export function drawnOf(shown) {
  const whole = shown.some(({ key }) => key === "command");
  const beside = !whole && shown.some((column) => column.beside);
  const own = shown.filter((column) => !column.beside);
  const drawn = beside ? own.map((column) => (column === COLUMNS[0] ? NAME_AND_ARGUMENTS : column)) : own;
  return { drawn, commands: whole || beside };
}

/** Whether arguments stand beside the name in this column. @param {Column} column */
export function hasArguments(column) {
  return column === NAME_AND_ARGUMENTS;
}

// What other columns tell, or no column can.
const TOLD = new Set(["kernel", "new", "denied", "unit", "container"]);

/**
 * The columns, and one for each further figure that the server has: a new one needs no change here.
 * @param {{[name: string]: {unit: string, help: string}}} metrics of the topic
 * @returns {Column[]}
 */
export function columnsOf(metrics) {
  const known = new Set(COLUMNS.map((column) => column.key));
  const found = Object.keys(metrics).flatMap((name) => {
    const key = name.replace(/^process\./, "");
    if (key === name || key === "" || known.has(key) || TOLD.has(key)) return [];
    const { unit, help } = metrics[name];
    const label = key[0].toUpperCase() + key.slice(1).replaceAll("_", " ");
    return [unit === "text" ? named(key, label, 110, help) : figure(key, label, 96, unit, help)];
  });
  return [...COLUMNS, ...found];
}
