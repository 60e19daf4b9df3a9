/** The export: every format with what it says about itself, the one that suits first. */

import { call, callForBytes } from "../core/api.js";
import { bindCloseButtons } from "../core/dialogs.js";
import { announce, byId, copyOf, tell, within } from "../core/dom.js";
import { bindForm, sentenceOf } from "../core/forms.js";
import { count, duration } from "../core/format.js";
import { NotSavedError } from "./saving.js";

const FOLDER = "clipflow.media-folder";
const PAUSE_MS = 300;
/** A browser may begin to read a file only after a while. */
const DOWNLOAD_MS = 60_000;

/**
 * @typedef {object} Report
 * @property {string} file_name
 * @property {string} mime_type
 * @property {number} clips
 * @property {number} kept_ms
 * @property {number} largest_error_frames
 * @property {string | null} command
 * @property {{message: string}[]} warnings
 *
 * @typedef {object} Format
 * @property {string} name
 * @property {string} title
 * @property {string[]} editors
 * @property {boolean} is_suited
 * @property {string | null} reason
 */

export class ExportDialog {
  /**
   * @param {string} analysisId
   * @param {{unsaved: number, allSaved: () => Promise<void>}} saving
   */
  constructor(analysisId, saving) {
    this.analysisId = analysisId;
    this.saving = saving;
    this.dialog = byId("export-dialog", HTMLDialogElement);
    this.form = within(this.dialog, "form", HTMLFormElement);
    this.list = byId("formats", HTMLElement);
    this.outcome = within(this.form, "[data-outcome]", HTMLElement);
    this.round = 0;
    bindCloseButtons(this.dialog);
    const folder = within(this.form, "[name=media_folder]", HTMLInputElement);
    folder.value = localStorage.getItem(FOLDER) ?? "";
    folder.addEventListener("input", () => localStorage.setItem(FOLDER, folder.value));
    this.form.addEventListener("input", () => void this.#refreshSoon());
    // Pressing Enter in a field changes nothing that has not been looked at already.
    bindForm(this.form, async () => {});
  }

  /** Show it, with the formats as the cut is now. */
  async open() {
    this.dialog.showModal();
    await this.#refresh();
  }

  async #refreshSoon() {
    const round = (this.round += 1);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    if (round === this.round) await this.#refresh();
  }

  async #refresh() {
    const round = (this.round += 1);
    this.outcome.textContent = this.saving.unsaved ? "Waiting until your last decisions are saved …" : "";
    this.list.setAttribute("aria-busy", "true");
    try {
      await this.saving.allSaved();
      this.outcome.textContent = "";
      const { formats } = await call("GET", `/analysis/${this.analysisId}/export/formats?${this.#query()}`);
      if (round !== this.round) return;
      const sorted = /** @type {Format[]} */ (formats).toSorted((a, b) => Number(b.is_suited) - Number(a.is_suited));
      this.list.replaceChildren(...sorted.map((one) => this.#row(one)));
      if (sorted[0]?.is_suited) this.list.firstElementChild?.dispatchEvent(new Event("pointerenter"));
    } catch (error) {
      this.outcome.textContent = sentenceOf(error);
      if (error instanceof NotSavedError) {
        // What asks the question lies below this dialog.
        this.dialog.close();
        tell(error.message);
      }
    } finally {
      this.list.removeAttribute("aria-busy");
    }
  }

  /**
   * @param {Format} format
   * @returns {HTMLElement}
   */
  #row(format) {
    const row = copyOf("format-row");
    within(row, "[data-title]", HTMLElement).textContent = format.title;
    within(row, "[data-editors]", HTMLElement).textContent = format.editors.join(", ");
    const report = within(row, "[data-report]", HTMLElement);
    const button = within(row, "[data-download]", HTMLButtonElement);
    row.dataset.format = format.name;
    button.setAttribute("aria-label", `Download ${format.title}`);
    if (!format.is_suited) {
      button.disabled = true;
      report.textContent = format.reason ?? "It does not suit this recording.";
      return row;
    }
    /** @type {Promise<Report | null> | null} */
    let facts = null;
    // Found by writing the whole cut, so only for what someone looks at.
    const describe = () => (facts ??= this.#describe(format.name, row));
    for (const event of ["pointerenter", "focusin"]) row.addEventListener(event, () => void describe());
    button.addEventListener("click", async () => {
      const known = await describe();
      if (known) await this.#download(format.name, known, button);
    });
    return row;
  }

  /**
   * Show how the cut comes out in a format.
   *
   * @param {string} name
   * @param {HTMLElement} row
   * @returns {Promise<Report | null>} null when it cannot be told
   */
  async #describe(name, row) {
    const report = within(row, "[data-report]", HTMLElement);
    try {
      /** @type {{report: Report}} */
      const { report: facts } = await call(
        "GET",
        `/analysis/${this.analysisId}/export/report?format=${name}&${this.#query()}`,
      );
      this.#showReport(row, facts);
      return facts;
    } catch (error) {
      report.textContent = sentenceOf(error);
      return null;
    }
  }

  /**
   * @param {HTMLElement} row
   * @param {Report} facts
   */
  #showReport(row, facts) {
    within(row, "[data-report]", HTMLElement).textContent =
      `${count(facts.clips, "clip")}, ${duration(facts.kept_ms)}, ` +
      `at most ${facts.largest_error_frames.toFixed(2)} frames from where you put an edge`;
    within(row, "[data-command]", HTMLElement).textContent = facts.command ?? "";
    within(row, "[data-warnings]", HTMLElement).replaceChildren(...facts.warnings.map(warningItem));
  }

  /**
   * @param {string} name
   * @param {Report} report
   * @param {HTMLButtonElement} button
   */
  async #download(name, report, button) {
    this.outcome.textContent = "";
    button.setAttribute("aria-busy", "true");
    try {
      await this.saving.allSaved();
      const bytes = await callForBytes(`/analysis/${this.analysisId}/export?format=${name}&${this.#query()}`);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([bytes], { type: report.mime_type }));
      link.download = report.file_name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), DOWNLOAD_MS);
      announce(`${report.file_name} is downloaded.`);
    } catch (error) {
      this.outcome.textContent = sentenceOf(error);
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  /** @returns {string} */
  #query() {
    const values = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) if (value) values.set(name, String(value));
    return values.toString();
  }
}

/**
 * @param {{message: string}} warning
 * @returns {HTMLLIElement}
 */
function warningItem({ message }) {
  const item = document.createElement("li");
  item.textContent = message;
  return item;
}
