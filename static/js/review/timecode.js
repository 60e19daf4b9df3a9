/**
 * Frames and timecode, exact: a moment lies in the frame that is shown then.
 *
 * Drop-frame leaves out the first two numbers (four at 59.94) of every minute but each tenth, as in SMPTE ST 12-1.
 */

/** @import { FrameRate } from "./types.js" */

/**
 * A rate such as "30000/1001".
 *
 * @param {string} text
 * @returns {FrameRate | null} null for what is no rate
 */
export function frameRateOf(text) {
  const [numerator, denominator = 1] = text.split("/").map(Number);
  if (!numerator || !denominator || !(numerator > 0) || !(denominator > 0)) return null;
  return { numerator, denominator };
}

/**
 * The number of the frame that is shown at a moment.
 *
 * @param {number} ms
 * @param {FrameRate} rate
 * @returns {number}
 */
export function frameAt(ms, { numerator, denominator }) {
  // Times are whole milliseconds, so a frame's start may have been rounded down by half of one.
  return Math.floor(((ms + 0.5) * numerator) / (1000 * denominator) + 1e-9);
}

/**
 * When a frame begins.
 *
 * @param {number} frame
 * @param {FrameRate} rate
 * @returns {number} in milliseconds, not rounded
 */
export function frameStart(frame, { numerator, denominator }) {
  return (frame * 1000 * denominator) / numerator;
}

/**
 * A moment as timecode such as 01:00:02:12, with a semicolon for drop-frame.
 *
 * @param {number} ms
 * @param {FrameRate} rate
 * @param {{startFrame: number, isDropFrame: boolean}} clock
 * @returns {string}
 */
export function timecode(ms, rate, { startFrame, isDropFrame }) {
  const nominal = nominalRate(rate);
  const frame = startFrame + frameAt(ms, rate);
  const number = isDropFrame ? frame + droppedBefore(frame, nominal) : frame;
  const day = 24 * 3600 * nominal;
  const shown = ((number % day) + day) % day;
  const seconds = Math.floor(shown / nominal);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(pad);
  return `${parts.join(":")}${isDropFrame ? ";" : ":"}${pad(shown % nominal)}`;
}

/**
 * The frame that a timecode names, counted from midnight.
 *
 * @param {string} text such as 01:00:00:00 or 01:00:00;00
 * @param {FrameRate} rate
 * @param {boolean} isDropFrame
 * @returns {number} 0 for what is no timecode
 */
export function frameOfTimecode(text, rate, isDropFrame) {
  const found = /^(\d+):(\d+):(\d+)[:;.](\d+)$/.exec(text);
  if (!found) return 0;
  const [hours, minutes, seconds, frames] = found.slice(1).map(Number);
  const nominal = nominalRate(rate);
  const allMinutes = 60 * (hours ?? 0) + (minutes ?? 0);
  const number = (60 * allMinutes + (seconds ?? 0)) * nominal + (frames ?? 0);
  return isDropFrame ? number - droppedEachMinute(nominal) * (allMinutes - Math.floor(allMinutes / 10)) : number;
}

/**
 * @param {FrameRate} rate
 * @returns {number}
 */
function nominalRate({ numerator, denominator }) {
  return Math.max(1, Math.round(numerator / denominator));
}

/**
 * @param {number} nominal
 * @returns {number}
 */
function droppedEachMinute(nominal) {
  return Math.round(nominal / 15);
}

/**
 * How many numbers are left out before a frame.
 *
 * @param {number} frame
 * @param {number} nominal
 * @returns {number}
 */
function droppedBefore(frame, nominal) {
  const dropped = droppedEachMinute(nominal);
  const inTenMinutes = 600 * nominal - 9 * dropped;
  const inMinute = 60 * nominal - dropped;
  const [tens, rest] = [Math.floor(frame / inTenMinutes), frame % inTenMinutes];
  const minutes = rest < 60 * nominal ? 0 : 1 + Math.floor((rest - 60 * nominal) / inMinute);
  return dropped * (9 * tens + minutes);
}

/**
 * @param {number} number
 * @returns {string}
 */
function pad(number) {
  return String(number).padStart(2, "0");
}
