/** Where one setting explains a group of suggestions: which, and why. */

/** @import { Group } from "./groups.js" */
/** @import { TuningOptions } from "../core/sliders.js" */

/**
 * @typedef {object} Offer
 * @property {TuningOptions} options what to set
 * @property {string} reason for people
 */

/** Fewer are decided on faster than a setting is thought about. */
const WORTHWHILE = 10;
/** So much of a group has to follow from the setting. */
const SHARE = 0.9;

/**
 * The setting that explains a group; null where none does, or where there are too few to bother.
 *
 * @param {Group} group
 * @param {TuningOptions} options as they are
 * @param {number | null} roomDb the level of the room
 * @returns {Offer | null}
 */
export function offerFor({ key, members }, options, roomDb) {
  if (members.length < WORTHWHILE) return null;
  if (key.startsWith("loud_event") || key.startsWith("music_like")) return louderSilence(members, options, roomDb);
  if (key.startsWith("maybe_speech")) return lessAggressive(options);
  return null;
}

/**
 * @param {Group["members"]} members
 * @param {TuningOptions} options
 * @param {number | null} roomDb
 * @returns {Offer | null}
 */
function louderSilence(members, options, roomDb) {
  const levels = members.map((one) => one.level_db).sort((a, b) => a - b);
  // Moments within a sound are louder than its loudest second says.
  const wanted = Math.min(0, Math.ceil((levels[Math.floor(SHARE * (levels.length - 1))] ?? 0) + 6));
  if (wanted <= (options.silence_threshold_db ?? 0)) return null;
  const room = roomDb === null ? "" : `Your room is at ${signedDb(roomDb)}. `;
  return {
    options: { silence_threshold_db: wanted },
    reason: `${room}With silence up to ${signedDb(wanted)} most of these need no question.`,
  };
}

/**
 * @param {TuningOptions} options
 * @returns {Offer | null}
 */
function lessAggressive(options) {
  const now = options.vad_aggressiveness ?? 1;
  if (now <= 1) return null;
  return {
    options: { vad_aggressiveness: now - 1 },
    reason: `With aggressiveness ${now - 1} more of what might be speech is kept without a question.`,
  };
}

/** @param {number} level */
function signedDb(level) {
  return `${level < 0 ? "−" : ""}${Math.abs(Math.round(level))} dB`;
}
