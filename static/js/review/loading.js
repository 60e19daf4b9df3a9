/** What a review asks the server for before it can be shown. */

/** @import { Analysis } from "./saving.js" */
/** @import { Segment } from "./types.js" */

import { call, callForBytes } from "../core/api.js";
import { Peaks } from "./peaks.js";
import { frameOfTimecode, frameRateOf, timecode } from "./timecode.js";

/**
 * @param {string} mediaId
 * @returns {Promise<Peaks>}
 */
export async function loadPeaks(mediaId) {
  return Peaks.fromFile(await callForBytes(`/media/${mediaId}/waveform.dat`));
}

/**
 * @param {string} analysisId
 * @returns {Promise<Analysis>}
 */
export async function loadAnalysis(analysisId) {
  const { analysis_result: found } = await call("GET", `/analysis/${analysisId}?decisions=false`);
  const sliders = [...document.querySelectorAll("#tuning input[type=range]")];
  const names = sliders.map((one) => /** @type {HTMLInputElement} */ (one).name);
  const options = Object.fromEntries(names.map((name) => [name, found.options[name]]));
  /** @type {Segment[]} */
  const automatic = found.segments;
  return {
    version: found.version,
    tuning: { options, automatic },
    decisions: found.decisions,
    people: found.people,
    isReviewed: found.reviewed_at !== null,
    hasTranscript: found.has_transcript,
    roomDb: found.room_level_db,
  };
}

/**
 * How times are shown: by timecode too where there is a picture.
 *
 * @param {any} video
 */
export function clockOf(video) {
  const frameRate = video ? frameRateOf(video.frame_rate) : null;
  if (!frameRate) return { frameRate: null, timecodeOf: null };
  const isDropFrame = Boolean(video.is_drop_frame);
  const startFrame = frameOfTimecode(video.start_timecode ?? "", frameRate, isDropFrame);
  const timecodeOf = (/** @type {number} */ ms) => timecode(ms, frameRate, { startFrame, isDropFrame });
  return { frameRate, timecodeOf };
}
