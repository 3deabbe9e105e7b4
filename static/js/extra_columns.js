/** What the panels show of what not every machine has, and of what is read only when it is opened. */

import { HIGH_SHARE, name, plain, share } from "./columns.js";
import { ABSENT, text } from "./format.js";
import { t } from "./lang.js";

/** @typedef {import("./patch.js").Document} Document */
/** @typedef {import("./tables.js").Design} Design */
/**
 * @typedef {object} Panel
 * @property {string} title
 * @property {Design} design
 * @property {[label: string, className: string][]} heads one for each column
 * @property {string} [topic] that it is of, where it is not of the host's
 * @property {string} [collector] without which there is nothing that a drawer could show
 */

const NONE = t("None.");
const flat = () => 0;
const rising = (/** @type {string} */ field) => (/** @type {Document} */ thing) => -(thing[field] ?? 0);

/** A sensor by its label, and the chip that it is on. @param {Document} thing @param {string} key */
const sensor = (thing, key) => thing.label ?? thing.type ?? thing.sensor ?? key;
const chip = (/** @type {Document} */ thing) => thing.chip_name ?? "";

/** @param {string} field @param {string} limit */
const over = (field, limit) => (/** @type {Document} */ thing) => (thing[field] >= thing[limit] ? "high" : null);

/** @param {string} unit @param {string} field @param {string} limit */
const ofLimit = (unit, field, limit) => (/** @type {Document} */ thing) =>
  thing[limit] === undefined
    ? text(unit, thing[field])
    : t("{part} of {whole}", { part: text(unit, thing[field]), whole: text(unit, thing[limit]) });

const USE = /** @type {[string, string][]} */ ([[t("CPU"), "ratio"], [t("Memory"), "limit"], [t("Tasks"), "count less"], [t("Read"), "rate less"], [t("Write"), "rate less"]]);
const USED = [
  { text: plain("ratio", "cpu") },
  { text: ofLimit("bytes", "memory", "memory_limit") },
  { className: "less", text: plain("count", "tasks") },
  { className: "less", text: plain("bytes/s", "read_bytes") },
  { className: "less", text: plain("bytes/s", "written_bytes") },
];

/** @param {Document} thing */
function aboutUnit({ state, sub, description }) {
  return [[state, sub].filter(Boolean).join(", "), description].filter(Boolean).join(" · ");
}

/** Whose a socket is, or why that is not told. @param {Document} thing */
function owner({ name: program, pid, denied, sought }) {
  if (pid !== undefined) return program ?? "";
  if (sought) return t("being looked for");
  return denied ? t("no permission") : ABSENT;
}

/** What needs a look first, then what uses most. @param {Document} thing */
const byNeed = (thing) => (thing.state === "failed" ? -2 : 0) - Math.min(1, (thing.cpu ?? 0) / 1024);

/** @type {Panel[]} */
export const PANELS = [
  {
    title: t("Temperatures"),
    heads: [[t("Sensor"), "name"], [t("Now"), "rate"], [t("High"), "rate"], [t("Critical"), "rate"]],
    design: {
      family: "temperature",
      rank: rising("now"),
      empty: NONE,
      columns: [
        { className: "name", text: sensor, note: chip },
        { text: plain("celsius", "now"), level: over("now", "critical") },
        { text: plain("celsius", "maximum") },
        { text: plain("celsius", "critical") },
      ],
    },
  },
  {
    title: t("Thermal zones"),
    heads: [[t("Zone"), "name"], [t("Now"), "rate"]],
    design: {
      family: "thermal_zone",
      rank: rising("temperature"),
      empty: NONE,
      columns: [{ className: "name", text: sensor }, { text: plain("celsius", "temperature") }],
    },
  },
  {
    title: t("Fans"),
    heads: [[t("Fan"), "name"], [t("Speed"), "rate"], [t("Least"), "rate"]],
    design: {
      family: "fan",
      rank: flat,
      empty: NONE,
      columns: [
        { className: "name", text: sensor, note: chip },
        { text: plain("rpm", "speed") },
        { text: plain("rpm", "minimum") },
      ],
    },
  },
  {
    title: t("Power supplies"),
    heads: [[t("Supply"), "name"], [t("Charge"), "share"], [t("Power"), "rate"], [t("Left"), "rate"]],
    design: {
      family: "power_supply",
      rank: flat,
      empty: NONE,
      columns: [
        { className: "name", text: name, note: ({ status, type }) => status ?? type ?? "" },
        { className: "share", text: plain("ratio", "charge_share"), bar: share("charge_share") },
        { text: plain("watts", "power") },
        { text: ({ time_to_empty, time_to_full }) => text("seconds", time_to_empty ?? time_to_full) },
      ],
    },
  },
  {
    title: t("GPUs"),
    heads: [[t("GPU"), "name"], [t("Busy"), "ratio"], [t("Memory"), "limit"], [t("Temp."), "ratio"], [t("Power"), "rate"]],
    design: {
      family: "gpu",
      rank: flat,
      empty: NONE,
      columns: [
        { className: "name", text: (thing, key) => `${key} ${thing.name ?? ""}` },
        { text: plain("ratio", "usage") },
        { text: ofLimit("bytes", "memory_used", "memory_total") },
        { text: plain("celsius", "temperature") },
        { text: plain("watts", "power") },
      ],
    },
  },
  {
    title: t("RAID"),
    heads: [[t("Array"), "name"], [t("Disks"), "rate"], [t("Synced"), "share"], [t("Left"), "rate"]],
    design: {
      family: "raid",
      rank: ({ degraded }) => (degraded ? 0 : 1),
      empty: NONE,
      columns: [
        { className: "name", text: name, note: ({ level, state }) => [level, state].filter(Boolean).join(" · ") },
        {
          text: ({ disks_active, disks_required }) => t("{part} of {whole}", { part: disks_active ?? ABSENT, whole: disks_required ?? ABSENT }),
          level: ({ degraded }) => (degraded ? "high" : null),
        },
        { className: "share", text: plain("ratio", "sync_share"), bar: share("sync_share") },
        { text: plain("seconds", "sync_left") },
      ],
    },
  },
  {
    title: t("ZFS pools"),
    heads: [[t("Pool"), "name"], [t("State"), "limit"]],
    design: {
      family: "zpool",
      rank: ({ healthy }) => (healthy ? 1 : 0),
      empty: NONE,
      columns: [
        { className: "name", text: name },
        { text: ({ state }) => state ?? ABSENT, level: ({ healthy }) => (healthy === false ? "high" : null) },
      ],
    },
  },
  {
    title: t("Logged in"),
    heads: [[t("User"), "name"], [t("Terminal"), "rate"], [t("From"), "limit"]],
    design: {
      family: "session",
      rank: flat,
      empty: NONE,
      columns: [
        { className: "name", text: ({ user }, key) => user ?? key },
        { text: ({ terminal }) => terminal ?? ABSENT },
        { text: ({ host }) => host ?? ABSENT },
      ],
    },
  },
];

/** @type {Panel[]} opened by hand: they are read at every tick only while they are open */
export const DRAWERS = [
  {
    title: t("systemd units"),
    topic: "services",
    collector: "units",
    heads: [[t("Unit"), "name"], ...USE],
    design: {
      family: "unit",
      rank: byNeed,
      empty: t("No unit to show."),
      columns: [
        { className: "name two-lines", text: name, note: aboutUnit, level: ({ state }) => (state === "failed" ? "high" : null) },
        ...USED,
      ],
    },
  },
  {
    title: t("Containers"),
    topic: "services",
    collector: "containers",
    heads: [[t("Container"), "name"], ...USE],
    design: {
      family: "container",
      rank: rising("cpu"),
      empty: t("No container to show."),
      columns: [
        {
          className: "name two-lines",
          text: (thing, key) => thing.name ?? key,
          note: ({ runtime, image, denied }) => [runtime, image, denied].filter(Boolean).join(" · "),
        },
        ...USED,
      ],
    },
  },
  {
    title: t("Listening ports"),
    topic: "sockets",
    collector: "sockets",
    heads: [[t("Address"), "name"], [t("Process"), "program"], [t("User"), "user less"], [t("Queue"), "queue"]],
    design: {
      family: "listener",
      rank: ({ port }) => port ?? 0,
      empty: t("Nothing listens."),
      columns: [
        { className: "name", text: name, note: ({ dual }) => (dual ? t("and IPv4") : "") },
        { className: "program", text: owner, note: ({ pid }) => (pid === undefined ? "" : ` ${pid}`) },
        { className: "less", text: ({ user }) => user ?? ABSENT },
        {
          text: ofLimit("count", "waiting", "backlog"),
          level: ({ waiting, backlog }) => (waiting >= HIGH_SHARE * backlog && backlog > 0 ? "high" : null),
        },
      ],
    },
  },
];
