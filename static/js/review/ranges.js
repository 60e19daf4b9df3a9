/** The range that a person marks to decide on: from where it begins to where it ends, of which one may be missing. */

import { SHORTEST_MS } from "./segments.js";

/**
 * @typedef {object} Marks
 * @property {number | null} in_ms
 * @property {number | null} out_ms
 */

/** @type {Marks} */
export const NO_MARKS = { in_ms: null, out_ms: null };

/**
 * @param {Marks} marks
 * @param {number} ms
 * @returns {Marks} without the end when that does not come after
 */
export function markedIn({ out_ms }, ms) {
  return { in_ms: ms, out_ms: out_ms !== null && out_ms - ms >= SHORTEST_MS ? out_ms : null };
}

/**
 * @param {Marks} marks
 * @param {number} ms
 * @returns {Marks} without the beginning when that does not come before
 */
export function markedOut({ in_ms }, ms) {
  return { in_ms: in_ms !== null && ms - in_ms >= SHORTEST_MS ? in_ms : null, out_ms: ms };
}

/**
 * The range that is marked.
 *
 * @param {Marks} marks
 * @returns {{start_ms: number, end_ms: number} | null} null while a side is missing
 */
export function rangeOf({ in_ms, out_ms }) {
  return in_ms !== null && out_ms !== null ? { start_ms: in_ms, end_ms: out_ms } : null;
}

/**
 * The range between where a hand went down and where it is.
 *
 * @param {number} fromMs
 * @param {number} toMs
 * @returns {Marks} nothing for a range that is too short
 */
export function marksBetween(fromMs, toMs) {
  const [start, end] = [Math.min(fromMs, toMs), Math.max(fromMs, toMs)];
  return end - start >= SHORTEST_MS ? { in_ms: start, out_ms: end } : NO_MARKS;
}
