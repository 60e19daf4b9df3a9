/** Buttons that remove all fillers of one word at once. */

/** @import { ReviewStore } from "./store.js" */

import { byId, show } from "../core/dom.js";
import { count } from "../core/format.js";
import { removeAll, waitingFillers } from "./transcript.js";

/**
 * Keep the buttons in step with what waits.
 *
 * @param {ReviewStore} store
 * @param {(sentence: string) => void} tellWithUndo
 * @param {() => void} after called when somebody has pressed one
 */
export function bindFillerButtons(store, tellWithUndo, after) {
  const follow = () => {
    const buttons = [...waitingFillers(store.segments)].map(([word, fillers]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "secondary small";
      const name = word ? `“${word}”` : "left out";
      button.textContent = `${name} × ${fillers.length}`;
      button.title = word ? `Remove all “${word}”` : "Remove all speech that the transcript leaves out";
      button.setAttribute("aria-label", `${button.textContent}: ${button.title}`);
      button.addEventListener("click", () => {
        store.decide(removeAll(fillers), `removed ${count(fillers.length, "filler")}: ${name}`);
        tellWithUndo(`${count(fillers.length, "filler")} removed`);
        after();
      });
      return button;
    });
    byId("filler-buttons", HTMLElement).replaceChildren(...buttons);
    show(byId("fillers", HTMLElement), buttons.length > 0);
  };
  store.addEventListener("segments", follow);
  follow();
}
