/** Before anything is painted: the theme, and whether this is a wall screen. */

import { apply, kiosk } from "./apply.js";
import { settings } from "./kept.js";

apply(settings);
if (kiosk()) document.documentElement.dataset.kiosk = "";
// Asked for while the rest of the page comes; whoever says something waits for it.
void import("./words.js");
