import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Peaks } from "../../static/js/review/peaks.js";
import {
  centre,
  fit,
  pan,
  resize,
  reveal,
  rulerSteps,
  timeAt,
  xOf,
  zoom,
  zoomTo,
} from "../../static/js/review/viewport.js";

const noise = (pairs) => {
  let seed = 3;
  return new Int8Array(2 * pairs).map((_, index) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return (index % 2 ? 1 : -1) * (seed % 127);
  });
};

describe("peaks", () => {
  it("come as lowest and highest of what a column covers, at every size", () => {
    const pairs = noise(5000);
    const peaks = new Peaks(pairs, 10);
    for (const binsPerColumn of [1, 2, 8, 64, 640]) {
      const columns = peaks.columns(0, 10 * binsPerColumn, 7);
      for (let column = 0; column < 7; column += 1) {
        const covered = pairs.subarray(2 * column * binsPerColumn, 2 * (column + 1) * binsPerColumn);
        assert.equal(columns[2 * column], Math.min(...covered), `${binsPerColumn} bins in column ${column}`);
        assert.equal(columns[2 * column + 1], Math.max(...covered));
      }
    }
  });
  it("are zero outside the recording", () => {
    const columns = new Peaks(noise(10), 10).columns(-50, 10, 20);
    assert.deepEqual([...columns.subarray(0, 10)], Array(10).fill(0));
    assert.deepEqual([...columns.subarray(30)], Array(10).fill(0));
  });
  it("are read from a file of the server", () => {
    const file = new ArrayBuffer(24 + 4);
    const view = new DataView(file);
    for (const [place, value] of [
      [0, 2],
      [4, 1],
      [8, 16000],
      [12, 160],
      [16, 2],
      [20, 1],
    ])
      view.setInt32(place, value, true);
    new Int8Array(file, 24).set([-3, 4, -5, 6]);
    const peaks = Peaks.fromFile(file);
    assert.equal(peaks.binMs, 10);
    assert.deepEqual([...peaks.columns(0, 10, 2)], [-3, 4, -5, 6]);
  });
  for (const [name, file] of [
    ["nothing", new ArrayBuffer(0)],
    ["something else", new ArrayBuffer(100)],
  ]) {
    it(`are not read from ${name}`, () => assert.throws(() => Peaks.fromFile(file), /format/));
  }
});

describe("the view", () => {
  const whole = fit(1000, 3_600_000);
  it("shows the whole recording at first", () => assert.equal(timeAt(whole, 1000), 3_600_000));
  it("keeps the moment under the pointer where it is", () => {
    const closer = zoom(whole, 10, 300);
    assert.equal(Math.round(xOf(closer, timeAt(whole, 300))), 300);
  });
  it("never shows more than the recording", () => {
    assert.deepEqual(zoom(whole, 0.01, 500), whole);
    assert.equal(pan(zoom(whole, 10, 0), -500).startMs, 0);
    const end = pan(zoom(whole, 10, 0), 1e9);
    assert.equal(Math.round(timeAt(end, 1000)), 3_600_000);
  });
  it("never goes closer than a millisecond for each pixel", () => assert.equal(zoom(whole, 1e9, 0).msPerPx, 1));
  it("stays where it is while the playhead is in it", () => assert.equal(reveal(whole, 1000), whole));
  it("turns a page when the playhead leaves", () => {
    const closer = zoom(whole, 10, 0);
    assert.equal(Math.round(xOf(reveal(closer, 500_000), 500_000)), 100);
  });
  it("puts a stretch into the middle with room around it", () => {
    const view = zoomTo(whole, 100_000, 110_000);
    assert.ok(xOf(view, 100_000) > 100 && xOf(view, 110_000) < 900);
  });
  it("puts a moment into the middle", () => assert.equal(xOf(centre(zoom(whole, 10, 0), 1_800_000), 1_800_000), 500));
  it("stays whole in another width", () => assert.deepEqual(resize(whole, 500), fit(500, 3_600_000)));
});

describe("the ruler", () => {
  it("leaves room for its labels at every size", () => {
    for (let msPerPx = 1; msPerPx < 40_000; msPerPx *= 1.7) assert.ok(rulerSteps(msPerPx, 90).labelMs / msPerPx >= 90);
  });
});
