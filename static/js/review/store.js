/** What the page knows: segments with the person's decisions, what is selected, what can be undone. */

/** @import { Marks } from "./ranges.js" */
/** @import { Change, Decision, Segment, Summary } from "./types.js" */
/** @import { Correction, Entry, FormerWord, Respelling } from "./save-queue.js" */
/** @import { TuningOptions } from "../core/sliders.js" */

import { applyDecisions, differing, inverseOf, mergeDecisions, summarise } from "./decisions.js";
import { NO_MARKS } from "./ranges.js";
import { indexAt } from "./segments.js";

/**
 * @typedef {{options: TuningOptions, automatic: Segment[]}} Tuning options, and what the engine says under them
 * @typedef {{kind: "changes", label: string, changes: Change[], inverse: Change[]}} DecisionStep
 * @typedef {{options: TuningOptions, automatic: Segment[] | null}} FormerTuning null where the engine is to be asked again
 * @typedef {{kind: "options", label: string, before: FormerTuning, after: FormerTuning}} TuningStep
 * @typedef {{kind: "words", label: string, words: Correction[], inverse: Correction[]}} CorrectionStep
 * @typedef {DecisionStep | TuningStep | CorrectionStep} Step
 */

/**
 * Fires `segments`, `selection`, `marks`, `history` and `tuning` when these change, and `decided`, whose `detail` holds the
 * stretches, when something was decided or that was taken back. Fires `asked`, whose `detail` holds options, when what the
 * engine says under them is not known; whoever finds it out calls `answer`. Fires `refused` when something is tried that whoever
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
   * Spell words anew.
   *
   * @param {{respelling: Respelling, before: FormerWord}[]} words each with what it was
   * @param {string} label
   */
  correct(words, label) {
    if (!this.#isAllowed("edit")) return;
    const corrections = words.map(({ respelling }) => respelling);
    this.#remember({ kind: "words", label, words: corrections, inverse: words.map(correctionBack) });
    this.save({ kind: "words", words: corrections });
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
   * Show what the engine says since words were corrected; under former options it says something else by now.
   *
   * @param {Tuning} tuning
   */
  reword(tuning) {
    this.done = this.done.map(withoutSegments);
    this.undone = this.undone.map(withoutSegments);
    this.show(tuning);
  }

  /**
   * Show what the engine says under options that were asked for, unless others hold by now.
   *
   * @param {Tuning} tuning
   */
  answer(tuning) {
    if (tuning.options === this.tuning.options) this.show(tuning);
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

  /** @param {FormerTuning} tuning */
  #tuneTo({ options, automatic }) {
    this.show({ options, automatic: automatic ?? this.tuning.automatic });
    this.save({ kind: "options", options });
    if (!automatic) this.dispatchEvent(new CustomEvent("asked", { detail: options }));
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
 * A step as it is kept where segments have no room, or are others by now.
 *
 * @param {Step} step
 * @returns {Step}
 */
export function withoutSegments(step) {
  if (step.kind !== "options") return step;
  const [before, after] = [step.before, step.after].map(({ options }) => ({ options, automatic: null }));
  return { ...step, before: /** @type {FormerTuning} */ (before), after: /** @type {FormerTuning} */ (after) };
}

/**
 * What takes a correction back. A word that is one before and after is spelled as it was, and keeps what it has become
 * otherwise; one that has gone, or has become several, is put back.
 *
 * @param {{respelling: Respelling, before: FormerWord}} correction
 * @returns {Correction}
 */
function correctionBack({ respelling: { index, start_ms, was, text }, before }) {
  const isOne = text !== "" && !/\s/u.test(text) && !/\s/u.test(was);
  return isOne ? { index, start_ms, was: text, text: was } : { start_ms, was: text, restored: before };
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
