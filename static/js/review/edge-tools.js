/** Tools that change where segments begin and end: moving an edge, splitting, merging. */

/** @import { Cursor } from "./cursor.js" */
/** @import { ReviewStore } from "./store.js" */

import { tell } from "../core/dom.js";
import { moment } from "../core/format.js";
import { merge, moveEdge, split } from "./segments.js";
import { snapToFrame } from "./snapping.js";

export class EdgeTools {
  /**
   * @param {ReviewStore} store
   * @param {Cursor} cursor
   * @param {(sentence: string) => void} tellWithUndo
   */
  constructor(store, cursor, tellWithUndo) {
    this.store = store;
    this.cursor = cursor;
    this.tellWithUndo = tellWithUndo;
  }

  /**
   * Move an edge to where someone has dropped it.
   *
   * @param {number} edge number of the segment right of it
   * @param {number} ms
   */
  moveEdge(edge, ms) {
    const [left, right] = [this.store.segments[edge - 1], this.store.segments[edge]];
    if (!left || !right) return;
    const [newLeft, newRight] = moveEdge(left, right, ms);
    if (!newLeft || !newRight) return;
    const { selectedIndex } = this.store;
    this.store.decide([newLeft, newRight], "moved edge");
    this.tellWithUndo(`Edge moved to ${moment(newRight.start_ms)}`);
    // The edge may have gone past the moment that was selected.
    if (selectedIndex === edge) this.store.select(newRight.start_ms);
    if (selectedIndex === edge - 1) this.store.select(newLeft.start_ms);
  }

  /**
   * Move the start of the selected segment by a frame.
   *
   * @param {1 | -1} direction
   */
  moveStart(direction) {
    const { selected, selectedIndex } = this.store;
    if (selected) this.moveEdge(selectedIndex, this.#frameFrom(selected.start_ms, direction));
  }

  /**
   * Move the end of the selected segment by a frame.
   *
   * @param {1 | -1} direction
   */
  moveEnd(direction) {
    const { selected, selectedIndex } = this.store;
    if (selected) this.moveEdge(selectedIndex + 1, this.#frameFrom(selected.end_ms, direction));
  }

  /** Split what is at the playhead. */
  split() {
    const ms = snapToFrame(this.cursor.player.ms, this.cursor.frameRate);
    this.store.select(ms);
    const { selected } = this.store;
    const changes = selected ? split(selected, ms) : [];
    if (changes.length === 0) tell("There is nothing to split here; move the playhead into a segment.");
    this.store.decide(changes, "split");
    if (changes.length > 0) this.tellWithUndo(`Split ${moment(ms)}`);
  }

  /** Join what was just split, or merge the selected segment with the next. */
  merge() {
    const { segments, selectedIndex } = this.store;
    const first = this.#wasJustSplit(selectedIndex) ? selectedIndex - 1 : selectedIndex;
    const [segment, next] = [segments[first], segments[first + 1]];
    if (!segment || !next) {
      tell("There is no segment after this one to merge with.");
      return;
    }
    this.store.decide([merge(segment, next)], "merge");
    this.tellWithUndo(`Merged ${moment(segment.start_ms)}`);
  }

  /**
   * @param {number} ms
   * @param {1 | -1} direction
   * @returns {number}
   */
  #frameFrom(ms, direction) {
    return snapToFrame(ms + direction * this.cursor.frameMs, this.cursor.frameRate);
  }

  /**
   * Whether a segment is the right half of the split that was made last: merging joins what was split.
   *
   * @param {number} index
   * @returns {boolean}
   */
  #wasJustSplit(index) {
    const last = this.store.done.at(-1);
    const right = last?.kind === "changes" && last.label === "split" ? last.changes[1] : undefined;
    return right !== undefined && this.store.segments[index]?.start_ms === right.start_ms;
  }
}
