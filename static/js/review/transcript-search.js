/** Searching the transcript, and replacing what was found. */

/** @import { SpeakerTools } from "./speakers.js" */
/** @import { Place } from "./transcript.js" */
/** @import { TranscriptView } from "./transcript-view.js" */

import { byId, show, tell, within } from "../core/dom.js";
import { count } from "../core/format.js";
import { isWhole, plainText, replacement, search } from "./transcript.js";

const SEARCH_PAUSE_MS = 120;

export class TranscriptSearch {
  /**
   * @param {TranscriptView} view
   * @param {SpeakerTools} speakers
   * @param {{goTo: (number: number) => void, respell: (spellings: {number: number, text: string}[], label: string) => void}} callbacks
   */
  constructor(view, speakers, callbacks) {
    this.view = view;
    this.speakers = speakers;
    this.callbacks = callbacks;
    this.form = byId("transcript-search", HTMLFormElement);
    this.input = within(this.form, "#transcript-text", HTMLInputElement);
    this.substitute = byId("transcript-substitute", HTMLInputElement);
    this.found = byId("transcript-found", HTMLElement);
    /** The words as they are compared. @type {string[]} */
    this.plain = [];
    /** @type {Place[]} */
    this.matches = [];
    this.match = -1;
    this.searched = "";
    this.#wire();
  }

  /** The words are others now. */
  refresh() {
    this.plain = this.view.words.map((one) => plainText(one.text));
    this.run();
  }

  /** Look for what is written in the field. */
  run() {
    const text = this.input.value;
    this.searched = text;
    const found = text.trim() ? search(this.plain, text) : [];
    this.matches = found.filter(({ first }) => this.speakers.isChosen(this.view.words[first]?.speaker));
    this.match = -1;
    const isEmpty = this.matches.length === 0;
    for (const id of ["match-next", "match-previous"]) byId(id, HTMLButtonElement).disabled = isEmpty;
    const whole = this.#whole().length;
    for (const id of ["replace-one", "replace-all"]) byId(id, HTMLButtonElement).disabled = whole === 0;
    this.found.textContent = text.trim() ? (isEmpty ? "Not said" : count(this.matches.length, "match", "matches")) : "";
    this.view.showMatches(this.matches, this.match);
  }

  /**
   * Look for something, and go to the first place where it is said.
   *
   * @param {string} text
   */
  find(text) {
    this.input.value = text;
    this.run();
    if (this.matches.length > 0) this.#step(1);
  }

  #wire() {
    let timer = 0;
    this.input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => this.run(), SEARCH_PAUSE_MS);
    });
    this.form.addEventListener("submit", (event) => event.preventDefault());
    // A form with two fields and no button of its own is not sent by Enter.
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      clearTimeout(timer);
      if (this.input.value !== this.searched) this.run();
      this.#step(1);
    });
    byId("match-next", HTMLButtonElement).addEventListener("click", () => this.#step(1));
    byId("match-previous", HTMLButtonElement).addEventListener("click", () => this.#step(-1));
    byId("open-replace", HTMLButtonElement).addEventListener("click", (event) => {
      const isOpen = byId("replace-tools", HTMLElement).hidden === true;
      show(byId("replace-tools", HTMLElement), isOpen);
      /** @type {HTMLElement} */ (event.currentTarget).setAttribute("aria-expanded", String(isOpen));
      if (isOpen) this.substitute.focus();
    });
    this.substitute.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.#replaceOne();
    });
    byId("replace-one", HTMLButtonElement).addEventListener("click", () => this.#replaceOne());
    byId("replace-all", HTMLButtonElement).addEventListener("click", () => this.#replace(this.#whole()));
  }

  /** @param {1 | -1} direction */
  #step(direction) {
    const { length } = this.matches;
    if (length === 0) return;
    this.match = this.match < 0 && direction < 0 ? length - 1 : (this.match + direction + length) % length;
    this.found.textContent = `${this.match + 1} of ${length}`;
    this.callbacks.goTo(this.matches[this.match]?.first ?? 0);
    this.view.showMatches(this.matches, this.match);
  }

  /** Matches that are whole words: the beginning of a word is found, and not replaced. */
  #whole() {
    return this.matches.filter((place) => isWhole(this.plain, place, this.searched));
  }

  #replaceOne() {
    const chosen = this.matches[Math.max(0, this.match)];
    if (!chosen) return;
    if (!isWhole(this.plain, chosen, this.searched)) {
      tell("This is the beginning of a longer word; write the whole word to replace it.");
      return;
    }
    this.#replace([chosen]);
  }

  /** @param {Place[]} places */
  #replace(places) {
    const spellings = places.flatMap((place) => replacement(this.view.words, place, this.substitute.value));
    if (spellings.length === 0) return;
    this.callbacks.respell(spellings, `replaced ${count(places.length, "match", "matches")}`);
  }
}
