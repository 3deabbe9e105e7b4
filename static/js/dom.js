/** Writing to the document: text only, and only what has changed. */

/**
 * Show a text. Nothing is written, and so nothing laid out again, when it is there already.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  const child = element.firstChild;
  if (child === null) element.append(text);
  else if (child.nodeValue !== text) child.nodeValue = text;
}

/**
 * Set an attribute, or take it away with null.
 * @param {Element} element
 * @param {string} name
 * @param {string | null} value
 */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

/**
 * Show or hide an element.
 * @param {HTMLElement} element
 * @param {boolean} shown
 */
export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

/**
 * An element with a class, and with children if there are any.
 * @param {string} tag
 * @param {string} [className]
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/**
 * An element of the page that must be there.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

/**
 * The length of a bar, from 0 to 1. A transform moves nothing else on the page.
 * @param {HTMLElement} bar
 * @param {unknown} share
 */
export function setBar(bar, share) {
  const length = typeof share === "number" ? Math.min(1, Math.max(0, share)) : 0;
  const transform = `scaleX(${length.toFixed(3)})`;
  if (bar.style.transform !== transform) bar.style.transform = transform;
}
