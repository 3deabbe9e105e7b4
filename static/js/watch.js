/** Whether the figures are of this moment. Told the time; reads no clock. */

// The page promises to say within two intervals that the stream has stopped. A message has almost
// one interval to be late in; the rest is for the timer that looks.
const STALE_INTERVALS = 1.85;
// A tab whose events all stood still for longer than this was frozen.
const FROZEN_SLACK_S = 0.4;
// How often silence is looked for: this often in an interval, within these bounds.
const BEATS = 16;
const BEAT_LEAST_MS = 25;
const BEAT_MOST_MS = 250;
// Silence that is greyed at two intervals is given up, and another connection tried, at this many.
const GIVE_UP_INTERVALS = 4;
const GIVE_UP_LEAST_S = 5;

export class Watch {
  /** @param {number} interval seconds between two messages */
  constructor(interval) {
    this.interval = interval;
    /** @type {number | null} monotonic seconds of the last fresh document */
    this.freshAt = null;
    /** @type {{now: number, wall: number} | null} */
    this.awakeAt = null;
  }

  /** Seconds of silence after which the figures are no longer live. */
  get limit() {
    return STALE_INTERVALS * this.interval;
  }

  /** Milliseconds from one look to the next. */
  get beat() {
    return Math.min(BEAT_MOST_MS, Math.max(BEAT_LEAST_MS, (this.interval * 1000) / BEATS));
  }

  /** Seconds of silence after which another connection is tried. */
  get patience() {
    return Math.max(GIVE_UP_LEAST_S, GIVE_UP_INTERVALS * this.interval);
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
   * To be told at every event, messages and timers alike. True if none of them ran for two
   * intervals and a little: the tab was frozen or the machine asleep, and what now comes may have waited for long.
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
    return Math.max(now - before.now, wall - before.wall) > 2 * this.interval + FROZEN_SLACK_S;
  }
}
