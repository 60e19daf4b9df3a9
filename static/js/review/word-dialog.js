/** The dialog in which a word is spelled anew. */

/** @import { Word } from "./transcript.js" */

import { bindCloseButtons } from "../core/dialogs.js";
import { byId, within } from "../core/dom.js";
import { bindForm } from "../core/forms.js";

export class WordDialog {
  /** @param {(word: Word, text: string) => void} correct */
  constructor(correct) {
    this.dialog = byId("word-dialog", HTMLDialogElement);
    /** Kept, because the words may be loaded anew while the dialog is open. @type {Word | null} */
    this.word = null;
    bindCloseButtons(this.dialog);
    bindForm(within(this.dialog, "form", HTMLFormElement), async ({ text }) => {
      this.dialog.close();
      if (this.word && text !== undefined && text.trim() !== this.word.text) correct(this.word, text.trim());
    });
  }

  /** @param {Word} word */
  open(word) {
    this.word = word;
    const input = within(this.dialog, "input", HTMLInputElement);
    input.value = word.text;
    this.dialog.showModal();
    input.select();
  }
}
