/** What was just decided on is shown for a moment, so that a hand sees what its key did. */

/** @import { ReviewStore } from "./store.js" */
/** @import { Stretch } from "./cut-playback.js" */

import { bisect } from "./decisions.js";

const LENGTH_MS = 700;

export class Flash {
  /**
   * @param {ReviewStore} store
   * @param {() => void} redraw called when something begins or ends to be shown
   */
  constructor(store, redraw) {
    /** In the order of time. @type {readonly Stretch[]} */
    this.stretches = [];
    this.timer = 0;
    store.addEventListener("decided", (event) => {
      const { detail } = /** @type {CustomEvent<Stretch[]>} */ (event);
      this.stretches = [...detail].sort((a, b) => a.start_ms - b.start_ms);
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => {
        this.stretches = [];
        redraw();
      }, LENGTH_MS);
      redraw();
    });
  }

  /**
   * Whether a stretch is a part of what is shown.
   *
   * @param {Stretch} stretch
   * @returns {boolean}
   */
  holds({ start_ms, end_ms }) {
    return holds(this.stretches, start_ms, end_ms);
  }
}

/**
 * Whether one of the stretches has something in common with a time.
 *
 * @param {readonly Stretch[]} stretches in the order of time
 * @param {number} startMs
 * @param {number} endMs
 * @returns {boolean}
 */
export function holds(stretches, startMs, endMs) {
  const first = stretches[bisect(stretches.length, (number) => (stretches[number]?.end_ms ?? 0) > startMs)];
  return first !== undefined && first.start_ms < endMs;
}
