/** Presets: named settings of a team, to be chosen from and to be made. */

import { call } from "./api.js";
import { bindCloseButtons } from "./dialogs.js";
import { byId, show, tell, within } from "./dom.js";
import { bindForm, clearErrors } from "./forms.js";

/**
 * @typedef {"analysis" | "export"} PresetKind
 *
 * @typedef {object} Preset
 * @property {string} id
 * @property {string} team_id
 * @property {PresetKind} kind
 * @property {string} name
 * @property {boolean} is_default
 * @property {Record<string, any> | null} analysis
 * @property {Record<string, any> | null} export
 *
 * @typedef {object} Draft what is about to become a preset
 * @property {string} teamId
 * @property {PresetKind} kind
 * @property {Record<string, any>} settings
 * @property {boolean} mayBeDefault
 * @property {boolean} [mayTranscribe]
 * @property {Option[]} [formats] of an export, the one that is meant selected
 *
 * @typedef {HTMLOptionElement} Option
 */

/** Which values of a form of exports a preset sets. */
const EXPORT_FIELDS = ["format", "media_folder", "include", "frame_rate"];

/**
 * The presets that can be chosen in a project.
 *
 * @param {string} projectId
 * @param {PresetKind} kind
 * @returns {Promise<Preset[]>}
 */
export async function presetsOf(projectId, kind) {
  const { presets } = await call("GET", `/projects/${projectId}/presets?kind=${kind}`);
  return presets;
}

/**
 * Offer presets in a field of a form, which they fill; the field is hidden where there are none.
 *
 * @param {HTMLFormElement} form
 * @param {Preset[]} presets
 * @param {(preset: Preset) => void} [onChosen] called with the one that has filled the form
 */
export function offerExportPresets(form, presets, onChosen) {
  const select = within(form, "[data-presets]", HTMLSelectElement);
  show(within(form, "[data-presets-part]", HTMLElement), presets.length > 0);
  select.replaceChildren(new Option("None", ""), ...presets.map((one) => new Option(one.name, one.id)));
  select.onchange = () => {
    const chosen = presets.find((one) => one.id === select.value);
    if (!chosen) return;
    fillExportForm(form, chosen.export ?? {});
    onChosen?.(chosen);
  };
}

/**
 * Put the settings of a preset into the fields of a form.
 *
 * @param {HTMLFormElement} form
 * @param {Record<string, string>} settings
 */
export function fillExportForm(form, settings) {
  for (const name of EXPORT_FIELDS) {
    const field = form.elements.namedItem(name);
    const value = settings[name];
    if (value === undefined || field === null) continue;
    if (field instanceof Element) /** @type {HTMLInputElement} */ (field).value = value;
    else field.value = value;
  }
}

/**
 * Ask for a name, and make a preset of what is given; the dialog is of `parts/preset-dialog.html`.
 *
 * @param {Draft} draft
 * @returns {Promise<void>} when the dialog is closed
 */
export function savePreset(draft) {
  const dialog = byId("preset-dialog", HTMLDialogElement);
  const form = within(dialog, "form", HTMLFormElement);
  bindOnce(dialog, form);
  drafts.set(form, draft);
  clearErrors(form);
  form.reset();
  byId("preset-dialog-text", HTMLElement).textContent =
    draft.kind === "analysis"
      ? "It can be chosen for every analysis of the team’s projects."
      : "It can be chosen for every export of the team’s projects.";
  show(within(form, "[data-default-part]", HTMLElement), draft.mayBeDefault);
  show(within(form, "[data-transcribe-part]", HTMLElement), draft.mayTranscribe ?? false);
  show(within(form, "[data-format-part]", HTMLElement), draft.kind === "export");
  within(form, "[name=format]", HTMLSelectElement).replaceChildren(...(draft.formats ?? []));
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(), { once: true }));
}

/** What each form is asked to keep. @type {WeakMap<HTMLFormElement, Draft>} */
const drafts = new WeakMap();
/** @type {WeakSet<HTMLDialogElement>} */
const bound = new WeakSet();

/**
 * @param {HTMLDialogElement} dialog
 * @param {HTMLFormElement} form
 */
function bindOnce(dialog, form) {
  if (bound.has(dialog)) return;
  bound.add(dialog);
  bindCloseButtons(dialog);
  bindForm(form, async (values) => {
    const draft = drafts.get(form);
    if (!draft) return;
    await call("POST", "/presets", { body: bodyOf(draft, values) });
    dialog.close();
    tell(`The preset ${values.name} is saved.`);
  });
}

/**
 * @param {Draft} draft
 * @param {Record<string, string>} values
 * @returns {Record<string, any>}
 */
function bodyOf({ teamId, kind, settings }, values) {
  const more = kind === "export" ? { format: values.format } : modeOf(values);
  const isDefault = values.is_default ? { is_default: true } : {};
  return { team_id: teamId, name: values.name, ...isDefault, [kind]: { ...settings, ...more } };
}

/**
 * @param {Record<string, string>} values
 * @returns {Record<string, string>}
 */
function modeOf(values) {
  return values.is_transcribed ? { processing_mode: "whisper" } : {};
}
