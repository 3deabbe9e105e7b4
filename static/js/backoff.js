/** How long to wait before the next attempt to connect. */

export const FIRST_S = 0.5;
export const LONGEST_S = 15;
// What a server may ask for at most: a wrong figure must not keep a page away for a day.
const LONGEST_ASKED_S = 60;

/**
 * Seconds to wait before attempt number `attempt` (0 is the first after a loss).
 *
 * The wait doubles each time. Half of it is left to chance, so that many pages that lost one server
 * at the same moment do not come back at the same moment.
 * @param {number} attempt
 * @param {() => number} random from 0 to 1
 * @param {number} [asked] `retry_after` of the server's `bye`: never earlier than that
 * @returns {number}
 */
export function delay(attempt, random, asked = 0) {
  const longest = Math.min(LONGEST_S, FIRST_S * 2 ** (attempt + 1));
  const wait = (longest / 2) * (1 + random());
  if (!(asked > 0)) return wait;
  return Math.max(wait, Math.min(asked, LONGEST_ASKED_S) * (1 + random() / 4));
}
