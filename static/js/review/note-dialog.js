/** A note on a segment. */

import { bindCloseButtons } from "../core/dialogs.js";
import { byId, within } from "../core/dom.js";
import { asNote } from "./segments.js";

export class NoteDialog {
  constructor() {
    this.dialog = byId("note-dialog", HTMLDialogElement);
    this.form = within(this.dialog, "form", HTMLFormElement);
    this.input = within(this.form, "textarea", HTMLTextAreaElement);
    bindCloseButtons(this.dialog);
  }

  /**
   * Let someone write; Ctrl and Enter save, and so does Escape.
   *
   * @param {string} note as it is
   * @returns {Promise<string | null>} null when nothing is to be changed
   */
  ask(note) {
    this.input.value = note;
    this.dialog.returnValue = "";
    this.dialog.showModal();
    const over = new AbortController();
    return new Promise((resolve) => {
      /** @param {string | null} answer */
      const end = (answer) => {
        over.abort();
        if (this.dialog.open) this.dialog.close();
        resolve(answer);
      };
      this.form.addEventListener(
        "submit",
        (event) => {
          event.preventDefault();
          end(asNote(this.input.value));
        },
        { signal: over.signal },
      );
      this.input.addEventListener(
        "keydown",
        (event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) end(asNote(this.input.value));
        },
        { signal: over.signal },
      );
      // Escape keeps what was typed; the button Cancel is for who wants to drop it.
      this.dialog.addEventListener(
        "cancel",
        (event) => {
          event.preventDefault();
          end(asNote(this.input.value));
        },
        { signal: over.signal },
      );
      this.dialog.addEventListener("close", () => end(null), { signal: over.signal });
    });
  }
}
