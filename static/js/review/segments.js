/** Looking things up among segments, and the changes that a person's tools come to. */

/** @import { Action, Change, Segment } from "./types.js" */

import { bisect } from "./decisions.js";

/** No tool makes a segment shorter than this. */
export const SHORTEST_MS = 20;
const LONGEST_NOTE = 1000;

/**
 * The number of the segment that a moment lies in; the last one for what comes after it.
 *
 * @param {readonly Segment[]} segments
 * @param {number} ms
 * @returns {number} -1 when there are none
 */
export function indexAt(segments, ms) {
  const after = bisect(segments.length, (number) => /** @type {Segment} */ (segments[number]).end_ms > ms);
  return Math.min(after, segments.length - 1);
}

/**
 * The change that decides on a segment as a whole.
 *
 * @param {Segment} segment
 * @param {Action | "auto"} action
 * @param {string} [note]
 * @returns {Change}
 */
export function decide({ start_ms, end_ms }, action, note = "") {
  return note && action !== "auto" ? { start_ms, end_ms, action, note } : { start_ms, end_ms, action };
}

/**
 * The changes that move the edge between two neighbours.
 *
 * @param {Segment} left
 * @param {Segment} right
 * @param {number} ms where the edge goes; kept so that neither becomes too short
 * @returns {Change[]} none when the edge is there already
 */
export function moveEdge(left, right, ms) {
  const edge = edgeBetween(left, right, ms);
  if (edge === left.end_ms) return [];
  return [
    decide({ ...left, end_ms: edge }, left.action, left.note),
    decide({ ...right, start_ms: edge }, right.action, right.note),
  ];
}

/**
 * Where an edge between two neighbours may go.
 *
 * @param {Segment} left
 * @param {Segment} right
 * @param {number} ms
 * @returns {number}
 */
export function edgeBetween(left, right, ms) {
  const lowest = Math.min(left.start_ms + SHORTEST_MS, left.end_ms);
  const highest = Math.max(right.end_ms - SHORTEST_MS, right.start_ms);
  return Math.min(Math.max(Math.round(ms), lowest), highest);
}

/**
 * The changes that split a segment.
 *
 * @param {Segment} segment
 * @param {number} ms
 * @returns {Change[]} none when a part would be too short
 */
export function split(segment, ms) {
  const at = Math.round(ms);
  if (at - segment.start_ms < SHORTEST_MS || segment.end_ms - at < SHORTEST_MS) return [];
  return [
    decide({ ...segment, end_ms: at }, segment.action, segment.note),
    decide({ ...segment, start_ms: at }, segment.action),
  ];
}

/**
 * The change that takes the part before or after a moment out of the cut; of what is removed already it is kept.
 *
 * @param {Segment} segment
 * @param {"start" | "end"} side
 * @param {number} ms
 * @returns {Change | null} null when one of the parts would be too short
 */
export function trim(segment, side, ms) {
  const at = Math.round(ms);
  if (at - segment.start_ms < SHORTEST_MS || segment.end_ms - at < SHORTEST_MS) return null;
  const part = side === "start" ? { ...segment, end_ms: at } : { ...segment, start_ms: at };
  return decide(part, segment.action === "remove" ? "keep" : "remove");
}

/**
 * The change that merges a segment with the next one, under its own action.
 *
 * @param {Segment} segment
 * @param {Segment} next
 * @returns {Change}
 */
export function merge(segment, next) {
  const note = asNote([segment.note, next.note].filter(Boolean).join(" "));
  return decide({ ...segment, end_ms: next.end_ms }, segment.action, note);
}

/**
 * A text as the server takes it for a note: no control characters, not too long.
 *
 * @param {string} text
 * @returns {string}
 */
export function asNote(text) {
  return text
    .replace(/[^\P{Cc}\n\t]/gu, "")
    .toWellFormed()
    .trim()
    .slice(0, LONGEST_NOTE);
}

/**
 * The stretches that the cut plays, in the order of time; suggestions are played.
 *
 * @param {readonly Segment[]} segments
 * @returns {{start_ms: number, end_ms: number}[]}
 */
export function playedStretches(segments) {
  /** @type {{start_ms: number, end_ms: number}[]} */
  const stretches = [];
  for (const { start_ms, end_ms, action } of segments) {
    if (action === "remove") continue;
    const last = stretches.at(-1);
    if (last && last.end_ms === start_ms) last.end_ms = end_ms;
    else stretches.push({ start_ms, end_ms });
  }
  return stretches;
}

/**
 * @typedef {object} Filter which segments a list shows
 * @property {string} type empty for all
 * @property {string} action empty for all; `user` for those that a person has decided on
 * @property {boolean} undecidedFirst suggestions that wait for a person come before all others
 * @property {string} group key of the group whose members are shown alone; empty for all
 */

/**
 * The numbers of the segments that a list shows, in its order.
 *
 * @param {readonly Segment[]} segments
 * @param {Filter} filter
 * @param {ReadonlySet<Segment> | null} [members] those of the group, null for all
 * @returns {number[]}
 */
export function filtered(segments, { type, action, undecidedFirst }, members = null) {
  /** @type {number[]} */
  const waiting = [];
  /** @type {number[]} */
  const others = [];
  for (const [number, segment] of segments.entries()) {
    if (members && !members.has(segment)) continue;
    if (type && segment.type !== type) continue;
    if (action === "user" ? segment.decided_by !== "user" : action && segment.action !== action) continue;
    (undecidedFirst && isUndecided(segment) ? waiting : others).push(number);
  }
  return waiting.concat(others);
}

/**
 * Whether a segment is a suggestion that waits for a person; one with a note or a moved edge waits still.
 *
 * @param {Segment} segment
 * @returns {boolean}
 */
export function isUndecided({ action }) {
  return action === "suggest_remove";
}
