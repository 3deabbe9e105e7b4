/** What stretch of time the charts show, and which second the page. Pure; times in Unix seconds. */

/**
 * @typedef {object} View
 * @property {number} span seconds that the charts show
 * @property {number | null} end their right edge; null where that is now
 * @property {number | null} at the second that the page shows; null where that is now
 * @property {[number, number] | null} range what is picked out
 */

export const SPAN_S = 600;
export const LEAST_SPAN_S = 20;
export const MOST_SPAN_S = 731 * 86400;
// A right edge so near to now, as a share of the span, is now: nobody hits it exactly.
const NEAR = 0.01;

/** @type {View} */
export const LIVE = Object.freeze({ span: SPAN_S, end: null, at: null, range: null });

/** @param {View} view @param {number} now @returns {[number, number]} */
export function edges({ span, end }, now) {
  const to = end ?? now;
  return [to - span, to];
}

/** Whether all is of now. @param {View} view */
export function isLive({ end, at }) {
  return end === null && at === null;
}

/** Now again; who had zoomed in to a spike does not want to see that little of it.
 * @param {View} view @returns {View} */
export function live({ span }) {
  return { ...LIVE, span: Math.max(SPAN_S, span) };
}

/**
 * Another stretch of time; what ends about now goes on with it.
 * @param {View} view @param {number} now @param {number} from @param {number} to @returns {View}
 */
export function onto(view, now, from, to) {
  const span = Math.min(MOST_SPAN_S, Math.max(LEAST_SPAN_S, to - from));
  const middle = (from + to) / 2;
  const end = Math.min(now, middle + span / 2);
  return { ...view, span, end: view.at === null && end >= now - span * NEAR ? null : end };
}

/**
 * Nearer, with a factor below 1, or further; the moment `around` keeps its place.
 * @param {View} view @param {number} now @param {number} factor @param {number} around @returns {View}
 */
export function zoomed(view, now, factor, around) {
  const [from, to] = edges(view, now);
  const span = Math.min(MOST_SPAN_S, Math.max(LEAST_SPAN_S, view.span * factor));
  const share = (around - from) / (to - from);
  const start = around - share * span;
  return onto(view, now, start, start + span);
}

/** @param {View} view @param {number} now @param {number} seconds @returns {View} */
export function panned(view, now, seconds) {
  const [, to] = edges(view, now);
  const end = Math.min(now, to + seconds);
  return onto(view, now, end - view.span, end);
}

/**
 * So wide; what is looked at stays in view.
 * @param {View} view @param {number} now @param {number} span @returns {View}
 */
export function widened(view, now, span) {
  if (view.at === null) return onto(view, now, (view.end ?? now) - span, view.end ?? now);
  return onto(view, now, view.at - span / 2, view.at + span / 2);
}

/**
 * The page as it was at that second; what lies ahead of now is now.
 * @param {View} view @param {number} now @param {number} at @param {number} interval seconds between ticks
 * @returns {View}
 */
export function travelled(view, now, at, interval) {
  if (at > now - interval / 2) return live(view);
  const [from, to] = edges(view, now);
  const inside = at >= from && at <= to;
  const end = inside ? to : Math.min(now, at + view.span / 2);
  return { ...view, at, end };
}

/**
 * A stretch is picked out.
 * @param {View} view @param {number} now @param {number} from @param {number} to @returns {View}
 */
export function picked(view, now, from, to) {
  const [, edge] = edges(view, now);
  const [start, end] = from <= to ? [from, to] : [to, from];
  return { ...view, end: edge, range: [start, Math.min(end, now)] };
}
