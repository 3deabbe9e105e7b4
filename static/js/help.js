/** What the keys do, at `?`. */

import { byId, make } from "./dom.js";
import { t } from "./lang.js";

/** @type {[keys: string, what: string][]} */
const KEYS = [
  ["← →", t("one second back or on; with Shift ten")],
  ["+ −", t("zoom in and out")],
  ["[ ]", t("half a view back or on")],
  ["E", t("explain: who did it")],
  [t("Z or Enter"), t("zoom to what is picked out")],
  [t("Esc or L"), t("back to now")],
  ["/", t("search the processes")],
  ["↑ ↓ Enter", t("in the table of processes: go through them, look at one")],
  [",", t("settings")],
  ["?", t("this list")],
];
const POINTER = [
  [t("Click on a chart"), t("the whole page as it was at that second")],
  [t("Drag over a chart"), t("pick a stretch out, and explain it")],
  [t("Drag the strip of time"), t("move; on a chart with Shift")],
  [t("Wheel on the strip"), t("zoom; on a chart with Ctrl")],
];

/** Make the list. @returns {HTMLDialogElement} */
export function help() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("help"));
  const lines = [...KEYS, ...POINTER].map(([keys, what]) =>
    make("div", "", make("dt", "", keys), make("dd", "", what)),
  );
  const close = make("button", "", t("Close"));
  close.setAttribute("type", "button");
  close.addEventListener("click", () => dialog.close());
  const title = make("h2", "", t("Keys and pointer"));
  title.id = "help-title";
  dialog.append(title, make("dl", "", ...lines), close);
  return dialog;
}
