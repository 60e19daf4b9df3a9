/** Where an edge goes when a hand drags it roughly: to the quietest moment nearby, and then to a frame. */

/** @import { FrameRate } from "./types.js" */
/** @import { Peaks } from "./peaks.js" */

import { frameStart } from "./timecode.js";

/** How far away, on screen, a quieter moment may be. */
const REACH_PX = 8;
const LONGEST_REACH_MS = 150;

/**
 * @param {number} ms where the hand is
 * @param {object} around
 * @param {Peaks | null} around.peaks
 * @param {FrameRate | null} around.frameRate
 * @param {number} around.msPerPx
 * @returns {number} whole milliseconds
 */
export function snap(ms, { peaks, frameRate, msPerPx }) {
  const quiet = peaks ? peaks.quietestNear(ms, Math.min(LONGEST_REACH_MS, REACH_PX * msPerPx)) : ms;
  return snapToFrame(quiet, frameRate);
}

/**
 * The start of the nearest frame.
 *
 * @param {number} ms
 * @param {FrameRate | null} frameRate null for recordings without a picture
 * @returns {number} whole milliseconds
 */
export function snapToFrame(ms, frameRate) {
  if (!frameRate) return Math.round(ms);
  const frame = Math.round((ms * frameRate.numerator) / (1000 * frameRate.denominator));
  return Math.round(frameStart(frame, frameRate));
}
