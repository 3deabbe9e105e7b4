/** The settings that hold, kept in this browser; whoever shows something is told when they change. */

import { STORED_AS, defaults, parse } from "./choice.js";

/** @typedef {import("./choice.js").Settings} Settings */

/** @type {Set<(settings: Settings) => void>} */
const listeners = new Set();
/** @type {Settings} */
export let settings = parse(stored());

/** @param {(settings: Settings) => void} listener called at each change */
export function onChange(listener) {
  listeners.add(listener);
}

/** @param {Partial<Settings>} some */
export function change(some) {
  hold({ ...settings, ...some });
  try {
    localStorage.setItem(STORED_AS, JSON.stringify(settings));
  } catch {
    // A browser may forbid a page to keep anything, or have no room: then it forgets.
  }
}

/** As before anybody chose. */
export function reset() {
  hold(defaults());
  try {
    localStorage.removeItem(STORED_AS);
  } catch {
    // As above.
  }
}

/** @param {Settings} now */
function hold(now) {
  settings = now;
  for (const listener of listeners) listener(settings);
}

/** @returns {string | null} */
function stored() {
  try {
    return localStorage.getItem(STORED_AS);
  } catch {
    return null;
  }
}

// Another tab of the same monitor has changed them.
globalThis.addEventListener?.("storage", ({ key }) => {
  if (key === STORED_AS || key === null) hold(parse(stored()));
});
