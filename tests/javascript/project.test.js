import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { arranged } from "../../static/js/project/arranging.js";
import { currentOf, stageName, standingOf } from "../../static/js/project/stages.js";

const ENTRIES = [
  { title: "Zoë, take 10", fileName: "a.mp4", createdAt: "2026-01-03", durationS: 10, suggestions: 0, standing: "new" },
  {
    title: "Zoë, take 9",
    fileName: "b.mp4",
    createdAt: "2026-01-01",
    durationS: 30,
    suggestions: 7,
    standing: "review",
  },
  {
    title: "Straße",
    fileName: "C-roll.mov",
    createdAt: "2026-01-02",
    durationS: 20,
    suggestions: 2,
    standing: "review",
  },
];
const PLAIN = { text: "", standing: "", order: "newest" };
const titles = (change) => arranged(ENTRIES, { ...PLAIN, ...change }).map((one) => one.title);

describe("recordings", () => {
  it("are found by each word of a search, without case and accents", () => {
    assert.deepEqual(titles({ text: "ZOE 9" }), ["Zoë, take 9"]);
    assert.deepEqual(titles({ text: "strasse" }), ["Straße"]);
    assert.deepEqual(titles({ text: "c-roll" }), ["Straße"]);
    assert.deepEqual(titles({ text: "nothing" }), []);
  });
  it("are sorted as people count", () => {
    assert.deepEqual(titles({ order: "title" }), ["Straße", "Zoë, take 9", "Zoë, take 10"]);
    assert.deepEqual(titles({}), ["Zoë, take 10", "Straße", "Zoë, take 9"]);
    assert.deepEqual(titles({ order: "oldest" })[0], "Zoë, take 9");
    assert.deepEqual(titles({ order: "longest" })[0], "Zoë, take 9");
    assert.deepEqual(titles({ order: "suggestions" }), ["Zoë, take 9", "Straße", "Zoë, take 10"]);
  });
  it("are filtered by where they stand", () =>
    assert.deepEqual(titles({ standing: "review", order: "title" }), ["Straße", "Zoë, take 9"]));
});

describe("where a recording stands", () => {
  const ready = { state: "ready" };
  for (const [analysis, standing] of [
    [null, "new"],
    [{ status: "cancelled" }, "new"],
    [{ status: "pending" }, "working"],
    [{ status: "failed" }, "failed"],
    [{ status: "completed", reviewed_at: null }, "review"],
    [{ status: "completed", reviewed_at: "2026-01-01T00:00:00Z" }, "reviewed"],
  ]) {
    it(`${JSON.stringify(analysis)} is ${standing}`, () => assert.equal(standingOf(ready, analysis), standing));
  }
  it("one that is checked is worked on, and one that is refused has failed", () => {
    assert.equal(standingOf({ state: "checking" }, null), "working");
    assert.equal(standingOf({ state: "refused" }, null), "failed");
  });
});

describe("the analysis that counts", () => {
  const one = (id, current_since, status = "completed") => ({ id, current_since, status });
  it("is the one that is current since the latest moment", () =>
    assert.equal(currentOf([one("a", "2026-03"), one("b", "2026-01"), one("c", "2026-02")]).id, "a"));
  it("is none that was cancelled, unless there is no other", () => {
    assert.equal(currentOf([one("a", "2026-01"), one("b", "2026-02", "cancelled")]).id, "a");
    assert.equal(currentOf([one("b", "2026-02", "cancelled")]).id, "b");
    assert.equal(currentOf([]), null);
  });
});

describe("a stage", () => {
  it("is said in words", () => {
    assert.equal(stageName("decoding"), "Listening");
    assert.equal(stageName("transcribing 3/12"), "Transcribing, 3 of 12 parts");
    assert.equal(stageName("something new"), "something new");
  });
});
