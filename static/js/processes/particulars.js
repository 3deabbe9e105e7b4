/** What is said of one process: the server's answer in sections, in words and figures. */

import { ABSENT, text } from "../format.js";
import { t } from "../lang.js";
import { moment, state } from "./words.js";

/** @typedef {import("../patch.js").Document} Document */
/** @typedef {{label: string, text: string, note: boolean}} Fact `note` where the text says why there is none */
/** @typedef {{head: string[], rows: string[][], note: string}} List `note` says why it is empty or cut */
/** @typedef {{key: string, title: string, facts: Fact[], list: List | null}} Section */
/** @typedef {[name: string, label: string, say?: (value: any, data: Document) => string]} Entry */

/** @param {string} unit */
const as = (unit) => (/** @type {unknown} */ value) => text(unit, value);

/** @type {[title: string, entries: Entry[]][]} */
const FACTS = [
  [
    "",
    [
      ["command", t("Command line"), (value) => [value].flat().map(quoted).join(" ")],
      ["executable", t("Executable"), (value, data) => (data.executable_deleted ? t("{path} (deleted)", { path: value }) : value)],
      ["directory", t("Directory")],
      ["root", t("Root")],
      ["user", t("User"), (value, data) => (data.real_user ? t("{user}, started by {starter}", { user: value, starter: data.real_user }) : value)],
      ["state", t("State"), state],
      ["started", t("Started"), (value) => moment(value, Infinity)],
      ["parent", t("Parent")],
      ["unit", t("Unit")],
      ["container", t("Container"), (value, data) => (data.runtime ? `${value} (${data.runtime})` : value)],
      ["cgroup", t("Control group")],
    ],
  ],
  [
    t("Memory"),
    [
      ["rss", t("Resident (RSS)"), as("bytes")],
      ["pss", t("Its share of it (PSS)"), as("bytes")],
      ["uss", t("Its own alone (USS)"), as("bytes")],
      ["swap", t("Swapped"), as("bytes")],
      ["rss_peak", t("Resident at most"), as("bytes")],
      ["virtual", t("Address space"), as("bytes")],
      ["oom_score", t("Out-of-memory score")],
      ["oom_score_adj", t("Adjusted by")],
    ],
  ],
  [
    t("Processor and storage, since it began"),
    [
      ["cpu_user", t("User time"), as("seconds")],
      ["cpu_system", t("System time"), as("seconds")],
      ["voluntary_switches", t("Gave the processor up"), as("count")],
      ["involuntary_switches", t("Was made to"), as("count")],
      ["read_bytes", t("Read"), as("bytes")],
      ["written_bytes", t("Written"), as("bytes")],
      ["nice", t("Nice")],
      ["priority", t("Realtime priority")],
      ["scheduler", t("Scheduler")],
      ["processor", t("Last on processor")],
      ["cpus_allowed", t("May run on")],
    ],
  ],
];

/** @type {[name: string, title: string, head: string[], row: (one: any) => unknown[]][]} */
const LISTS = [
  [
    "threads",
    t("Threads"),
    ["TID", t("Name"), t("State"), t("CPU time")],
    (one) => [one.tid, one.name, state(one.state), text("seconds", one.cpu)],
  ],
  [
    "sockets",
    t("Sockets"),
    [t("Protocol"), t("Local"), t("Remote"), t("State")],
    (one) => [one.protocol, one.local, one.remote, one.state],
  ],
  ["files", t("Open files"), ["FD", t("Leads to")], (one) => [one.fd, one.target]],
  [
    "limits",
    t("Limits"),
    [t("Limit"), t("Soft"), t("Hard")],
    (one) => [one.name, limit(one.soft, one.unit), limit(one.hard, one.unit)],
  ],
];

// Part of what is said of another, said at the head of all, or of the reading itself.
const SAID = ["pid", "name", "kernel", "denied", "absent", "cut", "state_text", "memory_seconds"];
const PARTS = ["real_user", "executable_deleted", "runtime"];
const TOLD = [...FACTS.flatMap(([, entries]) => entries), ...LISTS].map(([name]) => name);
const KNOWN = new Set([...SAID, ...PARTS, ...TOLD]);
// What `denied` calls more than one of them by.
const DENIED_AS = new Map([
  ["read_bytes", "io"],
  ["written_bytes", "io"],
  ["uss", "pss"],
  ["swap", "pss"],
]);

/** @param {Document} data the answer's `data` @returns {Section[]} */
export function sections(data) {
  const facts = FACTS.map(([title, entries]) => {
    return { key: title, title, facts: entries.flatMap((entry) => fact(data, entry)), list: null };
  });
  const lists = LISTS.map(([name, title, head, row]) => {
    const found = Array.isArray(data[name]) ? data[name] : [];
    const rows = found.map((one) => row(one).map((cell) => String(cell ?? ABSENT)));
    const list = { head, rows, note: noteOf(data, name, rows.length) };
    const count = rows.length > 0 ? ` (${total(data, name, rows.length)})` : "";
    return { key: name, title: title + count, facts: [], list };
  });
  const rest = Object.keys(data).filter((name) => !KNOWN.has(name));
  const others = rest.flatMap((name) => fact(data, [name, said(name)]));
  const more = { key: "more", title: t("More"), facts: others, list: null };
  return [...facts, more, ...lists].filter((section) => section.facts.length > 0 || section.list !== null);
}

/** A figure, or why there is none, or nothing where nothing is said of it.
 * @param {Document} data @param {Entry} entry @returns {Fact[]} */
function fact(data, [name, label, say = plain]) {
  const value = data[name];
  if (value !== undefined && value !== null) {
    const whole = own(data.cut, name);
    const cut = whole === undefined ? "" : ` ${t("… cut, of {size}", { size: text("bytes", whole) })}`;
    return [{ label, text: say(value, data) + cut, note: false }];
  }
  const why = reason(data, name);
  return why === "" ? [] : [{ label, text: why, note: true }];
}

/** @param {Document} data @param {string} name @returns {string} */
function reason(data, name) {
  const as = DENIED_AS.get(name) ?? name;
  return own(data.denied, as) ?? own(data.denied, "details") ?? own(data.absent, as) ?? "";
}

/** Their keys are data, too. @param {any} object @param {string} name */
function own(object, name) {
  return object && Object.hasOwn(object, name) ? object[name] : undefined;
}

/** @param {Document} data @param {string} name @param {number} told */
function noteOf(data, name, told) {
  const why = reason(data, name);
  if (told === 0) return why || (Array.isArray(data[name]) ? t("none") : t("not known"));
  const cut = own(data.cut, name) === undefined ? "" : t("Only the first {n} are shown.", { n: told });
  return [cut, why].filter(Boolean).join(" ");
}

/** @param {Document} data @param {string} name @param {number} told */
function total(data, name, told) {
  const whole = own(data.cut, name);
  if (whole === undefined) return String(told);
  return whole === null ? t("{n} of more", { n: told }) : t("{part} of {whole}", { part: told, whole });
}

/** As a shell would need it to be written. @param {unknown} argument */
function quoted(argument) {
  const written = String(argument);
  return /^[\w@%+=:,./-]+$/.test(written) ? written : `'${written.replaceAll("'", "'\\''")}'`;
}

/** @param {unknown} value @param {string | null} unit */
function limit(value, unit) {
  if (typeof value !== "number") return value;
  if (unit === "bytes") return text("bytes", value);
  return unit === "us" || unit === "seconds" ? `${value} ${unit}` : String(value);
}

/** @param {unknown} value @returns {string} */
function plain(value) {
  if (typeof value === "boolean") return value ? t("yes") : t("no");
  if (Array.isArray(value)) return value.length > 0 ? value.map(String).join(", ") : t("none");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** @param {string} name */
function said(name) {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
}
