/** The transcript beside the waveform: in step with playback, searched, corrected, kept and removed by its words. */

/** @import { ReviewStore } from "./store.js" */
/** @import { Action, Segment } from "./types.js" */
/** @import { Correction } from "./save-queue.js" */
/** @import { Place, Word } from "./transcript.js" */

import { announce, byId, show, tell, within } from "../core/dom.js";
import { bindForm } from "../core/forms.js";
import { count, moment } from "../core/format.js";
import { Flash } from "./flash.js";
import { indexAt } from "./segments.js";
import { SpeakerTools } from "./speakers.js";
import {
  joinTexts,
  paragraphsOf,
  plainText,
  removeAll,
  search,
  stretchOf,
  textOf,
  waitingFillers,
  wordAt,
} from "./transcript.js";

const SEARCH_PAUSE_MS = 120;

/**
 * @typedef {object} Callbacks
 * @property {(ms: number) => void} goTo
 * @property {(correction: Correction) => void} correct
 * @property {(file: File) => Promise<void>} importFile
 * @property {(speaker: string, name: string) => Promise<void>} renameSpeaker
 */

export class TranscriptPanel {
  /**
   * @param {ReviewStore} store
   * @param {Callbacks} callbacks
   */
  constructor(store, callbacks) {
    this.store = store;
    this.callbacks = callbacks;
    this.host = byId("transcript-words", HTMLElement);
    this.found = byId("transcript-found", HTMLElement);
    this.dialog = byId("word-dialog", HTMLDialogElement);
    /** @type {Word[]} */
    this.words = [];
    /** @type {string[]} */
    this.plain = [];
    /** @type {Place[]} */
    this.paragraphs = [];
    /** @type {Place[]} */
    this.matches = [];
    this.match = -1;
    /** The word that is said at the playhead. */
    this.current = -1;
    /** The word that someone has gone to here; -1 once the cursor was moved elsewhere. */
    this.chosen = -1;
    /** The word that a selection by key began with. */
    this.anchor = -1;
    /** The word that is being corrected. @type {Word | null} */
    this.editing = null;
    this.searched = "";
    /** Paragraphs whose words are elements of their own, because they are in view. @type {Set<HTMLElement>} */
    this.drawn = new Set();
    this.observer = new IntersectionObserver((seen) => this.#follow(seen), { root: this.host, rootMargin: "300px" });
    this.host.addEventListener("click", (event) => this.#click(event));
    this.host.addEventListener("dblclick", (event) => this.#openCorrection(event));
    this.host.addEventListener("keydown", (event) => this.#key(event));
    store.addEventListener("segments", () => this.#segmentsChanged());
    this.flash = new Flash(store, () => {
      for (const one of this.drawn) this.#colour(one);
    });
    this.speakers = new SpeakerTools(callbacks.renameSpeaker, () => {
      this.#drawParagraphs();
      this.#search();
    });
    this.#wireTabs();
    this.#wireSearch();
    this.#wireTools();
    this.#wireImport();
  }

  /** Whether it is shown in place of the list of segments. */
  get isOpen() {
    return !byId("transcript", HTMLElement).hidden;
  }

  /**
   * Show these words; null where there is no transcript.
   *
   * @param {Word[] | null} words
   */
  setWords(words) {
    const { scrollTop } = this.host;
    const currentMs = this.words[this.current]?.start_ms;
    this.words = words ?? [];
    this.plain = this.words.map((one) => plainText(one.text));
    this.speakers.show(this.words);
    this.paragraphs = paragraphsOf(this.words);
    this.current = currentMs === undefined ? -1 : wordAt(this.words, currentMs);
    this.chosen = -1;
    show(byId("transcript-import", HTMLElement), words === null);
    show(byId("transcript-tools", HTMLElement), words !== null);
    show(this.host, words !== null);
    show(byId("word-buttons", HTMLElement), words !== null);
    this.#drawParagraphs();
    this.host.scrollTop = scrollTop;
    this.#segmentsChanged();
    this.#search();
  }

  /**
   * What is said in a segment.
   *
   * @param {Segment} segment
   * @returns {string}
   */
  textOf(segment) {
    return textOf(this.words, segment);
  }

  /**
   * Mark the word that is being said, and keep it in view.
   *
   * @param {number} ms
   * @param {boolean} isPlaying
   */
  setPlayhead(ms, isPlaying) {
    const number = wordAt(this.words, ms);
    if (isPlaying) this.chosen = -1;
    if (number === this.current) return;
    this.#mark(number, isPlaying && !this.selection());
  }

  /**
   * The words that are selected with the mouse, or by key.
   *
   * @returns {Place | null}
   */
  selection() {
    const selected = document.getSelection();
    if (!selected || selected.isCollapsed || selected.rangeCount === 0) return null;
    const range = selected.getRangeAt(0);
    const places = [...this.host.children]
      .filter((one) => range.intersectsNode(one))
      .flatMap((one) => this.#selectedIn(/** @type {HTMLElement} */ (one), range));
    const [first, last] = [places[0], places.at(-1)];
    return first && last ? { first: first.first, last: last.last } : null;
  }

  /**
   * The words of a paragraph that a range holds.
   *
   * @param {HTMLElement} paragraph
   * @param {Range} range
   * @returns {Place[]}
   */
  #selectedIn(paragraph, range) {
    const place = this.#placeOf(paragraph);
    if (!place) return [];
    // One that is out of view is in the middle of the range, and so in it as a whole.
    if (!this.drawn.has(paragraph)) return [place];
    const held = [...paragraph.querySelectorAll("[data-index]")].filter((one) => touches(range, one));
    return held.map((one) => {
      const number = Number(/** @type {HTMLElement} */ (one).dataset.index);
      return { first: number, last: number };
    });
  }

  /**
   * The words to decide on: those that are selected, or the one that was clicked while the transcript has the focus.
   *
   * @param {boolean} isForWords whether a button was pressed that is about words
   * @returns {Place | null}
   */
  #chosen(isForWords) {
    const word = isForWords && this.chosen < 0 ? this.current : this.chosen;
    const isOnWord = word >= 0 && (isForWords || this.host.contains(document.activeElement));
    return this.selection() ?? (isOnWord ? { first: word, last: word } : null);
  }

  /**
   * Keep or remove the words that are selected.
   *
   * @param {Action} action
   * @param {boolean} [isForWords] whether a button was pressed that is about words
   * @returns {boolean} whether there were any
   */
  decideOnSelection(action, isForWords = false) {
    const place = this.isOpen ? this.#chosen(isForWords) : null;
    if (!place) return false;
    const stretch = stretchOf(this.words, place, this.store.durationMs);
    if (!stretch) {
      tell("These words have no place in the sound; decide on a segment instead.");
      return true;
    }
    const number = place.last - place.first + 1;
    this.store.decide([{ ...stretch, action }], `${action === "keep" ? "kept" : "removed"} ${count(number, "word")}`);
    announce(`${count(number, "word")} ${action === "keep" ? "kept" : "removed"}`);
    document.getSelection()?.removeAllRanges();
    return true;
  }

  /** Decide no more on the words that were chosen: someone has gone elsewhere. */
  forgetChoice() {
    this.chosen = -1;
    if (this.isOpen && this.selection()) document.getSelection()?.removeAllRanges();
  }

  #drawParagraphs() {
    this.observer.disconnect();
    this.drawn.clear();
    const elements = this.paragraphs.map((place, number) => {
      const element = document.createElement("p");
      element.dataset.paragraph = String(number);
      element.textContent = this.#textBetween(place);
      element.hidden = !this.speakers.isChosen(this.words[place.first]?.speaker);
      return element;
    });
    this.host.replaceChildren(...elements);
    for (const one of elements) this.observer.observe(one);
  }

  /** @param {Place} place */
  #textBetween({ first, last }) {
    return joinTexts(this.words.slice(first, last + 1).map((one) => one.text));
  }

  /** @param {IntersectionObserverEntry[]} seen */
  #follow(seen) {
    for (const { target, isIntersecting } of seen) {
      if (!(target instanceof HTMLElement)) continue;
      if (isIntersecting) this.#draw(target);
      else if (!this.selection()) this.#undraw(target);
    }
  }

  /** @param {HTMLElement} element */
  #draw(element) {
    if (this.drawn.has(element)) return;
    const place = this.#placeOf(element);
    if (!place) return;
    this.drawn.add(element);
    const time = document.createElement("span");
    time.className = "paragraph-time";
    time.textContent = moment(this.words[place.first]?.start_ms ?? 0);
    /** @type {(Node | string)[]} */
    const parts = [time];
    const speaker = this.words[place.first]?.speaker;
    if (speaker) parts.push(this.speakers.label(speaker));
    for (let number = place.first; number <= place.last; number += 1) parts.push(" ", this.#element(number));
    element.replaceChildren(...parts);
    this.#colour(element);
  }

  /** @param {HTMLElement} element */
  #undraw(element) {
    const place = this.#placeOf(element);
    if (!place || !this.drawn.delete(element)) return;
    element.textContent = this.#textBetween(place);
  }

  /** @param {HTMLElement} element */
  #placeOf(element) {
    return this.paragraphs[Number(element.dataset.paragraph)];
  }

  /** @param {number} number */
  #element(number) {
    const word = /** @type {Word} */ (this.words[number]);
    const element = document.createElement("span");
    element.dataset.index = String(number);
    element.textContent = word.text;
    if (word.filler_word) element.dataset.filler = word.filler_word;
    element.dataset.timing = word.timing;
    const hints = [word.reason, HINTS[word.timing]].filter(Boolean);
    if (hints.length > 0) element.title = hints.join("; ");
    return element;
  }

  /**
   * Show what becomes of each word.
   *
   * @param {HTMLElement} paragraph
   */
  #colour(paragraph) {
    const match = this.matches[this.match];
    const { segments } = this.store;
    for (const element of paragraph.querySelectorAll("[data-index]")) {
      if (!(element instanceof HTMLElement)) continue;
      const number = Number(element.dataset.index);
      const word = /** @type {Word} */ (this.words[number]);
      const segment = segments[indexAt(segments, (word.start_ms + word.end_ms) / 2)];
      element.dataset.action = segment?.action ?? "keep";
      element.classList.toggle("is-flashed", this.flash.holds(word));
      element.classList.toggle("is-current", number === this.current);
      element.classList.toggle("is-match", match !== undefined && match.first <= number && number <= match.last);
    }
  }

  #segmentsChanged() {
    for (const one of this.drawn) this.#colour(one);
    this.#showFillers();
  }

  /**
   * @param {number} number
   * @param {boolean} isRevealed
   */
  #mark(number, isRevealed) {
    const before = this.current;
    this.current = number;
    for (const one of [before, number]) this.#wordElement(one)?.classList.toggle("is-current", one === number);
    if (isRevealed && this.isOpen) this.#reveal(number);
  }

  /**
   * @param {number} number
   * @returns {HTMLElement | null}
   */
  #wordElement(number) {
    return this.host.querySelector(`[data-index="${number}"]`);
  }

  /** @param {number} number */
  #reveal(number) {
    const index = this.paragraphs.findIndex(({ last }) => last >= number);
    const paragraph = this.host.children[index];
    if (!(paragraph instanceof HTMLElement)) return;
    this.#draw(paragraph);
    const element = this.#wordElement(number);
    if (!element) return;
    const [host, word] = [this.host.getBoundingClientRect(), element.getBoundingClientRect()];
    if (word.top < host.top) this.host.scrollTop += word.top - host.top - 8;
    else if (word.bottom > host.bottom) this.host.scrollTop += word.bottom - host.bottom + 8;
  }

  /** @param {Event} event */
  #numberOf(event) {
    const element = event.target instanceof Element ? event.target.closest("[data-index]") : null;
    return element instanceof HTMLElement ? Number(element.dataset.index) : -1;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const number = this.#numberOf(event);
    if (number < 0 || this.selection()) return;
    this.#goTo(number);
  }

  /** @param {number} number */
  #goTo(number) {
    const word = this.words[number];
    if (!word) return;
    this.#mark(number, true);
    this.callbacks.goTo(word.start_ms);
    this.chosen = number;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (step && event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#extend(step);
    } else if (step && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#goTo(Math.min(this.words.length - 1, Math.max(0, this.current + step)));
    } else if (event.key === "Enter" || event.key === "F2") {
      event.preventDefault();
      this.#ask(this.current);
    }
  }

  /**
   * Select one word more, or one less.
   *
   * @param {number} step
   */
  #extend(step) {
    const place = this.selection();
    if (!place || this.anchor < place.first || this.anchor > place.last) this.anchor = Math.max(0, this.current);
    const moving = !place ? this.anchor : this.anchor === place.first ? place.last : place.first;
    const extent = Math.min(this.words.length - 1, Math.max(0, place ? moving + step : moving));
    this.#reveal(this.anchor);
    this.#reveal(extent);
    const [from, to] = [this.#wordElement(this.anchor), this.#wordElement(extent)];
    if (!from || !to) return;
    const isForward = extent >= this.anchor;
    document
      .getSelection()
      ?.setBaseAndExtent(from, isForward ? 0 : from.childNodes.length, to, isForward ? to.childNodes.length : 0);
  }

  #wireTabs() {
    const tabs = [byId("tab-segments", HTMLButtonElement), byId("tab-transcript", HTMLButtonElement)];
    for (const tab of tabs) {
      tab.addEventListener("click", () => this.open(tab.id === "tab-transcript"));
      tab.addEventListener("keydown", (event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        event.preventDefault();
        event.stopPropagation();
        this.open(!this.isOpen);
        tabs.find((one) => one.getAttribute("aria-selected") === "true")?.focus();
      });
    }
  }

  /**
   * Show the transcript, or the segments again.
   *
   * @param {boolean} isOpen
   */
  open(isOpen) {
    show(byId("transcript", HTMLElement), isOpen);
    show(byId("segment-part", HTMLElement), !isOpen);
    for (const [id, isSelected] of /** @type {[string, boolean][]} */ ([
      ["tab-segments", !isOpen],
      ["tab-transcript", isOpen],
    ])) {
      const tab = byId(id, HTMLButtonElement);
      tab.setAttribute("aria-selected", String(isSelected));
      tab.tabIndex = isSelected ? 0 : -1;
    }
    if (isOpen) this.#reveal(this.current);
  }

  #wireSearch() {
    const form = byId("transcript-search", HTMLFormElement);
    const input = within(form, "input", HTMLInputElement);
    let timer = 0;
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => this.#search(), SEARCH_PAUSE_MS);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(timer);
      if (input.value !== this.searched) this.#search();
      this.#step(1);
    });
    byId("match-next", HTMLButtonElement).addEventListener("click", () => this.#step(1));
    byId("match-previous", HTMLButtonElement).addEventListener("click", () => this.#step(-1));
  }

  #search() {
    const text = within(byId("transcript-search", HTMLFormElement), "input", HTMLInputElement).value;
    this.searched = text;
    const found = text.trim() ? search(this.plain, text) : [];
    this.matches = found.filter(({ first }) => this.speakers.isChosen(this.words[first]?.speaker));
    this.match = -1;
    const isEmpty = this.matches.length === 0;
    for (const id of ["match-next", "match-previous"]) byId(id, HTMLButtonElement).disabled = isEmpty;
    this.found.textContent = text.trim() ? (isEmpty ? "Not said" : count(this.matches.length, "match", "matches")) : "";
    for (const one of this.drawn) this.#colour(one);
  }

  /** @param {1 | -1} direction */
  #step(direction) {
    const { length } = this.matches;
    if (length === 0) return;
    this.match = this.match < 0 && direction < 0 ? length - 1 : (this.match + direction + length) % length;
    this.found.textContent = `${this.match + 1} of ${length}`;
    this.#goTo(this.matches[this.match]?.first ?? 0);
    for (const one of this.drawn) this.#colour(one);
  }

  #wireTools() {
    // A button that takes the focus would take the selection away.
    for (const id of ["words-keep", "words-remove", "word-correct"]) {
      byId(id, HTMLButtonElement).addEventListener("mousedown", (event) => event.preventDefault());
    }
    byId("words-keep", HTMLButtonElement).addEventListener("click", () => this.#decideOrExplain("keep"));
    byId("words-remove", HTMLButtonElement).addEventListener("click", () => this.#decideOrExplain("remove"));
    byId("word-correct", HTMLButtonElement).addEventListener("click", () => {
      this.#ask(this.selection()?.first ?? this.current);
    });
    const form = within(this.dialog, "form", HTMLFormElement);
    for (const button of this.dialog.querySelectorAll("[data-close]")) {
      button.addEventListener("click", () => this.dialog.close());
    }
    bindForm(form, async ({ text }) => {
      const word = this.editing;
      this.dialog.close();
      if (word && text !== undefined && text.trim() !== word.text) this.#correct(word, text.trim());
    });
  }

  /** @param {Action} action */
  #decideOrExplain(action) {
    if (!this.decideOnSelection(action, true)) tell("Choose some words first: drag over them, or click on one.");
  }

  /** @param {MouseEvent} event */
  #openCorrection(event) {
    const number = this.#numberOf(event);
    if (number < 0) return;
    document.getSelection()?.removeAllRanges();
    this.#ask(number);
  }

  /** @param {number} number */
  #ask(number) {
    const word = this.words[number];
    if (!word) {
      tell("Choose a word first: click on it.");
      return;
    }
    // The words may be loaded anew while the dialog is open.
    this.editing = word;
    const input = within(this.dialog, "input", HTMLInputElement);
    input.value = word.text;
    this.dialog.showModal();
    input.select();
  }

  /**
   * @param {Word} word
   * @param {string} text
   */
  #correct(word, text) {
    const number = this.words.findIndex((one) => one.start_ms === word.start_ms && one.text === word.text);
    if (number >= 0) {
      this.words[number] = { ...word, text };
      this.plain[number] = plainText(text);
      const element = this.#wordElement(number);
      if (element) element.textContent = text;
    }
    this.callbacks.correct({ index: word.index, start_ms: word.start_ms, was: word.text, text });
  }

  /** Buttons that accept all fillers of one word at once. */
  #showFillers() {
    const groups = waitingFillers(this.store.segments);
    const buttons = [...groups].map(([word, fillers]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "secondary small";
      const name = word ? `“${word}”` : "left out";
      button.textContent = `${name} × ${fillers.length}`;
      button.title = word ? `Remove all “${word}”` : "Remove all speech that the transcript leaves out";
      button.setAttribute("aria-label", `${button.textContent}: ${button.title}`);
      button.addEventListener("click", () => {
        this.store.decide(removeAll(fillers), `removed ${count(fillers.length, "filler")}: ${name}`);
        tell(`${count(fillers.length, "filler")} removed; Ctrl Z takes them back.`);
        this.host.focus({ preventScroll: true });
      });
      return button;
    });
    byId("filler-buttons", HTMLElement).replaceChildren(...buttons);
    show(byId("fillers", HTMLElement), buttons.length > 0);
  }

  #wireImport() {
    const input = byId("transcript-file", HTMLInputElement);
    const outcome = byId("transcript-outcome", HTMLElement);
    input.addEventListener("change", async () => {
      const file = input.files?.[0];
      input.value = "";
      if (!file) return;
      outcome.textContent = "Saving your decisions, then reading the transcript …";
      try {
        await this.callbacks.importFile(file);
        outcome.textContent = "";
      } catch (error) {
        outcome.textContent = error instanceof Error ? error.message : String(error);
      }
    });
  }
}

/** @type {Record<Word["timing"], string>} */
const HINTS = {
  exact: "",
  estimated: "its time is estimated from the caption",
  unplaced: "no speech is heard where it should be",
};

/**
 * Whether a range holds any of the text of an element.
 *
 * @param {Range} range
 * @param {Element} element
 * @returns {boolean}
 */
function touches(range, element) {
  const whole = document.createRange();
  whole.selectNodeContents(element);
  return (
    range.compareBoundaryPoints(Range.END_TO_START, whole) < 0 &&
    range.compareBoundaryPoints(Range.START_TO_END, whole) > 0
  );
}
