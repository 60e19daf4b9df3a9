/** The export: the format that was used last first, all others folded by what they are for. */

/** @import { ReviewStore } from "./store.js" */

import { call, callForBytes } from "../core/api.js";
import { bindCloseButtons } from "../core/dialogs.js";
import { announce, byId, copyOf, element, show, tell, within } from "../core/dom.js";
import { saveFile } from "../core/download.js";
import { bindForm, sentenceOf } from "../core/forms.js";
import { count, duration } from "../core/format.js";
import { isGuest, may } from "../core/permissions.js";
import { fillExportForm, offerExportPresets, presetsOf, savePreset } from "../core/presets.js";
import { NotSavedError } from "./saving.js";

const FOLDER = "clipflow.media-folder";
const LAST_FORMAT = "clipflow.last-format";
const PAUSE_MS = 300;
/** @type {[string, string][]} */
const KINDS = [
  ["editor", "Editors"],
  ["captions", "Captions and transcripts"],
  ["other", "Other programs"],
];

/**
 * @typedef {{code: string, message: string}} Warning
 *
 * @typedef {object} Report
 * @property {string} file_name
 * @property {string} mime_type
 * @property {number} clips
 * @property {number} kept_ms
 * @property {number} largest_error_frames
 * @property {string | null} command
 * @property {Warning[]} warnings
 *
 * @typedef {object} Format
 * @property {string} name
 * @property {string} title
 * @property {string[]} editors
 * @property {string} kind
 * @property {string[]} import_steps
 * @property {boolean} is_suited
 * @property {string | null} reason
 */

export class ExportDialog {
  /**
   * @param {{analysisId: string, projectId: string, teamId: string}} ids
   * @param {{unsaved: number, allSaved: () => Promise<void>}} saving
   * @param {ReviewStore} store
   */
  constructor({ analysisId, projectId, teamId }, saving, store) {
    this.analysisId = analysisId;
    this.projectId = projectId;
    this.teamId = teamId;
    this.saving = saving;
    this.store = store;
    this.dialog = byId("export-dialog", HTMLDialogElement);
    this.form = within(this.dialog, "form", HTMLFormElement);
    this.list = byId("formats", HTMLElement);
    this.warnings = byId("export-warnings", HTMLElement);
    this.outcome = within(this.form, "[data-outcome]", HTMLElement);
    this.round = 0;
    /** The format that counts more than the one that was used last. */
    this.presetFormat = "";
    /** @type {Format[]} */
    this.formats = [];
    /** What is said once at the top, and so in no row. @type {Set<string>} */
    this.saidOnTop = new Set();
    bindCloseButtons(this.dialog);
    const folder = within(this.form, "[name=media_folder]", HTMLInputElement);
    folder.value = localStorage.getItem(FOLDER) ?? "";
    folder.addEventListener("input", () => localStorage.setItem(FOLDER, folder.value));
    this.form.addEventListener("input", () => void this.#refreshSoon());
    // Pressing Enter in a field changes nothing that has not been looked at already.
    bindForm(this.form, async () => {});
    if (!isGuest()) byId("save-export-preset", HTMLButtonElement).addEventListener("click", () => void this.#save());
  }

  /** Show it, with the formats as the cut is now. */
  async open() {
    this.#askAboutSuggestions();
    this.dialog.showModal();
    if (!isGuest()) await this.#offerPresets();
    await this.#refresh();
  }

  /** Whoever has exported before goes on with that; a newcomer begins with the default of the team. */
  async #offerPresets() {
    try {
      const presets = await presetsOf(this.projectId, "export");
      offerExportPresets(this.form, presets, (preset) => this.#follow(preset));
      const standard = presets.find((one) => one.is_default);
      if (!standard || localStorage.getItem(LAST_FORMAT) || this.presetFormat) return;
      within(this.form, "[data-presets]", HTMLSelectElement).value = standard.id;
      fillExportForm(this.form, standard.export ?? {});
      this.presetFormat = standard.export?.format ?? "";
    } catch (error) {
      this.outcome.textContent = sentenceOf(error);
    }
  }

  /** @param {{export: Record<string, any> | null}} preset */
  #follow(preset) {
    this.presetFormat = preset.export?.format ?? "";
    void this.#refreshSoon();
  }

  /** Give what is chosen here a name. */
  async #save() {
    const settings = Object.fromEntries([...new FormData(this.form)].filter(([, value]) => value));
    const formats = this.formats.filter((one) => one.is_suited).map((one) => new Option(one.title, one.name));
    const first = this.#firstOf(this.formats)?.name;
    for (const one of formats) one.selected = one.value === first;
    await savePreset({ teamId: this.teamId, kind: "export", settings, formats, mayBeDefault: may("manage") });
    await this.#offerPresets();
  }

  /**
   * The format that somebody most probably wants.
   *
   * @param {Format[]} formats
   * @returns {Format | undefined}
   */
  #firstOf(formats) {
    const suited = formats.filter((one) => one.is_suited);
    const wanted = [this.presetFormat, localStorage.getItem(LAST_FORMAT)];
    return wanted.map((name) => suited.find((one) => one.name === name)).find(Boolean) ?? suited[0];
  }

  /** What is undecided is asked about with what each answer comes to, and only where there is something. */
  #askAboutSuggestions() {
    const { suggestions, kept_ms: kept, suggested_ms: suggested } = this.store.summary;
    show(byId("export-suggestions", HTMLElement), suggestions > 0);
    byId("export-undecided", HTMLElement).textContent =
      `${count(suggestions, "suggestion")} undecided: do they stay in the cut?`;
    byId("export-with", HTMLElement).textContent = `They stay (${duration(kept + suggested)})`;
    byId("export-without", HTMLElement).textContent = `They are taken out (${duration(kept)})`;
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
      if (round === this.round) this.#showFormats(formats);
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

  /** @param {Format[]} formats */
  #showFormats(formats) {
    const before = new Set([...this.list.querySelectorAll("details[open]")].map((one) => one.id));
    this.formats = formats;
    const isRemembered = Boolean(this.presetFormat || localStorage.getItem(LAST_FORMAT));
    const first = this.#firstOf(formats);
    this.warnings.replaceChildren();
    this.saidOnTop.clear();
    const groups = KINDS.map(([kind, title]) => {
      const members = formats.filter((one) => one.kind === kind);
      const group = copyOf("format-group");
      group.id = `formats-${kind}`;
      within(group, "summary", HTMLElement).textContent = `${title} (${members.filter((one) => one.is_suited).length})`;
      members.sort((a, b) => Number(b.is_suited) - Number(a.is_suited));
      within(group, "ul", HTMLElement).append(...members.map((one) => this.#row(one)));
      // Whoever has chosen once needs only that; a newcomer sees what there is.
      if (before.has(group.id) || (!isRemembered && before.size === 0 && kind === "editor"))
        group.setAttribute("open", "");
      return group;
    });
    this.list.replaceChildren(...groups);
    void this.#showFirst(first);
  }

  /** @param {Format | undefined} format */
  async #showFirst(format) {
    const place = byId("first-format", HTMLElement);
    if (!format) {
      place.replaceChildren();
      return;
    }
    const row = this.#row(format);
    row.classList.add("is-first");
    within(row, "[data-download]", HTMLElement).textContent = `Download ${format.title}`;
    place.replaceChildren(row);
    const report = await this.#describe(format.name, row);
    const general = (report?.warnings ?? []).filter((one) => one.code !== "NOTES_LEFT_OUT");
    this.saidOnTop = new Set(general.map((one) => one.message));
    this.warnings.replaceChildren(...general.map(warningItem));
    if (report) this.#showReport(row, report);
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
    const steps = format.import_steps.map((sentence) => element("li", sentence));
    within(row, "[data-steps]", HTMLElement).replaceChildren(...steps);
    /** @type {Promise<Report | null> | null} */
    let facts = null;
    // Found by writing the whole cut, so only for what someone looks at.
    const describe = async () => {
      const known = await (facts ??= this.#describe(format.name, row));
      // What could not be told is asked again the next time.
      if (!known) facts = null;
      return known;
    };
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
    const own = facts.warnings.filter((one) => !this.saidOnTop.has(one.message));
    within(row, "[data-warnings]", HTMLElement).replaceChildren(...own.map(warningItem));
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
      saveFile(bytes, report.file_name, report.mime_type);
      localStorage.setItem(LAST_FORMAT, name);
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
  return element("li", message);
}
