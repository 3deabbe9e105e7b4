/** The page's own texts in the viewer's language: those that stand in the template. */

import { language, translated } from "../lang.js";

const ATTRIBUTES = ["title", "aria-label", "placeholder"];
// Figures are data: a host may be called what a title is called.
const NOT_WORDS = "script, style, noscript, [data-figure]";
const PLACE = /(\{\d+\})/;

/**
 * Put other words in place of those that there are any for. A text with elements in it is one
 * sentence, in which `{1}` stands for the first element: other languages order them otherwise.
 * @param {HTMLElement} root as the template has it
 */
export function translate(root) {
  if (language() === "en") return;
  root.lang = language();
  for (const element of root.querySelectorAll("*")) {
    for (const name of ATTRIBUTES) {
      const said = translated(element.getAttribute(name) ?? "");
      if (said !== undefined) element.setAttribute(name, said);
    }
    if (element.matches(NOT_WORDS)) continue;
    const said = translated(message(element));
    if (said !== undefined) reword(element, said);
  }
}

/** What an element says, with its children numbered. @param {Element} element */
export function message(element) {
  let children = 0;
  const parts = [...element.childNodes].map((node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.nodeValue ?? "";
    return node.nodeType === Node.ELEMENT_NODE ? `{${(children += 1)}}` : "";
  });
  return parts.join("").replace(/\s+/g, " ").trim();
}

/** @param {Element} element @param {string} said */
function reword(element, said) {
  const children = [...element.children];
  const parts = said.split(PLACE).filter((part) => part !== "");
  element.replaceChildren(...parts.map((part) => (PLACE.test(part) ? children[Number(part.slice(1, -1)) - 1] : part)));
}
