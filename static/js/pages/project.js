/** One project: uploads, recordings with their analyses, settings. */

import { call } from "../core/api.js";
import { bindCloseButtons } from "../core/dialogs.js";
import { byId, show, within } from "../core/dom.js";
import { bindForm, clearErrors, sentenceOf } from "../core/forms.js";
import { may } from "../core/permissions.js";
import { savePreset } from "../core/presets.js";
import { startSession } from "../core/session.js";
import { bindSliders, readTouched, setSliders } from "../core/sliders.js";
import { Bin } from "../project/bin.js";
import { AnalysisChoice } from "../project/analysis-choice.js";
import { AnalysisQueue } from "../project/analysis-queue.js";
import { BulkActions } from "../project/bulk-actions.js";
import { ProjectProgress } from "../project/progress.js";
import { RecordingCard } from "../project/recording-card.js";
import { RecordingList } from "../project/recording-list.js";
import { bindShareDialog } from "../project/share-dialog.js";
import { Uploads } from "../project/uploads.js";

const place = byId("project", HTMLElement);
const PAGE_SIZE = 100;
const projectId = place.dataset.projectId ?? "";
const serverOptions = JSON.parse(place.dataset.serverOptions ?? "{}");
const recordings = byId("recordings", HTMLUListElement);
const message = byId("project-message", HTMLElement);
const uploads = new Uploads(projectId, byId("uploads", HTMLUListElement), begin);
const list = new RecordingList(recordings);
const bin = new Bin(projectId, showRestored);
const progress = new ProjectProgress(projectId, () => list.cards.values());
const choice = new AnalysisChoice(projectId);
const analyses = new AnalysisQueue(byId("analyses-waiting", HTMLElement), () => progress.wake());

/** What the server can do. @type {import("../project/recording-card.js").Features} */
let features = { whisper_available: false, default_processing_mode: "vad", makes_renditions: false };
let isLoaded = false;

startSession();
wireUploads();
wireSettings();
new BulkActions(projectId, list);
bindShareDialog({ id: projectId, teamId: place.dataset.teamId ?? "" }, () =>
  list.chosen.map((one) => one.recording.id),
);
await showRules();
await Promise.all([showRecordings(), showUnfinished(), showBin(), showPresets()]);

/** Show all recordings, a page after another. */
async function showRecordings() {
  recordings.setAttribute("aria-busy", "true");
  try {
    for (let page = 1, pages = 1; page <= pages; page += 1) {
      const { project, pagination } = await call("GET", `/projects/${projectId}?page=${page}&limit=${PAGE_SIZE}`);
      for (const recording of project.media_files) list.add(newCard(recording));
      pages = pagination.pages;
    }
    isLoaded = true;
    progress.wake();
  } catch (error) {
    message.textContent = sentenceOf(error);
  } finally {
    recordings.removeAttribute("aria-busy");
    showEmptiness();
  }
}

async function showBin() {
  if (may("manage")) await bin.load();
}

/**
 * Show a recording that has come out of the bin.
 *
 * @param {string} mediaId
 */
async function showRestored(mediaId) {
  const { project } = await call("GET", `/projects/${projectId}?media_id=${mediaId}`);
  for (const recording of project.media_files) list.add(newCard(recording));
  showEmptiness();
}

async function showUnfinished() {
  try {
    await uploads.unfinished.show();
  } catch (error) {
    message.textContent = sentenceOf(error);
  }
}

async function showPresets() {
  try {
    await choice.load();
  } catch (error) {
    message.textContent = sentenceOf(error);
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
  return new RecordingCard(recording, features, {
    analyze: (card) => analyses.add(card),
    choice,
    changed: () => {
      list.arrangeSoon();
      progress.wake();
    },
    removed: (card) => {
      list.remove(card);
      showEmptiness();
      void showBin();
    },
  });
}

/**
 * Show a recording that has arrived, and have it analysed.
 *
 * @param {any} recording
 */
function begin(recording) {
  const card = newCard({ ...recording, analysis_results: [] });
  list.add(card);
  showEmptiness();
  card.analyze();
}

function showEmptiness() {
  const isEmpty = isLoaded && list.cards.size === 0;
  show(byId("no-recordings", HTMLElement), isEmpty);
  show(byId("offer-sample", HTMLElement), isEmpty);
}

function wireUploads() {
  const zone = byId("drop-zone", HTMLElement);
  const input = byId("files", HTMLInputElement);
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.value = "";
    void uploads.add(files);
  });
  // Anywhere on the page, because a file that is dropped beside a zone would otherwise take the place of the page.
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.toggle("is-over", event.dataTransfer?.types.includes("Files") ?? false);
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) zone.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("is-over");
    void uploads.add(event.dataTransfer?.files ?? []);
  });
  // What is being sent ends with its page, so other pages are opened beside it meanwhile.
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (link instanceof HTMLAnchorElement) link.target = uploads.isBusy ? "_blank" : "";
  });
  byId("add-sample", HTMLButtonElement).addEventListener("click", () => void addSample());
}

async function addSample() {
  const button = byId("add-sample", HTMLButtonElement);
  message.textContent = "";
  button.disabled = true;
  try {
    const { media_file: recording } = await call("POST", `/projects/${projectId}/sample`);
    begin(recording);
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
      setSliders(form, { ...serverOptions, ...choice.defaults, ...settings });
      showWordSettings(form, settings);
      dialog.showModal();
    } catch (error) {
      message.textContent = sentenceOf(error);
    }
  });
  byId("save-settings-preset", HTMLButtonElement).addEventListener("click", async () => {
    const chosen = { ...settings, ...readTouched(form), ...readWordSettings(form) };
    const teamId = place.dataset.teamId ?? "";
    const mayTranscribe = features.whisper_available;
    await savePreset({ teamId, kind: "analysis", settings: chosen, mayBeDefault: true, mayTranscribe });
    await showPresets();
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
