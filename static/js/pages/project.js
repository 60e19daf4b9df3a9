/** One project: uploads, recordings with their analyses, settings. */

import { call } from "../core/api.js";
import { bindCloseButtons } from "../core/dialogs.js";
import { byId, show, within } from "../core/dom.js";
import { bindForm, clearErrors, sentenceOf } from "../core/forms.js";
import { startSession } from "../core/session.js";
import { bindSliders, readTouched, setSliders } from "../core/sliders.js";
import { RecordingCard } from "../project/recording-card.js";
import { Uploads } from "../project/uploads.js";

const place = byId("project", HTMLElement);
const PAGE_SIZE = 50;
const projectId = place.dataset.projectId ?? "";
const serverOptions = JSON.parse(place.dataset.serverOptions ?? "{}");
const recordings = byId("recordings", HTMLUListElement);
const message = byId("project-message", HTMLElement);
const uploads = new Uploads(projectId, byId("uploads", HTMLUListElement), (recording) => void begin(recording));

const moreRecordings = byId("more-recordings", HTMLButtonElement);

/** What the server can do. @type {import("../project/recording-card.js").Features} */
let features = { whisper_available: false, default_processing_mode: "vad" };

startSession();
moreRecordings.addEventListener("click", () => void showRecordings());
wireUploads();
wireSettings();
await showRules();
await showRecordings();

async function showRecordings() {
  recordings.setAttribute("aria-busy", "true");
  moreRecordings.disabled = true;
  try {
    // By what is shown, because recordings come and go meanwhile; nothing is shown twice.
    const page = Math.floor(recordings.childElementCount / PAGE_SIZE) + 1;
    const path = `/projects/${projectId}?page=${page}&limit=${PAGE_SIZE}`;
    const { project, pagination } = await call("GET", path);
    const shown = new Set([...recordings.children].map((one) => /** @type {HTMLElement} */ (one).dataset.recordingId));
    for (const recording of project.media_files)
      if (!shown.has(recording.id)) recordings.append(newCard(recording).element);
    show(moreRecordings, recordings.childElementCount < pagination.total);
  } catch (error) {
    message.textContent = sentenceOf(error);
  } finally {
    recordings.removeAttribute("aria-busy");
    moreRecordings.disabled = false;
    showEmptiness();
  }
}

async function showRules() {
  try {
    const rules = await call("GET", "/config/features");
    features = rules;
    const maximumBytes = rules.max_file_size_mb * 1024 ** 2;
    uploads.rules = { maximumBytes, extensions: rules.allowed_extensions };
    byId("upload-rules", HTMLElement).textContent =
      `${rules.allowed_extensions.join(", ")}, up to ${rules.max_file_size_mb} MiB each.`;
    byId("files", HTMLInputElement).accept = rules.allowed_extensions
      .map((/** @type {string} */ one) => `.${one}`)
      .join(",");
  } catch (error) {
    message.textContent = sentenceOf(error);
  }
}

/**
 * @param {any} recording
 * @returns {RecordingCard}
 */
function newCard(recording) {
  const card = new RecordingCard(recording, features, afterRemoval);
  card.element.dataset.recordingId = recording.id;
  return card;
}

/**
 * Show a recording that has arrived, and have it analysed.
 *
 * @param {any} recording
 */
async function begin(recording) {
  const card = newCard({ ...recording, analysis_results: [] });
  recordings.prepend(card.element);
  showEmptiness();
  await card.analyze();
}

function afterRemoval() {
  if (recordings.childElementCount === 0 && !moreRecordings.hidden) void showRecordings();
  else showEmptiness();
}

function showEmptiness() {
  show(byId("no-recordings", HTMLElement), recordings.childElementCount === 0 && moreRecordings.hidden === true);
}

function wireUploads() {
  // A file that is dropped beside the zone would otherwise take the place of the page.
  for (const name of ["dragover", "drop"]) document.addEventListener(name, (event) => event.preventDefault());
  const zone = byId("drop-zone", HTMLElement);
  const input = byId("files", HTMLInputElement);
  input.addEventListener("change", () => {
    uploads.add(input.files ?? []);
    input.value = "";
  });
  for (const name of ["dragover", "dragenter"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("is-over");
    });
  }
  zone.addEventListener("dragleave", () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("is-over");
    uploads.add(event.dataTransfer?.files ?? []);
  });
  byId("add-sample", HTMLButtonElement).addEventListener("click", () => void addSample());
}

async function addSample() {
  const button = byId("add-sample", HTMLButtonElement);
  message.textContent = "";
  button.disabled = true;
  try {
    const { media_file: recording } = await call("POST", `/projects/${projectId}/sample`);
    await begin(recording);
  } catch (error) {
    message.textContent = sentenceOf(error);
  } finally {
    button.disabled = false;
  }
}

function wireSettings() {
  const dialog = byId("settings-dialog", HTMLDialogElement);
  const form = within(dialog, "form", HTMLFormElement);
  /** As they were when the dialog was opened. @type {Record<string, any>} */
  let settings = {};
  bindCloseButtons(dialog);
  bindSliders(form);
  byId("open-settings", HTMLButtonElement).addEventListener("click", async () => {
    try {
      const { project } = await call("GET", `/projects/${projectId}?limit=1`);
      clearErrors(form);
      settings = project.settings;
      setSliders(form, { ...serverOptions, ...settings });
      showWordSettings(form, settings);
      dialog.showModal();
    } catch (error) {
      message.textContent = sentenceOf(error);
    }
  });
  bindForm(form, async () => {
    const chosen = { ...settings, ...readTouched(form), ...readWordSettings(form) };
    await call("PATCH", `/projects/${projectId}`, { body: { settings: chosen } });
    dialog.close();
    message.textContent = "The settings are saved; new analyses of this project begin with them.";
  });
}

/**
 * @param {HTMLFormElement} form
 * @param {Record<string, any>} settings
 */
function showWordSettings(form, settings) {
  within(form, "[name=detect_filler_words]", HTMLInputElement).checked = settings.detect_filler_words ?? true;
  const words = settings.custom_filler_words ?? [];
  within(form, "[name=custom_filler_words]", HTMLTextAreaElement).value = words.join("\n");
  within(form, "[name=language]", HTMLInputElement).value = settings.language ?? "";
  within(form, "[name=prompt]", HTMLTextAreaElement).value = settings.prompt ?? "";
}

/**
 * @param {HTMLFormElement} form
 * @returns {Record<string, unknown>}
 */
function readWordSettings(form) {
  const words = within(form, "[name=custom_filler_words]", HTMLTextAreaElement).value.split(/[\n,]/u);
  return {
    detect_filler_words: within(form, "[name=detect_filler_words]", HTMLInputElement).checked,
    custom_filler_words: words.map((one) => one.trim()).filter(Boolean),
    language: within(form, "[name=language]", HTMLInputElement).value.trim() || null,
    prompt: within(form, "[name=prompt]", HTMLTextAreaElement).value.trim() || null,
  };
}
