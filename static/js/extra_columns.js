/** What the panels show of what not every machine has, and of what is read only when it is opened. */

import { HIGH_SHARE, name, plain, share } from "./columns.js";
import { ABSENT, text } from "./format.js";

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

const NONE = "None.";
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
    : `${text(unit, thing[field])} of ${text(unit, thing[limit])}`;

const USE = /** @type {[string, string][]} */ ([["CPU", "ratio"], ["Memory", "limit"], ["Tasks", "count less"], ["Read", "rate less"], ["Write", "rate less"]]);
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
  if (sought) return "being looked for";
  return denied ? "no permission" : ABSENT;
}

/** What needs a look first, then what uses most. @param {Document} thing */
const byNeed = (thing) => (thing.state === "failed" ? -2 : 0) - Math.min(1, (thing.cpu ?? 0) / 1024);

/** @type {Panel[]} */
export const PANELS = [
  {
    title: "Temperatures",
    heads: [["Sensor", "name"], ["Now", "rate"], ["High", "rate"], ["Critical", "rate"]],
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
    title: "Thermal zones",
    heads: [["Zone", "name"], ["Now", "rate"]],
    design: {
      family: "thermal_zone",
      rank: rising("temperature"),
      empty: NONE,
      columns: [{ className: "name", text: sensor }, { text: plain("celsius", "temperature") }],
    },
  },
  {
    title: "Fans",
    heads: [["Fan", "name"], ["Speed", "rate"], ["Least", "rate"]],
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
    title: "Power supplies",
    heads: [["Supply", "name"], ["Charge", "share"], ["Power", "rate"], ["Left", "rate"]],
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
    title: "GPUs",
    heads: [["GPU", "name"], ["Busy", "ratio"], ["Memory", "limit"], ["Temp.", "ratio"], ["Power", "rate"]],
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
    title: "RAID",
    heads: [["Array", "name"], ["Disks", "rate"], ["Synced", "share"], ["Left", "rate"]],
    design: {
      family: "raid",
      rank: ({ degraded }) => (degraded ? 0 : 1),
      empty: NONE,
      columns: [
        { className: "name", text: name, note: ({ level, state }) => [level, state].filter(Boolean).join(" · ") },
        {
          text: ({ disks_active, disks_required }) => `${disks_active ?? ABSENT} of ${disks_required ?? ABSENT}`,
          level: ({ degraded }) => (degraded ? "high" : null),
        },
        { className: "share", text: plain("ratio", "sync_share"), bar: share("sync_share") },
        { text: plain("seconds", "sync_left") },
      ],
    },
  },
  {
    title: "ZFS pools",
    heads: [["Pool", "name"], ["State", "limit"]],
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
    title: "Logged in",
    heads: [["User", "name"], ["Terminal", "rate"], ["From", "limit"]],
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
    title: "systemd units",
    topic: "services",
    collector: "units",
    heads: [["Unit", "name"], ...USE],
    design: {
      family: "unit",
      rank: byNeed,
      empty: "No unit to show.",
      columns: [
        { className: "name two-lines", text: name, note: aboutUnit, level: ({ state }) => (state === "failed" ? "high" : null) },
        ...USED,
      ],
    },
  },
  {
    title: "Containers",
    topic: "services",
    collector: "containers",
    heads: [["Container", "name"], ...USE],
    design: {
      family: "container",
      rank: rising("cpu"),
      empty: "No container to show.",
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
    title: "Listening ports",
    topic: "sockets",
    collector: "sockets",
    heads: [["Address", "name"], ["Process", "program"], ["User", "user less"], ["Queue", "queue"]],
    design: {
      family: "listener",
      rank: ({ port }) => port ?? 0,
      empty: "Nothing listens.",
      columns: [
        { className: "name", text: name, note: ({ dual }) => (dual ? "and IPv4" : "") },
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
