import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { momentInAddress } from "../../static/js/review/last-place.js";
import { isWhole, plainText, replacement } from "../../static/js/review/transcript.js";

describe("a moment in an address", () => {
  for (const [query, ms] of [
    ["?t=12.5", 12_500],
    ["?t=12s", 12_000],
    ["?t=1:02.25", 62_250],
    ["?t=1:00:00", 3_600_000],
    ["?coach&t=7", 7000],
    ["?t=", null],
    ["?t=soon", null],
    ["?t=-3", null],
    ["?t=1e9", null],
    ["", null],
  ]) {
    it(`${JSON.stringify(query)} is ${ms}`, () => assert.equal(momentInAddress(query), ms));
  }
});

describe("a replacement", () => {
  const words = ["“Good", "morning,”", "she", "said.", "Good", "night."].map((text) => ({ text }));
  const plain = words.map((one) => plainText(one.text));
  it("keeps the punctuation and a capital at the beginning", () => {
    assert.deepEqual(replacement(words, { first: 0, last: 0 }, "fine"), [{ number: 0, text: "“Fine" }]);
    assert.deepEqual(replacement(words, { first: 5, last: 5 }, "day"), [{ number: 5, text: "day." }]);
  });
  it("of several words has all of it in the first", () =>
    assert.deepEqual(replacement(words, { first: 0, last: 1 }, "hello there"), [
      { number: 0, text: "“Hello there,”" },
      { number: 1, text: "" },
    ]));
  it("by nothing takes the words away", () =>
    assert.deepEqual(replacement(words, { first: 2, last: 2 }, "  "), [{ number: 2, text: "" }]));
  it("by the same changes nothing", () => assert.deepEqual(replacement(words, { first: 2, last: 2 }, "she"), []));
  it("is made of whole words alone", () => {
    assert.ok(isWhole(plain, { first: 0, last: 1 }, "good morning"));
    assert.ok(!isWhole(plain, { first: 0, last: 1 }, "good mor"));
  });
});
