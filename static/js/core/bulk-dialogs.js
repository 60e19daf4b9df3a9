/** What is asked before something is done with many recordings at once, wherever they are listed. */

import { call, callForBytes } from "./api.js";
import { confirmed } from "./dialogs.js";
import { byId, tell, within } from "./dom.js";
import { saveFile } from "./download.js";
import { clearErrors } from "./forms.js";
import { count } from "./format.js";
import { offerExportPresets } from "./presets.js";

const NAMES_SHOWN = 10;

/**
 * Ask for the format of an archive of cuts; the one chosen last is offered again.
 *
 * @param {HTMLDialogElement} dialog
 * @param {{analysisId: string, finished: number, left: number}} chosen one of the analyses, and how many recordings
 *   have one that is done and how many have none
 * @param {any[]} presets
 */
export async function askForArchive(dialog, { analysisId, finished, left }, presets) {
  const form = within(dialog, "form", HTMLFormElement);
  clearErrors(form);
  const { formats } = await call("GET", `/analysis/${analysisId}/export/formats`);
  const select = within(form, "[name=format]", HTMLSelectElement);
  const before = select.value;
  select.replaceChildren(
    ...formats.map((/** @type {{name: string, title: string}} */ one) => new Option(one.title, one.name)),
  );
  if (before) select.value = before;
  offerExportPresets(form, presets);
  byId("bulk-export-told", HTMLElement).textContent =
    `${count(finished, "cut")} in one zip archive.` +
    (left > 0 ? ` ${count(left, "recording")} without a finished analysis will be left out.` : "");
  dialog.showModal();
}

/**
 * Fetch an archive of cuts and hand it to the browser.
 *
 * @param {HTMLDialogElement} dialog closed when the archive is there
 * @param {string} path
 * @param {Record<string, string>} values what the dialog was filled in with
 * @param {string[]} mediaIds
 */
export async function downloadArchive(dialog, path, values, mediaIds) {
  const bytes = await callForBytes(path, "POST", { ...values, media_ids: mediaIds });
  dialog.close();
  saveFile(bytes, "cuts.zip", "application/zip");
  tell(`${count(mediaIds.length, "cut")} downloaded.`);
}

/**
 * Ask for the project that recordings are to go to.
 *
 * @param {HTMLDialogElement} dialog
 * @param {{id: string, name: string}[]} projects
 */
export function askForProject(dialog, projects) {
  const form = within(dialog, "form", HTMLFormElement);
  clearErrors(form);
  within(form, "[name=project_id]", HTMLSelectElement).replaceChildren(
    ...projects.map((one) => new Option(one.name, one.id)),
  );
  if (projects.length === 0) tell("There is no other project; make one first.");
  else dialog.showModal();
}

/**
 * Ask whether recordings are to be deleted.
 *
 * @param {string[]} titles
 * @param {string} fate what becomes of them
 */
export function agreesToDeletion(titles, fate) {
  const more = titles.length - NAMES_SHOWN;
  return confirmed({
    title: `Delete ${count(titles.length, "recording")}?`,
    text: fate,
    list: more > 0 ? [...titles.slice(0, NAMES_SHOWN), `and ${more} more`] : titles,
    yes: "Delete the recordings",
  });
}
