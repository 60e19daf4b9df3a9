import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { remaining } from "../../static/js/project/speed.js";
import { from, joinNear, nextLead } from "../../static/js/review/cut-playback.js";
import { device, duration, moment, share, size } from "../../static/js/core/format.js";

const PLAYED = [
  { start_ms: 1000, end_ms: 5000 },
  { start_ms: 8000, end_ms: 8400 },
  { start_ms: 9000, end_ms: 20000 },
];

describe("playing the cut", () => {
  it("begins in the middle of what holds the playhead", () => {
    assert.deepEqual(from(PLAYED, 2000)[0], { start_ms: 2000, end_ms: 5000 });
  });
  it("begins with what comes next when the playhead is in what is removed", () => {
    assert.deepEqual(from(PLAYED, 6000), PLAYED.slice(1));
  });
  it("has nothing left at the end", () => assert.deepEqual(from(PLAYED, 20000), []));
});

describe("a join", () => {
  it("is heard for a second either side, or as long as there is something", () => {
    assert.deepEqual(joinNear(PLAYED, 6000, 1000), [
      { start_ms: 4000, end_ms: 5000 },
      { start_ms: 8000, end_ms: 8400 },
    ]);
  });
  it("is the nearest one beside something that is kept", () => {
    assert.deepEqual(joinNear(PLAYED, 15000, 1000)[1], { start_ms: 9000, end_ms: 10000 });
  });
  it("does not exist where nothing is cut", () => assert.deepEqual(joinNear(PLAYED.slice(0, 1), 0, 1000), []));
});

describe("the lead of the next player", () => {
  it("grows when it was late and shrinks when it was early, within bounds", () => {
    assert.equal(nextLead(60, 20), 70);
    assert.equal(nextLead(60, -20), 50);
    assert.equal(nextLead(60, 10_000), 250);
    assert.equal(nextLead(60, -10_000), 10);
  });
});

describe("numbers for people", () => {
  it("are lengths", () => assert.deepEqual([0, 61_400, 3_661_000].map(duration), ["0:00", "1:01", "1:01:01"]));
  it("are moments, never later than what they name", () =>
    assert.deepEqual([0, 999, 61_239].map(moment), ["0:00.00", "0:00.99", "1:01.23"]));
  it("are sizes", () =>
    assert.deepEqual([12, 1500, 558_464, 5e9].map(size), ["12 bytes", "1.5 KiB", "545 KiB", "4.7 GiB"]));
  it("are shares, also of nothing", () => assert.deepEqual([share(1, 3), share(0, 0)], ["33 %", "0 %"]));
  it("are devices", () => {
    assert.equal(
      device("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/151.0 Safari/537.36"),
      "Chrome on Linux",
    );
    assert.equal(device(""), "Unknown device");
  });
  it("are speed and time left of an upload", () => {
    assert.deepEqual(remaining(1000, 5000, 1000), { bytesPerSecond: 1000, leftMs: 4000 });
    assert.deepEqual(remaining(0, 5000, 1000), { bytesPerSecond: 0, leftMs: 0 });
  });
});
