/** The words of the page in the viewer's language. The key of a text is the English text itself. */

import { spoken, words as had } from "./settings/words.js";

/** @typedef {{[english: string]: string}} Words */

let now = { language: spoken, words: /** @type {Words} */ (had) };

/** @param {string} language as BCP 47 has it @param {Words} words by their English */
export function speak(language, words) {
  now = { language, words };
}

/** As BCP 47 has it. @returns {string} */
export function language() {
  return now.language;
}

/**
 * @param {string} text in English; `{name}` stands for a value
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(text, values) {
  const said = translated(text) ?? text;
  return values === undefined ? said : filled(said, values);
}

/** @param {string} text @param {Record<string, string | number>} values */
function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * One or several of something; `{n}` stands for how many. The languages that there are tell one from
 * all else, or tell nothing apart.
 * @param {number} n @param {string} one @param {string} many @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function plural(n, one, many, values = {}) {
  return t(n === 1 ? one : many, { n, ...values });
}

/** @param {string} text @returns {string | undefined} undefined where there is nothing to be said instead */
export function translated(text) {
  return Object.hasOwn(now.words, text) ? now.words[text] : undefined;
}
