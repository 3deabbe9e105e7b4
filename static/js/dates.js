/** Dates in the way of the viewer's language. */

import { language } from "./lang.js";

// English dates as most of the world writes them: the day first.
const LOCALES = new Map([["en", "en-GB"]]);

/** @param {Intl.DateTimeFormatOptions} options @returns {(date: Date) => string} */
function format(options) {
  const made = new Intl.DateTimeFormat(LOCALES.get(language()) ?? language(), options);
  return (date) => made.format(date).replaceAll(" ", "\u00a0");
}

/** `23 Nov`. */
export const day = format({ day: "numeric", month: "short" });
/** `23 Nov 2026`. */
export const dayOfYear = format({ day: "numeric", month: "short", year: "numeric" });
/** `Nov 2026`. */
export const month = format({ month: "short", year: "numeric" });

/** What parts whole from tenths in a language. @param {string} language @returns {string} */
export function point(language) {
  const parts = new Intl.NumberFormat(LOCALES.get(language) ?? language).formatToParts(1.5);
  return parts.find(({ type }) => type === "decimal")?.value ?? ".";
}
