/** The waveform with its segments, ruler, playhead and overview. */

/** @import { Peaks } from "./peaks.js" */
/** @import { Storyboard } from "../core/storyboard.js" */
/** @import { ReviewStore } from "./store.js" */
/** @import { FrameRate } from "./types.js" */
/** @import { Viewport } from "./viewport.js" */

import { byId } from "../core/dom.js";
import { moment } from "../core/format.js";
import { showTile } from "../core/storyboard.js";
import { readPalette } from "./colours.js";
import { contextOf, drawScene, RULER_PX, sizeToScreen } from "./drawing.js";
import { EdgeDrag } from "./edge-drag.js";
import { Flash } from "./flash.js";
import { bindGestures } from "./gestures.js";
import { Overview } from "./overview.js";
import { centre, fit, pan, resize, reveal, timeAt, xOf, zoom, zoomTo } from "./viewport.js";

const ZOOM_STEP = 1.6;

/**
 * @typedef {object} Callbacks what is called when a person acts here
 * @property {(ms: number) => void} seek
 * @property {(edge: number, ms: number) => void} moveEdge `edge` is the number of the segment right of it
 * @property {(ms: number | null) => void} showEdge show the picture at an edge while it is dragged; null ends that
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
    this.edges = new EdgeDrag(store, clock.frameRate, () => this.redraw());
    this.overview = new Overview(store, this.edges, {
      looks: () => ({ peaks: this.edges.peaks, palette: this.palette }),
      look: (ms) => this.#lookAt(centre(this.view, ms)),
      dragEdge: (edge, view, x, isFree) => this.#dragEdge(edge, view, x, isFree),
      dropEdge: (edge, view, x, isFree) => this.#dropEdge(edge, view, x, isFree),
      cancelEdge: () => this.#cancelEdge(),
      point: (ms) => this.callbacks.seek(ms),
    });
    this.host = byId("waveform", HTMLElement);
    this.canvas = byId("waveform-canvas", HTMLCanvasElement);
    this.playhead = byId("playhead", HTMLElement);
    this.hover = byId("hover", HTMLElement);
    this.hoverTime = byId("hover-time", HTMLElement);
    this.hoverTile = byId("hover-tile", HTMLElement);
    /** @type {Storyboard | null} */
    this.storyboard = null;
    this.hoverX = 0;
    this.draft = byId("edge-draft", HTMLElement);
    this.context = contextOf(this.canvas);
    this.palette = readPalette(this.context);
    this.playheadMs = 0;
    /** @type {Viewport} */
    this.view = fit(this.host.clientWidth, store.durationMs);
    this.isFollowing = true;
    this.isDrawDue = false;
    /** Called when the waveform shows another part of the recording. */
    this.viewDrawn = () => {};
    this.flash = new Flash(store, () => this.#requestDraw());
    this.#bind();
    this.#measure();
  }

  /** @param {Peaks} peaks */
  setPeaks(peaks) {
    this.edges.peaks = peaks;
    this.redraw();
  }

  /**
   * Have pictures to show beside the pointer; null for none.
   *
   * @param {Storyboard | null} storyboard
   */
  setStoryboard(storyboard) {
    this.storyboard = storyboard;
    this.hoverTile.hidden = storyboard === null;
    if (!this.hover.hidden) this.#showHover(this.hoverX);
  }

  /** Draw everything again before the next frame. */
  redraw() {
    this.#requestDraw();
    this.overview.requestDraw();
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
    const { store, edges, palette, view } = this;
    const heightPx = this.canvas.clientHeight;
    drawScene(this.context, {
      view,
      heightPx,
      peaks: edges.peaks,
      palette,
      segments: edges.segments,
      selected: store.selectedIndex,
      marks: store.marks,
      flashed: this.flash.stretches,
      clockLabel: (ms) => moment(ms).replace(/\.00$/, ""),
      timecodeLabel: this.clock.timecodeOf,
    });
    this.overview.placeWindow(view);
    this.viewDrawn();
    this.#placePlayhead();
    this.#placeDraft();
  }

  #placePlayhead() {
    const x = xOf(this.view, this.playheadMs);
    this.playhead.hidden = x < 0 || x > this.view.widthPx;
    this.playhead.style.transform = `translateX(${x}px)`;
    this.overview.placePlayhead(this.playheadMs);
    this.host.setAttribute("aria-valuenow", String(Math.round(this.playheadMs)));
    this.host.setAttribute("aria-valuetext", moment(this.playheadMs));
  }

  #measure() {
    for (const context of [this.context, this.overview.context]) sizeToScreen(context);
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
      dragRange: (from, to, isFree) =>
        this.callbacks.markRange(this.edges.timeAt(this.view, from, isFree), this.edges.timeAt(this.view, to, isFree)),
      pan: (byPx) => this.#lookAt(pan(this.view, byPx)),
      zoom: (factor, x) => this.#lookAt(zoom(this.view, factor, x)),
      edgeAt: (x, y, isTouch) => (y < RULER_PX ? null : this.edges.edgeAt(this.view, x, isTouch)),
      dragEdge: (edge, x, isFree) => this.#dragEdge(edge, this.view, x, isFree),
      dropEdge: (edge, x, isFree) => this.#dropEdge(edge, this.view, x, isFree),
      cancelEdge: () => this.#cancelEdge(),
      hover: (x) => this.#showHover(x),
      isRuler: (y) => y < RULER_PX,
    });
  }

  /**
   * @param {number} edgeMs
   * @param {Viewport} view
   * @param {number} x
   * @param {boolean} isFree
   */
  #dragEdge(edgeMs, view, x, isFree) {
    this.callbacks.showEdge(this.edges.move(edgeMs, view, x, isFree));
  }

  /**
   * @param {number} edgeMs
   * @param {Viewport} view
   * @param {number} x
   * @param {boolean} isFree
   */
  #dropEdge(edgeMs, view, x, isFree) {
    const ms = this.edges.move(edgeMs, view, x, isFree);
    this.#cancelEdge();
    if (ms !== null && ms !== edgeMs) this.callbacks.moveEdge(this.edges.numberOf(edgeMs), ms);
  }

  #cancelEdge() {
    this.edges.end();
    this.callbacks.showEdge(null);
  }

  #placeDraft() {
    const { draft, distance } = this.edges;
    this.draft.hidden = draft === null;
    if (!draft) return;
    this.draft.style.transform = `translateX(${xOf(this.view, draft.ms)}px)`;
    this.draft.textContent = `${moment(draft.ms)} · ${distance}`;
  }

  /** @param {number | null} x */
  #showHover(x) {
    this.hover.hidden = x === null;
    if (x === null) return;
    this.hoverX = x;
    const ms = timeAt(this.view, x);
    this.hover.style.transform = `translateX(${x}px)`;
    const timecode = this.clock.timecodeOf?.(ms);
    this.hoverTime.textContent = timecode ? `${moment(ms)} · ${timecode}` : moment(ms);
    if (this.storyboard) showTile(this.hoverTile, this.storyboard.tileAt(ms));
    this.hover.classList.toggle("is-left", x > this.view.widthPx / 2);
  }
}
