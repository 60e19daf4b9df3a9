import assert from "node:assert/strict";
import { test } from "node:test";

import { effectOf } from "../../static/js/review/effects.js";
import { offerFor } from "../../static/js/review/setting-offers.js";

const OPTIONS = { silence_threshold_db: -40, above_room_db: 12, vad_aggressiveness: 3 };
const SUMMARY = {
  duration_ms: 600_000,
  kept_ms: 400_000,
  removed_ms: 150_000,
  suggested_ms: 50_000,
  suggestions: 100,
  cuts: 80,
};

function groupOf(key, levels) {
  const members = levels.map((level_db, number) => ({
    start_ms: number * 1000,
    end_ms: number * 1000 + 400,
    level_db,
  }));
  return { key, title: "", members, lengthMs: 400 * levels.length };
}

test("the effect of a tuning says seconds, cuts and suggestions", () => {
  const after = { ...SUMMARY, kept_ms: 395_000, suggested_ms: 0, suggestions: 3, cuts: 177 };
  assert.equal(effectOf(SUMMARY, after), "−55 s, +97 cuts, −97 suggestions");
});

test("one of a thing is said in the singular, minutes as minutes", () => {
  const after = { ...SUMMARY, kept_ms: 490_000, suggestions: 101, cuts: 79 };
  assert.equal(effectOf(SUMMARY, after), "+1:30, −1 cut, +1 suggestion");
});

test("no change has no effect", () => {
  assert.equal(effectOf(SUMMARY, { ...SUMMARY }), "");
});

test("loud sounds of a room are explained by the level of silence", () => {
  const offer = offerFor(groupOf("loud_event:under 0.5 s", Array(40).fill(-31)), OPTIONS, -33);
  assert.equal(offer.options.silence_threshold_db, -25);
  assert.match(offer.reason, /Your room is at −33 dB/);
});

test("a level that a few loud members alone would need is not offered", () => {
  const offer = offerFor(groupOf("loud_event", [...Array(95).fill(-30), ...Array(5).fill(-3)]), OPTIONS, null);
  assert.equal(offer.options.silence_threshold_db, -24);
  assert.doesNotMatch(offer.reason, /room/);
});

test("what might be speech is explained by the aggressiveness, as long as there is a lower one", () => {
  const group = groupOf("maybe_speech", Array(20).fill(-40));
  assert.deepEqual(offerFor(group, OPTIONS, null).options, { vad_aggressiveness: 2 });
  assert.equal(offerFor(group, { ...OPTIONS, vad_aggressiveness: 1 }, null), null);
});

test("a few suggestions, and those by words, are offered nothing", () => {
  assert.equal(offerFor(groupOf("loud_event", Array(9).fill(-30)), OPTIONS, null), null);
  assert.equal(offerFor(groupOf("filler:um", Array(50).fill(-30)), OPTIONS, null), null);
  assert.equal(offerFor(groupOf("loud_event", Array(50).fill(-60)), OPTIONS, null), null);
});
