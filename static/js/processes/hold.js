/** Whether lines keep their places: while somebody points at them, or goes through them by keys. */

// For so long after the last movement: a pointer that was left there holds nothing for ever.
const HOLD_S = 15;

export class Hold {
  constructor() {
    this.until = 0;
  }

  /** The pointer moved over the lines, or a key was used in them. @param {number} now monotonic seconds */
  moved(now) {
    this.until = now + HOLD_S;
  }

  /** The pointer has left, and so has the focus. */
  left() {
    this.until = 0;
  }

  /** @param {number} now @returns {boolean} */
  held(now) {
    return now < this.until;
  }
}
