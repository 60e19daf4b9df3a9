/** Which part of the recording a waveform shows: plain values in, plain values out. */

/** One pixel is never less than this. */
const CLOSEST_MS_PER_PX = 1;

/**
 * @typedef {object} Viewport
 * @property {number} startMs what is at the left edge
 * @property {number} msPerPx
 * @property {number} widthPx
 * @property {number} durationMs of the recording
 */

/**
 * The whole recording.
 *
 * @param {number} widthPx
 * @param {number} durationMs
 * @returns {Viewport}
 */
export function fit(widthPx, durationMs) {
  return { startMs: 0, msPerPx: Math.max(CLOSEST_MS_PER_PX, durationMs / Math.max(1, widthPx)), widthPx, durationMs };
}

/**
 * Closer or further away, with one pixel staying where it is.
 *
 * @param {Viewport} view
 * @param {number} factor above 1 is closer
 * @param {number} anchorPx
 * @returns {Viewport}
 */
export function zoom(view, factor, anchorPx) {
  const furthest = fit(view.widthPx, view.durationMs).msPerPx;
  const msPerPx = Math.min(furthest, Math.max(CLOSEST_MS_PER_PX, view.msPerPx / factor));
  return within({ ...view, msPerPx, startMs: timeAt(view, anchorPx) - anchorPx * msPerPx });
}

/**
 * Along the recording.
 *
 * @param {Viewport} view
 * @param {number} byPx to the right when above 0
 * @returns {Viewport}
 */
export function pan(view, byPx) {
  return within({ ...view, startMs: view.startMs + byPx * view.msPerPx });
}

/**
 * With a moment in the middle.
 *
 * @param {Viewport} view
 * @param {number} ms
 * @returns {Viewport}
 */
export function centre(view, ms) {
  return within({ ...view, startMs: ms - (view.widthPx / 2) * view.msPerPx });
}

/**
 * A stretch with some room around it.
 *
 * @param {Viewport} view
 * @param {number} startMs
 * @param {number} endMs
 * @returns {Viewport}
 */
export function zoomTo(view, startMs, endMs) {
  const msPerPx = Math.max(CLOSEST_MS_PER_PX, (1.6 * (endMs - startMs)) / Math.max(1, view.widthPx));
  return centre(
    { ...view, msPerPx: Math.min(msPerPx, fit(view.widthPx, view.durationMs).msPerPx) },
    (startMs + endMs) / 2,
  );
}

/**
 * The same view in another width.
 *
 * @param {Viewport} view
 * @param {number} widthPx
 * @returns {Viewport}
 */
export function resize(view, widthPx) {
  const wasWhole = view.msPerPx >= fit(view.widthPx, view.durationMs).msPerPx;
  return wasWhole ? fit(widthPx, view.durationMs) : zoom({ ...view, widthPx }, 1, 0);
}

/**
 * A view that shows a moment: the same where it does already, otherwise a page further.
 *
 * @param {Viewport} view
 * @param {number} ms
 * @returns {Viewport}
 */
export function reveal(view, ms) {
  const x = xOf(view, ms);
  if (x >= 0 && x <= view.widthPx) return view;
  return within({ ...view, startMs: ms - 0.1 * view.widthPx * view.msPerPx });
}

/**
 * @param {Viewport} view
 * @param {number} px
 * @returns {number} milliseconds
 */
export function timeAt(view, px) {
  return view.startMs + px * view.msPerPx;
}

/**
 * @param {Viewport} view
 * @param {number} ms
 * @returns {number} pixels from the left edge
 */
export function xOf(view, ms) {
  return (ms - view.startMs) / view.msPerPx;
}

/**
 * Distances between the marks of a ruler, in milliseconds, so that labels have room.
 *
 * @param {number} msPerPx
 * @param {number} labelPx the room that a label needs
 * @returns {{labelMs: number, tickMs: number}}
 */
export function rulerSteps(msPerPx, labelPx) {
  const steps = [
    100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000,
    3_600_000, 7_200_000, 14_400_000,
  ];
  const labelMs = steps.find((one) => one / msPerPx >= labelPx) ?? 28_800_000;
  return { labelMs, tickMs: labelMs / 5 };
}

/**
 * @param {Viewport} view
 * @returns {Viewport}
 */
function within(view) {
  const last = Math.max(0, view.durationMs - view.widthPx * view.msPerPx);
  return { ...view, startMs: Math.min(Math.max(0, view.startMs), last) };
}
