/**
 * What each chart draws. A `role` is a colour of the style sheet: the same thing has the same colour
 * in every place. `tops` are where the scale may end; without them it is round in its unit.
 */

/** @typedef {{name: string, label: string, role: string, fill?: boolean}} Line */
/** @typedef {{id: string, unit: string, tops?: number[], least?: number, lines: Line[]}} Plot */

/** @type {Plot[]} */
export const PLOTS = [
  {
    id: "cpu",
    unit: "ratio",
    tops: [1],
    lines: [
      { name: "cpu.usage", label: "Busy", role: "cpu", fill: true },
      { name: "cpu.system", label: "System", role: "kernel" },
    ],
  },
  {
    id: "memory",
    unit: "ratio",
    tops: [1],
    lines: [
      { name: "memory.used_share", label: "Used", role: "memory", fill: true },
      { name: "swap.used_share", label: "Swap", role: "swap" },
    ],
  },
  {
    id: "disk",
    unit: "bytes/s",
    least: 1e5,
    lines: [
      { name: "disk.read_bytes", label: "Read", role: "in", fill: true },
      { name: "disk.written_bytes", label: "Write", role: "out", fill: true },
    ],
  },
  {
    id: "network",
    unit: "bytes/s",
    least: 1e4,
    lines: [
      { name: "network.receive_bytes", label: "Receive", role: "in", fill: true },
      { name: "network.transmit_bytes", label: "Transmit", role: "out", fill: true },
    ],
  },
  {
    id: "pressure",
    unit: "ratio",
    tops: [0.1, 0.2, 0.5, 1],
    lines: [
      { name: "pressure[cpu].some", label: "CPU", role: "cpu" },
      { name: "pressure[memory].some", label: "Memory", role: "memory" },
      { name: "pressure[io].some", label: "I/O", role: "storage" },
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
  const needed = Math.max(most, plot.least ?? 1);
  const power = 10 ** Math.floor(Math.log10(needed));
  // The last of them stands for the rounding of powers of ten.
  return [1, 2, 5, 10].map((step) => step * power).find((top) => needed <= top) ?? 10 * power;
}
