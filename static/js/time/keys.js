/** What keys mean for time. Pure. */

const ZOOM = 2;
const PAN = 0.5;
// By so many ticks: alone, with Shift.
const STEP = 1;
const LEAP = 10;

/** @typedef {{live?: true, step?: number, zoom?: number, pan?: number, explain?: true, into?: true}} Deed */

/**
 * @param {{key: string, shiftKey: boolean, ctrlKey: boolean, metaKey: boolean, altKey: boolean}} event
 * @returns {Deed | null} `step` in ticks; `pan` in widths of the view
 */
export function deed({ key, shiftKey, ctrlKey, metaKey, altKey }) {
  if (ctrlKey || metaKey || altKey) return null;
  const by = shiftKey ? LEAP : STEP;
  switch (key) {
    case "Escape":
    case "l":
    case "L":
      return { live: true };
    case "ArrowLeft":
      return { step: -by };
    case "ArrowRight":
      return { step: by };
    case "+":
    case "=":
      return { zoom: 1 / ZOOM };
    case "-":
      return { zoom: ZOOM };
    case "[":
      return { pan: -PAN };
    case "]":
      return { pan: PAN };
    case "e":
    case "E":
      return { explain: true };
    case "Enter":
    case "z":
    case "Z":
      return { into: true };
    default:
      return null;
  }
}
