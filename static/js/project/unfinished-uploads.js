/** Uploads that were not finished, after a reload or another day: the same file is chosen again, and they go on. */

import { call } from "../core/api.js";
import { copyOf, within } from "../core/dom.js";
import { attemptIn } from "../core/forms.js";
import { dayAndTime, size } from "../core/format.js";
import { uploadsUnderWay } from "./file-transfer.js";
import { forget, isOf } from "./fingerprints.js";

/**
 * @typedef {import("./file-transfer.js").Announced & {project_id: string, filename: string, file_size: number,
 *   expires_at: string}} Unfinished
 */

const ANOTHER = "This is another file; choose the one that the upload was begun with, or cancel the upload.";

export class UnfinishedUploads {
  /**
   * @param {string} projectId
   * @param {HTMLElement} list where rows go
   * @param {(file: File, upload: Unfinished) => void} onGoOn
   */
  constructor(projectId, list, onGoOn) {
    this.projectId = projectId;
    this.list = list;
    this.onGoOn = onGoOn;
    /** @type {Map<string, {upload: Unfinished, row: HTMLElement}>} */
    this.found = new Map();
  }

  /** Show those of this project that no page is sending. */
  async show() {
    const [{ uploads }, underWay] = await Promise.all([call("GET", "/uploads"), uploadsUnderWay()]);
    for (const upload of /** @type {Unfinished[]} */ (uploads)) {
      if (upload.project_id === this.projectId && !underWay.has(upload.file_id)) this.#add(upload);
    }
  }

  /**
   * The upload that a file was begun with, which is taken off the list; null where there is none.
   *
   * @param {File} file
   * @returns {Promise<Unfinished | null>}
   */
  async take(file) {
    for (const { upload } of this.found.values()) {
      if (await isOf(upload, file)) {
        this.#remove(upload);
        return upload;
      }
    }
    return null;
  }

  /** @param {Unfinished} upload */
  #add(upload) {
    const row = copyOf("unfinished-row");
    within(row, "[data-name]", HTMLElement).textContent = upload.filename;
    within(row, "[data-state]", HTMLElement).textContent =
      `${size(upload.file_size)}, not finished; kept until ${dayAndTime(upload.expires_at)}`;
    const chooser = within(row, "[data-file]", HTMLInputElement);
    const message = within(row, "[data-error]", HTMLElement);
    const button = within(row, "[data-choose]", HTMLButtonElement);
    button.setAttribute("aria-label", `Choose the file again to go on: ${upload.filename}`);
    button.addEventListener("click", () => chooser.click());
    chooser.addEventListener("change", async () => {
      const file = chooser.files?.[0];
      chooser.value = "";
      if (!file) return;
      if (!(await isOf(upload, file))) {
        message.textContent = ANOTHER;
        return;
      }
      this.#remove(upload);
      this.onGoOn(file, upload);
    });
    const cancel = within(row, "[data-cancel]", HTMLButtonElement);
    cancel.setAttribute("aria-label", `Cancel the upload of ${upload.filename}`);
    cancel.addEventListener("click", () =>
      attemptIn(message, async () => {
        await call("DELETE", `/upload/${upload.file_id}`);
        forget(upload.file_id);
        this.#remove(upload);
      }),
    );
    this.found.set(upload.file_id, { upload, row });
    this.list.append(row);
  }

  /** @param {Unfinished} upload */
  #remove(upload) {
    this.found.get(upload.file_id)?.row.remove();
    this.found.delete(upload.file_id);
  }
}
