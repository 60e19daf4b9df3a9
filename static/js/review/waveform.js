/** The waveform with its segments, ruler, playhead and overview. */

/** @import { Peaks } from "./peaks.js" */
/** @import { ReviewStore } from "./store.js" */
/** @import { FrameRate } from "./types.js" */
/** @import { Viewport } from "./viewport.js" */

import { byId } from "../core/dom.js";
import { moment } from "../core/format.js";
import { readPalette } from "./colours.js";
import { drawOverview, drawScene, RULER_PX } from "./drawing.js";
import { bindGestures } from "./gestures.js";
import { Flash } from "./flash.js";
import { edgeBetween, indexAt } from "./segments.js";
import { snap } from "./snapping.js";
import { centre, fit, pan, resize, reveal, timeAt, xOf, zoom, zoomTo } from "./viewport.js";

const EDGE_REACH_PX = 5;
/** A finger covers more than a pointer; half of the 24 px that a target needs, on both sides of the edge. */
const TOUCH_REACH_PX = 14;
/** Edges of narrower neighbours are not caught, so that a click still selects. */
const NARROWEST_PX = 10;
const ZOOM_STEP = 1.6;
const OVERVIEW_DELAY_MS = 60;

/**
 * @typedef {object} Callbacks what is called when a person acts here
 * @property {(ms: number) => void} seek
 * @property {(edge: number, ms: number) => void} moveEdge `edge` is the number of the segment right of it
 * @property {(fromMs: number, toMs: number) => void} markRange
 */

export class WaveformView {
  /**
   * @param {ReviewStore} store
   * @param {{frameRate: FrameRate | null, timecodeOf: ((ms: number) => string) | null}} clock
   * @param {Callbacks} callbacks
   */
  constructor(store, clock, callbacks) {
    this.store = store;
    this.clock = clock;
    this.callbacks = callbacks;
    /** @type {Peaks | null} */
    this.peaks = null;
    this.host = byId("waveform", HTMLElement);
    this.canvas = byId("waveform-canvas", HTMLCanvasElement);
    this.overview = byId("overview-canvas", HTMLCanvasElement);
    this.window = byId("overview-window", HTMLElement);
    this.playhead = byId("playhead", HTMLElement);
    this.overviewPlayhead = byId("overview-playhead", HTMLElement);
    this.hover = byId("hover", HTMLElement);
    this.draft = byId("edge-draft", HTMLElement);
    this.context = contextOf(this.canvas);
    this.overviewContext = contextOf(this.overview);
    this.palette = readPalette(this.context);
    this.playheadMs = 0;
    /** @type {Viewport} */
    this.view = fit(this.host.clientWidth, store.durationMs);
    this.isFollowing = true;
    this.isDrawDue = false;
    this.flash = new Flash(store, () => this.#requestDraw());
    this.isOverviewDue = false;
    this.#bind();
    this.#measure();
  }

  /** @param {Peaks} peaks */
  setPeaks(peaks) {
    this.peaks = peaks;
    this.redraw();
  }

  /** Draw everything again before the next frame. */
  redraw() {
    this.#requestDraw();
    if (this.isOverviewDue) return;
    this.isOverviewDue = true;
    // What someone looks at comes first.
    setTimeout(() => this.#drawOverview(), OVERVIEW_DELAY_MS);
  }

  /**
   * Move the playhead; the view follows while it plays.
   *
   * @param {number} ms
   * @param {boolean} isFollowed
   */
  setPlayhead(ms, isFollowed) {
    this.playheadMs = ms;
    this.isFollowing ||= !isFollowed || this.#isInView(ms);
    if (isFollowed && this.isFollowing) this.#setView(reveal(this.view, ms));
    this.#placePlayhead();
  }

  /**
   * @param {number} ms
   * @returns {boolean}
   */
  #isInView(ms) {
    const x = xOf(this.view, ms);
    return x >= 0 && x <= this.view.widthPx;
  }

  /**
   * Look somewhere else by hand; the view follows the playhead again once it comes by, or when playing begins anew.
   *
   * @param {Viewport} view
   */
  #lookAt(view) {
    this.#setView(view);
    this.isFollowing = this.#isInView(this.playheadMs);
  }

  /** Show the whole recording. */
  zoomToFit() {
    this.#lookAt(fit(this.view.widthPx, this.store.durationMs));
  }

  /** Show the selected segment with what is around it. */
  zoomToSelection() {
    const segment = this.store.selected;
    if (segment) this.#lookAt(zoomTo(this.view, segment.start_ms, segment.end_ms));
  }

  /** @param {1 | -1} direction 1 is closer */
  zoomByStep(direction) {
    const x = xOf(this.view, this.playheadMs);
    const anchor = x >= 0 && x <= this.view.widthPx ? x : this.view.widthPx / 2;
    this.#lookAt(zoom(this.view, ZOOM_STEP ** direction, anchor));
  }

  /**
   * Look at a part of the recording that was looked at before, perhaps in another width.
   *
   * @param {{startMs: number, msPerPx: number}} part
   */
  look({ startMs, msPerPx }) {
    this.#lookAt(zoom({ ...this.view, startMs, msPerPx }, 1, 0));
  }

  /**
   * Bring a moment into view.
   *
   * @param {number} ms
   */
  reveal(ms) {
    this.#lookAt(reveal(this.view, ms));
  }

  /** Bring the selected segment into view. */
  revealSelection() {
    const segment = this.store.selected;
    if (!segment) return;
    const [from, to] = [xOf(this.view, segment.start_ms), xOf(this.view, segment.end_ms)];
    if (to < 0 || from > this.view.widthPx) this.#lookAt(centre(this.view, (segment.start_ms + segment.end_ms) / 2));
  }

  /** @param {Viewport} view */
  #setView(view) {
    if (view === this.view) return;
    this.view = view;
    this.#requestDraw();
  }

  #requestDraw() {
    if (this.isDrawDue) return;
    this.isDrawDue = true;
    requestAnimationFrame(() => {
      this.isDrawDue = false;
      this.#draw();
    });
  }

  #draw() {
    const { store, peaks, palette, view } = this;
    const heightPx = this.canvas.clientHeight;
    drawScene(this.context, {
      view,
      heightPx,
      peaks,
      palette,
      segments: store.segments,
      selected: store.selectedIndex,
      marks: store.marks,
      flashed: this.flash.stretches,
      clockLabel: (ms) => moment(ms).replace(/\.00$/, ""),
      timecodeLabel: this.clock.timecodeOf,
    });
    this.#placeWindow();
    this.#placePlayhead();
  }

  #drawOverview() {
    this.isOverviewDue = false;
    const { store, peaks, palette } = this;
    const view = fit(this.overview.clientWidth, store.durationMs);
    const heightPx = this.overview.clientHeight;
    drawOverview(this.overviewContext, { view, heightPx, peaks, palette, segments: store.segments });
  }

  #placeWindow() {
    const { startMs, msPerPx, widthPx, durationMs } = this.view;
    const share = (widthPx * msPerPx) / Math.max(1, durationMs);
    this.window.style.left = `${(100 * startMs) / Math.max(1, durationMs)}%`;
    this.window.style.width = `${Math.min(100, 100 * share)}%`;
  }

  #placePlayhead() {
    const x = xOf(this.view, this.playheadMs);
    this.playhead.hidden = x < 0 || x > this.view.widthPx;
    this.playhead.style.transform = `translateX(${x}px)`;
    const whole = (this.playheadMs / Math.max(1, this.store.durationMs)) * this.overview.clientWidth;
    this.overviewPlayhead.style.transform = `translateX(${whole}px)`;
    this.host.setAttribute("aria-valuenow", String(Math.round(this.playheadMs)));
    this.host.setAttribute("aria-valuetext", moment(this.playheadMs));
  }

  #measure() {
    const ratio = window.devicePixelRatio || 1;
    for (const [canvas, context] of /** @type {[HTMLCanvasElement, CanvasRenderingContext2D][]} */ ([
      [this.canvas, this.context],
      [this.overview, this.overviewContext],
    ])) {
      canvas.width = Math.round(canvas.clientWidth * ratio);
      canvas.height = Math.round(canvas.clientHeight * ratio);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    this.palette = readPalette(this.context);
    this.host.setAttribute("aria-valuemax", String(this.store.durationMs));
    this.view = resize(this.view, this.canvas.clientWidth);
    this.redraw();
  }

  #bind() {
    new ResizeObserver(() => this.#measure()).observe(this.host);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#measure());
    this.store.addEventListener("segments", () => this.redraw());
    for (const name of ["selection", "marks"]) this.store.addEventListener(name, () => this.#requestDraw());
    bindGestures(this.canvas, {
      click: (x) => this.callbacks.seek(timeAt(this.view, x)),
      scrub: (x) => this.callbacks.seek(timeAt(this.view, x)),
      dragRange: (from, to, isFree) => this.callbacks.markRange(this.#timeAt(from, isFree), this.#timeAt(to, isFree)),
      pan: (byPx) => this.#lookAt(pan(this.view, byPx)),
      zoom: (factor, x) => this.#lookAt(zoom(this.view, factor, x)),
      edgeAt: (x, y, isTouch) => this.#edgeAt(x, y, isTouch ? TOUCH_REACH_PX : EDGE_REACH_PX),
      dragEdge: (edge, x, isFree) => this.#showDraft(this.#edgeTime(edge, x, isFree)),
      dropEdge: (edge, x, isFree) => {
        this.draft.hidden = true;
        this.callbacks.moveEdge(edge, this.#edgeTime(edge, x, isFree));
      },
      cancelEdge: () => {
        this.draft.hidden = true;
      },
      hover: (x) => this.#showHover(x),
      isRuler: (y) => y < RULER_PX,
    });
    this.#bindOverview();
  }

  #bindOverview() {
    const go = (/** @type {PointerEvent} */ event) => {
      const box = this.overview.getBoundingClientRect();
      this.#lookAt(centre(this.view, ((event.clientX - box.left) / box.width) * this.store.durationMs));
    };
    this.overview.addEventListener("pointerdown", (event) => {
      this.overview.setPointerCapture(event.pointerId);
      go(event);
    });
    this.overview.addEventListener("pointermove", (event) => {
      if (this.overview.hasPointerCapture(event.pointerId)) go(event);
    });
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} reachPx
   * @returns {number | null}
   */
  #edgeAt(x, y, reachPx) {
    if (y < RULER_PX) return null;
    const { segments } = this.store;
    const index = indexAt(segments, timeAt(this.view, x));
    for (const edge of [index, index + 1]) {
      const [left, right] = [segments[edge - 1], segments[edge]];
      if (!left || !right || Math.abs(xOf(this.view, right.start_ms) - x) > reachPx) continue;
      const narrowest = Math.min(left.end_ms - left.start_ms, right.end_ms - right.start_ms) / this.view.msPerPx;
      if (narrowest >= Math.max(NARROWEST_PX, reachPx)) return edge;
    }
    return null;
  }

  /**
   * Where a dragged edge goes: to a quiet moment and a frame, unless Alt is held.
   *
   * @param {number} edge
   * @param {number} x
   * @param {boolean} isFree
   * @returns {number}
   */
  #edgeTime(edge, x, isFree) {
    const [left, right] = [this.store.segments[edge - 1], this.store.segments[edge]];
    const ms = this.#timeAt(x, isFree);
    return left && right ? edgeBetween(left, right, ms) : ms;
  }

  /**
   * What is at a pixel, or a quiet moment and a frame close to it.
   *
   * @param {number} x
   * @param {boolean} isFree
   * @returns {number}
   */
  #timeAt(x, isFree) {
    const ms = Math.min(this.store.durationMs, Math.max(0, timeAt(this.view, x)));
    if (isFree) return Math.round(ms);
    return snap(ms, { peaks: this.peaks, frameRate: this.clock.frameRate, msPerPx: this.view.msPerPx });
  }

  /** @param {number} ms */
  #showDraft(ms) {
    this.draft.hidden = false;
    this.draft.style.transform = `translateX(${xOf(this.view, ms)}px)`;
    this.draft.textContent = moment(ms);
  }

  /** @param {number | null} x */
  #showHover(x) {
    this.hover.hidden = x === null;
    if (x === null) return;
    const ms = timeAt(this.view, x);
    this.hover.style.transform = `translateX(${x}px)`;
    const timecode = this.clock.timecodeOf?.(ms);
    this.hover.textContent = timecode ? `${moment(ms)} · ${timecode}` : moment(ms);
    this.hover.classList.toggle("is-left", x > this.view.widthPx / 2);
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D}
 */
function contextOf(canvas) {
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Error("This browser cannot draw; use a current one.");
  return context;
}
