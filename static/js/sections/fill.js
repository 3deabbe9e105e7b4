/** When a filesystem will be full, by how it filled up to now. Pure. */

/** @typedef {{state: "unknown" | "never" | "days", days: number, since: number}} Outlook
 * `since`, in Unix seconds, is from when on it was looked at */

const DAY_S = 86400;
// Of less than a day, nobody can say: there are nights.
const LEAST_S = 0.95 * DAY_S;
// Two by two: more points tell no more, and take the square of the time.
const MOST_POINTS = 120;
// What takes longer than that is no plan.
export const LONG_DAYS = 3650;

/**
 * The trend is the median of the slopes between any two points (Theil 1950, Sen 1968): a file that is
 * written and removed again does not turn it.
 * @param {number[]} times Unix seconds @param {(number | null)[]} used bytes
 * @param {number} available bytes that are left
 * @returns {Outlook}
 */
export function outlook(times, used, available) {
  const known = times.flatMap((time, at) => {
    const value = used[at];
    return typeof value === "number" ? [{ time, value }] : [];
  });
  const since = known.length > 0 ? known[0].time : 0;
  const last = known.at(-1)?.time ?? 0;
  if (last - since < LEAST_S) return { state: "unknown", days: 0, since };
  const slope = trend(thinned(known));
  const days = available / slope / DAY_S;
  if (slope <= 0 || days > LONG_DAYS) return { state: "never", days: 0, since };
  return { state: "days", days, since };
}

/** @param {{time: number, value: number}[]} points bytes a second */
function trend(points) {
  /** @type {number[]} */
  const slopes = [];
  points.forEach((one, at) => {
    for (const other of points.slice(at + 1)) {
      if (other.time > one.time) slopes.push((other.value - one.value) / (other.time - one.time));
    }
  });
  slopes.sort((a, b) => a - b);
  const middle = slopes.length >> 1;
  return slopes.length % 2 ? slopes[middle] : (slopes[middle - 1] + slopes[middle]) / 2;
}

/** @template T @param {T[]} points @returns {T[]} */
function thinned(points) {
  const every = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, at) => (points.length - 1 - at) % every === 0);
}
