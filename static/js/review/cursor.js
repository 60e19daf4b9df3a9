/** The one cursor: playhead, selected segment and current word, which every click and key moves together. */

/** @import { Player } from "./player.js" */
/** @import { SegmentList } from "./segment-list.js" */
/** @import { ReviewStore } from "./store.js" */
/** @import { TranscriptPanel } from "./transcript-panel.js" */
/** @import { FrameRate, Segment } from "./types.js" */
/** @import { WaveformView } from "./waveform.js" */

import { announce, byId, tell } from "../core/dom.js";
import { NO_MARKS, rangeOf } from "./ranges.js";
import { indexAt, isUndecided } from "./segments.js";
import { frameAt, frameStart } from "./timecode.js";

/** A frame of recordings without a picture. */
const SOUND_FRAME_MS = 20;
const FOLLOWED_MODES = ["playing", "backwards", "preview", "listening"];

/**
 * @typedef {object} Views what shows the cursor
 * @property {SegmentList} list
 * @property {WaveformView} waveform
 * @property {TranscriptPanel} transcript
 */

export class Cursor {
  /**
   * @param {ReviewStore} store
   * @param {Player} player
   * @param {Views} views
   * @param {FrameRate | null} frameRate
   */
  constructor(store, player, { list, waveform, transcript }, frameRate) {
    this.store = store;
    this.player = player;
    this.list = list;
    this.waveform = waveform;
    this.transcript = transcript;
    this.frameRate = frameRate;
    /** Whether the selection stays where it is while the recording plays on. */
    this.isLocked = false;
    /** Where the suggestion starts that someone has gone to last. */
    this.visitedMs = -1;
  }

  /** How long a frame is. */
  get frameMs() {
    return this.frameRate ? (1000 * this.frameRate.denominator) / this.frameRate.numerator : SOUND_FRAME_MS;
  }

  /** Whether the selection moves on by itself, so that no decision has to move it. */
  get isFollowing() {
    return !this.isLocked && FOLLOWED_MODES.includes(this.player.mode);
  }

  /**
   * Move the cursor along the recording; a range that is marked stays.
   *
   * @param {number} ms
   */
  seek(ms) {
    this.list.unmark();
    this.player.seek(ms);
    this.transcript.forgetChoice();
    if (this.isLocked) return;
    this.store.select(this.player.ms);
    this.list.revealSelection();
  }

  /**
   * Go to where someone has pointed; a range that lies elsewhere is no longer meant.
   *
   * @param {number} ms
   */
  point(ms) {
    this.#leaveRange(ms);
    this.list.unmark();
    this.seek(ms);
  }

  /**
   * Go to a segment or a word that someone has chosen, which is selected even while the selection is held.
   *
   * @param {number} ms
   */
  choose(ms) {
    this.#leaveRange(ms);
    this.list.unmark();
    this.transcript.forgetChoice();
    this.visitedMs = this.store.segments[indexAt(this.store.segments, ms)]?.start_ms ?? -1;
    this.store.select(ms);
    this.player.seek(ms);
    this.waveform.revealSelection();
    this.list.revealSelection();
  }

  /**
   * Select what is heard, unless someone holds the selection or listens to a stretch around it.
   *
   * @param {number} ms
   */
  follow(ms) {
    if (!this.isFollowing || indexAt(this.store.segments, ms) === this.store.selectedIndex) return;
    this.store.select(ms);
  }

  /** Hold the selection while the recording plays on, or let it follow again. */
  lock() {
    this.isLocked = !this.isLocked;
    byId("lock", HTMLButtonElement).setAttribute("aria-pressed", String(this.isLocked));
    announce(this.isLocked ? "The selection stays." : "The selection follows what is heard.");
    if (!this.isLocked) this.follow(this.player.ms);
  }

  /**
   * Go to a segment of the list.
   *
   * @param {Segment | undefined} segment
   */
  go(segment) {
    if (!segment) return;
    this.#leaveRange(segment.start_ms);
    this.transcript.forgetChoice();
    this.list.unmark();
    this.visitedMs = segment.start_ms;
    this.store.select(segment.start_ms);
    // What is played again and again belongs to where the cursor was.
    if (["loop", "stretch", "listening"].includes(this.player.mode)) this.player.pause();
    this.player.seek(segment.start_ms);
    this.waveform.revealSelection();
    this.list.revealSelection();
  }

  /** Go to the next suggestion that nobody has decided on, or to the first one after the last. */
  goToSuggestion() {
    const { segments, selected, selectedIndex } = this.store;
    // One that nobody has gone to yet is the next one, as at the very beginning.
    if (selected && isUndecided(selected) && selected.start_ms !== this.visitedMs) {
      this.go(selected);
      return;
    }
    const later = segments.slice(selectedIndex + 1).find(isUndecided);
    const found = later ?? segments.find(isUndecided);
    if (found) this.go(found);
    else tell("No suggestion is left.");
  }

  /** Select what is being heard or seen. */
  selectHere() {
    this.store.select(this.player.ms);
    this.waveform.revealSelection();
    this.list.revealSelection();
  }

  /**
   * Go to another frame: a little behind its start, which milliseconds cannot name exactly.
   *
   * @param {number} frames how many further; below 0 back
   */
  stepFrames(frames) {
    const { player, frameRate, frameMs } = this;
    if (frameRate) this.seek(frameStart(frameAt(player.ms, frameRate) + frames, frameRate) + 0.25 * frameMs);
    else this.seek(player.ms + frames * frameMs);
  }

  /**
   * Go to the edge before or after the playhead.
   *
   * @param {1 | -1} direction
   */
  stepEdges(direction) {
    const { segments, durationMs } = this.store;
    const { ms } = this.player;
    const index = indexAt(segments, ms);
    const here = segments[index];
    if (!here) return;
    const before = here.start_ms < ms - 1 ? here.start_ms : (segments[index - 1]?.start_ms ?? 0);
    this.seek(direction > 0 ? (segments[index + 1]?.start_ms ?? durationMs) : before);
    this.waveform.revealSelection();
  }

  /** @param {number} ms */
  #leaveRange(ms) {
    const range = rangeOf(this.store.marks);
    if (!range || ms < range.start_ms || ms >= range.end_ms) this.store.mark(NO_MARKS);
  }
}
