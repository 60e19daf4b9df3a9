/** What each key and each button of the review does, by the names of the key table. */

/** @import { ExportDialog } from "./exporting.js" */
/** @import { GroupPanel } from "./group-panel.js" */
/** @import { KeyPanel } from "./key-panel.js" */
/** @import { Player } from "./player.js" */
/** @import { SegmentList } from "./segment-list.js" */
/** @import { ReviewStore } from "./store.js" */
/** @import { TranscriptPanel } from "./transcript-panel.js" */
/** @import { TuningPanel } from "./tuning.js" */
/** @import { FrameRate } from "./types.js" */
/** @import { WaveformView } from "./waveform.js" */

import { announce, byId } from "../core/dom.js";
import { may } from "../core/permissions.js";
import { Cursor } from "./cursor.js";
import { Deciding } from "./deciding.js";
import { EdgeTools } from "./edge-tools.js";
import { Listening } from "./listening.js";
import { NO_MARKS } from "./ranges.js";
import { Shuttle } from "./shuttle.js";

const SECOND_MS = 1000;
const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3];

/** @typedef {{start_ms: number, end_ms: number}} Stretch */

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
 * @property {KeyPanel} keys
 * @property {FrameRate | null} frameRate
 */

/** Fires `run`, whose `detail` is the name of a command, when one has been done. */
export class Commands extends EventTarget {
  /** @param {Parts} parts */
  constructor(parts) {
    super();
    const { store, player, list, waveform, transcript, frameRate } = parts;
    this.store = store;
    this.player = player;
    this.cursor = new Cursor(store, player, { list, waveform, transcript }, frameRate);
    this.deciding = new Deciding(store, this.cursor);
    this.edges = new EdgeTools(store, this.cursor, (sentence) => this.deciding.tellWithUndo(sentence));
    this.listening = new Listening(store, player);
    this.rate = byId("rate", HTMLSelectElement);
    this.shuttle = new Shuttle(player, () => Number(this.rate.value));
    this.rate.addEventListener("change", () => player.setRate(Number(this.rate.value)));
    /** Writes a note about a segment, or with null at the playhead. @type {(segment: Stretch | null) => void} */
    this.writeNote = () => {};
    /** @type {Record<string, () => void>} */
    this.byName = { ...this.#toPlay(), ...this.#toDecide(), ...this.#toMove(parts), ...this.#toLook(parts) };
  }

  /**
   * Do what a key or a button says.
   *
   * @param {string} name
   */
  run(name) {
    this.byName[name]?.();
    this.dispatchEvent(new CustomEvent("run", { detail: name }));
  }

  /** @returns {Record<string, () => void>} */
  #toPlay() {
    const { player, listening, shuttle } = this;
    return {
      playPause: () => player.toggle(),
      playSegment: () => listening.playSegment(),
      playAroundCut: () => listening.playAround(),
      audition: () => listening.audition(),
      preview: () => listening.preview(),
      shuttleBack: () => shuttle.push(-1),
      shuttleStop: () => player.pause(),
      shuttleForward: () => shuttle.push(1),
      slower: () => this.#changeRate(-1),
      faster: () => this.#changeRate(1),
    };
  }

  /** @returns {Record<string, () => void>} */
  #toDecide() {
    const { deciding, edges } = this;
    return {
      keep: () => deciding.decide("keep"),
      remove: () => deciding.decide("remove"),
      trimStart: () => deciding.trim("start"),
      trimEnd: () => deciding.trim("end"),
      takeBack: () => deciding.takeBack(),
      markIn: () => deciding.mark("in"),
      markOut: () => deciding.mark("out"),
      note: () => void deciding.note(),
      writeNote: () => this.writeNote(null),
      writeSegmentNote: () => this.writeNote(this.store.selected ?? null),
      undo: () => deciding.undo(),
      redo: () => deciding.redo(),
      split: () => edges.split(),
      merge: () => edges.merge(),
      startEarlier: () => edges.moveStart(-1),
      startLater: () => edges.moveStart(1),
      endEarlier: () => edges.moveEnd(-1),
      endLater: () => edges.moveEnd(1),
    };
  }

  /**
   * @param {Parts} parts
   * @returns {Record<string, () => void>}
   */
  #toMove({ list, groups }) {
    const { cursor, player, store } = this;
    return {
      next: () => cursor.go(list.neighbour(1)),
      previous: () => cursor.go(list.neighbour(-1)),
      nextSuggestion: () => cursor.goToSuggestion(),
      back: () => cursor.seek(player.ms - SECOND_MS),
      forward: () => cursor.seek(player.ms + SECOND_MS),
      frameBack: () => cursor.stepFrames(-1),
      frameForward: () => cursor.stepFrames(1),
      tenFramesBack: () => cursor.stepFrames(-10),
      tenFramesForward: () => cursor.stepFrames(10),
      previousEdge: () => cursor.stepEdges(-1),
      nextEdge: () => cursor.stepEdges(1),
      toStart: () => cursor.seek(0),
      toEnd: () => cursor.seek(store.durationMs),
      here: () => cursor.selectHere(),
      lock: () => cursor.lock(),
      groups: () => groups.focus(),
      selectAll: () => list.markAll(),
    };
  }

  /**
   * @param {Parts} parts
   * @returns {Record<string, () => void>}
   */
  #toLook({ list, waveform, transcript, tuning, exporting, keys }) {
    return {
      zoomIn: () => waveform.zoomByStep(1),
      zoomOut: () => waveform.zoomByStep(-1),
      zoomToFit: () => waveform.zoomToFit(),
      zoomToSegment: () => waveform.zoomToSelection(),
      words: () => transcript.open(!transcript.isOpen),
      tune: () => (tuning.isOpen ? tuning.close() : tuning.open()),
      export: () => {
        if (may("export")) void exporting.open();
      },
      showKeys: () => keys.open(),
      close: () => {
        if (tuning.isOpen) tuning.close();
        else if (this.store.marks !== NO_MARKS) this.store.mark(NO_MARKS);
        else list.unmark();
      },
    };
  }

  /** @param {1 | -1} direction */
  #changeRate(direction) {
    const place = RATES.indexOf(Number(this.rate.value)) + direction;
    const rate = RATES[Math.min(RATES.length - 1, Math.max(0, place))] ?? 1;
    this.rate.value = String(rate);
    this.player.setRate(rate);
    announce(`Speed ${rate}`);
  }
}
