/** The page: what the stream says goes to the series and the document, and from there to the screen. */

import { Banner } from "./banner.js";
import * as charts from "./charts.js";
import { DISKS, FILESYSTEMS, INTERFACES } from "./columns.js";
import { Cores } from "./cores.js";
import { byId, setText, show } from "./dom.js";
import { figure, metricOf, rows } from "./figures.js";
import { text } from "./format.js";
import { Header } from "./header.js";
import { merge } from "./patch.js";
import { PLOTS } from "./plots.js";
import { Series } from "./series.js";
import { Phase, title } from "./status.js";
import { Stream } from "./stream.js";
import { Table } from "./tables.js";
import { Tiles } from "./tiles.js";

/** @typedef {import("./patch.js").Document} Document */
