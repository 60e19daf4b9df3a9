import assert from "node:assert/strict";
import { describe, it } from "node:test";

import {
  SHORTEST_MS,
  edgeBetween,
  filtered,
  indexAt,
  merge,
  moveEdge,
  playedStretches,
  split,
} from "../../static/js/review/segments.js";
import { silence, speech, suggestion } from "./samples.js";

const SEGMENTS = [speech(0, 300), silence(300, 600), suggestion(600, 700), speech(700, 1000)];

describe("looking up a moment", () => {
  for (const [ms, index] of [
    [0, 0],
    [299, 0],
    [300, 1],
    [699, 2],
    [999, 3],
    [1000, 3],
    [5000, 3],
    [-5, 0],
  ]) {
    it(`finds segment ${index} at ${ms} ms`, () => assert.equal(indexAt(SEGMENTS, ms), index));
  }
  it("finds nothing where there is nothing", () => assert.equal(indexAt([], 0), -1));
});

describe("moving an edge", () => {
  it("decides on both sides, with their own actions and notes", () => {
    const [left, right] = [{ ...SEGMENTS[0], note: "hello" }, SEGMENTS[1]];
    assert.deepEqual(moveEdge(left, right, 250), [
      { start_ms: 0, end_ms: 250, action: "keep", note: "hello" },
      { start_ms: 250, end_ms: 600, action: "remove" },
    ]);
  });
  it("does nothing where the edge is already", () => assert.deepEqual(moveEdge(SEGMENTS[0], SEGMENTS[1], 300), []));
  it("leaves something of either side", () => {
    assert.equal(edgeBetween(SEGMENTS[0], SEGMENTS[1], -50), SHORTEST_MS);
    assert.equal(edgeBetween(SEGMENTS[0], SEGMENTS[1], 9000), 600 - SHORTEST_MS);
  });
});

describe("splitting", () => {
  it("makes two of one, and leaves the note with the first", () => {
    assert.deepEqual(split({ ...SEGMENTS[1], note: "door" }, 400), [
      { start_ms: 300, end_ms: 400, action: "remove", note: "door" },
      { start_ms: 400, end_ms: 600, action: "remove" },
    ]);
  });
  it("refuses parts that are too short", () => {
    assert.deepEqual(split(SEGMENTS[1], 305), []);
    assert.deepEqual(split(SEGMENTS[1], 599), []);
  });
});

describe("merging", () => {
  it("makes one of two under the action of the first", () => {
    assert.deepEqual(merge({ ...SEGMENTS[0], note: "a" }, { ...SEGMENTS[1], note: "b" }), {
      start_ms: 0,
      end_ms: 600,
      action: "keep",
      note: "a b",
    });
  });
});

describe("what the cut plays", () => {
  it("is all but what is removed, in one piece where it touches", () => {
    assert.deepEqual(playedStretches(SEGMENTS), [
      { start_ms: 0, end_ms: 300 },
      { start_ms: 600, end_ms: 1000 },
    ]);
  });
  it("is nothing when all is removed", () => assert.deepEqual(playedStretches([silence(0, 10)]), []));
});

describe("the filter", () => {
  const all = { type: "", action: "", undecidedFirst: false };
  it("shows all in the order of time", () => assert.deepEqual(filtered(SEGMENTS, all), [0, 1, 2, 3]));
  it("shows one type", () => assert.deepEqual(filtered(SEGMENTS, { ...all, type: "silence" }), [1, 2]));
  it("shows one action", () => assert.deepEqual(filtered(SEGMENTS, { ...all, action: "keep" }), [0, 3]));
  it("shows what was decided by hand", () => {
    const decided = SEGMENTS.with(3, { ...SEGMENTS[3], decided_by: "user" });
    assert.deepEqual(filtered(decided, { ...all, action: "user" }), [3]);
  });
  it("puts undecided suggestions first", () => {
    assert.deepEqual(filtered(SEGMENTS, { ...all, undecidedFirst: true }), [2, 0, 1, 3]);
  });
});
