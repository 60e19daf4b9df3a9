/** Dragging an edge: which one is caught, where it goes, and how everything looks meanwhile. */

/** @import { Peaks } from "./peaks.js" */
/** @import { ReviewStore } from "./store.js" */
/** @import { FrameRate, Segment } from "./types.js" */
/** @import { Viewport } from "./viewport.js" */

import { edgeBetween, indexAt } from "./segments.js";
import { snap } from "./snapping.js";
import { timeAt, xOf } from "./viewport.js";

const EDGE_REACH_PX = 5;
/** A finger covers more than a pointer; half of the 24 px that a target needs, on both sides of the edge. */
const TOUCH_REACH_PX = 14;
/** Edges of narrower neighbours are not caught, so that a click still selects. */
const NARROWEST_PX = 10;

export class EdgeDrag {
  /**
   * @param {ReviewStore} store
   * @param {FrameRate | null} frameRate
   * @param {() => void} onChanged called when the edge looks different
   */
  constructor(store, frameRate, onChanged) {
    this.store = store;
    this.frameRate = frameRate;
    this.onChanged = onChanged;
    /** @type {Peaks | null} */
    this.peaks = null;
    /** Number of the segment right of the dragged edge, and where the edge would go. @type {{edge: number, ms: number} | null} */
    this.draft = null;
  }

  /**
   * The edge that a pointer catches.
   *
   * @param {Viewport} view
   * @param {number} x
   * @param {boolean} isTouch
   * @returns {number | null} number of the segment right of it
   */
  edgeAt(view, x, isTouch) {
    const reachPx = isTouch ? TOUCH_REACH_PX : EDGE_REACH_PX;
    const { segments } = this.store;
    const index = indexAt(segments, timeAt(view, x));
    for (const edge of [index, index + 1]) {
      const [left, right] = [segments[edge - 1], segments[edge]];
      if (!left || !right || Math.abs(xOf(view, right.start_ms) - x) > reachPx) continue;
      const narrowest = Math.min(left.end_ms - left.start_ms, right.end_ms - right.start_ms) / view.msPerPx;
      if (narrowest >= Math.max(NARROWEST_PX, reachPx)) return edge;
    }
    return null;
  }

  /**
   * @param {number} edge
   * @param {Viewport} view
   * @param {number} x
   * @param {boolean} isFree whether it goes where the hand is, and not to a quiet moment and a frame
   * @returns {number} where the edge would go
   */
  move(edge, view, x, isFree) {
    const [left, right] = [this.store.segments[edge - 1], this.store.segments[edge]];
    const ms = this.timeAt(view, x, isFree);
    this.draft = { edge, ms: left && right ? edgeBetween(left, right, ms) : ms };
    this.onChanged();
    return this.draft.ms;
  }

  /** Let go of it. */
  end() {
    this.draft = null;
    this.onChanged();
  }

  /** The segments as they would be. */
  get segments() {
    return this.draft ? withEdge(this.store.segments, this.draft.edge, this.draft.ms) : this.store.segments;
  }

  /** By how much the edge would move, such as "+8 f"; in seconds where there are no frames. */
  get distance() {
    const before = this.draft && this.store.segments[this.draft.edge]?.start_ms;
    return this.draft && before !== undefined && before !== null
      ? distanceText(this.draft.ms - before, this.frameRate)
      : "";
  }

  /**
   * What is at a pixel, or a quiet moment and a frame close to it.
   *
   * @param {Viewport} view
   * @param {number} x
   * @param {boolean} isFree
   * @returns {number}
   */
  timeAt(view, x, isFree) {
    const ms = Math.min(this.store.durationMs, Math.max(0, timeAt(view, x)));
    if (isFree) return Math.round(ms);
    return snap(ms, { peaks: this.peaks, frameRate: this.frameRate, msPerPx: view.msPerPx });
  }
}

/**
 * Segments of which one edge lies elsewhere.
 *
 * @param {readonly Segment[]} segments
 * @param {number} edge number of the segment right of it
 * @param {number} ms
 * @returns {Segment[]}
 */
export function withEdge(segments, edge, ms) {
  return segments.map((one, index) => {
    if (index === edge - 1) return { ...one, end_ms: ms };
    return index === edge ? { ...one, start_ms: ms } : one;
  });
}

/**
 * @param {number} ms
 * @param {FrameRate | null} frameRate
 * @returns {string}
 */
export function distanceText(ms, frameRate) {
  const sign = ms < 0 ? "−" : "+";
  if (!frameRate) return `${sign}${(Math.abs(ms) / 1000).toFixed(2)} s`;
  return `${sign}${Math.round((Math.abs(ms) * frameRate.numerator) / (1000 * frameRate.denominator))} f`;
}
