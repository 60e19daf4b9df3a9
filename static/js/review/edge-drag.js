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
    /** Where the dragged edge is, and where it would go. @type {{edgeMs: number, ms: number} | null} */
    this.draft = null;
  }

  /**
   * The edge that a pointer catches.
   *
   * @param {Viewport} view
   * @param {number} x
   * @param {boolean} isTouch
   * @returns {number | null} where it is; an edge is known by that, whatever is decided elsewhere meanwhile
   */
  edgeAt(view, x, isTouch) {
    const reachPx = isTouch ? TOUCH_REACH_PX : EDGE_REACH_PX;
    const { segments } = this.store;
    const index = indexAt(segments, timeAt(view, x));
    for (const edge of [index, index + 1]) {
      const [left, right] = [segments[edge - 1], segments[edge]];
      if (!left || !right || Math.abs(xOf(view, right.start_ms) - x) > reachPx) continue;
      const narrowest = Math.min(left.end_ms - left.start_ms, right.end_ms - right.start_ms) / view.msPerPx;
      if (narrowest >= Math.max(NARROWEST_PX, reachPx)) return right.start_ms;
    }
    return null;
  }

  /**
   * @param {number} edgeMs where the edge is
   * @param {Viewport} view
   * @param {number} x
   * @param {boolean} isFree whether it goes where the hand is, and not to a quiet moment and a frame
   * @returns {number | null} where it would go; null where there is no such edge any more
   */
  move(edgeMs, view, x, isFree) {
    const edge = this.numberOf(edgeMs);
    const [left, right] = [this.store.segments[edge - 1], this.store.segments[edge]];
    if (!left || !right) {
      this.end();
      return null;
    }
    this.draft = { edgeMs, ms: edgeBetween(left, right, this.timeAt(view, x, isFree)) };
    this.onChanged();
    return this.draft.ms;
  }

  /**
   * @param {number} edgeMs
   * @returns {number} of the segment right of the edge; -1 where there is no such edge
   */
  numberOf(edgeMs) {
    const number = indexAt(this.store.segments, edgeMs);
    return this.store.segments[number]?.start_ms === edgeMs ? number : -1;
  }

  /** Let go of it. */
  end() {
    this.draft = null;
    this.onChanged();
  }

  /** The segments as they would be. */
  get segments() {
    const { segments } = this.store;
    return this.draft ? withEdge(segments, this.numberOf(this.draft.edgeMs), this.draft.ms) : segments;
  }

  /** By how much the edge would move, such as "+8 f"; in seconds where there are no frames. */
  get distance() {
    return this.draft ? distanceText(this.draft.ms - this.draft.edgeMs, this.frameRate) : "";
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
 * @param {number} edge number of the segment right of it; below 1 there is none
 * @param {number} ms
 * @returns {readonly Segment[]}
 */
export function withEdge(segments, edge, ms) {
  if (edge < 1) return segments;
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
