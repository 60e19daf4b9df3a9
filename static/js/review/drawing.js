/** Drawing the waveform: bands of the segments, the wave, the ruler, what is selected. One call takes under 5 ms. */

/** @import { Palette } from "./colours.js" */
/** @import { Stretch } from "./cut-playback.js" */
/** @import { Marks } from "./ranges.js" */
/** @import { Peaks } from "./peaks.js" */
/** @import { Action, Segment } from "./types.js" */
/** @import { Viewport } from "./viewport.js" */

import { indexAt } from "./segments.js";
import { rulerSteps, timeAt, xOf } from "./viewport.js";

export const RULER_PX = 34;
const NARROWEST_PATTERN_PX = 6;
const LABEL_PX = 96;
const DECIDED_MARK_PX = 4;
const LOW_FOOT_PX = 3;
const HIGH_FOOT_PX = 9;
const BRACKET_PX = 7;
const RANGE_ALPHA = 0.22;
const FLASH_ALPHA = 0.35;

/**
 * @typedef {object} Scene
 * @property {Viewport} view
 * @property {number} heightPx
 * @property {readonly Segment[]} segments
 * @property {number} selected number of the selected segment
 * @property {Peaks | null} peaks null until they have come
 * @property {Palette} palette
 * @property {Marks} marks the range that is marked
 * @property {readonly Stretch[]} flashed what was just decided on
 * @property {(ms: number) => string} clockLabel
 * @property {((ms: number) => string) | null} timecodeLabel null for recordings without a picture
 */

/**
 * Draw everything but the playhead, which moves on its own.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function drawScene(context, scene) {
  const { view, heightPx, palette } = scene;
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, view.widthPx, heightPx);
  const area = { top: RULER_PX, height: heightPx - RULER_PX };
  drawBands(context, scene, area);
  if (scene.peaks) drawWave(context, scene, area);
  drawFlash(context, scene, area);
  drawSelection(context, scene, area);
  drawMarks(context, scene, area);
  drawRuler(context, scene);
}

/**
 * The whole recording as narrow bands with its wave, for the overview.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Pick<Scene, "view" | "heightPx" | "segments" | "peaks" | "palette">} scene
 */
export function drawOverview(context, scene) {
  const area = { top: 0, height: scene.heightPx };
  context.fillStyle = scene.palette.surface;
  context.fillRect(0, 0, scene.view.widthPx, scene.heightPx);
  drawBands(context, scene, area);
  if (scene.peaks) drawWave(context, scene, area);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Pick<Scene, "view" | "segments" | "palette">} scene
 * @param {{top: number, height: number}} area
 */
function drawBands(context, { view, segments, palette }, { top, height }) {
  for (const { from, to, segment } of spans(view, segments)) {
    const isNarrow = to - from < NARROWEST_PATTERN_PX;
    context.fillStyle = isNarrow ? palette.plainBands[segment.action] : palette.bands[segment.action];
    context.fillRect(from, top, to - from, height);
    drawFoot(context, palette, segment.action, { from, to, bottom: top + height });
    if (isNarrow) continue;
    context.fillStyle = palette.line;
    context.fillRect(from, top, 1, height);
    if (segment.decided_by !== "user") continue;
    context.fillStyle = palette.waves[segment.action];
    context.fillRect(from + 1, top, to - from - 1, DECIDED_MARK_PX);
  }
}

/**
 * What a pattern cannot say of a narrow segment its foot says: none is kept, a low one removed, a high one suggested.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Palette} palette
 * @param {Action} action
 * @param {{from: number, to: number, bottom: number}} place
 */
function drawFoot(context, palette, action, { from, to, bottom }) {
  if (action === "keep") return;
  const height = action === "remove" ? LOW_FOOT_PX : HIGH_FOOT_PX;
  context.fillStyle = palette.waves[action];
  context.fillRect(from, bottom - height, to - from, height);
}

/**
 * The segments in view with their edges in pixels; those that share a pixel with the one before are left out.
 *
 * @param {Viewport} view
 * @param {readonly Segment[]} segments
 * @returns {Generator<{from: number, to: number, segment: Segment}>}
 */
function* spans(view, segments) {
  const end = timeAt(view, view.widthPx);
  let drawnTo = 0;
  for (let index = Math.max(0, indexAt(segments, view.startMs)); index < segments.length; index += 1) {
    const segment = /** @type {Segment} */ (segments[index]);
    if (segment.start_ms >= end) return;
    const to = Math.min(view.widthPx, Math.round(xOf(view, segment.end_ms)));
    if (to <= drawnTo) continue;
    yield { from: drawnTo, to, segment };
    drawnTo = to;
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Pick<Scene, "view" | "segments" | "palette" | "peaks">} scene
 * @param {{top: number, height: number}} area
 */
function drawWave(context, { view, segments, palette, peaks }, { top, height }) {
  if (!peaks) return;
  const pairs = peaks.columns(view.startMs, view.msPerPx, view.widthPx);
  const middle = top + height / 2;
  const scale = height / 2 / 128;
  const visible = [...spans(view, segments)];
  // One colour after another, because changing it is what costs.
  for (const action of /** @type {Action[]} */ (["keep", "remove", "suggest_remove"])) {
    context.fillStyle = palette.waves[action];
    for (const { from, to, segment } of visible) {
      if (segment.action !== action) continue;
      for (let x = from; x < to; x += 1) {
        const [low, high] = [pairs[2 * x] ?? 0, pairs[2 * x + 1] ?? 0];
        context.fillRect(x, middle - high * scale, 1, Math.max(1, (high - low) * scale));
      }
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {{top: number, height: number}} area
 */
function drawSelection(context, { view, segments, selected, palette }, { top, height }) {
  const segment = segments[selected];
  if (!segment) return;
  const [from, to] = [xOf(view, segment.start_ms), xOf(view, segment.end_ms)];
  if (to < 0 || from > view.widthPx) return;
  context.strokeStyle = palette.accent;
  context.lineWidth = 3;
  context.strokeRect(from, top + 1.5, Math.max(2, to - from), height - 3);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {{top: number, height: number}} area
 */
function drawFlash(context, { view, flashed, palette }, { top, height }) {
  context.fillStyle = palette.accent;
  context.globalAlpha = FLASH_ALPHA;
  for (const { start_ms, end_ms } of flashed) {
    const [from, to] = [Math.max(0, xOf(view, start_ms)), Math.min(view.widthPx, xOf(view, end_ms))];
    if (to > from) context.fillRect(from, top, Math.max(1, to - from), height);
  }
  context.globalAlpha = 1;
}

/**
 * The marked range between two brackets; a side alone where the other is missing.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {{top: number, height: number}} area
 */
function drawMarks(context, { view, marks: { in_ms, out_ms }, palette }, { top, height }) {
  context.fillStyle = palette.accent;
  if (in_ms !== null && out_ms !== null) {
    const [from, to] = [Math.max(0, xOf(view, in_ms)), Math.min(view.widthPx, xOf(view, out_ms))];
    context.globalAlpha = RANGE_ALPHA;
    if (to > from) context.fillRect(from, top, to - from, height);
    context.globalAlpha = 1;
  }
  const sides = /** @type {[number | null, number][]} */ ([
    [in_ms, 0],
    [out_ms, -BRACKET_PX],
  ]);
  for (const [ms, shift] of sides) {
    if (ms === null) continue;
    const x = Math.round(xOf(view, ms));
    context.fillRect(x - 1, top, 2, height);
    for (const y of [top, top + height - 2]) context.fillRect(x + shift, y, BRACKET_PX, 2);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
function drawRuler(context, { view, palette, clockLabel, timecodeLabel }) {
  const { labelMs, tickMs } = rulerSteps(view.msPerPx, LABEL_PX);
  context.fillStyle = palette.line;
  const first = Math.ceil(view.startMs / tickMs) * tickMs;
  const end = timeAt(view, view.widthPx);
  for (let ms = first; ms <= end; ms += tickMs) {
    const length = isMultiple(ms, labelMs) ? 10 : 4;
    context.fillRect(Math.round(xOf(view, ms)), RULER_PX - length, 1, length);
  }
  context.fillStyle = palette.text;
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "top";
  for (let ms = Math.floor(view.startMs / labelMs) * labelMs; ms <= end; ms += labelMs) {
    const x = Math.round(xOf(view, ms)) + 3;
    context.fillText(clockLabel(ms), x, 2);
    if (timecodeLabel) context.fillText(timecodeLabel(ms), x, 15);
  }
}

/**
 * @param {number} value
 * @param {number} step
 * @returns {boolean}
 */
function isMultiple(value, step) {
  return Math.abs(value / step - Math.round(value / step)) < 1e-6;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D}
 */
export function contextOf(canvas) {
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Error("This browser cannot draw; use a current one.");
  return context;
}

/**
 * Give a canvas as many dots as the screen has where it stands.
 *
 * @param {CanvasRenderingContext2D} context
 */
export function sizeToScreen(context) {
  const { canvas } = context;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(canvas.clientWidth * ratio);
  canvas.height = Math.round(canvas.clientHeight * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}
