/** A transcript that is brought along in a file. */

import { byId } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";

/** @param {(file: File) => Promise<void>} importFile */
export function bindTranscriptImport(importFile) {
  const input = byId("transcript-file", HTMLInputElement);
  const outcome = byId("transcript-outcome", HTMLElement);
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    input.value = "";
    if (!file) return;
    outcome.textContent = "Saving your decisions, then reading the transcript …";
    try {
      await importFile(file);
      outcome.textContent = "";
    } catch (error) {
      outcome.textContent = sentenceOf(error);
    }
  });
}
