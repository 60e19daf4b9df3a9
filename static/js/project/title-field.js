/** The title of a recording, which is changed where it stands. */

import { show, within } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";

export class TitleField {
  /**
   * @param {HTMLElement} card
   * @param {string} title
   * @param {(title: string) => Promise<string>} save gives back the title as it is kept
   */
  constructor(card, title, save) {
    this.save = save;
    this.title = title;
    this.name = within(card, "[data-name]", HTMLElement);
    this.button = within(card, "[data-rename]", HTMLButtonElement);
    this.input = within(card, "[data-title-input]", HTMLInputElement);
    this.error = within(card, "[data-error]", HTMLElement);
    this.button.addEventListener("click", () => this.#open());
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      // The key would otherwise press the button that has the focus then.
      event.preventDefault();
      if (event.key === "Escape") this.error.textContent = "";
      else void this.#keep();
      this.#swap(false);
      this.button.focus();
    });
    this.input.addEventListener("blur", () => void this.#keep());
    this.show(title);
  }

  /** @param {string} title */
  show(title) {
    this.title = title;
    this.name.textContent = title;
    this.name.title = title;
    this.button.setAttribute("aria-label", `Rename ${title}`);
    this.input.setAttribute("aria-label", `Title of ${title}`);
  }

  #open() {
    this.input.value = this.title;
    this.#swap(true);
    this.input.select();
  }

  /** @param {boolean} isOpen */
  #swap(isOpen) {
    show(this.name, !isOpen);
    show(this.button, !isOpen);
    show(this.input, isOpen);
  }

  async #keep() {
    if (this.input.hidden) return;
    const title = this.input.value.trim();
    this.#swap(false);
    this.error.textContent = "";
    if (!title || title === this.title) return;
    try {
      this.show(await this.save(title));
    } catch (error) {
      this.error.textContent = sentenceOf(error);
      // What was written is there to be mended.
      this.#swap(true);
      this.input.value = title;
    }
  }
}
