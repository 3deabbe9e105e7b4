/** Whether the machine is well, and if not, what is the matter and who: in one sentence. Pure. */

import { pointed, text } from "./format.js";
import { plural, t } from "./lang.js";
import { isObject } from "./patch.js";

/** @typedef {import("./patch.js").Document} Document */
/** @typedef {{well: boolean, text: string}} Headline */

// Shares of the last ten seconds in which some task waited (kernel: accounting/psi.rst), from which on
// people feel it.
const CPU_WAIT = 0.25;
const MEMORY_WAIT = 0.1;
const IO_WAIT = 0.25;
// Without pressure stall information: all cores are taken.
const CPU_BUSY = 0.95;
const MEMORY_LEFT = 0.05;
const FULL = 0.95;
// Who uses less than that of a core is not named.
const NOTABLE_CORES = 0.2;

/**
 * @param {Document} host the document of the topic `host`
 * @param {Iterable<{data: Document}>} processes
 * @returns {Headline | null} null where too little is known
 */
export function headline(host, processes) {
  const usage = host.cpu?.usage;
  if (typeof usage !== "number") return null;
  const rows = [...processes].map(({ data }) => data);
  const troubles = [
    memory(host, rows),
    cpu(host, rows, usage),
    disks(host, rows),
    kills(host),
    ...full(host),
  ].filter((said) => said !== "");
  if (troubles.length === 0) return { well: true, text: well(host, usage) };
  // The first two: a headline is no list.
  return { well: false, text: troubles.slice(0, 2).join(" · ") };
}

/** @param {Document} host @param {string} kind @returns {number} */
function waited(host, kind) {
  const share = host.pressure?.[kind]?.some_avg10;
  return typeof share === "number" ? share : 0;
}

/** @param {Document} host @param {number} usage */
function well(host, usage) {
  const used = host.memory?.used_share;
  const said = { cpu: text("ratio", usage), memory: text("ratio", used) };
  if (typeof used !== "number") {
    return plural(
      count(host),
      "All is well: {cpu} of one core in use",
      "All is well: {cpu} of {n} cores in use",
      said,
    );
  }
  return plural(
    count(host),
    "All is well: {cpu} of one core and {memory} of memory in use",
    "All is well: {cpu} of {n} cores and {memory} of memory in use",
    said,
  );
}

/** @param {Document} host @param {Document[]} rows @param {number} usage */
function cpu(host, rows, usage) {
  if (waited(host, "cpu") < CPU_WAIT && usage < CPU_BUSY) return "";
  const busy = pointed(Number((usage * count(host)).toPrecision(2)));
  const first = most(rows, (row) => (row.cpu ?? 0) + (row.children ?? 0));
  const matter = plural(
    count(host),
    "CPU is the bottleneck: {busy} of one core busy",
    "CPU is the bottleneck: {busy} of {n} cores busy",
    { busy },
  );
  return first && first.value >= NOTABLE_CORES ? who(matter, first.name, text("ratio", first.value)) : matter;
}

/** @param {Document} host @param {Document[]} rows */
function memory(host, rows) {
  const { available, total } = host.memory ?? {};
  const short = typeof available === "number" && total > 0 && available / total < MEMORY_LEFT;
  if (waited(host, "memory") < MEMORY_WAIT && !short) return "";
  const known = typeof available === "number";
  const matter = known ? t("Memory is short: {left} left", { left: text("bytes", available) }) : t("Memory is short");
  const first = most(rows, (row) => row.pss ?? row.rss ?? 0);
  if (first === null) return matter;
  return t("{matter}, {name} has {size}", { matter, name: first.name, size: text("bytes", first.value) });
}

/** @param {Document} host @param {Document[]} rows */
function disks(host, rows) {
  if (waited(host, "io") < IO_WAIT) return "";
  const first = most(rows, (row) => (row.read_bytes ?? 0) + (row.written_bytes ?? 0));
  const share = text("ratio", waited(host, "io"));
  const matter = t("The disks are the bottleneck: tasks wait {share} of the time", { share });
  return first && first.value > 0 ? who(matter, first.name, text("bytes/s", first.value)) : matter;
}

/** @param {Document} host */
function kills(host) {
  const lately = host.oom?.lately;
  if (typeof lately !== "number" || lately < 1) return "";
  return plural(
    lately,
    "The kernel ended one process for want of memory in the last hour",
    "The kernel ended {n} processes for want of memory in the last hour",
  );
}

/** Filesystems that cannot be written have no room and need none. @param {Document} host */
function full(host) {
  const places = isObject(host.filesystem) ? host.filesystem : {};
  return Object.keys(places)
    .filter((place) => places[place].used_share >= FULL && places[place].read_only !== true)
    .sort((a, b) => places[b].used_share - places[a].used_share)
    .map((place) => t("{place} is {share} full", { place, share: text("ratio", places[place].used_share) }));
}

/** @param {string} matter @param {string} name @param {string} figure */
function who(matter, name, figure) {
  return t("{matter}, {name} {figure}", { matter, name, figure });
}

/** @param {Document} host */
function count(host) {
  return Math.max(1, Object.keys(host.core ?? {}).length);
}

/** @param {Document[]} rows @param {(row: Document) => number} of */
function most(rows, of) {
  let found = null;
  for (const row of rows) {
    const value = of(row);
    if (found === null || value > found.value) found = { name: String(row.name ?? "?"), value };
  }
  return found;
}
