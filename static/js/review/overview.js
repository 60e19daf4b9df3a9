/** The strip that shows the whole recording, with the part that is in view. */

/** @import { Peaks } from "./peaks.js" */
/** @import { Palette } from "./colours.js" */
/** @import { ReviewStore } from "./store.js" */
/** @import { Viewport } from "./viewport.js" */
/** @import { EdgeDrag } from "./edge-drag.js" */

import { byId } from "../core/dom.js";
import { contextOf, drawOverview } from "./drawing.js";
import { fit } from "./viewport.js";

const DELAY_MS = 60;

/**
 * @typedef {object} Callbacks
 * @property {() => {peaks: Peaks | null, palette: Palette}} looks what it is drawn with
 * @property {(ms: number) => void} look
 * @property {(edge: number, view: Viewport, x: number, isFree: boolean) => void} dragEdge
 * @property {(edge: number, view: Viewport, x: number, isFree: boolean) => void} dropEdge
 */

export class Overview {
  /**
   * @param {ReviewStore} store
   * @param {EdgeDrag} edges
   * @param {Callbacks} callbacks
   */
  constructor(store, edges, callbacks) {
    this.store = store;
    this.edges = edges;
    this.callbacks = callbacks;
    this.canvas = byId("overview-canvas", HTMLCanvasElement);
    this.context = contextOf(this.canvas);
    this.window = byId("overview-window", HTMLElement);
    this.playhead = byId("overview-playhead", HTMLElement);
    this.isDue = false;
    /** The edge that is dragged. @type {number | null} */
    this.edge = null;
    this.#bind();
  }

  /** The whole recording in the width that there is. */
  get view() {
    return fit(this.canvas.clientWidth, this.store.durationMs);
  }

  /** Draw again, after what someone looks at. */
  requestDraw() {
    if (this.isDue) return;
    this.isDue = true;
    setTimeout(() => {
      this.isDue = false;
      const scene = { view: this.view, heightPx: this.canvas.clientHeight, segments: this.edges.segments };
      drawOverview(this.context, { ...scene, ...this.callbacks.looks() });
    }, DELAY_MS);
  }

  /**
   * Show which part is in view.
   *
   * @param {Viewport} view
   */
  placeWindow({ startMs, msPerPx, widthPx, durationMs }) {
    const share = (widthPx * msPerPx) / Math.max(1, durationMs);
    this.window.style.left = `${(100 * startMs) / Math.max(1, durationMs)}%`;
    this.window.style.width = `${Math.min(100, 100 * share)}%`;
  }

  /** @param {number} ms */
  placePlayhead(ms) {
    const x = (ms / Math.max(1, this.store.durationMs)) * this.canvas.clientWidth;
    this.playhead.style.transform = `translateX(${x}px)`;
  }

  #bind() {
    const { canvas } = this;
    const xOfPointer = (/** @type {PointerEvent} */ event) => event.clientX - canvas.getBoundingClientRect().left;
    const look = (/** @type {PointerEvent} */ event) =>
      this.callbacks.look((xOfPointer(event) / Math.max(1, canvas.clientWidth)) * this.store.durationMs);
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.edge = this.edges.edgeAt(this.view, xOfPointer(event), event.pointerType === "touch");
      if (this.edge === null) look(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      const x = xOfPointer(event);
      if (!canvas.hasPointerCapture(event.pointerId)) {
        canvas.style.cursor = this.edges.edgeAt(this.view, x, false) === null ? "" : "ew-resize";
      } else if (this.edge === null) look(event);
      else this.callbacks.dragEdge(this.edge, this.view, x, event.altKey);
    });
    canvas.addEventListener("pointerup", (event) => {
      // A press that does not move goes there, as beside an edge.
      if (this.edge !== null && this.edges.draft === null) look(event);
      else if (this.edge !== null) this.callbacks.dropEdge(this.edge, this.view, xOfPointer(event), event.altKey);
      this.edge = null;
    });
    canvas.addEventListener("pointercancel", () => {
      this.edge = null;
      this.edges.end();
    });
  }
}
