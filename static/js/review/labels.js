/** What segments are called on the page. */

/** @import { Action, Segment } from "./types.js" */

import { DECIDED } from "./decisions.js";

/** @type {Record<Action, string>} */
const ACTIONS = { keep: "Keep", remove: "Remove", suggest_remove: "Suggested" };
/** @type {Record<string, string>} */
const TYPES = { speech: "Speech", silence: "Silence", filler: "Filler" };

/** Reasons that say more than the type, in a word or two. @type {Record<string, string>} */
const CHIPS = {
  room_noise: "Room noise",
  maybe_speech: "Might be speech",
  loud_event: "Loud sound",
  music_like: "Music",
  pause_kept: "Pause kept",
  left_out: "Left out",
  said_again: "Said again",
};

/**
 * The reason of a segment in a word or two; empty where the type says all.
 *
 * @param {Pick<Segment, "reason_code">} segment
 * @returns {string}
 */
export function chipOf({ reason_code: code }) {
  return CHIPS[code] ?? "";
}

/**
 * @param {Pick<Segment, "action" | "decided_by">} segment
 * @returns {string} such as "Keep ✎" for what a person has decided
 */
export function actionName({ action, decided_by }) {
  return decided_by === "user" ? `${ACTIONS[action]} ✎` : ACTIONS[action];
}

/**
 * What a segment is, with its note, what is said in it or, where no chip says it, the reason for its action.
 *
 * @param {Pick<Segment, "type" | "reason" | "reason_code" | "note" | "filler_word">} segment
 * @param {string} text
 * @returns {string}
 */
export function describe({ type, reason, reason_code: code, note, filler_word: word }, text) {
  const name = word ? `${TYPES[type] ?? type} “${word}”` : (TYPES[type] ?? type);
  if (word && !note) return name;
  // A pen stands for a person's decision already.
  const isObvious = reason === type || reason === DECIDED || code in CHIPS;
  const more = note ?? (text || (isObvious ? "" : reason));
  return more ? `${name} · ${more}` : name;
}
