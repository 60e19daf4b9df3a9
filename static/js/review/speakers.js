/** Who speaks: names beside the paragraphs, a filter, and new names for the whole transcript. */

/** @import { Word } from "./transcript.js" */

import { byId, show, within } from "../core/dom.js";
import { bindForm } from "../core/forms.js";
import { speakersOf } from "./transcript.js";

export class SpeakerTools {
  /**
   * @param {(speaker: string, name: string) => Promise<void>} rename
   * @param {() => void} filterChanged
   */
  constructor(rename, filterChanged) {
    this.filter = byId("transcript-speaker", HTMLSelectElement);
    this.dialog = byId("speaker-dialog", HTMLDialogElement);
    /** The speaker whose name is being changed. */
    this.renaming = "";
    this.filter.addEventListener("change", filterChanged);
    for (const button of this.dialog.querySelectorAll("[data-close]")) {
      button.addEventListener("click", () => this.dialog.close());
    }
    bindForm(within(this.dialog, "form", HTMLFormElement), async ({ name }) => {
      if (name !== undefined && name.trim() !== this.renaming) await rename(this.renaming, name.trim());
      this.dialog.close();
    });
  }

  /**
   * Offer the speakers of these words.
   *
   * @param {readonly Word[]} words
   */
  show(words) {
    const speakers = speakersOf(words);
    const chosen = this.filter.value;
    const options = speakers.map((one) => new Option(one, one));
    this.filter.replaceChildren(new Option("Everybody", ""), ...options);
    this.filter.value = speakers.includes(chosen) ? chosen : "";
    show(this.filter, speakers.length > 1);
  }

  /**
   * Whether what a speaker says is to be seen.
   *
   * @param {string | undefined} speaker
   * @returns {boolean}
   */
  isChosen(speaker) {
    return !this.filter.value || this.filter.value === speaker;
  }

  /**
   * A speaker's name, which a click changes.
   *
   * @param {string} speaker
   * @returns {HTMLElement}
   */
  label(speaker) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "paragraph-speaker";
    button.textContent = speaker;
    button.title = "Give this speaker another name";
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      this.#ask(speaker);
    });
    return button;
  }

  /** @param {string} speaker */
  #ask(speaker) {
    this.renaming = speaker;
    const input = within(this.dialog, "input", HTMLInputElement);
    input.value = speaker;
    this.dialog.showModal();
    input.select();
  }
}
