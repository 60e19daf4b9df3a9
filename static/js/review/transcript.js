/** The words of a recording on the page: loaded in windows, looked up by time, searched. */

/** @import { Change, Segment } from "./types.js" */

import { call } from "../core/api.js";
import { capitalised } from "../core/format.js";
import { bisect } from "./decisions.js";

/**
 * @typedef {object} Word
 * @property {number} index its number on the server
 * @property {number} start_ms
 * @property {number} end_ms
 * @property {string} text
 * @property {"exact" | "estimated" | "unplaced"} timing
 * @property {string} [speaker] who says it
 * @property {string} [filler_word] the filler that it belongs to
 * @property {string} [reason]
 *
 * @typedef {{first: number, last: number}} Place numbers of the first and the last word of something
 */

const WINDOW_MS = 3_600_000;
const PARAGRAPH_PAUSE_MS = 1200;
const LONGEST_PARAGRAPH = 60;
const SENTENCE_END = /[.?!…。？！]["'”’»)]*$/u;
const UNSPACED =
  "[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uff65\u{20000}-\u{3ffff}\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]";
const BLANK_BETWEEN = new RegExp(`(?<=${UNSPACED}) (?=${UNSPACED})`, "gu");
/** Half a frame at 24 frames a second: an edge that is rounded to a frame stays outside the next word. */
const MARGIN_MS = 21;

/**
 * All words of an analysis that has a transcript.
 *
 * @param {string} analysisId
 * @param {number} durationMs
 * @returns {Promise<Word[]>}
 */
export async function loadWords(analysisId, durationMs) {
  /** @type {Word[]} */
  const words = [];
  for (let from = 0; from < Math.max(1, durationMs); from += WINDOW_MS) {
    const query = `from_ms=${from}&to_ms=${from + WINDOW_MS}`;
    const answer = await call("GET", `/analysis/${analysisId}/transcript?${query}`);
    for (const word of answer.words) {
      // A word that lies across two windows is in both.
      if (word.index > (words.at(-1)?.index ?? -1)) words.push(word);
    }
  }
  return words;
}

/**
 * The number of the word that is being said, or was said last; -1 before the first.
 *
 * @param {readonly Word[]} words
 * @param {number} ms
 * @returns {number}
 */
export function wordAt(words, ms) {
  return bisect(words.length, (number) => /** @type {Word} */ (words[number]).start_ms > ms) - 1;
}

/**
 * What is said in a stretch: the words whose middle lies in it.
 *
 * @param {readonly Word[]} words
 * @param {{start_ms: number, end_ms: number}} stretch
 * @returns {string}
 */
export function textOf(words, { start_ms: start, end_ms: end }) {
  const middle = (/** @type {number} */ number) => {
    const word = /** @type {Word} */ (words[number]);
    return (word.start_ms + word.end_ms) / 2;
  };
  const first = bisect(words.length, (number) => middle(number) >= start);
  const last = bisect(words.length, (number) => middle(number) >= end);
  return joinTexts(words.slice(first, last).map((one) => one.text));
}

/**
 * Texts with blanks between them, except in scripts that know none; as `joined_text` of the engine.
 *
 * @param {readonly string[]} texts
 * @returns {string}
 */
export function joinTexts(texts) {
  return texts.join(" ").replace(BLANK_BETWEEN, "");
}

/**
 * Who speaks, in the order in which they begin.
 *
 * @param {readonly Word[]} words
 * @returns {string[]}
 */
export function speakersOf(words) {
  return [...new Set(words.map((one) => one.speaker ?? ""))].filter(Boolean);
}

/**
 * The words in paragraphs, which end with a sentence where there is a pause, where someone else speaks, or when they
 * grow long.
 *
 * @param {readonly Word[]} words
 * @returns {Place[]}
 */
export function paragraphsOf(words) {
  /** @type {Place[]} */
  const paragraphs = [];
  let first = 0;
  for (const [number, word] of words.entries()) {
    const next = words[number + 1];
    const length = number + 1 - first;
    const isSentence = SENTENCE_END.test(word.text);
    const pause = next ? next.start_ms - word.end_ms : Infinity;
    const isAnswer = next !== undefined && next.speaker !== word.speaker;
    const isEnd = pause >= PARAGRAPH_PAUSE_MS || isAnswer || (length >= LONGEST_PARAGRAPH && isSentence);
    if (!isEnd && length < 2 * LONGEST_PARAGRAPH) continue;
    paragraphs.push({ first, last: number });
    first = number + 1;
  }
  if (first < words.length) paragraphs.push({ first, last: words.length - 1 });
  return paragraphs;
}

/**
 * Where a text is said, whatever its case and punctuation; the last word may be a beginning.
 *
 * @param {readonly string[]} plain the words as `plainText` makes them
 * @param {string} text
 * @returns {Place[]}
 */
export function search(plain, text) {
  const wanted = text.split(/\s+/u).map(plainText).filter(Boolean);
  const beginning = wanted.pop();
  if (beginning === undefined) return [];
  /** @type {Place[]} */
  const found = [];
  for (let first = 0; first + wanted.length < plain.length; first += 1) {
    if (!wanted.every((one, number) => plain[first + number] === one)) continue;
    const last = first + wanted.length;
    if (plain[last]?.startsWith(beginning)) found.push({ first, last });
  }
  return found;
}

/**
 * Whether something that was found ends with the whole of its last word.
 *
 * @param {readonly string[]} plain the words as `plainText` makes them
 * @param {Place} place
 * @param {string} text that was searched for
 * @returns {boolean}
 */
export function isWhole(plain, { last }, text) {
  return plain[last] === plainText(text.trim().split(/\s+/u).at(-1) ?? "");
}

/**
 * How words are spelled when something else takes the place of what was found: the first of them has all of it, with
 * the punctuation around what was there and, where that began a sentence, a capital.
 *
 * @param {readonly Word[]} words
 * @param {Place} place
 * @param {string} text empty takes the words away
 * @returns {{number: number, text: string}[]} those that are spelled otherwise than they were
 */
export function replacement(words, { first, last }, text) {
  const before = words[first]?.text.match(/^[^\p{L}\p{N}]*/u)?.[0] ?? "";
  const after = words[last]?.text.match(/[^\p{L}\p{N}]*$/u)?.[0] ?? "";
  const isCapital = /^\p{Lu}/u.test(words[first]?.text.slice(before.length) ?? "");
  const trimmed = text.trim();
  const spelled = isCapital ? capitalised(trimmed) : trimmed;
  const all = [{ number: first, text: spelled ? `${before}${spelled}${after}` : "" }];
  for (let number = first + 1; number <= last; number += 1) all.push({ number, text: "" });
  return all.filter((one) => one.text !== words[one.number]?.text);
}

/**
 * A word as it is compared: small letters, no punctuation around it.
 *
 * @param {string} text
 * @returns {string}
 */
export function plainText(text) {
  return (
    text
      .normalize("NFKC")
      .toLowerCase()
      // As the server folds case, so that both find the same.
      .replaceAll("ß", "ss")
      .replaceAll("ς", "σ")
      .replaceAll("’", "'")
      .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "")
  );
}

/**
 * The stretch that some words take, with half of the gap to their neighbours, where the words beside them stay whole.
 *
 * @param {readonly Word[]} words
 * @param {Place} place
 * @param {number} durationMs
 * @returns {{start_ms: number, end_ms: number} | null} null when none of them has a place in the speech
 */
export function stretchOf(words, { first, last }, durationMs) {
  const placed = words.slice(first, last + 1).filter((one) => one.timing !== "unplaced");
  const [begin, end] = [placed[0], placed.at(-1)];
  if (!begin || !end) return null;
  const before = words.slice(0, first).findLast((one) => one.timing !== "unplaced");
  const after = words.slice(last + 1).find((one) => one.timing !== "unplaced");
  return {
    start_ms: begin.start_ms - roomBeside(begin.start_ms - (before?.end_ms ?? 0)),
    end_ms: end.end_ms + roomBeside((after?.start_ms ?? durationMs) - end.end_ms),
  };
}

/**
 * How far an edge may go into a gap: not so far that the word on the other side is touched.
 *
 * @param {number} gapMs
 * @returns {number}
 */
function roomBeside(gapMs) {
  return Math.max(0, Math.min(100, Math.floor(gapMs / 2), gapMs - MARGIN_MS));
}

/**
 * Fillers that wait for a person, by their word; speech that the transcript leaves out is under an empty one.
 *
 * @param {readonly Segment[]} segments
 * @returns {Map<string, Segment[]>} the most frequent first
 */
export function waitingFillers(segments) {
  /** @type {Map<string, Segment[]>} */
  const groups = new Map();
  for (const one of segments) {
    if (
      one.type !== "filler" ||
      one.reason_code === "said_again" ||
      one.action !== "suggest_remove" ||
      one.decided_by === "user"
    )
      continue;
    const word = one.filler_word ?? "";
    groups.set(word, [...(groups.get(word) ?? []), one]);
  }
  return new Map([...groups].sort(([, a], [, b]) => b.length - a.length));
}

/**
 * The changes that remove fillers.
 *
 * @param {readonly Segment[]} fillers
 * @returns {Change[]}
 */
export function removeAll(fillers) {
  return fillers.map(({ start_ms, end_ms }) => ({ start_ms, end_ms, action: "remove" }));
}
