/** What waits for a person, grouped by what it probably is, so that hundreds are decided on at once. */

/** @import { Segment } from "./types.js" */

import { isUndecided } from "./segments.js";

/**
 * @typedef {object} Group suggestions of one kind
 * @property {string} key the same for the same kind, whatever has been decided meanwhile
 * @property {string} title
 * @property {Segment[]} members in the order of time
 * @property {number} lengthMs of all members together
 */

/** A group of fewer is not worth a division by length. */
const FEW = 6;
/** Of one with more, the loud ones are told from the quiet ones where that says something. */
const MANY = 100;
const WORTHWHILE_SPREAD_DB = 12;
const SHORT_MS = 500;
const LONG_MS = 2000;

/** @type {Record<string, string>} */
const TITLES = {
  loud_event: "Loud sounds",
  maybe_speech: "Might be speech",
  music_like: "Music",
  left_out: "Left out of the transcript",
  said_again: "Said again",
  decided: "Suggested by hand",
};

/**
 * Suggestions that nobody has decided on, by reason and filler word; many of one reason by length and loudness too.
 *
 * @param {readonly Segment[]} segments
 * @returns {Group[]} the largest first
 */
export function groupsOf(segments) {
  /** @type {Map<string, Segment[]>} */
  const byReason = new Map();
  for (const one of segments) if (isUndecided(one)) append(byReason, reasonKey(one), one);
  const groups = [...byReason].flatMap(([key, members]) => dividedByLength(key, titleOf(members[0]), members));
  return groups.sort((a, b) => b.members.length - a.members.length);
}

/**
 * The group that a key belongs to.
 *
 * @param {readonly Segment[]} segments
 * @param {string} key
 * @returns {Group | undefined}
 */
export function groupWith(segments, key) {
  return groupsOf(segments).find((one) => one.key === key);
}

/** @param {Segment} segment */
function reasonKey({ type, reason_code: code, filler_word: word }) {
  return type === "filler" && word ? `filler:${word}` : code;
}

/** @param {Segment | undefined} segment */
function titleOf(segment) {
  if (!segment) return "";
  const { type, reason, reason_code: code, filler_word: word } = segment;
  return type === "filler" && word ? `“${word}”` : (TITLES[code] ?? reason);
}

/**
 * @param {string} key
 * @param {string} title
 * @param {Segment[]} members
 * @returns {Group[]}
 */
function dividedByLength(key, title, members) {
  const isWord = key.startsWith("filler:") || key === "said_again";
  if (isWord || members.length < FEW) return [group(key, title, members)];
  /** @type {Map<string, Segment[]>} */
  const byLength = new Map();
  for (const one of members) append(byLength, lengthName(one), one);
  return [...byLength].flatMap(([name, some]) => dividedByLevel(`${key}:${name}`, `${title}, ${name}`, some));
}

/** @param {Segment} segment */
function lengthName({ start_ms: start, end_ms: end }) {
  if (end - start < SHORT_MS) return "under 0.5 s";
  return end - start < LONG_MS ? "0.5 to 2 s" : "over 2 s";
}

/**
 * @param {string} key
 * @param {string} title
 * @param {Segment[]} members
 * @returns {Group[]}
 */
function dividedByLevel(key, title, members) {
  const levels = members.map((one) => one.level_db).sort((a, b) => a - b);
  const [quietest, loudest] = [levels.at(Math.floor(levels.length / 20)) ?? 0, levels.at(-1) ?? 0];
  if (members.length < MANY || loudest - quietest < WORTHWHILE_SPREAD_DB) return [group(key, title, members)];
  const border = Math.round((quietest + loudest) / 2);
  const [quiet, loud] = [
    members.filter((one) => one.level_db < border),
    members.filter((one) => one.level_db >= border),
  ];
  return [
    group(`${key}:quiet`, `${title}, below ${border} dB`, quiet),
    group(`${key}:loud`, `${title}, from ${border} dB`, loud),
  ];
}

/**
 * @param {string} key
 * @param {string} title
 * @param {Segment[]} members
 * @returns {Group}
 */
function group(key, title, members) {
  const lengthMs = members.reduce((sum, one) => sum + one.end_ms - one.start_ms, 0);
  return { key, title, members, lengthMs };
}

/**
 * @param {Map<string, Segment[]>} map
 * @param {string} key
 * @param {Segment} segment
 */
function append(map, key, segment) {
  const found = map.get(key);
  if (found) found.push(segment);
  else map.set(key, [segment]);
}
