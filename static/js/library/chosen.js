/** What is done with several recordings at once. */

import { ApiError, call } from "../core/api.js";
import { agreesToDeletion, askForArchive, askForProject, downloadArchive } from "../core/bulk-dialogs.js";
import { bindCloseButtons } from "../core/dialogs.js";
import { byId, show, tell, within } from "../core/dom.js";
import { bindForm } from "../core/forms.js";
import { count } from "../core/format.js";
import { allProjects } from "../project/all-projects.js";

export class Chosen {
  /** @param {() => Promise<void>} changed called when something was done */
  constructor(changed) {
    this.changed = changed;
    /** The chosen recordings by their ids. @type {Map<string, any>} */
    this.recordings = new Map();
    this.bar = byId("library-bulk", HTMLElement);
    this.category = byId("bulk-category", HTMLSelectElement);
    this.category.addEventListener("change", () => void this.#setCategory());
    byId("bulk-analyse", HTMLButtonElement).addEventListener("click", () => void this.#analyse());
    byId("bulk-delete", HTMLButtonElement).addEventListener("click", () => void this.#delete());
    this.exportDialog = byId("bulk-export-dialog", HTMLDialogElement);
    this.moveDialog = byId("bulk-move-dialog", HTMLDialogElement);
    for (const dialog of [this.exportDialog, this.moveDialog]) bindCloseButtons(dialog);
    bindForm(within(this.exportDialog, "form", HTMLFormElement), (values) => this.#export(values));
    bindForm(within(this.moveDialog, "form", HTMLFormElement), (values) => this.#move(values));
    byId("bulk-export", HTMLButtonElement).addEventListener("click", () => void this.#openExport());
    byId("bulk-move", HTMLButtonElement).addEventListener("click", () => void this.#openMove());
    byId("bulk-none", HTMLButtonElement).addEventListener("click", () => this.clear());
  }

  /**
   * @param {any} recording
   * @param {boolean} isChosen
   */
  set(recording, isChosen) {
    if (isChosen) this.recordings.set(recording.id, recording);
    else this.recordings.delete(recording.id);
    this.#show();
  }

  clear() {
    this.recordings.clear();
    for (const box of document.querySelectorAll("#library [data-choose]")) {
      if (box instanceof HTMLInputElement) box.checked = false;
    }
    this.#show();
  }

  #show() {
    show(this.bar, this.recordings.size > 0);
    byId("library-chosen", HTMLElement).textContent = `${count(this.recordings.size, "recording")} chosen`;
  }

  async #setCategory() {
    const chosen = this.category.value;
    this.category.selectedIndex = 0;
    const body = { category_id: chosen === "none" ? null : chosen };
    await this.#each((id) => call("PATCH", `/media/${id}`, { body }), "changed");
  }

  async #analyse() {
    await this.#each((id) => call("POST", `/media/${id}/analyze`, { body: {} }), "being analysed");
  }

  /** The chosen recordings whose analysis is done. */
  get #finished() {
    return [...this.recordings.values()].filter((one) => one.analysis_id !== null);
  }

  async #openExport() {
    const finished = this.#finished;
    if (!finished[0]) {
      tell("None of them has been analysed yet; analyse them first.");
      return;
    }
    const { presets } = await call("GET", "/presets?kind=export");
    const left = this.recordings.size - finished.length;
    const chosen = { analysisId: finished[0].analysis_id, finished: finished.length, left };
    await askForArchive(this.exportDialog, chosen, presets);
  }

  /** @param {Record<string, string>} values */
  async #export(values) {
    const mediaIds = this.#finished.map((one) => one.id);
    await downloadArchive(this.exportDialog, "/library/export", values, mediaIds);
  }

  async #openMove() {
    askForProject(this.moveDialog, await allProjects());
  }

  /** @param {Record<string, string>} values */
  async #move(values) {
    const { project_id: projectId = "" } = values;
    for (const [id, one] of this.recordings) if (one.project.id === projectId) this.recordings.delete(id);
    this.moveDialog.close();
    await this.#each((id) => call("PUT", `/media/${id}/project`, { body: { project_id: projectId } }), "moved");
  }

  async #delete() {
    const titles = [...this.recordings.values()].map((one) => one.title);
    const fate = "They go into the bins of their projects, with all analyses and decisions.";
    if (await agreesToDeletion(titles, fate)) await this.#each((id) => call("DELETE", `/media/${id}`), "deleted");
  }

  /**
   * Do something with each, one after another; what is refused does not keep the others from being done.
   *
   * @param {(id: string) => Promise<unknown>} act
   * @param {string} done what is said of those with which it was
   */
  async #each(act, done) {
    let doneCount = 0;
    /** @type {string[]} */
    const refused = [];
    for (const { id, title } of [...this.recordings.values()]) {
      try {
        await act(id);
        doneCount += 1;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        refused.push(`${title}: ${error.message}`);
      }
    }
    this.clear();
    await this.changed();
    tell([`${count(doneCount, "recording")} ${done}.`, ...refused].join(" "));
  }
}
