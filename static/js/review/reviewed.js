/** Whether a review is finished, said by a person and shown to everybody. */

import { call } from "../core/api.js";
import { byId, tell, within } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";

/**
 * @param {string} analysisId
 * @param {boolean} isReviewed
 */
export function bindReviewed(analysisId, isReviewed) {
  const button = byId("reviewed", HTMLButtonElement);
  const showState = (/** @type {boolean} */ isDone) => {
    button.setAttribute("aria-pressed", String(isDone));
    within(button, ".label", HTMLElement).textContent = isDone ? "Reviewed" : "Mark as reviewed";
  };
  showState(isReviewed);
  button.addEventListener("click", async () => {
    const wasDone = button.getAttribute("aria-pressed") === "true";
    button.disabled = true;
    try {
      await call(wasDone ? "DELETE" : "PUT", `/analysis/${analysisId}/reviewed`);
      showState(!wasDone);
      tell(wasDone ? "The review goes on." : "The review is finished; the card of the recording says so.");
    } catch (error) {
      tell(sentenceOf(error));
    } finally {
      button.disabled = false;
    }
  });
}
