/** When what has come is drawn: each figure is kept, but not each is worth a frame. Told the time. */

import { settings } from "./kept.js";

// Ticks come a little early or late.
const EARLY = 0.5;

export class Pace {
  /** @param {() => number} [every] seconds between two drawings; 1 is every tick */
  constructor(every = () => settings.refresh) {
    this.every = every;
    this.drawn = -Infinity;
  }

  /**
   * Whether a tick of this time is to be drawn.
   * @param {number} time Unix seconds @param {number} [interval] seconds between two ticks
   * @returns {boolean}
   */
  due(time, interval = 1) {
    const every = this.every();
    const since = time - this.drawn;
    // A clock that was set back is no reason to wait.
    if (every > 1 && since >= 0 && since < every - interval * EARLY) return false;
    this.drawn = time;
    return true;
  }
}
