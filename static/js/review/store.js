/** What the page knows: segments with the person's decisions, what is selected, what can be undone. */

/** @import { Marks } from "./ranges.js" */
/** @import { Change, Decision, Segment, Summary } from "./types.js" */
/** @import { Correction, Entry } from "./save-queue.js" */
/** @import { TuningOptions } from "../core/sliders.js" */

import { applyDecisions, differing, inverseOf, mergeDecisions, summarise } from "./decisions.js";
import { NO_MARKS } from "./ranges.js";
import { indexAt } from "./segments.js";

/**
 * @typedef {{options: TuningOptions, automatic: Segment[]}} Tuning options, and what the engine says under them
 * @typedef {{kind: "changes", label: string, changes: Change[], inverse: Change[]}} DecisionStep
 * @typedef {{kind: "options", label: string, before: Tuning, after: Tuning}} TuningStep
 * @typedef {{kind: "words", label: string, words: Correction[], inverse: Correction[]}} CorrectionStep
 * @typedef {DecisionStep | TuningStep | CorrectionStep} Step
 */

/**
 * Fires `segments`, `selection`, `marks`, `history` and `tuning` when these change, and `decided`, whose `detail` holds the
 * stretches, when something was decided or that was taken back. Fires `refused` when something is tried that whoever
 * looks at the page may not do.
 */
export class ReviewStore extends EventTarget {
  /**
   * @param {Tuning} tuning
   * @param {Decision[]} decisions
   * @param {(entry: Entry) => void} save called with everything that is to be saved
   * @param {(permission: "decide" | "edit") => boolean} [may] what whoever looks at the page may do
   */
  constructor(tuning, decisions, save, may = () => true) {
    super();
    this.may = may;
    this.tuning = tuning;
    this.decisions = decisions;
    this.save = save;
    /** What the engine would say under other options, while someone tries them. @type {Segment[] | null} */
    this.trial = null;
    /** @type {Step[]} */
    this.done = [];
    /** @type {Step[]} */
    this.undone = [];
    this.selectedMs = 0;
    /** The range that is marked. @type {Marks} */
    this.marks = NO_MARKS;
    /** @type {Segment[]} */
    this.segments = [];
    /** @type {Summary} */
    this.summary = summarise([]);
    this.#show();
  }

  /**
   * Who has made the decision on a segment, as far as the page has heard of it from the server.
   *
   * @param {Segment} segment
   * @returns {string | null} an id
   */
  makerOf(segment) {
    if (segment.decided_by !== "user") return null;
    const made = this.decisions.find((one) => one.start_ms <= segment.start_ms && segment.start_ms < one.end_ms);
    return made?.made_by ?? null;
  }

  /** How long the recording is. */
  get durationMs() {
    return this.tuning.automatic.at(-1)?.end_ms ?? 0;
  }

  /** The number of the selected segment; -1 when there are none. */
  get selectedIndex() {
    return indexAt(this.segments, this.selectedMs);
  }

  /** The selected segment; undefined when there are none. */
  get selected() {
    return this.segments[this.selectedIndex];
  }

  /**
   * Select the segment at a moment.
   *
   * @param {number} ms
   */
  select(ms) {
    this.selectedMs = ms;
    this.#tell("selection");
  }

  /**
   * Mark a range, or a side of one.
   *
   * @param {Marks} marks
   */
  mark(marks) {
    if (marks.in_ms === this.marks.in_ms && marks.out_ms === this.marks.out_ms) return;
    this.marks = marks;
    this.#tell("marks");
  }

  /**
   * Make decisions that can be undone.
   *
   * @param {Change[]} changes
   * @param {string} label what was done, for people
   */
  decide(changes, label) {
    if (changes.length === 0 || !this.#isAllowed("decide")) return;
    this.#remember({ kind: "changes", label, changes, inverse: inverseOf(this.decisions, changes) });
    this.#change(changes);
  }

  /**
   * Spell words anew; it can be undone where each is one word before and after.
   *
   * @param {Correction[]} words
   * @param {string} label
   */
  correct(words, label) {
    if (!this.#isAllowed("edit")) return;
    const isOneToOne = words.every(({ was, text }) => text !== "" && !/\s/u.test(text) && !/\s/u.test(was));
    const inverse = words.map(({ index, start_ms, was, text }) => ({ index, start_ms, was: text, text: was }));
    if (isOneToOne) this.#remember({ kind: "words", label, words, inverse });
    this.save({ kind: "words", words });
  }

  /**
   * Show what the engine would say under other options, without keeping it.
   *
   * @param {Segment[] | null} automatic null ends the trial
   */
  previewTuning(automatic) {
    this.trial = automatic;
    this.#show();
  }

  /**
   * Keep other options; decisions stay, and it can be undone.
   *
   * @param {Tuning} tuning
   */
  tune(tuning) {
    if (!this.#isAllowed("edit")) return;
    this.#remember({ kind: "options", label: "tuning", before: this.tuning, after: tuning });
    this.#tuneTo(tuning);
  }

  /**
   * Take the last step back.
   *
   * @returns {Step | null} what was taken back
   */
  undo() {
    const step = this.done.pop();
    if (!step) return null;
    this.undone.push(step);
    if (step.kind === "changes") this.#change(step.inverse);
    else if (step.kind === "words") this.save({ kind: "words", words: step.inverse });
    else this.#tuneTo(step.before);
    this.#tell("history");
    return step;
  }

  /**
   * Do again what was taken back.
   *
   * @returns {Step | null} what was done again
   */
  redo() {
    const step = this.undone.pop();
    if (!step) return null;
    this.done.push(step);
    if (step.kind === "changes") this.#change(step.changes);
    else if (step.kind === "words") this.save({ kind: "words", words: step.words });
    else this.#tuneTo(step.after);
    this.#tell("history");
    return step;
  }

  /**
   * Begin anew with what the server has now, and lay what is being saved over it.
   *
   * @param {Tuning} tuning
   * @param {Decision[]} decisions
   * @param {readonly Entry[]} unsaved
   */
  load(tuning, decisions, unsaved) {
    const before = this.decisions;
    this.tuning = tuning;
    this.decisions = unsaved.reduce(
      (merged, entry) => (entry.kind === "changes" ? mergeDecisions(merged, entry.changes) : merged),
      decisions,
    );
    this.trial = null;
    // Undoing where someone else has decided would bring back what was there before.
    this.done = stepsBeside(this.done, differing(before, this.decisions));
    this.undone = [];
    this.#show();
    this.#tell("history");
    this.#tell("tuning");
  }

  /**
   * Show segments under options that are being saved already.
   *
   * @param {Tuning} tuning
   */
  show(tuning) {
    this.tuning = tuning;
    this.trial = null;
    this.#show();
    this.#tell("tuning");
  }

  /**
   * Show what the engine says since words were corrected; decisions can still be undone, tunings cannot.
   *
   * @param {Tuning} tuning
   */
  reword(tuning) {
    this.done = this.done.filter((one) => one.kind !== "options");
    this.undone = this.undone.filter((one) => one.kind !== "options");
    this.show(tuning);
    this.#tell("history");
  }

  /**
   * Take over what an earlier page could undo and do again.
   *
   * @param {{done: Step[], undone: Step[]}} history
   */
  restore({ done, undone }) {
    this.done = [...done];
    this.undone = [...undone];
    this.#tell("history");
  }

  /** @param {Change[]} changes */
  #change(changes) {
    this.decisions = mergeDecisions(this.decisions, changes);
    this.#show();
    this.dispatchEvent(new CustomEvent("decided", { detail: changes }));
    this.save({ kind: "changes", changes });
  }

  /** @param {Tuning} tuning */
  #tuneTo(tuning) {
    this.show(tuning);
    this.save({ kind: "options", options: tuning.options });
  }

  /**
   * @param {"decide" | "edit"} permission
   * @returns {boolean}
   */
  #isAllowed(permission) {
    const isAllowed = this.may(permission);
    if (!isAllowed) this.#tell("refused");
    return isAllowed;
  }

  /** @param {Step} step */
  #remember(step) {
    this.done.push(step);
    this.undone = [];
    this.#tell("history");
  }

  #show() {
    this.segments = applyDecisions(this.trial ?? this.tuning.automatic, this.decisions);
    this.summary = summarise(this.segments);
    this.#tell("segments");
  }

  /** @param {string} name */
  #tell(name) {
    this.dispatchEvent(new Event(name));
  }
}

/**
 * The last steps that touch none of these stretches; steps before one that does would be undone in another order.
 *
 * @param {readonly Step[]} steps
 * @param {readonly Decision[]} stretches
 * @returns {Step[]}
 */
export function stepsBeside(steps, stretches) {
  const touches = (/** @type {Step} */ step) =>
    step.kind !== "changes" ||
    [...step.changes, ...step.inverse].some((one) =>
      stretches.some((other) => one.start_ms < other.end_ms && other.start_ms < one.end_ms),
    );
  return steps.slice(steps.findLastIndex(touches) + 1);
}
