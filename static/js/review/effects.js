/** What a change of the tuning comes to, in words. */

/** @import { Summary } from "./types.js" */

import { count, duration } from "../core/format.js";

/**
 * The difference between two cuts, such as "−55 s, +97 cuts, −97 suggestions"; empty where there is none.
 *
 * @param {Summary} before
 * @param {Summary} after
 * @returns {string}
 */
export function effectOf(before, after) {
  const ms = after.kept_ms + after.suggested_ms - before.kept_ms - before.suggested_ms;
  const seconds = Math.round(Math.abs(ms) / 1000);
  const parts = [
    seconds && (seconds < 60 ? `${signOf(ms)}${seconds} s` : `${signOf(ms)}${duration(ms)}`),
    signed(after.cuts - before.cuts, "cut"),
    signed(after.suggestions - before.suggestions, "suggestion"),
  ];
  return parts.filter(Boolean).join(", ");
}

/**
 * @param {number} number
 * @param {string} noun
 */
function signed(number, noun) {
  return number ? `${signOf(number)}${count(Math.abs(number), noun)}` : "";
}

/** @param {number} number */
function signOf(number) {
  return number < 0 ? "−" : "+";
}
