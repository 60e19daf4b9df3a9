import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { frameAt, frameOfTimecode, frameRateOf, frameStart, timecode } from "../../static/js/review/timecode.js";
import { snap, snapToFrame } from "../../static/js/review/snapping.js";
import { Peaks } from "../../static/js/review/peaks.js";

const PAL = { numerator: 25, denominator: 1 };
const NTSC = { numerator: 30000, denominator: 1001 };
const NTSC_60 = { numerator: 60000, denominator: 1001 };
const midnight = { startFrame: 0, isDropFrame: false };
const dropFrame = { startFrame: 0, isDropFrame: true };

describe("frame rates", () => {
  it("are read as fractions or numbers", () => {
    assert.deepEqual(frameRateOf("30000/1001"), NTSC);
    assert.deepEqual(frameRateOf("25"), PAL);
  });
  for (const text of ["", "0/0", "x", "25/0", "-1"])
    it(`refuse ${JSON.stringify(text)}`, () => assert.equal(frameRateOf(text), null));
});

describe("timecode", () => {
  it("names the frame that is shown, also where milliseconds were rounded down", () => {
    for (let frame = 0; frame < 100_000; frame += 997)
      assert.equal(frameAt(Math.round(frameStart(frame, NTSC)), NTSC), frame);
  });
  it("begins where the recording says", () => {
    const startFrame = frameOfTimecode("01:00:00:00", PAL, false);
    assert.equal(timecode(2480, PAL, { startFrame, isDropFrame: false }), "01:00:02:12");
  });
  // The numbers of SMPTE ST 12-1: two are left out at each minute but every tenth.
  for (const [frame, text] of [
    [1799, "00:00:59;29"],
    [1800, "00:01:00;02"],
    [17981, "00:09:59;29"],
    [17982, "00:10:00;00"],
  ]) {
    it(`shows frame ${frame} of drop-frame as ${text}`, () => {
      assert.equal(timecode(Math.round(frameStart(frame, NTSC)), NTSC, dropFrame), text);
      assert.equal(frameOfTimecode(text, NTSC, true), frame);
    });
  }
  it("leaves four numbers out at 59.94", () => {
    assert.equal(timecode(Math.round(frameStart(3600, NTSC_60)), NTSC_60, dropFrame), "00:01:00;04");
  });
  it("counts on without drop-frame", () => {
    assert.equal(timecode(Math.round(frameStart(1800, NTSC)), NTSC, midnight), "00:01:00:00");
  });
  it("begins anew after a day", () => {
    assert.equal(timecode(24 * 3600 * 1000 + 40, PAL, midnight), "00:00:00:01");
  });
  it("takes what is no timecode as midnight", () => assert.equal(frameOfTimecode("soon", PAL, false), 0));
});

describe("snapping", () => {
  it("goes to the nearest frame", () => {
    assert.equal(snapToFrame(1019, PAL), 1000);
    assert.equal(snapToFrame(1021, PAL), 1040);
    assert.equal(snapToFrame(1000, NTSC), 1001);
  });
  it("goes to a whole millisecond without a picture", () => assert.equal(snapToFrame(10.4, null), 10));
  it("goes to the quietest moment nearby first", () => {
    const pairs = new Int8Array(400).map((_, index) => (index % 2 ? 50 : -50));
    pairs.set([-1, 1], 2 * 104);
    const peaks = new Peaks(pairs, 10);
    assert.equal(snap(1000, { peaks, frameRate: null, msPerPx: 10 }), 1045);
    assert.equal(snap(1000, { peaks, frameRate: PAL, msPerPx: 10 }), 1040);
    assert.equal(snap(1000, { peaks, frameRate: PAL, msPerPx: 1 }), 1000, "it is too far away on screen");
  });
});
