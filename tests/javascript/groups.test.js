/** What waits is grouped by what it probably is. */

import assert from "node:assert/strict";
import test from "node:test";

import { groupsOf, groupWith } from "../../static/js/review/groups.js";

/** @import { Segment } from "../../static/js/review/types.js" */

let nextMs = 0;

/**
 * @param {number} lengthMs
 * @param {Partial<Segment>} [more]
 * @returns {Segment}
 */
function suggestion(lengthMs, more = {}) {
  nextMs += lengthMs;
  return {
    start_ms: nextMs - lengthMs,
    end_ms: nextMs,
    type: "silence",
    confidence: 1,
    level_db: -40,
    action: "suggest_remove",
    reason: "a loud sound that is no speech",
    reason_code: "loud_event",
    decided_by: "auto",
    ...more,
  };
}

/** @param {number} number */
const times = (number) => Array.from({ length: number }, (_, index) => index);

/** @param {readonly Segment[]} segments */
const titles = (segments) => groupsOf(segments).map(({ title, members }) => `${title} × ${members.length}`);

test("each reason is a group, the largest first", () => {
  const music = { reason_code: "music_like", reason: "sounds like music" };
  assert.deepEqual(titles([suggestion(100), suggestion(100, music), suggestion(100, music)]), [
    "Music × 2",
    "Loud sounds × 1",
  ]);
});

test("fillers are grouped by their word", () => {
  const fillers = ["um", "uh", "um"].map((word) =>
    suggestion(200, { type: "filler", reason_code: "filler", filler_word: word }),
  );
  assert.deepEqual(titles(fillers), ["“um” × 2", "“uh” × 1"]);
});

test("what is kept, removed or decided does not wait", () => {
  assert.deepEqual(groupsOf([suggestion(100, { action: "keep" }), suggestion(100, { action: "remove" })]), []);
});

test("many of one reason are divided by length", () => {
  const short = times(5).map(() => suggestion(300));
  const middle = times(3).map(() => suggestion(900));
  assert.deepEqual(titles([...short, ...middle, suggestion(5000)]), [
    "Loud sounds, under 0.5 s × 5",
    "Loud sounds, 0.5 to 2 s × 3",
    "Loud sounds, over 2 s × 1",
  ]);
});

test("hundreds are divided by loudness too where that says something", () => {
  const quiet = times(80).map(() => suggestion(300, { level_db: -60 }));
  const loud = times(60).map(() => suggestion(300, { level_db: -20 }));
  assert.deepEqual(titles([...quiet, ...loud]), [
    "Loud sounds, under 0.5 s, below -40 dB × 80",
    "Loud sounds, under 0.5 s, from -40 dB × 60",
  ]);
  assert.deepEqual(titles(times(150).map(() => suggestion(300))), ["Loud sounds, under 0.5 s × 150"]);
});

test("a group is found again by its key, with its length", () => {
  const fillers = [suggestion(200, { type: "filler", reason_code: "filler", filler_word: "um" }), suggestion(300)];
  const [first] = groupsOf(fillers);
  assert.equal(groupWith(fillers, first?.key ?? "")?.lengthMs, first?.lengthMs);
  assert.equal(groupWith(fillers, "nothing"), undefined);
});
