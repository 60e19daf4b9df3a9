/** The words of a transcript on the page: paragraphs whose words are elements only while they are in view. */

/** @import { SpeakerTools } from "./speakers.js" */
/** @import { ReviewStore } from "./store.js" */
/** @import { Place, Word } from "./transcript.js" */

import { byId } from "../core/dom.js";
import { moment } from "../core/format.js";
import { bisect } from "./decisions.js";
import { Flash } from "./flash.js";
import { indexAt } from "./segments.js";
import { joinTexts, paragraphsOf, wordAt } from "./transcript.js";

export class TranscriptView {
  /**
   * @param {ReviewStore} store
   * @param {SpeakerTools} speakers
   */
  constructor(store, speakers) {
    this.store = store;
    this.speakers = speakers;
    this.host = byId("transcript-words", HTMLElement);
    /** @type {Word[]} */
    this.words = [];
    /** @type {Place[]} */
    this.paragraphs = [];
    /** What a search has found, in the order of the words. @type {readonly Place[]} */
    this.matches = [];
    /** Which of them one has gone to; -1 for none. */
    this.match = -1;
    /** The word that is said at the playhead. */
    this.current = -1;
    /** Paragraphs whose words are elements of their own, because they are in view. @type {Set<HTMLElement>} */
    this.drawn = new Set();
    this.observer = new IntersectionObserver((seen) => this.#follow(seen), { root: this.host, rootMargin: "300px" });
    this.flash = new Flash(store, () => this.colour());
    store.addEventListener("segments", () => this.colour());
  }

  /**
   * Show other words, where the eye is already.
   *
   * @param {Word[]} words
   */
  setWords(words) {
    const { scrollTop } = this.host;
    const currentMs = this.words[this.current]?.start_ms;
    this.words = words;
    this.paragraphs = paragraphsOf(words);
    this.current = currentMs === undefined ? -1 : wordAt(words, currentMs);
    this.redraw();
    this.host.scrollTop = scrollTop;
  }

  /** Make all paragraphs anew. */
  redraw() {
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

  /** Show what becomes of the words in view, and which of them were found. */
  colour() {
    for (const one of this.drawn) this.#colour(one);
  }

  /**
   * Mark what a search has found.
   *
   * @param {readonly Place[]} matches
   * @param {number} match the one that was gone to
   */
  showMatches(matches, match) {
    this.matches = matches;
    this.match = match;
    this.colour();
  }

  /**
   * Mark the word that is said.
   *
   * @param {number} number
   * @param {boolean} isRevealed
   */
  mark(number, isRevealed) {
    const before = this.current;
    this.current = number;
    for (const one of [before, number]) this.elementOf(one)?.classList.toggle("is-current", one === number);
    if (isRevealed) this.reveal(number);
  }

  /**
   * Spell a word otherwise, until the server has answered.
   *
   * @param {number} number
   * @param {string} text
   */
  spell(number, text) {
    const word = this.words[number];
    if (!word) return;
    this.words[number] = { ...word, text };
    const element = this.elementOf(number);
    if (element) element.textContent = text;
  }

  /**
   * Bring a word into view.
   *
   * @param {number} number
   */
  reveal(number) {
    const index = this.paragraphs.findIndex(({ last }) => last >= number);
    const paragraph = this.host.children[index];
    if (!(paragraph instanceof HTMLElement)) return;
    this.#draw(paragraph);
    const element = this.elementOf(number);
    if (!element) return;
    const [host, word] = [this.host.getBoundingClientRect(), element.getBoundingClientRect()];
    if (word.top < host.top) this.host.scrollTop += word.top - host.top - 8;
    else if (word.bottom > host.bottom) this.host.scrollTop += word.bottom - host.bottom + 8;
  }

  /**
   * @param {number} number
   * @returns {HTMLElement | null} null while it is out of view
   */
  elementOf(number) {
    return this.host.querySelector(`[data-index="${number}"]`);
  }

  /**
   * The number of the word that something has happened to.
   *
   * @param {Event} event
   * @returns {number} -1 for none
   */
  numberOf(event) {
    const element = event.target instanceof Element ? event.target.closest("[data-index]") : null;
    return element instanceof HTMLElement ? Number(element.dataset.index) : -1;
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
   * Select the words from one to another, whichever comes first.
   *
   * @param {number} anchor where the selection began
   * @param {number} extent
   */
  select(anchor, extent) {
    this.reveal(anchor);
    this.reveal(extent);
    const [from, to] = [this.elementOf(anchor), this.elementOf(extent)];
    if (!from || !to) return;
    const isForward = extent >= anchor;
    document
      .getSelection()
      ?.setBaseAndExtent(from, isForward ? 0 : from.childNodes.length, to, isForward ? to.childNodes.length : 0);
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

  /** @param {HTMLElement} paragraph */
  #colour(paragraph) {
    const chosen = this.matches[this.match];
    const { segments } = this.store;
    for (const element of paragraph.querySelectorAll("[data-index]")) {
      if (!(element instanceof HTMLElement)) continue;
      const number = Number(element.dataset.index);
      const word = /** @type {Word} */ (this.words[number]);
      const segment = segments[indexAt(segments, (word.start_ms + word.end_ms) / 2)];
      element.dataset.action = segment?.action ?? "keep";
      element.classList.toggle("is-flashed", this.flash.holds(word));
      element.classList.toggle("is-current", number === this.current);
      element.classList.toggle("is-found", isFound(this.matches, number));
      element.classList.toggle("is-match", chosen !== undefined && chosen.first <= number && number <= chosen.last);
    }
  }
}

/** @type {Record<Word["timing"], string>} */
const HINTS = {
  exact: "",
  estimated: "its time is estimated from the caption",
  unplaced: "no speech is heard where it should be",
};

/**
 * Whether a word is a part of something that was found.
 *
 * @param {readonly Place[]} matches in the order of the words
 * @param {number} number
 * @returns {boolean}
 */
function isFound(matches, number) {
  const first = matches[bisect(matches.length, (place) => (matches[place]?.last ?? -1) >= number)];
  return first !== undefined && first.first <= number;
}

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
