/** The words of the page in the viewer's language. The key of a text is the English text itself. */

/**
 * @param {string} text in English; `{name}` stands for a value
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
