/** A wall screen: nobody sits at it, so nothing is steered from it and it looks after itself. */

import { kiosk } from "./apply.js";

const IDLE_MS = 3000;
const RENEWED = "monitor.kiosk.renewed";
// Of a server whose version this page cannot even be told.
export const UNKNOWN = "another protocol";

/** Keys lead nowhere, and a pointer that rests is hidden. */
export function keepWatch() {
  if (!kiosk()) return;
  const { dataset } = document.documentElement;
  let timer = 0;
  const rest = () => {
    delete dataset.idle;
    clearTimeout(timer);
    timer = setTimeout(() => (dataset.idle = ""), IDLE_MS);
  };
  addEventListener("pointermove", rest, { passive: true });
  rest();
  // What looks like a button is none; a touch of the screen leads nowhere.
  for (const part of document.body.children) if (part instanceof HTMLElement) part.inert = true;
  const swallow = (/** @type {KeyboardEvent} */ event) => {
    // What belongs to the browser stays its own: reloading, zooming, leaving.
    if (event.ctrlKey || event.metaKey || event.altKey || /^F\d+$/.test(event.key)) return;
    event.stopImmediatePropagation();
  };
  addEventListener("keydown", swallow, { capture: true });
}

/**
 * The monitor is of another version than this page: load the page again. Once for each version: where
 * that does not help, it is not tried for ever.
 * @param {string} there @param {string | undefined} here
 */
export function renew(there, here) {
  if (!kiosk()) return;
  try {
    if (there === here) sessionStorage.removeItem(RENEWED);
    else if (sessionStorage.getItem(RENEWED) !== there) {
      sessionStorage.setItem(RENEWED, there);
      location.reload();
    }
  } catch {
    // What cannot be remembered might go on for ever.
  }
}
