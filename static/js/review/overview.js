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
const CLICK_PX = 3;

/**
 * @typedef {object} Callbacks
 * @property {() => {peaks: Peaks | null, palette: Palette}} looks what it is drawn with
 * @property {(ms: number) => void} look move what is in view
 * @property {(ms: number) => void} point go there with everything
 * @property {(edge: number, view: Viewport, x: number, isFree: boolean) => void} dragEdge
 * @property {(edge: number, view: Viewport, x: number, isFree: boolean) => void} dropEdge
 * @property {() => void} cancelEdge
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
    /** Where the edge is that is dragged. @type {number | null} */
    this.edge = null;
    /** Where the pointer went down; null while none is. @type {number | null} */
    this.downX = null;
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
    const msAt = (/** @type {number} */ x) => (x / Math.max(1, canvas.clientWidth)) * this.store.durationMs;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.downX = xOfPointer(event);
      canvas.setPointerCapture(event.pointerId);
      this.edge = this.edges.edgeAt(this.view, this.downX, event.pointerType === "touch");
    });
    canvas.addEventListener("pointermove", (event) => {
      const x = xOfPointer(event);
      if (this.downX === null) {
        canvas.style.cursor = this.edges.edgeAt(this.view, x, false) === null ? "" : "ew-resize";
      } else if (Math.abs(x - this.downX) > CLICK_PX || this.edges.draft) {
        if (this.edge === null) this.callbacks.look(msAt(x));
        else this.callbacks.dragEdge(this.edge, this.view, x, event.altKey);
      }
    });
    canvas.addEventListener("pointerup", (event) => {
      const x = xOfPointer(event);
      if (this.downX === null) return;
      if (this.edges.draft && this.edge !== null) this.callbacks.dropEdge(this.edge, this.view, x, event.altKey);
      else if (Math.abs(x - this.downX) <= CLICK_PX) {
        // A press that does not move goes there, as beside an edge.
        this.callbacks.look(msAt(x));
        this.callbacks.point(msAt(x));
      }
      this.#leave();
    });
    canvas.addEventListener("pointercancel", () => this.#cancel());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#cancel();
    });
  }

  #cancel() {
    if (this.edge !== null) this.callbacks.cancelEdge();
    this.#leave();
  }

  #leave() {
    this.edge = null;
    this.downX = null;
  }
}
