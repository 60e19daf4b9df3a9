/** Words: looked up by time, in paragraphs, searched, cut. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  paragraphsOf,
  plainText,
  removeAll,
  search,
  stretchOf,
  textOf,
  waitingFillers,
  wordAt,
} from "../../static/js/review/transcript.js";

const word = (start_ms, end_ms, text, timing = "exact") => ({ index: 0, start_ms, end_ms, text, timing });
const WORDS = [
  word(0, 400, "Good"),
  word(450, 900, "morning,"),
  word(1000, 1300, "dear"),
  word(1300, 1700, "Friends."),
  word(4000, 4400, "Second"),
  word(4400, 4900, "part."),
];
const PLAIN = WORDS.map((one) => plainText(one.text));

test("the word at a moment is the one that was begun last", () => {
  assert.deepEqual(
    [-1, 0, 420, 450, 3000, 9000].map((ms) => wordAt(WORDS, ms)),
    [-1, 0, 0, 1, 3, 5],
  );
  assert.equal(wordAt([], 5), -1);
});

test("a stretch says the words whose middle lies in it", () => {
  assert.equal(textOf(WORDS, { start_ms: 600, end_ms: 1400 }), "morning, dear");
  assert.equal(textOf(WORDS, { start_ms: 2000, end_ms: 3000 }), "");
});

test("a paragraph ends at a long pause", () => {
  assert.deepEqual(paragraphsOf(WORDS), [
    { first: 0, last: 3 },
    { first: 4, last: 5 },
  ]);
});

test("words without an end of sentence are broken all the same", () => {
  const many = Array.from({ length: 500 }, (_, number) => word(number * 100, number * 100 + 90, "a"));
  const paragraphs = paragraphsOf(many);
  assert.ok(paragraphs.every(({ first, last }) => last - first < 120));
  assert.equal(paragraphs.at(-1)?.last, 499);
});

test("a search does not mind case and punctuation, and takes the beginning of its last word", () => {
  assert.deepEqual(search(PLAIN, "MORNING dear fri"), [{ first: 1, last: 3 }]);
  assert.deepEqual(search(PLAIN, "good dear"), []);
  assert.deepEqual(search(PLAIN, " , "), []);
});

test("what some words take ends halfway to their neighbours, and never in one", () => {
  assert.deepEqual(stretchOf(WORDS, { first: 1, last: 1 }, 9000), { start_ms: 425, end_ms: 950 });
  assert.deepEqual(stretchOf(WORDS, { first: 2, last: 2 }, 9000), { start_ms: 950, end_ms: 1300 });
  assert.deepEqual(stretchOf(WORDS, { first: 3, last: 3 }, 9000), { start_ms: 1300, end_ms: 1800 });
  assert.deepEqual(stretchOf(WORDS, { first: 0, last: 5 }, 5000), { start_ms: 0, end_ms: 4950 });
});

test("words without a place cannot be cut", () => {
  assert.equal(stretchOf([word(0, 10, "x", "unplaced")], { first: 0, last: 0 }, 900), null);
});

test("fillers that wait are grouped by their word, the most frequent first", () => {
  const filler = (start_ms, filler_word, action = "suggest_remove", decided_by = "auto") => ({
    start_ms,
    end_ms: start_ms + 10,
    type: "filler",
    action,
    decided_by,
    filler_word,
  });
  const segments = [filler(0, "um"), filler(20, undefined), filler(40, undefined), filler(60, "uh", "remove", "user")];
  const groups = waitingFillers(segments);
  assert.deepEqual([...groups.keys()], ["", "um"]);
  assert.deepEqual(removeAll(groups.get("um") ?? []), [{ start_ms: 0, end_ms: 10, action: "remove" }]);
});
