import assert from "node:assert/strict";
import { test } from "node:test";

import { distanceText, withEdge } from "../../static/js/review/edge-drag.js";

const PAL = { numerator: 25, denominator: 1 };
const NTSC = { numerator: 30000, denominator: 1001 };

test("a moved edge is shared by the segments on either side, and no other changes", () => {
  const segments = [
    { start_ms: 0, end_ms: 100 },
    { start_ms: 100, end_ms: 200 },
    { start_ms: 200, end_ms: 300 },
  ];
  assert.deepEqual(withEdge(segments, 1, 140), [
    { start_ms: 0, end_ms: 140 },
    { start_ms: 140, end_ms: 200 },
    { start_ms: 200, end_ms: 300 },
  ]);
  assert.equal(segments[0].end_ms, 100);
});

test("the distance is said in frames of the recording, and in seconds where there are none", () => {
  assert.equal(distanceText(320, PAL), "+8 f");
  assert.equal(distanceText(-1001, NTSC), "−30 f");
  assert.equal(distanceText(-250, null), "−0.25 s");
});
