/** Dialogs that every page of a signed-in person has. */

import { byId, element } from "./dom.js";

/**
 * Ask before something is done that cannot be taken back.
 *
 * @param {{title: string, text: string, list?: string[], yes: string}} question
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, list = [], yes }) {
  const dialog = byId("confirm-dialog", HTMLDialogElement);
  byId("confirm-dialog-title", HTMLElement).textContent = title;
  byId("confirm-dialog-text", HTMLElement).textContent = text;
  byId("confirm-dialog-yes", HTMLButtonElement).textContent = yes;
  byId("confirm-dialog-list", HTMLElement).replaceChildren(...list.map((text) => element("li", text)));
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/**
 * Let the buttons marked `data-close` close a dialog.
 *
 * @param {HTMLDialogElement} dialog
 */
export function bindCloseButtons(dialog) {
  for (const button of dialog.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => dialog.close());
  }
}
