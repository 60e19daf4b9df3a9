/** What segments are called on the page. */

/** @import { Action, Segment } from "./types.js" */

import { DECIDED } from "./decisions.js";

/** @type {Record<Action, string>} */
const ACTIONS = { keep: "Keep", remove: "Remove", suggest_remove: "Suggested" };
/** @type {Record<string, string>} */
const TYPES = { speech: "Speech", silence: "Silence", filler: "Filler" };

/**
 * @param {Pick<Segment, "action" | "decided_by">} segment
 * @returns {string} such as "Keep ✎" for what a person has decided
 */
export function actionName({ action, decided_by }) {
  return decided_by === "user" ? `${ACTIONS[action]} ✎` : ACTIONS[action];
}

/**
 * What a segment is, with its note, what is said in it or, where that says more, the reason for its action.
 *
 * @param {Pick<Segment, "type" | "reason" | "note" | "filler_word">} segment
 * @param {string} text
 * @returns {string}
 */
export function describe({ type, reason, note, filler_word: word }, text) {
  const name = word ? `${TYPES[type] ?? type} “${word}”` : (TYPES[type] ?? type);
  if (word && !note) return name;
  // A pen stands for a person's decision already.
  const isObvious = reason === type || reason === DECIDED;
  const more = note ?? (text || (isObvious ? "" : reason));
  return more ? `${name} · ${more}` : name;
}
