/** The page as its viewer wants it: language, units, theme, panels; at first, and when they change. */

import { palette } from "../chart_paint.js";
import { point } from "../dates.js";
import { prefer } from "../format.js";
import { language } from "../lang.js";
import { apply } from "./apply.js";
import { onChange, settings } from "./kept.js";
import { keepWatch } from "./kiosk.js";
import { Panels } from "./panels.js";
import { translate } from "./translate.js";

/** To be called before anything is put into the page. @param {() => void} changed draw anew */
export function dress(changed) {
  const root = document.documentElement;
  translate(root);
  const panels = new Panels(root);
  const wear = () => {
    apply(settings);
    const { network, sizes, temperature } = settings;
    prefer({ network, sizes, temperature, point: point(language()) });
    palette.known.clear();
    panels.apply(settings);
  };
  wear();
  keepWatch();
  onChange(() => {
    wear();
    changed();
  });
}
