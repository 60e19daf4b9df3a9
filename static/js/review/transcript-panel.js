/** The transcript beside the waveform: in step with playback, kept and removed by its words, corrected, searched. */

/** @import { ListTabs } from "./list-tabs.js" */
/** @import { ReviewStore } from "./store.js" */
/** @import { Action, Segment } from "./types.js" */
/** @import { Place, Word } from "./transcript.js" */

import { byId, show, tell } from "../core/dom.js";
import { capitalised, count } from "../core/format.js";
import { bindFillerButtons } from "./filler-buttons.js";
import { SpeakerTools } from "./speakers.js";
import { stretchOf, textOf, wordAt } from "./transcript.js";
import { bindTranscriptImport } from "./transcript-import.js";
import { TranscriptSearch } from "./transcript-search.js";
import { TranscriptView } from "./transcript-view.js";
import { WordDialog } from "./word-dialog.js";

/**
 * @typedef {object} Callbacks
 * @property {(ms: number) => void} goTo
 * @property {(file: File) => Promise<void>} importFile
 * @property {(speaker: string, name: string) => Promise<void>} renameSpeaker
 * @property {(sentence: string) => void} tellWithUndo say what was done, with a way back
 */

export class TranscriptPanel {
  /**
   * @param {ReviewStore} store
   * @param {ListTabs} tabs
   * @param {Callbacks} callbacks
   */
  constructor(store, tabs, callbacks) {
    this.store = store;
    this.callbacks = callbacks;
    this.host = byId("transcript-words", HTMLElement);
    /** The word that someone has gone to here; -1 once the cursor was moved elsewhere. */
    this.chosen = -1;
    /** The word that a selection by key began with. */
    this.anchor = -1;
    this.speakers = new SpeakerTools(callbacks.renameSpeaker, () => {
      this.view.redraw();
      this.search.run();
    });
    this.view = new TranscriptView(store, this.speakers);
    this.search = new TranscriptSearch(this.view, this.speakers, {
      goTo: (number) => this.#goTo(number),
      respell: (spellings, label) => this.#respell(spellings, label),
    });
    this.tabs = tabs;
    tabs.onShown.transcript = () => this.view.reveal(this.view.current);
    this.dialog = new WordDialog((word, text) => this.#correct(word, text));
    bindFillerButtons(store, callbacks.tellWithUndo, () => this.host.focus({ preventScroll: true }));
    bindTranscriptImport(callbacks.importFile);
    this.host.addEventListener("click", (event) => this.#click(event));
    this.host.addEventListener("dblclick", (event) => this.#openCorrection(event));
    this.host.addEventListener("keydown", (event) => this.#key(event));
    this.#wireButtons();
  }

  /** Whether it is shown in place of the list of segments. */
  get isOpen() {
    return this.tabs.shown === "transcript";
  }

  /**
   * Show the transcript, or the segments again.
   *
   * @param {boolean} isOpen
   */
  open(isOpen) {
    this.tabs.show(isOpen ? "transcript" : "segments");
  }

  /**
   * Show where something is said, and go to the first place.
   *
   * @param {string} text
   */
  find(text) {
    this.open(true);
    this.search.find(text);
  }

  /**
   * Show these words; null where there is no transcript.
   *
   * @param {Word[] | null} words
   */
  setWords(words) {
    this.chosen = -1;
    this.speakers.show(words ?? []);
    show(byId("transcript-import", HTMLElement), words === null);
    show(byId("transcript-tools", HTMLElement), words !== null);
    show(this.host, words !== null);
    show(byId("word-buttons", HTMLElement), words !== null);
    this.view.setWords(words ?? []);
    this.search.refresh();
  }

  /**
   * What is said in a segment.
   *
   * @param {Segment} segment
   * @returns {string}
   */
  textOf(segment) {
    return textOf(this.view.words, segment);
  }

  /**
   * Mark the word that is being said, and keep it in view.
   *
   * @param {number} ms
   * @param {boolean} isPlaying
   */
  setPlayhead(ms, isPlaying) {
    const number = wordAt(this.view.words, ms);
    if (isPlaying) this.chosen = -1;
    if (number === this.view.current) return;
    this.view.mark(number, this.isOpen && isPlaying && !this.view.selection());
  }

  /**
   * Keep or remove the words that are selected.
   *
   * @param {Action} action
   * @param {boolean} [isForWords] whether a button was pressed that is about words
   * @returns {boolean} whether there were any
   */
  decideOnSelection(action, isForWords = false) {
    const place = this.isOpen ? this.#meant(isForWords) : null;
    if (!place) return false;
    const stretch = stretchOf(this.view.words, place, this.store.durationMs);
    if (!stretch) {
      tell("These words have no place in the sound; decide on a segment instead.");
      return true;
    }
    const number = place.last - place.first + 1;
    this.store.decide([{ ...stretch, action }], `${action === "keep" ? "kept" : "removed"} ${count(number, "word")}`);
    this.callbacks.tellWithUndo(`${count(number, "word")} ${action === "keep" ? "kept" : "removed"}`);
    document.getSelection()?.removeAllRanges();
    return true;
  }

  /** Decide no more on the words that were chosen: someone has gone elsewhere. */
  forgetChoice() {
    this.chosen = -1;
    if (this.isOpen && this.view.selection()) document.getSelection()?.removeAllRanges();
  }

  /**
   * The words to decide on: those that are selected, or the one that was clicked while the transcript has the focus.
   *
   * @param {boolean} isForWords whether a button was pressed that is about words
   * @returns {Place | null}
   */
  #meant(isForWords) {
    const word = isForWords && this.chosen < 0 ? this.view.current : this.chosen;
    const isOnWord = word >= 0 && (isForWords || this.host.contains(document.activeElement));
    return this.view.selection() ?? (isOnWord ? { first: word, last: word } : null);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const number = this.view.numberOf(event);
    if (number < 0 || this.view.selection()) return;
    this.#goTo(number);
  }

  /** @param {number} number */
  #goTo(number) {
    const word = this.view.words[number];
    if (!word) return;
    this.view.mark(number, this.isOpen);
    this.callbacks.goTo(word.start_ms);
    this.chosen = number;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    const { words, current } = this.view;
    if (step && event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#extend(step);
    } else if (step && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#goTo(Math.min(words.length - 1, Math.max(0, current + step)));
    } else if (event.key === "Enter" || event.key === "F2") {
      event.preventDefault();
      this.#ask(current);
    }
  }

  /**
   * Select one word more, or one less.
   *
   * @param {number} step
   */
  #extend(step) {
    const place = this.view.selection();
    const { words, current } = this.view;
    if (!place || this.anchor < place.first || this.anchor > place.last) this.anchor = Math.max(0, current);
    const moving = !place ? this.anchor : this.anchor === place.first ? place.last : place.first;
    this.view.select(this.anchor, Math.min(words.length - 1, Math.max(0, place ? moving + step : moving)));
  }

  #wireButtons() {
    // A button that takes the focus would take the selection away.
    for (const id of ["words-keep", "words-remove", "word-correct"]) {
      byId(id, HTMLButtonElement).addEventListener("mousedown", (event) => event.preventDefault());
    }
    byId("words-keep", HTMLButtonElement).addEventListener("click", () => this.#decideOrExplain("keep"));
    byId("words-remove", HTMLButtonElement).addEventListener("click", () => this.#decideOrExplain("remove"));
    byId("word-correct", HTMLButtonElement).addEventListener("click", () => {
      this.#ask(this.view.selection()?.first ?? this.view.current);
    });
  }

  /** @param {Action} action */
  #decideOrExplain(action) {
    if (!this.decideOnSelection(action, true)) tell("Choose some words first: drag over them, or click on one.");
  }

  /** @param {MouseEvent} event */
  #openCorrection(event) {
    const number = this.view.numberOf(event);
    if (number < 0) return;
    document.getSelection()?.removeAllRanges();
    this.#ask(number);
  }

  /** @param {number} number */
  #ask(number) {
    const word = this.view.words[number];
    if (word) this.dialog.open(word);
    else tell("Choose a word first: click on it.");
  }

  /**
   * @param {Word} word
   * @param {string} text
   */
  #correct(word, text) {
    const { words } = this.view;
    const number = words.findIndex((one) => one.start_ms === word.start_ms && one.text === word.text);
    if (number >= 0) this.#respell([{ number, text }], `corrected “${word.text}”`);
  }

  /**
   * @param {{number: number, text: string}[]} spellings
   * @param {string} label
   */
  #respell(spellings, label) {
    const corrections = spellings.map(({ number, text }) => {
      const { index, start_ms, end_ms, timing, speaker, text: was } = /** @type {Word} */ (this.view.words[number]);
      const before = { start_ms, end_ms, timing, text: was, ...(speaker ? { speaker } : {}) };
      return { respelling: { index, start_ms, was, text }, before };
    });
    for (const { number, text } of spellings) this.view.spell(number, text);
    this.search.refresh();
    const before = this.store.done.at(-1);
    this.store.correct(corrections, label);
    if (this.store.done.at(-1) !== before) this.callbacks.tellWithUndo(capitalised(label));
  }
}
