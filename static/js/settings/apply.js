/** What the style sheets must know of the settings: attributes of the page's root. */

/** @typedef {import("./choice.js").Settings} Settings */

/** @param {Settings} settings */
export function apply({ theme, density }) {
  const { dataset } = document.documentElement;
  dataset.theme = theme;
  dataset.density = density;
  // Of the two colours that the browser's own frame may have, one is of each theme.
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) {
    const of = meta.getAttribute("data-of");
    const media = theme === "system" ? `(prefers-color-scheme: ${of})` : theme === of ? "all" : "not all";
    meta.setAttribute("media", media);
  }
}

/** A wall screen: `/?kiosk`. */
export function kiosk() {
  return new URLSearchParams(location.search).has("kiosk");
}
