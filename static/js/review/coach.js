/** The first minutes with a sample: four keys to try, each ticked off once it was pressed. */

/** @import { Commands } from "./commands.js" */
/** @import { KeyPanel } from "./key-panel.js" */

import { announce, byId, show } from "../core/dom.js";

/** @type {[string[], string, string][]} */
const STEPS = [
  [["playPause"], "playPause", "plays and pauses"],
  [["nextSuggestion"], "nextSuggestion", "goes to a suggestion, which nobody has decided on"],
  [["remove", "keep"], "remove", "removes what is heard"],
  [["preview"], "preview", "plays the cut, without what is removed"],
];

/**
 * Coach whoever has come here with the sample.
 *
 * @param {Commands} commands
 * @param {KeyPanel} keys
 */
export function startCoach(commands, keys) {
  if (!new URLSearchParams(location.search).has("coach")) return;
  const panel = byId("coach", HTMLElement);
  const items = STEPS.map(([, name, meaning]) => {
    const item = document.createElement("li");
    const key = document.createElement("kbd");
    key.textContent = keys.firstKeyOf(name);
    item.append(key, ` ${meaning}`);
    return item;
  });
  byId("coach-steps", HTMLElement).replaceChildren(...items);
  show(panel, true);
  // One thing at a time.
  show(byId("keys-notice", HTMLElement), false);
  const end = () => show(panel, false);
  byId("coach-end", HTMLButtonElement).addEventListener("click", end);
  commands.addEventListener("run", (event) => {
    const name = /** @type {CustomEvent<string>} */ (event).detail;
    const place = STEPS.findIndex(([names]) => names.includes(name));
    items[place]?.classList.add("is-done");
    if (!items.every((one) => one.classList.contains("is-done"))) return;
    byId("coach-told", HTMLElement).textContent =
      "That is all it takes. Export the cut with its button when you like it.";
    announce("That is all it takes.");
  });
}
