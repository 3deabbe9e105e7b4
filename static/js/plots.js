/**
 * What each chart draws. A `role` is a colour of the style sheet: the same thing has the same colour
 * in every place. `tops` are where the scale may end; without them it is round in its unit.
 */

import { perByte } from "./format.js";
import { t } from "./lang.js";

/** @typedef {{name: string, label: string, role: string, fill?: boolean}} Line */
/** @typedef {{id: string, unit: string, tops?: number[], least?: number, lines: Line[]}} Plot */

/** @type {Plot[]} */
export const PLOTS = [
  {
    id: "cpu",
    unit: "ratio",
    tops: [1],
    lines: [
      { name: "cpu.usage", label: t("Busy"), role: "cpu", fill: true },
      { name: "cpu.system", label: t("System"), role: "kernel" },
    ],
  },
  {
    id: "memory",
    unit: "ratio",
    tops: [1],
    lines: [
      { name: "memory.used_share", label: t("Used"), role: "memory", fill: true },
      { name: "swap.used_share", label: t("Swap"), role: "swap" },
    ],
  },
  {
    id: "disk",
    unit: "bytes/s",
    least: 1e5,
    lines: [
      { name: "disk.read_bytes", label: t("Read"), role: "in", fill: true },
      { name: "disk.written_bytes", label: t("Write"), role: "out", fill: true },
    ],
  },
  {
    id: "network",
    unit: "traffic",
    least: 1e4,
    lines: [
      { name: "network.receive_bytes", label: t("Receive"), role: "in", fill: true },
      { name: "network.transmit_bytes", label: t("Transmit"), role: "out", fill: true },
    ],
  },
  {
    id: "pressure",
    unit: "ratio",
    tops: [0.1, 0.2, 0.5, 1],
    lines: [
      { name: "pressure[cpu].some", label: t("CPU"), role: "cpu" },
      { name: "pressure[memory].some", label: t("Memory"), role: "memory" },
      { name: "pressure[io].some", label: t("I/O"), role: "storage" },
    ],
  },
];

/**
 * Where a scale ends that must show `most`: 1, 2 or 5 times a power of ten, so that it rarely moves.
 * @param {Plot} plot
 * @param {number} most
 * @returns {number}
 */
export function scaleTop(plot, most) {
  if (plot.tops) return plot.tops.find((top) => most <= top) ?? plot.tops[plot.tops.length - 1];
  // Round in what is written at the scale.
  const per = plot.unit === "traffic" ? perByte() : 1;
  const needed = Math.max(most, plot.least ?? 1) * per;
  const power = 10 ** Math.floor(Math.log10(needed));
  // The last of them stands for the rounding of powers of ten.
  const top = [1, 2, 5, 10].map((step) => step * power).find((each) => needed <= each) ?? 10 * power;
  return top / per;
}
