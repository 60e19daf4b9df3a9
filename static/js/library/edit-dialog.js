/** Title, description and category of a recording, and new categories. */

import { call } from "../core/api.js";
import { byId, tell, within } from "../core/dom.js";
import { bindCloseButtons } from "../core/dialogs.js";
import { bindForm, clearErrors } from "../core/forms.js";

/** @typedef {{id: string, name: string, slug: string, team_id: string | null}} Category */

export class EditDialog {
  /** @param {{saved: () => void, categoriesChanged: () => Promise<void>}} callbacks */
  constructor({ saved, categoriesChanged }) {
    this.dialog = byId("recording-dialog", HTMLDialogElement);
    this.form = within(this.dialog, "form", HTMLFormElement);
    this.select = byId("recording-category", HTMLSelectElement);
    this.newDialog = byId("category-dialog", HTMLDialogElement);
    this.newForm = within(this.newDialog, "form", HTMLFormElement);
    /** @type {Category[]} */
    this.categories = [];
    /** The recording that is edited. @type {any} */
    this.recording = null;
    for (const dialog of [this.dialog, this.newDialog]) bindCloseButtons(dialog);
    bindForm(this.form, async ({ title, description, category_id: category }) => {
      const body = { title, description, category_id: category || null };
      await call("PATCH", `/media/${this.recording.id}`, { body });
      this.dialog.close();
      tell("The recording is changed.");
      saved();
    });
    bindForm(this.newForm, async ({ name, team_id: team }) => {
      const { category } = await call("POST", "/categories", { body: { name, team_id: team || null } });
      await categoriesChanged();
      this.#offer(category.id);
      this.newDialog.close();
    });
    byId("new-category", HTMLButtonElement).addEventListener("click", () => {
      clearErrors(this.newForm);
      this.newForm.reset();
      this.newDialog.showModal();
    });
  }

  /** @param {any} recording */
  open(recording) {
    this.recording = recording;
    clearErrors(this.form);
    byId("recording-title", HTMLInputElement).value = recording.title;
    byId("recording-description", HTMLTextAreaElement).value = recording.description;
    this.#offer(recording.category?.id ?? "");
    this.dialog.showModal();
    byId("recording-title", HTMLInputElement).focus();
  }

  /** @param {string} chosen */
  #offer(chosen) {
    const fitting = this.categories.filter(({ team_id: team }) => team === null || team === this.recording.team.id);
    this.select.replaceChildren(new Option("None", ""), ...fitting.map(({ id, name }) => new Option(name, id)));
    this.select.value = chosen;
    // One of another team cannot be chosen.
    if (this.select.selectedIndex < 0) this.select.value = "";
  }
}
