/** All projects: list, make, rename, delete; a sample for who has none yet. */

import { call } from "../core/api.js";
import { bindCloseButtons, confirmed } from "../core/dialogs.js";
import { announce, byId, copyOf, show, within } from "../core/dom.js";
import { bindForm, clearErrors, sentenceOf } from "../core/forms.js";
import { count, dayAndTime, duration } from "../core/format.js";
import { startSession } from "../core/session.js";
import { untilDone } from "../project/following.js";
import { drawThumbnail } from "../project/thumbnail.js";

/**
 * @typedef {object} Project
 * @property {string} id
 * @property {string} name
 * @property {string} description
 * @property {string} status
 * @property {string} created_at
 * @property {number} recording_count
 * @property {number} duration_seconds
 * @property {any} newest_recording null where there is none
 */

const PAGE_SIZE = 50;
const NAMES_SHOWN = 10;
/** @type {Record<string, string>} */
const STATUSES = { created: "New", processing: "Being analysed", completed: "Ready", failed: "An analysis failed" };

const list = byId("projects", HTMLUListElement);
const message = byId("projects-message", HTMLElement);
const teamId = byId("projects-head", HTMLElement).dataset.teamId ?? "";
/** Missing where no project may be made in the team. */
const newProject = document.getElementById("new-project");
const dialog = byId("project-dialog", HTMLDialogElement);
const form = within(dialog, "form", HTMLFormElement);
/** The project whose name is being changed; null while a new one is made. @type {Project | null} */
let edited = null;
let shownPages = 0;

startSession();
bindCloseButtons(dialog);
newProject?.addEventListener("click", () => openDialog(null));
byId("try-sample", HTMLButtonElement).addEventListener("click", () => void trySample());
byId("more-projects", HTMLButtonElement).addEventListener("click", () => void showNextPage());
bindForm(form, save);
await showNextPage();

/** @returns {Promise<void>} */
async function showNextPage() {
  if (list.getAttribute("aria-busy") === "true" && shownPages > 0) return;
  list.setAttribute("aria-busy", "true");
  try {
    const { projects, pagination } = await call(
      "GET",
      `/projects?${teamId && `team_id=${teamId}&`}page=${shownPages + 1}&limit=${PAGE_SIZE}`,
    );
    shownPages += 1;
    list.append(.../** @type {Project[]} */ (projects).map(cardOf));
    show(byId("more-projects", HTMLButtonElement), shownPages < pagination.pages);
    show(byId("empty", HTMLElement), pagination.total === 0);
  } catch (error) {
    message.textContent = sentenceOf(error);
  } finally {
    list.removeAttribute("aria-busy");
  }
}

/** @returns {Promise<void>} */
async function showFromTheStart() {
  list.replaceChildren();
  shownPages = 0;
  await showNextPage();
}

/**
 * @param {Project} project
 * @returns {HTMLElement}
 */
function cardOf(project) {
  const card = copyOf("project-card");
  const link = within(card, "[data-name]", HTMLAnchorElement);
  link.textContent = project.name;
  link.href = `/projects/${project.id}`;
  within(card, "[data-description]", HTMLElement).textContent = project.description;
  within(card, "[data-status]", HTMLElement).textContent = STATUSES[project.status] ?? project.status;
  const { recording_count: recordings, duration_seconds: seconds, newest_recording: newest } = project;
  within(card, "[data-facts]", HTMLElement).textContent =
    count(recordings, "recording") + (seconds > 0 ? ` · ${duration(1000 * seconds)}` : "");
  const picture = within(card, "[data-picture]", HTMLAnchorElement);
  picture.href = link.href;
  // The waveform of a sound is there only once it has been analysed, which the list does not say.
  if (newest?.state === "ready" && newest.media_info?.video) void drawThumbnail(picture, newest);
  const created = within(card, "[data-created]", HTMLTimeElement);
  created.dateTime = project.created_at;
  created.textContent = dayAndTime(project.created_at);
  const rename = within(card, "[data-rename]", HTMLButtonElement);
  rename.setAttribute("aria-label", `Rename ${project.name}`);
  rename.addEventListener("click", () => openDialog(project));
  const remove = within(card, "[data-delete]", HTMLButtonElement);
  remove.setAttribute("aria-label", `Delete ${project.name}`);
  remove.addEventListener("click", () => void deleteProject(project));
  return card;
}

/** @param {Project | null} project */
function openDialog(project) {
  edited = project;
  clearErrors(form);
  byId("project-dialog-title", HTMLElement).textContent = project ? "Change the project" : "New project";
  show(byId("project-team-part", HTMLElement), !project);
  byId("project-name", HTMLInputElement).value = project?.name ?? "";
  byId("project-description", HTMLInputElement).value = project?.description ?? "";
  dialog.showModal();
  byId("project-name", HTMLInputElement).focus();
}

/**
 * @param {Record<string, string>} values
 * @returns {Promise<void>}
 */
async function save(values) {
  if (edited) {
    const { name, description } = values;
    await call("PATCH", `/projects/${edited.id}`, { body: { name, description } });
    dialog.close();
    await showFromTheStart();
    newProject?.focus();
    announce("The project is changed.");
    return;
  }
  const { project } = await call("POST", "/projects", { body: values });
  window.location.assign(`/projects/${project.id}`);
}

/**
 * @param {Project} project
 * @returns {Promise<void>}
 */
async function deleteProject(project) {
  message.textContent = "";
  try {
    const { project: found, pagination } = await call("GET", `/projects/${project.id}?limit=${NAMES_SHOWN}`);
    const names = found.media_files.map((/** @type {{title: string}} */ one) => one.title);
    const more = pagination.total - names.length;
    const isWanted = await confirmed({
      title: `Delete ${project.name}?`,
      text: `Its ${count(pagination.total, "recording")} with all analyses and decisions go too. This cannot be taken back.`,
      list: more > 0 ? [...names, `and ${more} more`] : names,
      yes: "Delete the project",
    });
    if (!isWanted) return;
    await call("DELETE", `/projects/${project.id}`);
    await showFromTheStart();
    newProject?.focus();
    announce("The project is deleted.");
  } catch (error) {
    message.textContent = sentenceOf(error);
  }
}

/** @returns {Promise<void>} */
async function trySample() {
  message.textContent = "";
  const button = byId("try-sample", HTMLButtonElement);
  button.setAttribute("aria-busy", "true");
  try {
    const body = { name: "Sample", description: "A minute of talk to look at." };
    const { project } = await call("POST", "/projects", { body });
    const { media_file: recording } = await call("POST", `/projects/${project.id}/sample`);
    const { analysis_id: id } = await call("POST", `/media/${recording.id}/analyze`, { body: {} });
    const ended = "The analysis of the sample has ended; try again.";
    await untilDone(id, (stage) => (message.textContent = stage), ended);
    window.location.assign(`/review/${id}?coach`);
  } catch (error) {
    message.textContent = sentenceOf(error);
    button.removeAttribute("aria-busy");
    await showFromTheStart();
  }
}
