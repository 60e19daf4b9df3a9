import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { holds } from "../../static/js/review/flash.js";
import { markedIn, markedOut, marksBetween, NO_MARKS, rangeOf } from "../../static/js/review/ranges.js";
import { trim } from "../../static/js/review/segments.js";
import { nextSpeed } from "../../static/js/review/shuttle.js";

describe("a range", () => {
  it("needs both of its sides", () => {
    assert.equal(rangeOf(NO_MARKS), null);
    assert.equal(rangeOf(markedIn(NO_MARKS, 100)), null);
    assert.deepEqual(rangeOf(markedOut(markedIn(NO_MARKS, 100), 500)), { start_ms: 100, end_ms: 500 });
  });
  it("can be marked from its end", () =>
    assert.deepEqual(rangeOf(markedIn(markedOut(NO_MARKS, 500), 100)), { start_ms: 100, end_ms: 500 }));
  it("loses the side that would be on the wrong side", () => {
    const marks = { in_ms: 100, out_ms: 500 };
    assert.deepEqual(markedIn(marks, 600), { in_ms: 600, out_ms: null });
    assert.deepEqual(markedOut(marks, 90), { in_ms: null, out_ms: 90 });
  });
  it("is drawn in either direction, and is nothing when it is too short", () => {
    assert.deepEqual(marksBetween(500, 100), { in_ms: 100, out_ms: 500 });
    assert.equal(marksBetween(500, 490), NO_MARKS);
  });
});

describe("a trim", () => {
  const kept = { start_ms: 1000, end_ms: 3000, action: "keep" };
  it("takes out what is before or after the playhead", () => {
    assert.deepEqual(trim(kept, "start", 1500), { start_ms: 1000, end_ms: 1500, action: "remove" });
    assert.deepEqual(trim(kept, "end", 1500), { start_ms: 1500, end_ms: 3000, action: "remove" });
  });
  it("brings back a part of what is out", () =>
    assert.equal(trim({ ...kept, action: "remove" }, "end", 1500)?.action, "keep"));
  it("is none at an edge", () => {
    for (const ms of [1000, 1010, 2990, 3000, 9000]) assert.equal(trim(kept, "start", ms), null);
  });
});

describe("a shuttle", () => {
  it("goes one step faster with each press, and slower the other way", () => {
    const speeds = [1, 1, 1, -1, -1, -1, -1].map(
      (
        (speed) => (direction) =>
          (speed = nextSpeed(speed, direction))
      )(0),
    );
    assert.deepEqual(speeds, [1, 2, 4, 2, 1, -1, -2]);
  });
  it("begins either way, and has an end", () => {
    assert.equal(nextSpeed(0, -1), -1);
    assert.equal(nextSpeed(8, 1), 8);
    assert.equal(nextSpeed(-8, -1), -8);
  });
});

describe("what flashes", () => {
  const stretches = [
    { start_ms: 100, end_ms: 200 },
    { start_ms: 400, end_ms: 500 },
  ];
  it("holds what has something in common with it", () => {
    for (const [from, to] of [
      [150, 160],
      [0, 101],
      [199, 450],
      [0, 900],
    ])
      assert.ok(holds(stretches, from, to));
    for (const [from, to] of [
      [0, 100],
      [200, 400],
      [500, 600],
    ])
      assert.ok(!holds(stretches, from, to));
  });
});
