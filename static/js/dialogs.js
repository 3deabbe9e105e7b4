/** The dialogs, by key and by button; what is in one is fetched when it is first opened. */

import { byId } from "./dom.js";

/** Set while the page is loaded anew for another language: who chose it goes on choosing. */
export const REOPEN = "monitor.settings.open";

/** @typedef {{key: string, id: string, make: () => Promise<unknown>}} Opened */

/** @type {Opened[]} */
const DIALOGS = [
  { key: "?", id: "help", make: async () => (await import("./help.js")).help() },
  { key: ",", id: "settings", make: async () => new (await import("./settings/dialog.js")).Dialog() },
];

export function dialogs() {
  const opened = DIALOGS.map((one) => ({ ...one, open: opener(one) }));
  for (const { id, open } of opened) byId(`${id}-open`).addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey, target } = event;
    const found = opened.find((one) => one.key === key);
    if (found === undefined || ctrlKey || metaKey || altKey || busy(target)) return;
    event.preventDefault();
    found.open();
  });
  if (remembered()) opened.find(({ id }) => id === "settings")?.open();
}

/** @param {Opened} dialog */
function opener({ id, make }) {
  const root = /** @type {HTMLDialogElement} */ (byId(id));
  /** @type {Promise<unknown> | null} */
  let made = null;
  return async () => {
    await (made ??= make());
    if (!root.open) root.showModal();
  };
}

/** Where a sign means itself. @param {EventTarget | null} target */
function busy(target) {
  return target instanceof Element && target.closest("input:not([type=checkbox]), select, textarea, dialog") !== null;
}

function remembered() {
  try {
    const said = sessionStorage.getItem(REOPEN) !== null;
    sessionStorage.removeItem(REOPEN);
    return said;
  } catch {
    return false;
  }
}
