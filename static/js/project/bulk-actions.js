/** What is done with many recordings at once: analysing, exporting, moving, deleting. */

/** @import { RecordingCard } from "./recording-card.js" */
/** @import { RecordingList } from "./recording-list.js" */

import { ApiError, call } from "../core/api.js";
import { agreesToDeletion, askForArchive, askForProject, downloadArchive } from "../core/bulk-dialogs.js";
import { bindCloseButtons } from "../core/dialogs.js";
import { announce, byId, show, tell, within } from "../core/dom.js";
import { bindForm, sentenceOf } from "../core/forms.js";
import { count } from "../core/format.js";
import { presetsOf } from "../core/presets.js";
import { agreesToPrice } from "../core/transcription-price.js";
import { allProjects } from "./all-projects.js";
import { fateOf } from "./bin.js";

export class BulkActions {
  /**
   * @param {string} projectId
   * @param {RecordingList} list
   */
  constructor(projectId, list) {
    this.projectId = projectId;
    this.list = list;
    this.bar = byId("bulk", HTMLElement);
    this.message = byId("project-message", HTMLElement);
    this.exportDialog = byId("bulk-export-dialog", HTMLDialogElement);
    this.moveDialog = byId("bulk-move-dialog", HTMLDialogElement);
    list.addEventListener("choice", () => this.#show());
    this.#wire();
    this.#show();
  }

  #wire() {
    /** @type {[string, () => Promise<void>][]} */
    const buttons = [
      ["bulk-analyse", () => this.#analyse()],
      ["bulk-export", () => this.#openExport()],
      ["bulk-move", () => this.#openMove()],
      ["bulk-delete", () => this.#delete()],
      ["bulk-none", async () => this.list.chooseNone()],
    ];
    for (const [id, action] of buttons) {
      byId(id, HTMLButtonElement).addEventListener("click", () => void this.#try(action));
    }
    byId("choose-all", HTMLButtonElement).addEventListener("click", () => {
      for (const card of this.list.shown) card.choice.checked = true;
      this.#show();
      byId("bulk-analyse", HTMLButtonElement).focus();
    });
    bindCloseButtons(this.exportDialog);
    bindCloseButtons(this.moveDialog);
    bindForm(within(this.exportDialog, "form", HTMLFormElement), (values) => this.#export(values));
    bindForm(within(this.moveDialog, "form", HTMLFormElement), (values) => this.#move(values));
  }

  #show() {
    const { chosen } = this.list;
    show(this.bar, chosen.length > 0);
    byId("bulk-told", HTMLElement).textContent = `${chosen.length.toLocaleString("en")} chosen`;
    byId("bulk-analyse", HTMLButtonElement).disabled = !chosen.some((one) => one.mayBeAnalysed);
    byId("bulk-export", HTMLButtonElement).disabled = !chosen.some(isDone);
  }

  /** @param {() => Promise<void>} action */
  async #try(action) {
    this.message.textContent = "";
    try {
      await action();
    } catch (error) {
      this.message.textContent = sentenceOf(error);
    }
  }

  async #analyse() {
    const cards = this.list.chosen.filter((one) => one.mayBeAnalysed);
    const transcribed = cards.filter((one) => one.isTranscribed);
    if (transcribed.length > 0 && !(await agreesToPrice(transcribed.map((one) => one.priced)))) return;
    this.list.chooseNone();
    for (const card of cards) {
      card.isPriceAgreed = card.isTranscribed;
      card.analyze();
    }
    tell(`${count(cards.length, "analysis", "analyses")} will begin.`);
  }

  async #openExport() {
    const cards = this.list.chosen.filter(isDone);
    const [first] = cards;
    if (!first) return;
    const left = this.list.chosen.length - cards.length;
    const chosen = { analysisId: first.analysis.id, finished: cards.length, left };
    await askForArchive(this.exportDialog, chosen, await presetsOf(this.projectId, "export"));
  }

  /** @param {Record<string, string>} values */
  async #export(values) {
    const mediaIds = this.list.chosen.filter(isDone).map((one) => one.recording.id);
    await downloadArchive(this.exportDialog, `/projects/${this.projectId}/export`, values, mediaIds);
  }

  async #openMove() {
    askForProject(
      this.moveDialog,
      (await allProjects()).filter((one) => one.id !== this.projectId),
    );
  }

  /** @param {Record<string, string>} values */
  async #move(values) {
    const cards = this.list.chosen;
    for (const card of cards) {
      await unlessGone(call("PUT", `/media/${card.recording.id}/project`, { body: { project_id: values.project_id } }));
      card.disappear("");
    }
    this.moveDialog.close();
    tell(`${count(cards.length, "recording")} moved.`);
  }

  async #delete() {
    const cards = this.list.chosen;
    const titles = cards.map((one) => one.recording.title);
    if (!(await agreesToDeletion(titles, fateOf("Their")))) return;
    for (const card of cards) {
      await unlessGone(call("DELETE", `/media/${card.recording.id}`));
      card.disappear("");
    }
    announce(`${count(cards.length, "recording")} deleted.`);
    byId("recordings-title", HTMLElement).focus();
  }
}

/**
 * What somebody else has deleted meanwhile holds nothing else up.
 *
 * @param {Promise<any>} answer
 */
async function unlessGone(answer) {
  try {
    await answer;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
}

/**
 * @param {RecordingCard} card
 * @returns {boolean}
 */
function isDone(card) {
  return card.analysis?.status === "completed";
}
