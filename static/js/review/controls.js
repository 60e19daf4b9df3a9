/** Buttons, keys and filter of the review, joined to what they do. */

/** @import { Commands } from "./commands.js" */
/** @import { KeyPanel } from "./key-panel.js" */
/** @import { Player } from "./player.js" */
/** @import { SegmentList } from "./segment-list.js" */
/** @import { ReviewStore } from "./store.js" */

import { bindCloseButtons } from "../core/dialogs.js";
import { byId, within } from "../core/dom.js";
import { belongsTo, isLetter, mayRepeat } from "./keys.js";

/**
 * @param {Commands} commands
 * @param {ReviewStore} store
 * @param {Player} player
 */
export function wireButtons(commands, store, player) {
  for (const button of document.querySelectorAll("[data-command]")) {
    button.addEventListener("click", (event) => {
      const name = /** @type {HTMLElement} */ (button).dataset.command ?? "";
      // After a click the keys go on working on the list; Space would otherwise press the button again.
      const isPointer = /** @type {MouseEvent} */ (event).detail > 0;
      if (isPointer) byId("segments", HTMLElement).focus({ preventScroll: true });
      commands.run(name);
    });
  }
  for (const dialog of document.querySelectorAll("dialog")) bindCloseButtons(dialog);
  byId("volume", HTMLInputElement).addEventListener("input", (event) => {
    player.setVolume(Number(/** @type {HTMLInputElement} */ (event.target).value) / 100);
  });
  const [undo, redo] = [byId("undo", HTMLButtonElement), byId("redo", HTMLButtonElement)];
  const follow = () => {
    undo.disabled = store.done.length === 0;
    redo.disabled = store.undone.length === 0;
  };
  store.addEventListener("history", follow);
  follow();
}

/**
 * @param {Commands} commands
 * @param {KeyPanel} keys
 */
export function wireKeys(commands, keys) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const focused = event.target instanceof HTMLElement ? event.target : document.body;
    if (belongsTo(event, /** @type {HTMLInputElement} */ (focused))) return;
    const command = keys.commandOf(event);
    // In the transcript it selects words, as anywhere.
    if (command === "selectAll" && commands.cursor.transcript.isOpen) return;
    if (!command || (isLetter(event) && document.documentElement.dataset.letterKeys === "off")) return;
    event.preventDefault();
    if (event.repeat && !mayRepeat(command)) return;
    commands.run(command);
  });
}

/** @param {SegmentList} list */
export function wireFilter(list) {
  const form = byId("filter", HTMLFormElement);
  const choose = () => {
    const values = new FormData(form);
    list.setFilter({
      ...list.filter,
      type: String(values.get("type") ?? ""),
      action: String(values.get("action") ?? ""),
      undecidedFirst: values.has("undecided_first"),
    });
  };
  // One of them stands outside of the form.
  for (const choice of form.elements) choice.addEventListener("input", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  giveFocusBack();
}

/** Who has chosen with the mouse goes on with the keys of the list; who has chosen by key stays where they are. */
function giveFocusBack() {
  for (const choice of document.querySelectorAll("#filter select, [form=filter], #rate")) {
    let isByPointer = false;
    choice.addEventListener("pointerdown", () => (isByPointer = true));
    choice.addEventListener("keydown", () => (isByPointer = false));
    choice.addEventListener("change", () => {
      if (isByPointer) byId("segments", HTMLElement).focus({ preventScroll: true });
    });
  }
}

/**
 * Show the filter of the list in its fields.
 *
 * @param {SegmentList} list
 */
export function showFilter(list) {
  const form = byId("filter", HTMLFormElement);
  within(form, "[name=type]", HTMLSelectElement).value = list.filter.type;
  within(form, "[name=action]", HTMLSelectElement).value = list.filter.action;
  within(document, "[name=undecided_first]", HTMLInputElement).checked = list.filter.undecidedFirst;
}
