/** A field in which a note, a reply or a change is written; nothing typed is lost, and nothing is sent twice. */

import { element } from "../core/dom.js";

/**
 * Enter sends, with Shift it makes a line; Escape leaves the field with what was typed.
 *
 * While something is sent the field is empty for what comes next; what could not be sent is back in it.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLTextAreaElement} input
 * @param {(text: string) => Promise<boolean>} send false when it could not be sent
 */
export function bindNoteField(form, input, send) {
  let isSending = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isSending) return;
    isSending = true;
    const text = input.value;
    input.value = "";
    const isSent = await send(text);
    if (!isSent) input.value = [text, input.value].filter(Boolean).join("\n");
    if (!isSent) input.dispatchEvent(new Event("input"));
    isSending = false;
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (!event.repeat) form.requestSubmit();
    }
    if (event.key === "Escape") {
      event.stopPropagation();
      input.blur();
    }
  });
}

/**
 * A form below a row of the list.
 *
 * @param {{label: string, text: string, keep: (text: string) => void, send: (text: string) => Promise<boolean>,
 *   cancel: () => void}} options
 */
export function noteForm({ label, text, keep, send, cancel }) {
  const form = document.createElement("form");
  form.className = "note-answer";
  const input = document.createElement("textarea");
  input.rows = 2;
  input.maxLength = 5000;
  input.value = text;
  input.setAttribute("aria-label", label);
  const [saveButton, cancelButton] = [element("button", "Save"), element("button", "Cancel")];
  saveButton.className = "small";
  cancelButton.type = "button";
  cancelButton.className = "secondary small";
  const buttons = document.createElement("div");
  buttons.className = "buttons";
  buttons.append(saveButton, cancelButton);
  form.append(input, buttons);
  input.addEventListener("input", () => keep(input.value));
  cancelButton.addEventListener("click", cancel);
  bindNoteField(form, input, send);
  return form;
}
