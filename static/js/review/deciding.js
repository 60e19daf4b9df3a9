/** Decisions: on what is heard or selected, on a range, on many at once; with a way back from each. */

/** @import { Cursor } from "./cursor.js" */
/** @import { ReviewStore, Step } from "./store.js" */
/** @import { Action, Segment } from "./types.js" */

import { announce, tell } from "../core/dom.js";
import { capitalised, count, moment } from "../core/format.js";
import { NoteDialog } from "./note-dialog.js";
import { markedIn, markedOut, NO_MARKS, rangeOf } from "./ranges.js";
import { decide, indexAt, isUndecided, trim } from "./segments.js";
import { snapToFrame } from "./snapping.js";

export class Deciding {
  /**
   * @param {ReviewStore} store
   * @param {Cursor} cursor
   */
  constructor(store, cursor) {
    this.store = store;
    this.cursor = cursor;
    this.notes = new NoteDialog();
  }

  /**
   * Decide on words that are selected, on the marked range, on all selected segments, or on what is heard.
   *
   * @param {"keep" | "remove"} action
   */
  decide(action) {
    const { list, transcript, player } = this.cursor;
    if (transcript.decideOnSelection(action)) return;
    const range = rangeOf(this.store.marks);
    if (range) {
      this.#decideOnRange(range, action);
      return;
    }
    if (this.cursor.isFollowing) this.cursor.follow(player.ms);
    const { markedSegments } = list;
    if (markedSegments.length > 0) {
      this.decideAll(markedSegments, action, count(markedSegments.length, "segment"));
      list.unmark();
      return;
    }
    const { selected } = this.store;
    if (selected) this.#decideOnSegment(selected, action);
  }

  /**
   * Decide on many at once; one undo takes all of it back.
   *
   * @param {readonly Segment[]} segments
   * @param {"keep" | "remove"} action
   * @param {string} name of them, with their number
   */
  decideAll(segments, action, name) {
    const told = `${pastOf(action)} ${name}`;
    this.store.decide(
      segments.map((one) => decide(one, action, one.note)),
      told,
    );
    this.tellWithUndo(`${capitalised(told)}; ${this.#left}`);
  }

  /** Take the decision on the selected segment back. */
  takeBack() {
    const { selected } = this.store;
    if (selected?.decided_by !== "user") return;
    this.store.decide([decide(selected, "auto")], "decision taken back");
    this.tellWithUndo(`Taken back ${moment(selected.start_ms)}`);
  }

  /**
   * Take the part of the segment before or after the playhead out of the cut, or bring it back where all was out.
   *
   * @param {"start" | "end"} side
   */
  trim(side) {
    const ms = snapToFrame(this.cursor.player.ms, this.cursor.frameRate);
    const segment = this.store.segments[indexAt(this.store.segments, ms)];
    const change = segment ? trim(segment, side, ms) : null;
    if (!change) {
      tell("There is nothing to trim here; move the playhead into a segment.");
      return;
    }
    this.store.decide([change], "trim");
    // What is left of the segment stays what the cursor is on.
    if (!this.cursor.isLocked) this.store.select(side === "start" ? ms : change.start_ms - 1);
    const length = ((change.end_ms - change.start_ms) / 1000).toFixed(2);
    this.tellWithUndo(`${capitalised(pastOf(change.action))} ${length} s at ${moment(change.start_ms)}`);
  }

  /**
   * Mark where a range begins or ends.
   *
   * @param {"in" | "out"} side
   */
  mark(side) {
    const ms = snapToFrame(this.cursor.player.ms, this.cursor.frameRate);
    this.store.mark(side === "in" ? markedIn(this.store.marks, ms) : markedOut(this.store.marks, ms));
    const range = rangeOf(this.store.marks);
    announce(
      range
        ? `Range from ${moment(range.start_ms)} to ${moment(range.end_ms)}`
        : `The range ${side === "in" ? "begins" : "ends"} at ${moment(ms)}`,
    );
  }

  /** Write a note on the selected segment. */
  async note() {
    const { selected } = this.store;
    if (!selected) return;
    const note = await this.notes.ask(selected.note ?? "");
    if (note !== null && note !== (selected.note ?? "")) {
      this.store.decide([decide(selected, selected.action, note)], "note");
      this.tellWithUndo(note ? "Note saved" : "Note taken away");
    }
  }

  /** Take the last step back. */
  undo() {
    this.#showStep(this.store.undo(), "Undone");
  }

  /** Do again what was taken back. */
  redo() {
    this.#showStep(this.store.redo(), "Done again");
  }

  /**
   * Say what was done, with a way back.
   *
   * @param {string} sentence
   */
  tellWithUndo(sentence) {
    const step = this.store.done.at(-1);
    const run = () => {
      if (step && this.store.done.at(-1) === step) this.undo();
      else tell("Something else was done since then; Ctrl Z goes back one step after another.");
    };
    tell(sentence, { label: "Undo", run });
  }

  /**
   * @param {Segment} segment
   * @param {"keep" | "remove"} action
   */
  #decideOnSegment(segment, action) {
    const told = pastOf(action);
    const next = this.cursor.isFollowing ? undefined : this.#afterDeciding(segment);
    this.store.decide([decide(segment, action, segment.note)], told);
    this.tellWithUndo(`${capitalised(told)} ${moment(segment.start_ms)}; ${this.#left}`);
    if (next) this.cursor.go(next);
  }

  /**
   * @param {{start_ms: number, end_ms: number}} range
   * @param {"keep" | "remove"} action
   */
  #decideOnRange(range, action) {
    this.store.decide([{ ...range, action }], `${pastOf(action)} range`);
    this.store.mark(NO_MARKS);
    this.tellWithUndo(`${capitalised(pastOf(action))} ${moment(range.start_ms)} to ${moment(range.end_ms)}`);
  }

  /**
   * What is selected after a decision: the next segment of the list, but not one that is no suggestion while someone
   * goes through the suggestions.
   *
   * @param {Segment} decided
   * @returns {Segment | undefined}
   */
  #afterDeciding(decided) {
    const { list } = this.cursor;
    const next = list.neighbour(1);
    const wereSuggestions = list.filter.undecidedFirst && isUndecided(decided);
    if (!wereSuggestions || !next || isUndecided(next)) return next;
    tell("That was the last suggestion.");
    return undefined;
  }

  /**
   * Go to what a step has changed, and say what it was.
   *
   * @param {Step | null} step
   * @param {string} verb
   */
  #showStep(step, verb) {
    tell(step ? `${verb}: ${step.label}` : "There is nothing more.");
    const change = step?.kind === "changes" ? step.changes[0] : undefined;
    if (change) this.cursor.go(this.store.segments[indexAt(this.store.segments, change.start_ms)]);
  }

  get #left() {
    return `${count(this.store.summary.suggestions, "suggestion")} left`;
  }
}

/**
 * @param {Action | "auto"} action
 * @returns {string}
 */
function pastOf(action) {
  return action === "keep" ? "kept" : "removed";
}
