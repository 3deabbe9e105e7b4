/** The state of the stream, and how it is said. */

import { duration } from "./format.js";
import { t } from "./lang.js";

/** Only LIVE means that the figures are of this moment. */
export const Phase = Object.freeze({
  JOINING: "joining", // before the first figures, or the first after a rest
  LIVE: "live",
  SILENT: "silent", // connected, but nothing comes
  CHECKING: "checking", // awake after a sleep: what has come may be old
  WAITING: "waiting", // until the next attempt to connect
  RETRYING: "retrying",
  RECORDED: "recorded", // a file, and no monitor
  FOREIGN: "foreign", // the server speaks another version of the protocol
});

/** Why the stream ended. */
export const Why = Object.freeze({ LOST: "lost", STOPPED: "stopped", OFFLINE: "offline", RESTED: "rested" });

/**
 * @typedef {object} Status
 * @property {string} phase one of Phase
 * @property {string} why one of Why; means something while WAITING or RETRYING
 * @property {number | null} age seconds since the last figures; null before the first
 * @property {number} retryIn seconds until the next attempt
 */

const BADGES = new Map([
  [Phase.JOINING, t("Connecting")],
  [Phase.LIVE, t("Live")],
  [Phase.SILENT, t("Not live")],
  [Phase.CHECKING, t("Checking")],
  [Phase.WAITING, t("Not live")],
  [Phase.RETRYING, t("Not live")],
  [Phase.RECORDED, t("Recorded")],
  [Phase.FOREIGN, t("Reload")],
]);

const ENDINGS = new Map([
  [Why.LOST, t("The connection to the monitor is lost.")],
  [Why.STOPPED, t("The monitor was stopped.")],
  [Why.OFFLINE, t("This browser is offline.")],
  [Why.RESTED, t("Nobody looked at this page. Asking for new figures.")],
]);

/**
 * `badge` and `message` change with the phase only and are announced; `detail` counts seconds and is not.
 * @param {Status} status
 * @returns {{badge: string, message: string, detail: string}}
 */
export function describe(status) {
  return { badge: BADGES.get(status.phase) ?? "", message: message(status), detail: detail(status) };
}

/** @param {Status} status */
function message({ phase, why, age }) {
  switch (phase) {
    case Phase.SILENT:
      return t("The monitor has gone silent.");
    case Phase.CHECKING:
      return t("This page was asleep. Asking for new figures.");
    case Phase.FOREIGN:
      return t("The monitor was updated and this page no longer understands it.");
    case Phase.WAITING:
    case Phase.RETRYING:
      if (age === null && why === Why.LOST) return t("The monitor does not answer.");
      return ENDINGS.get(why) ?? "";
    default:
      return "";
  }
}

/** @param {Status} status */
function detail({ phase, age, retryIn }) {
  if ([Phase.LIVE, Phase.JOINING, Phase.RECORDED].includes(phase)) return "";
  const said = age === null ? [] : [t("Figures are {age} old.", { age: duration(age) })];
  if (phase === Phase.WAITING) said.push(t("Next attempt in {wait}.", { wait: duration(Math.ceil(retryIn)) }));
  if (phase === Phase.RETRYING) said.push(t("Connecting …"));
  return said.join(" ");
}

/**
 * The tab's title.
 * @param {string} phase
 * @param {string} host
 * @param {string} cpu
 * @param {string} memory
 * @returns {string}
 */
export function title(phase, host, cpu, memory) {
  if (phase === Phase.LIVE) return t("{cpu} CPU · {memory} mem — {host}", { cpu, memory, host });
  return phase === Phase.JOINING ? `${host} — monitor` : t("⚠ not live — {host}", { host });
}
