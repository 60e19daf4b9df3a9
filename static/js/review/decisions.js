/**
 * A person's decisions laid over the engine's segments: the same rules as in `clipflow/engine/decisions.py`, so that
 * a page shows at once what the server will say. A test holds the two against each other.
 */

/** @import { Action, Change, Decision, Segment, Summary } from "./types.js" */

/** The reason that a decided segment gives. */
export const DECIDED = "decided by a person";

/**
 * Decisions in the order of time without overlap; where two speak of the same stretch, the later change counts.
 *
 * @param {readonly Decision[]} earlier in the order of time, without overlap
 * @param {readonly Change[]} changes in the order they were made
 * @returns {Decision[]}
 */
export function mergeDecisions(earlier, changes) {
  const merged = [...earlier];
  for (const change of changes) {
    const first = firstEndingAfter(merged, change.start_ms);
    const last = firstStartingFrom(merged, change.end_ms);
    const parts = merged.slice(first, last).flatMap((one) => without(one, change));
    const { action } = change;
    if (action !== "auto") {
      const { start_ms, end_ms } = change;
      parts.push({ start_ms, end_ms, action, note: change.note ?? null });
      parts.sort((a, b) => a.start_ms - b.start_ms);
    }
    merged.splice(first, last - first, ...parts);
  }
  return merged;
}

/**
 * Lay decisions over segments: each decision becomes one segment, which cuts off what it covers of others.
 *
 * @param {readonly Segment[]} automatic tile the recording
 * @param {readonly Decision[]} decisions in the order of time, without overlap
 * @returns {Segment[]} untouched segments are the same objects as before
 */
export function applyDecisions(automatic, decisions) {
  /** @type {Segment[]} */
  const reviewed = [];
  /** @type {Segment[]} */
  let covered = [];
  let number = 0;
  for (const segment of automatic) {
    let position = segment.start_ms;
    let decision = decisions[number];
    while (decision && decision.start_ms < segment.end_ms) {
      if (position < decision.start_ms) reviewed.push(part(segment, position, decision.start_ms));
      position = Math.min(decision.end_ms, segment.end_ms);
      covered.push(part(segment, Math.max(decision.start_ms, segment.start_ms), position));
      if (decision.end_ms > segment.end_ms) break;
      reviewed.push(decided(covered, decision));
      covered = [];
      number += 1;
      decision = decisions[number];
    }
    if (position < segment.end_ms) reviewed.push(part(segment, position, segment.end_ms));
  }
  const open = decisions[number];
  if (covered.length > 0 && open) reviewed.push(decided(covered, open));
  return reviewed;
}

/**
 * What the cut comes to; neighbours with one action are one stretch.
 *
 * @param {readonly Segment[]} segments
 * @returns {Summary}
 */
export function summarise(segments) {
  const totals = { keep: 0, remove: 0, suggest_remove: 0 };
  const counts = { keep: 0, remove: 0, suggest_remove: 0 };
  /** @type {Action | null} */
  let previous = null;
  for (const { start_ms: start, end_ms: end, action } of segments) {
    totals[action] += end - start;
    if (action !== previous) counts[action] += 1;
    previous = action;
  }
  return {
    duration_ms: totals.keep + totals.remove + totals.suggest_remove,
    kept_ms: totals.keep,
    removed_ms: totals.remove,
    suggested_ms: totals.suggest_remove,
    suggestions: counts.suggest_remove,
    cuts: counts.remove,
  };
}

/**
 * The stretches on which there are other decisions than before.
 *
 * @param {readonly Decision[]} before
 * @param {readonly Decision[]} after
 * @returns {Decision[]}
 */
export function differing(before, after) {
  return [...missingFrom(after, before), ...missingFrom(before, after)];
}

/**
 * Those of some decisions that a list does not have.
 *
 * @param {readonly Decision[]} list
 * @param {readonly Decision[]} wanted
 * @returns {Decision[]}
 */
export function missingFrom(list, wanted) {
  const known = new Set(list.map(nameOf));
  return wanted.filter((one) => !known.has(nameOf(one)));
}

/**
 * The same for decisions that say the same.
 *
 * @param {Decision} decision
 * @returns {string}
 */
function nameOf({ start_ms: start, end_ms: end, action, note }) {
  return JSON.stringify([start, end, action, note ?? null]);
}

/**
 * The changes that undo others: they bring back every decision that is touched, whole.
 *
 * @param {readonly Decision[]} decisions before the changes
 * @param {readonly Change[]} changes
 * @returns {Change[]}
 */
export function inverseOf(decisions, changes) {
  /** @type {Change[][]} */
  const steps = [];
  let state = [...decisions];
  for (const change of changes) {
    const first = firstEndingAfter(state, change.start_ms);
    const touched = state.slice(first, firstStartingFrom(state, change.end_ms));
    const { start_ms, end_ms } = change;
    steps.push([{ start_ms, end_ms, action: "auto" }, ...touched.map(changeTo)]);
    state = mergeDecisions(state, [change]);
  }
  return steps.reverse().flat();
}

/**
 * The change that makes a decision.
 *
 * @param {Decision} decision
 * @returns {Change}
 */
export function changeTo({ start_ms, end_ms, action, note }) {
  return note ? { start_ms, end_ms, action, note } : { start_ms, end_ms, action };
}

/**
 * @param {readonly Decision[]} decisions
 * @param {number} ms
 * @returns {number}
 */
function firstEndingAfter(decisions, ms) {
  return bisect(decisions.length, (number) => /** @type {Decision} */ (decisions[number]).end_ms > ms);
}

/**
 * @param {readonly Decision[]} decisions
 * @param {number} ms
 * @returns {number}
 */
function firstStartingFrom(decisions, ms) {
  return bisect(decisions.length, (number) => /** @type {Decision} */ (decisions[number]).start_ms >= ms);
}

/**
 * The first number below a limit that a growing condition holds for, or the limit.
 *
 * @param {number} limit
 * @param {(number: number) => boolean} holds
 * @returns {number}
 */
export function bisect(limit, holds) {
  let [low, high] = [0, limit];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * @param {Decision} decision
 * @param {Change} hole
 * @returns {Decision[]}
 */
function without(decision, hole) {
  const parts = [];
  if (decision.start_ms < hole.start_ms) parts.push({ ...decision, end_ms: Math.min(decision.end_ms, hole.start_ms) });
  if (decision.end_ms > hole.end_ms) parts.push({ ...decision, start_ms: Math.max(decision.start_ms, hole.end_ms) });
  return parts;
}

/**
 * @param {Segment} segment
 * @param {number} start_ms
 * @param {number} end_ms
 * @returns {Segment}
 */
function part(segment, start_ms, end_ms) {
  const isWhole = start_ms === segment.start_ms && end_ms === segment.end_ms;
  return isWhole ? segment : { ...segment, start_ms, end_ms };
}

/**
 * @param {readonly Segment[]} parts
 * @param {Decision} decision
 * @returns {Segment}
 */
function decided(parts, { action, note }) {
  const [first, last] = [/** @type {Segment} */ (parts[0]), /** @type {Segment} */ (parts.at(-1))];
  const { type, confidence, level_db } = characterOf(parts, first);
  /** @type {Segment} */
  const segment = {
    start_ms: first.start_ms,
    end_ms: last.end_ms,
    type,
    confidence,
    level_db,
    action,
    reason: DECIDED,
    reason_code: "decided",
    decided_by: "user",
  };
  const word = first.filler_word;
  if (word !== undefined && parts.every((one) => one.filler_word === word)) segment.filler_word = word;
  if (note !== null) segment.note = note;
  return segment;
}

/**
 * Type, confidence and level of segments taken together.
 *
 * @param {readonly Segment[]} parts
 * @param {Segment} first
 * @returns {Pick<Segment, "type" | "confidence" | "level_db">}
 */
function characterOf(parts, first) {
  if (parts.length === 1) return first;
  /** @type {Map<string, number>} */
  const lengths = new Map();
  let [total, sure, loudest] = [0, 0, -Infinity];
  for (const one of parts) {
    const length = one.end_ms - one.start_ms;
    lengths.set(one.type, (lengths.get(one.type) ?? 0) + length);
    total += length;
    sure += one.confidence * length;
    loudest = Math.max(loudest, one.level_db);
  }
  const longest = Math.max(...lengths.values());
  // Of two that are as long, the one that comes first.
  const type = [...lengths.keys()].find((one) => lengths.get(one) === longest) ?? first.type;
  return { type, confidence: Math.round((sure / total) * 10_000) / 10_000, level_db: loudest };
}

/**
 * Whether two lists decide the same.
 *
 * @param {Decision[]} some
 * @param {Decision[]} others
 * @returns {boolean}
 */
export function isSame(some, others) {
  return JSON.stringify(some.map(nameOf)) === JSON.stringify(others.map(nameOf));
}
