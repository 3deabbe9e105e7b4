/** The names of a chart's lines: a click hides a line, or shows it again. */

import { make } from "./dom.js";
import { t } from "./lang.js";

/**
 * @param {Element} place
 * @param {import("./plots.js").Plot} plot
 * @param {(at: number, shown: boolean) => void} toggled the number of the line
 */
export function legend(place, plot, toggled) {
  const buttons = plot.lines.map(({ label, role }, at) => {
    const button = make("button", `key ${role}`, label);
    button.setAttribute("type", "button");
    button.setAttribute("aria-pressed", "true");
    button.title = t("Hide or show this line");
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(shown));
      toggled(at, shown);
    });
    return button;
  });
  place.append(...buttons);
}
