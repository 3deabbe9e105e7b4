/** What the tables of devices show. */

import { ABSENT, text } from "./format.js";
import { t } from "./lang.js";

/** @typedef {import("./tables.js").Design} Design */
/** @typedef {import("./patch.js").Document} Document */

// A filesystem from here on is marked: little room is left to act in.
export const HIGH_SHARE = 0.9;

/** @param {string} unit @param {string} field */
export const plain = (unit, field) => (/** @type {Document} */ thing) => text(unit, thing[field]);

/** Two figures together; not known if one of them is not.
 * @param {string} unit @param {string} one @param {string} other */
const sum = (unit, one, other) => (/** @type {Document} */ thing) => {
  const total = thing[one] + thing[other];
  return Number.isFinite(total) ? text(unit, total) : ABSENT;
};

/** @param {string} field */
export const share = (field) => (/** @type {Document} */ thing) => thing[field];

/** @param {string} field */
const high = (field) => (/** @type {Document} */ thing) => (thing[field] >= HIGH_SHARE ? "high" : null);

/** @param {Document} _ @param {string} key */
export const name = (_, key) => key;

/** @param {import("./sections/outlooks.js").Outlooks} outlooks @returns {Design} */
export const filesystems = (outlooks) => ({
  family: "filesystem",
  rank: (thing) => (thing.remote ? 1 : 0),
  empty: t("No filesystem to show."),
  columns: [
    { className: "name two-lines", text: name, note: aboutFilesystem },
    { className: "share storage", text: plain("ratio", "used_share"), bar: share("used_share"), level: high("used_share") },
    { text: plain("bytes", "available") },
    { className: "less", text: plain("bytes", "size") },
    { text: (thing, key) => outlooks.text(thing, key), about: (thing, key) => outlooks.about(thing, key) },
    {
      className: "less",
      text: plain("ratio", "inodes_used_share"),
      level: high("inodes_used_share"),
      absent: t("This filesystem does not count inodes"),
    },
  ],
});

/** @param {Document} thing */
function aboutFilesystem({ type, device, remote, read_only, responding }) {
  const said = [responding === false ? t("not responding") : "", read_only ? t("read-only") : ""];
  return [...said, remote ? t("remote") : "", type, device].filter(Boolean).join(" · ");
}

/** @returns {Design} */
export const disks = () => ({
  family: "disk",
  rank: (thing) => (thing.physical ? 0 : 1),
  empty: t("No disk to show."),
  columns: [
    { className: "name", text: name },
    { text: plain("bytes/s", "read_bytes") },
    { text: plain("bytes/s", "written_bytes") },
    { text: plain("ratio", "busy") },
    { className: "less", text: plain("seconds", "read_latency"), absent: t("Nothing was read") },
    { className: "less", text: plain("seconds", "write_latency"), absent: t("Nothing was written") },
  ],
});

/** @returns {Design} */
export const interfaces = () => ({
  family: "network",
  // What is in use first: down interfaces come after those that are up.
  rank: (thing) => (thing.physical ? 0 : 2) + (thing.up === false ? 1 : 0),
  empty: t("No network interface to show."),
  columns: [
    { className: "name", text: name, note: aboutInterface },
    { text: plain("traffic", "receive_bytes") },
    { text: plain("traffic", "transmit_bytes") },
    { className: "less", text: sum("packets/s", "receive_packets", "transmit_packets") },
    { text: sum("packets/s", "receive_errors", "transmit_errors") },
    { text: sum("packets/s", "receive_drops", "transmit_drops") },
  ],
});

/** @param {Document} thing */
function aboutInterface({ up, speed }) {
  if (up === false) return t("down");
  return speed > 0 ? text("bits/s", speed) : "";
}
