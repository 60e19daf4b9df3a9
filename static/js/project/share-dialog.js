/** Sharing a project: links for clients, people outside the team, and the team that it belongs to. */

import { bindCloseButtons } from "../core/dialogs.js";
import { byId } from "../core/dom.js";
import { may } from "../core/permissions.js";
import { ProjectLinks } from "./links.js";
import { ProjectMove } from "./moving.js";
import { ProjectShares } from "./shares.js";

/**
 * @param {{id: string, teamId: string}} project
 * @param {() => string[]} chosenMedia the ids of the recordings that are chosen on the page
 */
export function bindShareDialog(project, chosenMedia) {
  const dialog = byId("share-dialog", HTMLDialogElement);
  const message = byId("share-message", HTMLElement);
  const links = new ProjectLinks(project.id, chosenMedia, message);
  const parts = may("manage") ? [new ProjectShares(project.id, message), new ProjectMove(project, message)] : [];
  bindCloseButtons(dialog);
  byId("open-share", HTMLButtonElement).addEventListener("click", () => {
    dialog.showModal();
    for (const part of [links, ...parts]) void part.begin();
  });
}
