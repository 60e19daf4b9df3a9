/** Answers, for moments on standard input, the timecode that a page shows. */

import { readFileSync } from "node:fs";

import { frameRateOf, timecode } from "../../static/js/review/timecode.js";

const { rate, isDropFrame, moments } = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(moments.map((ms) => timecode(ms, frameRateOf(rate), { startFrame: 0, isDropFrame }))));
