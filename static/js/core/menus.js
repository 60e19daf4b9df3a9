/** Menus that open from a summary, and close when somebody goes on elsewhere. */

import { within } from "./dom.js";

/** @param {HTMLDetailsElement} menu */
export function closeOutside(menu) {
  document.addEventListener("pointerdown", (event) => {
    if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    within(menu, "summary", HTMLElement).focus();
  });
}
