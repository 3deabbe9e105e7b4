/** The words of the viewer's language, had before anything else of the page is evaluated. */

import { language } from "./choice.js";
import { settings } from "./kept.js";

const ENGLISH = "en";
// A page without its words is better than none.
const PATIENCE_MS = 5000;

/** @typedef {{[english: string]: string}} Words */

export const spoken = chosen();
/** Empty for English, which costs no request: a text is its own key. @type {Words} */
export const words = spoken === ENGLISH ? {} : await fetched(spoken);

/** A file stands alone and is in English; so are modules that are tested without a page. */
function chosen() {
  if (typeof document === "undefined" || document.getElementById("record") !== null) return ENGLISH;
  return language(settings.language, navigator.languages);
}

/** @param {string} name @returns {Promise<Words>} */
async function fetched(name) {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(new URL(`static/lang/${name}.json`, document.baseURI), { signal });
    return answer.ok ? await answer.json() : {};
  } catch {
    return {};
  }
}
