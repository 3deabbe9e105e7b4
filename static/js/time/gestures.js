/** What a pointer means on a chart or on the ruler: pick out, move, look at a second, zoom. */

// Further than that and a click is a drag.
const STILL_PX = 4;
// A notch of a wheel, about.
const NOTCH_PX = 100;
const ZOOM = 1.35;

/**
 * @typedef {object} Meaning
 * @property {(x: number) => number} time Unix seconds of so many pixels from the left
 * @property {(from: number, to: number, done: boolean) => void} pick
 * @property {(at: number) => void} travel
 * @property {(factor: number, around: number) => void} zoom
 * @property {(seconds: number) => void} pan by so much since the last call
 */

/**
 * @param {HTMLElement} element
 * @param {Meaning} meaning
 * @param {boolean} drags whether a plain drag moves; with Shift it then picks out, else the other way
 */
export function gestures(element, meaning, drags) {
  /** @type {{x: number, last: number, pans: boolean, moved: boolean} | null} */
  let grip = null;
  const place = (/** @type {PointerEvent | WheelEvent} */ event) =>
    event.clientX - element.getBoundingClientRect().left;
  const second = () => meaning.time(1) - meaning.time(0);

  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || (event.target instanceof Element && event.target.closest("button"))) return;
    const x = place(event);
    grip = { x, last: x, pans: event.shiftKey !== drags, moved: false };
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    if (grip === null) return;
    const x = place(event);
    grip.moved ||= Math.abs(x - grip.x) > STILL_PX;
    if (!grip.moved) return;
    if (grip.pans) meaning.pan((grip.last - x) * second());
    else meaning.pick(meaning.time(grip.x), meaning.time(x), false);
    grip.last = x;
  });
  element.addEventListener("pointerup", (event) => {
    if (grip === null) return;
    const { x, pans, moved } = grip;
    grip = null;
    if (!moved) meaning.travel(meaning.time(place(event)));
    else if (!pans) meaning.pick(meaning.time(x), meaning.time(place(event)), true);
  });
  element.addEventListener("pointercancel", () => (grip = null));
  element.addEventListener(
    "wheel",
    (event) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      // Over a chart a plain wheel goes through the page, as everywhere.
      if (!sideways && !drags && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      if (sideways) meaning.pan(event.deltaX * second());
      else meaning.zoom(ZOOM ** (event.deltaY / NOTCH_PX), meaning.time(place(event)));
    },
    { passive: false },
  );
}
