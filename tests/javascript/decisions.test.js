import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { applyDecisions, inverseOf, mergeDecisions, summarise } from "../../static/js/review/decisions.js";
import { silence, speech, suggestion } from "./samples.js";

const AUTOMATIC = [speech(0, 300), silence(300, 600), speech(600, 1000)];
const spans = (segments) =>
  segments.map(({ start_ms, end_ms, action, decided_by }) => [start_ms, end_ms, action, decided_by]);
const decision = (start_ms, end_ms, action = "keep", note = null) => ({ start_ms, end_ms, action, note });

describe("decisions over segments", () => {
  it("leave everything as it is when there are none", () => {
    assert.deepEqual(applyDecisions(AUTOMATIC, []), AUTOMATIC);
  });

  it("leave the segments that they do not touch the same objects", () => {
    assert.equal(applyDecisions(AUTOMATIC, [decision(700, 800)])[0], AUTOMATIC[0]);
  });

  it("cut off what they cover of a segment", () => {
    assert.deepEqual(spans(applyDecisions(AUTOMATIC, [decision(400, 500)])), [
      [0, 300, "keep", "auto"],
      [300, 400, "remove", "auto"],
      [400, 500, "keep", "user"],
      [500, 600, "remove", "auto"],
      [600, 1000, "keep", "auto"],
    ]);
  });

  it("merge the segments that one of them covers", () => {
    const [, merged] = applyDecisions(AUTOMATIC, [decision(200, 700, "remove", "a breath")]);
    assert.deepEqual(merged, {
      start_ms: 200,
      end_ms: 700,
      type: "silence",
      confidence: 0.9,
      level_db: -20,
      action: "remove",
      reason: "decided by a person",
      reason_code: "decided",
      decided_by: "user",
      note: "a breath",
    });
  });

  it("split a segment when two lie within it", () => {
    const parts = applyDecisions(AUTOMATIC, [decision(300, 450, "remove"), decision(450, 600, "remove")]);
    assert.deepEqual(
      parts.map((one) => one.end_ms),
      [300, 450, 600, 1000],
    );
  });

  it("give way to later ones where both speak of the same stretch", () => {
    assert.deepEqual(mergeDecisions([decision(100, 500)], [{ start_ms: 200, end_ms: 300, action: "remove" }]), [
      decision(100, 200),
      decision(200, 300, "remove"),
      decision(300, 500),
    ]);
  });

  it("can be taken back in part", () => {
    const merged = mergeDecisions([decision(100, 500)], [{ start_ms: 200, end_ms: 300, action: "auto" }]);
    assert.deepEqual(merged, [decision(100, 200), decision(300, 500)]);
  });
});

describe("the inverse of changes", () => {
  it("brings a decision back whole that was cut in two", () => {
    const before = [decision(0, 1000, "remove", "all of it")];
    const changes = [
      { start_ms: 200, end_ms: 300, action: "keep" },
      { start_ms: 250, end_ms: 600, action: "auto" },
    ];
    const after = mergeDecisions(before, changes);
    assert.deepEqual(mergeDecisions(after, inverseOf(before, changes)), before);
  });

  it("brings back any state from any changes", () => {
    let seed = 7;
    const random = (limit) => (seed = (seed * 1103515245 + 12345) % 2147483648) % limit;
    const change = () => {
      const start_ms = random(990);
      const action = ["keep", "remove", "auto"][random(3)];
      return { start_ms, end_ms: Math.min(1000, start_ms + 1 + random(300)), action };
    };
    for (let round = 0; round < 500; round += 1) {
      const before = mergeDecisions([], Array.from({ length: random(8) }, change));
      const changes = Array.from({ length: 1 + random(5) }, change);
      assert.deepEqual(mergeDecisions(mergeDecisions(before, changes), inverseOf(before, changes)), before);
    }
  });
});

describe("the sum", () => {
  it("counts neighbours with one action once", () => {
    const segments = [silence(0, 100), silence(100, 200), speech(200, 500), suggestion(500, 600)];
    assert.deepEqual(summarise(segments), {
      duration_ms: 600,
      kept_ms: 300,
      removed_ms: 200,
      suggested_ms: 100,
      suggestions: 1,
      cuts: 1,
    });
  });
});
