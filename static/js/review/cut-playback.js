/** When to do what at a cut while stretches are played one after another: numbers in, numbers out. */

/**
 * @typedef {{start_ms: number, end_ms: number}} Stretch
 */

/** A player needs this long from being told to play until it does; learned while playing. */
export const FIRST_LEAD_MS = 60;
const SHORTEST_LEAD_MS = 10;
const LONGEST_LEAD_MS = 250;

/**
 * What is left of stretches when playing begins at a moment.
 *
 * @param {readonly Stretch[]} stretches in the order of time
 * @param {number} ms
 * @returns {Stretch[]} begins with the one that holds the moment, or the next one
 */
export function from(stretches, ms) {
  return stretches
    .filter((one) => one.end_ms > ms)
    .map((one) => (one.start_ms < ms ? { start_ms: ms, end_ms: one.end_ms } : one));
}

/**
 * One second either side of the cut at a moment, or of the nearest one.
 *
 * @param {readonly Stretch[]} played what the cut plays
 * @param {number} ms
 * @param {number} besideMs how much either side
 * @returns {Stretch[]} empty when there is no cut between two stretches
 */
export function joinNear(played, ms, besideMs) {
  /** @type {Stretch[]} */
  let best = [];
  let nearest = Infinity;
  for (const [number, after] of played.entries()) {
    const before = played[number - 1];
    if (!before) continue;
    const distance = Math.max(before.end_ms - ms, ms - after.start_ms, 0);
    if (distance >= nearest) continue;
    nearest = distance;
    best = [
      { start_ms: Math.max(before.start_ms, before.end_ms - besideMs), end_ms: before.end_ms },
      { start_ms: after.start_ms, end_ms: Math.min(after.end_ms, after.start_ms + besideMs) },
    ];
  }
  return best;
}

/**
 * How long before a cut the next player is started, after a cut has shown how long it took.
 *
 * @param {number} leadMs so far
 * @param {number} lateMs how much later than wanted the next player was, or earlier when below 0
 * @returns {number}
 */
export function nextLead(leadMs, lateMs) {
  return Math.min(LONGEST_LEAD_MS, Math.max(SHORTEST_LEAD_MS, leadMs + 0.5 * lateMs));
}
