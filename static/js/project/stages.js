/** What the stages and the states of recordings are called. */

const UNFINISHED = ["pending", "processing"];

/** @type {Record<string, string>} */
const STAGES = {
  queued: "Waiting for its turn",
  pending: "Waiting for its turn",
  starting: "Starting",
  copying: "Fetching the recording",
  probing: "Looking at the file",
  decoding: "Listening",
  detecting: "Finding speech",
  segmenting: "Making segments",
  done: "Done",
};

/**
 * Whether an analysis with this status is still to end.
 *
 * @param {string} status
 * @returns {boolean}
 */
export function isUnfinished(status) {
  return UNFINISHED.includes(status);
}

/**
 * What a stage is called; a transcription says which parts are done.
 *
 * @param {string} stage
 * @returns {string}
 */
export function stageName(stage) {
  const parts = /^transcribing (\d+)\/(\d+)$/u.exec(stage);
  return parts ? `Transcribing, ${parts[1]} of ${parts[2]} parts` : (STAGES[stage] ?? stage);
}

/**
 * The analysis that counts: of those that were not cancelled the one that is current since the latest moment.
 *
 * @param {any[]} analyses oldest first
 * @returns {any}
 */
export function currentOf(analyses) {
  const kept = analyses.filter((one) => one.status !== "cancelled");
  const newest = kept.reduce((best, one) => (!best || one.current_since >= best.current_since ? one : best), null);
  return newest ?? analyses.at(-1) ?? null;
}

/**
 * The analysis that is reviewed: of those that are done the one that is current since the latest moment, whatever has been
 * begun or has failed since.
 *
 * @param {any[]} analyses oldest first
 * @returns {any} null where none is done
 */
export function reviewableOf(analyses) {
  return currentOf(analyses.filter((one) => one.status === "completed"));
}

/**
 * Where a recording stands, as the filter of a project names it.
 *
 * @param {any} recording
 * @param {any} analysis that counts; null where there is none
 * @returns {"working" | "failed" | "new" | "review" | "reviewed"}
 */
export function standingOf(recording, analysis) {
  if (recording.state === "checking" || ["pending", "processing"].includes(analysis?.status)) return "working";
  if (recording.state === "refused" || analysis?.status === "failed") return "failed";
  if (analysis?.status !== "completed") return "new";
  return analysis.reviewed_at ? "reviewed" : "review";
}
