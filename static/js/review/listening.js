/** Listening to what is about to be decided: a segment, what is around it, a join, the whole cut. */

/** @import { Player } from "./player.js" */
/** @import { ReviewStore } from "./store.js" */
/** @import { Stretch } from "./cut-playback.js" */
/** @import { Segment } from "./types.js" */

import { tell } from "../core/dom.js";
import { from, joinNear } from "./cut-playback.js";
import { playedStretches } from "./segments.js";

const BESIDE_MS = 1000;

export class Listening {
  /**
   * @param {ReviewStore} store
   * @param {Player} player
   */
  constructor(store, player) {
    this.store = store;
    this.player = player;
    store.addEventListener("segments", () => player.change(playedStretches(store.segments)));
  }

  /** Play the selected segment. */
  playSegment() {
    this.#play((one) => [one], "stretch");
  }

  /** Play the selected segment with a second either side. */
  playAround() {
    this.#play((one) => [this.#around(one)], "stretch");
  }

  /** Play what is either side of the selected cut, again and again. */
  audition() {
    this.#play((one) => this.#join(one), "loop");
  }

  /**
   * Play the join at an edge that was moved, once; what plays already goes on.
   *
   * @param {number} ms
   */
  auditionOnce(ms) {
    if (this.player.isPlaying) return;
    const join = joinNear(playedStretches(this.store.segments), ms, BESIDE_MS);
    if (join.length > 0) this.player.playStretches(join, "stretch");
  }

  /**
   * Play segments one after another, each with a second around it.
   *
   * @param {readonly Segment[]} segments in the order of time
   */
  listen(segments) {
    if (this.player.mode === "listening") this.player.pause();
    else this.player.playStretches(joined(segments.map((one) => this.#around(one))), "listening");
  }

  /** Play the cut from here, or stop that. */
  preview() {
    const { player } = this;
    if (player.mode === "preview") {
      player.pause();
      return;
    }
    const played = playedStretches(this.store.segments);
    // At the end of what there is to play, from the beginning again.
    if (from(played, player.ms).length === 0) player.seek(0);
    if (played.length === 0) tell("Nothing is kept, so there is nothing to play.");
    else player.preview(played);
  }

  /**
   * @param {(segment: Segment) => Stretch[]} stretchesOf
   * @param {"stretch" | "loop"} mode
   */
  #play(stretchesOf, mode) {
    const { selected } = this.store;
    const stretches = selected ? stretchesOf(selected) : [];
    if (stretches.length === 0) tell("There is no cut to listen to here.");
    else if (mode === "loop" && this.player.mode === "loop") this.player.pause();
    else this.player.playStretches(stretches, mode);
  }

  /**
   * @param {Stretch} stretch
   * @returns {Stretch}
   */
  #around({ start_ms: start, end_ms: end }) {
    return { start_ms: Math.max(0, start - BESIDE_MS), end_ms: Math.min(this.store.durationMs, end + BESIDE_MS) };
  }

  /**
   * What is heard either side when the segment is cut out; beside one that is kept, the nearest cut.
   *
   * @param {Segment} segment
   * @returns {Stretch[]}
   */
  #join(segment) {
    /** @type {Segment[]} */
    const cut = this.store.segments.map((one) =>
      one === segment && one.action === "suggest_remove" ? { ...one, action: "remove" } : one,
    );
    const join = joinNear(playedStretches(cut), (segment.start_ms + segment.end_ms) / 2, BESIDE_MS);
    const [before, after] = join;
    // A cut at either end of the recording has nothing to be joined to; another one is not what was asked for.
    const isElsewhere =
      segment.action !== "keep" &&
      before &&
      after &&
      !(before.end_ms <= segment.start_ms && segment.end_ms <= after.start_ms);
    return isElsewhere ? [] : join;
  }
}

/**
 * Stretches without overlap: those that touch become one.
 *
 * @param {Stretch[]} stretches in the order of time
 * @returns {Stretch[]}
 */
export function joined(stretches) {
  /** @type {Stretch[]} */
  const result = [];
  for (const one of stretches) {
    const last = result.at(-1);
    if (last && one.start_ms <= last.end_ms) last.end_ms = Math.max(last.end_ms, one.end_ms);
    else result.push({ ...one });
  }
  return result;
}
