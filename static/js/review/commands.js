/** Everything that a key or a button of the review does. */

/** @import { ExportDialog } from "./exporting.js" */
/** @import { GroupPanel } from "./group-panel.js" */
/** @import { Player } from "./player.js" */
/** @import { SegmentList } from "./segment-list.js" */
/** @import { ReviewStore, Step } from "./store.js" */
/** @import { TranscriptPanel } from "./transcript-panel.js" */
/** @import { TuningPanel } from "./tuning.js" */
/** @import { Action, FrameRate, Segment } from "./types.js" */
/** @import { WaveformView } from "./waveform.js" */

import { announce, byId, tell } from "../core/dom.js";
import { count, moment } from "../core/format.js";
import { from, joinNear } from "./cut-playback.js";
import { NoteDialog } from "./note-dialog.js";
import { decide, indexAt, isUndecided, merge, moveEdge, playedStretches, split } from "./segments.js";
import { snapToFrame } from "./snapping.js";
import { frameAt, frameStart } from "./timecode.js";

const BESIDE_MS = 1000;
const SECOND_MS = 1000;
/** A frame of recordings without a picture. */
const SOUND_FRAME_MS = 20;
const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3];

/**
 * @typedef {object} Parts
 * @property {ReviewStore} store
 * @property {Player} player
 * @property {SegmentList} list
 * @property {WaveformView} waveform
 * @property {TuningPanel} tuning
 * @property {ExportDialog} exporting
 * @property {TranscriptPanel} transcript
 * @property {GroupPanel} groups
 * @property {FrameRate | null} frameRate
 */

export class Commands {
  /** @param {Parts} parts */
  constructor({ store, player, list, waveform, tuning, exporting, transcript, groups, frameRate }) {
    this.store = store;
    this.player = player;
    this.list = list;
    this.waveform = waveform;
    this.tuning = tuning;
    this.exporting = exporting;
    this.transcript = transcript;
    this.frameRate = frameRate;
    this.notes = new NoteDialog();
    /** Whether the selection stays where it is while the recording plays on. */
    this.isLocked = false;
    /** Where the suggestion starts that someone has gone to last. */
    this.visitedMs = -1;
    this.rate = byId("rate", HTMLSelectElement);
    this.rate.addEventListener("change", () => player.setRate(Number(this.rate.value)));
    store.addEventListener("segments", () => player.change(playedStretches(store.segments)));
    /** @type {Record<string, () => void>} */
    this.byName = {
      playPause: () => player.toggle(),
      keep: () => this.#decide("keep", "kept"),
      remove: () => this.#decide("remove", "removed"),
      takeBack: () => this.#takeBack(),
      next: () => this.#go(list.neighbour(1)),
      previous: () => this.#go(list.neighbour(-1)),
      nextSuggestion: () => this.#goToSuggestion(),
      playSegment: () => this.#play((one) => [one], "stretch"),
      playAroundCut: () => this.#play((one) => [this.#around(one)], "stretch"),
      audition: () => this.#play((one) => this.#join(one), "loop"),
      preview: () => this.#preview(),
      lock: () => this.#lock(),
      back: () => this.seek(player.ms - SECOND_MS),
      forward: () => this.seek(player.ms + SECOND_MS),
      frameBack: () => this.#stepFrames(-1),
      frameForward: () => this.#stepFrames(1),
      toStart: () => this.seek(0),
      toEnd: () => this.seek(store.durationMs),
      slower: () => this.#changeRate(-1),
      faster: () => this.#changeRate(1),
      split: () => this.#split(),
      merge: () => this.#merge(),
      startEarlier: () => this.#moveStart(-1),
      startLater: () => this.#moveStart(1),
      endEarlier: () => this.#moveEnd(-1),
      endLater: () => this.#moveEnd(1),
      note: () => void this.#note(),
      undo: () => this.#showStep(store.undo(), "Undone"),
      redo: () => this.#showStep(store.redo(), "Done again"),
      here: () => this.#selectHere(),
      close: () => (tuning.isOpen ? tuning.close() : list.unmark()),
      zoomIn: () => waveform.zoomByStep(1),
      zoomOut: () => waveform.zoomByStep(-1),
      zoomToFit: () => waveform.zoomToFit(),
      zoomToSegment: () => waveform.zoomToSelection(),
      groups: () => groups.focus(),
      selectAll: () => list.markAll(),
      words: () => transcript.open(!transcript.isOpen),
      tune: () => (tuning.isOpen ? tuning.close() : tuning.open()),
      export: () => void exporting.open(),
      showKeys: () => byId("keys-dialog", HTMLDialogElement).showModal(),
    };
  }

  /**
   * Do what a key or a button says.
   *
   * @param {string} name
   */
  run(name) {
    this.byName[name]?.();
  }

  /**
   * Go to a moment: playhead, selected segment and current word are one cursor.
   *
   * @param {number} ms
   */
  seek(ms) {
    this.player.seek(ms);
    this.transcript.forgetChoice();
    if (this.isLocked) return;
    this.store.select(this.player.ms);
    this.list.revealSelection();
  }

  /**
   * Select what is heard, unless someone holds the selection or listens to a stretch around it.
   *
   * @param {number} ms
   */
  follow(ms) {
    const { store, player } = this;
    const isRunning = player.mode === "playing" || player.mode === "preview";
    if (this.isLocked || !isRunning || indexAt(store.segments, ms) === store.selectedIndex) return;
    store.select(ms);
  }

  /** Hold the selection while the recording plays on, or let it follow again. */
  #lock() {
    this.isLocked = !this.isLocked;
    byId("lock", HTMLButtonElement).setAttribute("aria-pressed", String(this.isLocked));
    announce(this.isLocked ? "The selection stays." : "The selection follows what is heard.");
    if (!this.isLocked) this.follow(this.player.ms);
  }

  /** Whether the selection moves on by itself, so that no decision has to move it. */
  get #isFollowing() {
    return !this.isLocked && (this.player.mode === "playing" || this.player.mode === "preview");
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
    this.#tellWithUndo(`Edge moved to ${moment(newRight.start_ms)}`);
    // The edge may have gone past the moment that was selected.
    if (selectedIndex === edge) this.store.select(newRight.start_ms);
    if (selectedIndex === edge - 1) this.store.select(newLeft.start_ms);
  }

  /**
   * @param {Action} action
   * @param {string} told
   */
  #decide(action, told) {
    if (this.transcript.decideOnSelection(action)) return;
    if (this.#isFollowing) this.follow(this.player.ms);
    const { markedSegments } = this.list;
    if (markedSegments.length > 0) {
      this.decideAll(markedSegments, action, count(markedSegments.length, "segment"));
      this.list.unmark();
      return;
    }
    const { selected } = this.store;
    if (!selected) return;
    const next = this.#isFollowing ? undefined : this.#afterDeciding(selected);
    this.store.decide([decide(selected, action, selected.note)], told);
    this.#tellWithUndo(`${asSentence(told)} ${moment(selected.start_ms)}; ${this.#left}`);
    if (next) this.#go(next);
  }

  /**
   * Decide on many at once; one undo takes all of it back.
   *
   * @param {readonly Segment[]} segments
   * @param {Action} action
   * @param {string} name of them, with their number
   */
  decideAll(segments, action, name) {
    const told = `${action === "keep" ? "kept" : "removed"} ${name}`;
    this.store.decide(
      segments.map((one) => decide(one, action, one.note)),
      told,
    );
    this.#tellWithUndo(`${asSentence(told)}; ${this.#left}`);
  }

  get #left() {
    return `${count(this.store.summary.suggestions, "suggestion")} left`;
  }

  /**
   * Say what was done, with a way back.
   *
   * @param {string} sentence
   */
  #tellWithUndo(sentence) {
    tell(sentence, { label: "Undo", run: () => this.run("undo") });
  }

  /**
   * What is selected after a decision: the next segment of the list, but not one that is no suggestion while someone
   * goes through the suggestions.
   *
   * @param {Segment} decided
   * @returns {Segment | undefined}
   */
  #afterDeciding(decided) {
    const next = this.list.neighbour(1);
    const wereSuggestions = this.list.filter.undecidedFirst && isUndecided(decided);
    if (!wereSuggestions || !next || isUndecided(next)) return next;
    tell("That was the last suggestion.");
    return undefined;
  }

  #takeBack() {
    const { selected } = this.store;
    if (selected?.decided_by !== "user") return;
    this.store.decide([decide(selected, "auto")], "decision taken back");
    this.#tellWithUndo(`Taken back ${moment(selected.start_ms)}`);
  }

  /** @param {Segment | undefined} segment */
  #go(segment) {
    if (!segment) return;
    this.transcript.forgetChoice();
    this.list.unmark();
    this.visitedMs = segment.start_ms;
    this.store.select(segment.start_ms);
    // What is played again and again belongs to where the cursor was.
    if (this.player.mode === "loop" || this.player.mode === "stretch") this.player.pause();
    this.player.seek(segment.start_ms);
    this.waveform.revealSelection();
    this.list.revealSelection();
  }

  #goToSuggestion() {
    const { segments, selected, selectedIndex } = this.store;
    // One that nobody has gone to yet is the next one, as at the very beginning.
    if (selected && isUndecided(selected) && selected.start_ms !== this.visitedMs) {
      this.#go(selected);
      return;
    }
    const later = segments.slice(selectedIndex + 1).find(isUndecided);
    const found = later ?? segments.find(isUndecided);
    if (found) this.#go(found);
    else tell("No suggestion is left.");
  }

  /**
   * @param {(segment: Segment) => {start_ms: number, end_ms: number}[]} stretchesOf
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
   * Play segments one after another, each with a second around it.
   *
   * @param {readonly Segment[]} segments in the order of time
   */
  listen(segments) {
    if (this.player.mode === "stretch") this.player.pause();
    else this.player.playStretches(joined(segments.map((one) => this.#around(one))), "stretch");
  }

  /**
   * @param {Segment} segment
   * @returns {{start_ms: number, end_ms: number}}
   */
  #around({ start_ms: start, end_ms: end }) {
    return { start_ms: Math.max(0, start - BESIDE_MS), end_ms: Math.min(this.store.durationMs, end + BESIDE_MS) };
  }

  /**
   * What is heard either side when the segment is cut out; beside one that is kept, the nearest cut.
   *
   * @param {Segment} segment
   * @returns {{start_ms: number, end_ms: number}[]}
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

  #preview() {
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
   * Go to another frame: a little behind its start, which milliseconds cannot name exactly.
   *
   * @param {1 | -1} direction
   */
  #stepFrames(direction) {
    const { player, frameRate } = this;
    if (frameRate) this.seek(frameStart(frameAt(player.ms, frameRate) + direction, frameRate) + 0.25 * this.#frameMs);
    else this.seek(player.ms + direction * this.#frameMs);
  }

  get #frameMs() {
    return this.frameRate ? (1000 * this.frameRate.denominator) / this.frameRate.numerator : SOUND_FRAME_MS;
  }

  /** @param {1 | -1} direction */
  #changeRate(direction) {
    const place = RATES.indexOf(Number(this.rate.value)) + direction;
    const rate = RATES[Math.min(RATES.length - 1, Math.max(0, place))] ?? 1;
    this.rate.value = String(rate);
    this.player.setRate(rate);
    announce(`Speed ${rate}`);
  }

  #split() {
    const ms = snapToFrame(this.player.ms, this.frameRate);
    this.store.select(ms);
    const { selected } = this.store;
    const changes = selected ? split(selected, ms) : [];
    if (changes.length === 0) tell("There is nothing to split here; move the playhead into a segment.");
    this.store.decide(changes, "split");
    if (changes.length > 0) this.#tellWithUndo(`Split ${moment(ms)}`);
  }

  #merge() {
    const { segments, selectedIndex } = this.store;
    const first = this.#wasJustSplit(selectedIndex) ? selectedIndex - 1 : selectedIndex;
    const [segment, next] = [segments[first], segments[first + 1]];
    if (!segment || !next) {
      tell("There is no segment after this one to merge with.");
      return;
    }
    this.store.decide([merge(segment, next)], "merge");
    this.#tellWithUndo(`Merged ${moment(segment.start_ms)}`);
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

  /** @param {1 | -1} direction */
  #moveStart(direction) {
    const { selected, selectedIndex } = this.store;
    if (selected)
      this.moveEdge(selectedIndex, snapToFrame(selected.start_ms + direction * this.#frameMs, this.frameRate));
  }

  /** @param {1 | -1} direction */
  #moveEnd(direction) {
    const { selected, selectedIndex } = this.store;
    if (selected)
      this.moveEdge(selectedIndex + 1, snapToFrame(selected.end_ms + direction * this.#frameMs, this.frameRate));
  }

  async #note() {
    const { selected } = this.store;
    if (!selected) return;
    const note = await this.notes.ask(selected.note ?? "");
    if (note !== null && note !== (selected.note ?? "")) {
      this.store.decide([decide(selected, selected.action, note)], "note");
      this.#tellWithUndo(note ? "Note saved" : "Note taken away");
    }
  }

  /** Select what is being heard or seen. */
  #selectHere() {
    this.store.select(this.player.ms);
    this.waveform.revealSelection();
    this.list.revealSelection();
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
    if (change) this.#go(this.store.segments[indexAt(this.store.segments, change.start_ms)]);
  }
}

/**
 * @param {string} told such as "removed"
 * @returns {string}
 */
function asSentence(told) {
  return told.charAt(0).toUpperCase() + told.slice(1);
}

/**
 * Stretches without overlap: those that touch become one.
 *
 * @param {{start_ms: number, end_ms: number}[]} stretches in the order of time
 * @returns {{start_ms: number, end_ms: number}[]}
 */
function joined(stretches) {
  /** @type {{start_ms: number, end_ms: number}[]} */
  const result = [];
  for (const one of stretches) {
    const last = result.at(-1);
    if (last && one.start_ms <= last.end_ms) last.end_ms = Math.max(last.end_ms, one.end_ms);
    else result.push({ ...one });
  }
  return result;
}
