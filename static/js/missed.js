/** Which ticks are of now, and which are what was missed while the page was away. Told the time. */

// What was missed comes in a burst; a tick older than this many intervals is part of it. No burst
// lasts longer than this: then it is the server's clock that was set back.
const MISSED_INTERVALS = 2;
const BURST_S = 15;

export class Missed {
  constructor() {
    this.cameBackAt = -Infinity;
    /** @type {{time: number, now: number} | null} the last tick that was of now, and when it came */
    this.last = null;
  }

  /** The server goes on where this page was. @param {number} now monotonic seconds */
  comeBack(now) {
    this.cameBackAt = now;
  }

  /** A tick has come that is of now. @param {number} time by the server's clock @param {number} now */
  fresh(time, now) {
    this.last = { time, now };
  }

  /**
   * Whether a tick of this time, which comes now, is one of those that were missed.
   * @param {number} time
   * @param {number} now
   * @param {number} interval
   */
  has(time, now, interval) {
    if (this.last === null || now - this.cameBackAt > BURST_S) return false;
    const expected = this.last.time + now - this.last.now;
    return expected - time > MISSED_INTERVALS * interval;
  }
}
