/** Whether the figures are of this moment. Told the time; reads no clock. */

// A tick may come a little late without anything being wrong.
const SLACK_S = 0.4;

export class Watch {
  /** @param {number} interval seconds between two messages */
  constructor(interval) {
    this.interval = interval;
    /** @type {number | null} monotonic seconds of the last fresh document */
    this.freshAt = null;
    /** @type {{now: number, wall: number} | null} */
    this.awakeAt = null;
  }

  /** Seconds of silence after which the figures are no longer live: two intervals and a little. */
  get limit() {
    return 2 * this.interval + SLACK_S;
  }

  /** A document of this moment has come. @param {number} now */
  fresh(now) {
    this.freshAt = now;
  }

  /** Age of the last figures in seconds; null before the first. @param {number} now */
  age(now) {
    return this.freshAt === null ? null : Math.max(0, now - this.freshAt);
  }

  /** @param {number} now */
  stale(now) {
    return this.freshAt === null || now - this.freshAt > this.limit;
  }

  /**
   * To be told at every event, messages and timers alike. True if none of them ran for longer than the
   * limit: the tab was frozen or the machine asleep, and what now comes may have waited for long.
   *
   * Two clocks, because the monotonic one may stand still in a machine that sleeps.
   * @param {number} now monotonic seconds
   * @param {number} wall Unix seconds
   * @returns {boolean}
   */
  slept(now, wall) {
    const before = this.awakeAt;
    this.awakeAt = { now, wall };
    if (before === null) return false;
    return Math.max(now - before.now, wall - before.wall) > this.limit;
  }
}
