/** What the keys do, at `?`. */

import { byId, make } from "./dom.js";

/** @type {[keys: string, what: string][]} */
const KEYS = [
  ["← →", "one second back or on; with Shift ten"],
  ["+ −", "zoom in and out"],
  ["[ ]", "half a view back or on"],
  ["E", "explain: who did it"],
  ["Z or Enter", "zoom to what is picked out"],
  ["Esc or L", "back to now"],
  ["/", "search the processes"],
  ["↑ ↓ Enter", "in the table of processes: go through them, look at one"],
  ["?", "this list"],
];
const POINTER = [
  ["Click on a chart", "the whole page as it was at that second"],
  ["Drag over a chart", "pick a stretch out, and explain it"],
  ["Drag the strip of time", "move; on a chart with Shift"],
  ["Wheel on the strip", "zoom; on a chart with Ctrl"],
];

/** Make the list, and open it at its key or button. */
export function help() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("help"));
  const lines = [...KEYS, ...POINTER].map(([keys, what]) =>
    make("div", "", make("dt", "", keys), make("dd", "", what)),
  );
  const close = make("button", "", "Close");
  close.setAttribute("type", "button");
  close.addEventListener("click", () => dialog.close());
  const title = make("h2", "", "Keys and pointer");
  title.id = "help-title";
  dialog.append(title, make("dl", "", ...lines), close);
  byId("help-open").addEventListener("click", () => dialog.showModal());
  document.addEventListener("keydown", (event) => {
    const writing = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
    if (event.key !== "?" || writing || dialog.open) return;
    event.preventDefault();
    dialog.showModal();
  });
}
