/** What a review link opens: who has no account types a name, and finds the recordings. The secret stays behind the #. */

import { ApiError, call } from "../core/api.js";
import { byId, copyOf, show, within } from "../core/dom.js";
import { bindForm, sentenceOf } from "../core/forms.js";
import { dayAndTime, duration } from "../core/format.js";
import { isGuest } from "../core/permissions.js";
import { startSession } from "../core/session.js";

/**
 * @typedef {object} Session
 * @property {{name: string}} project
 * @property {{permission: string, allow_export: boolean, expires_at: string}} link
 * @property {{id: string, title: string, duration_seconds: number | null, analysis_id: string | null}[]} recordings
 */

const NAME = "clipflow.guest-name";
/** The end of the secret that was opened last, so that the same link need not be opened twice. */
const OPENED = "clipflow.opened-link";
const TAIL_CHARACTERS = 6;
/** @type {Record<string, string>} */
const ALLOWED = { view: "You can look", comment: "You can look and comment", decide: "You can look and decide" };

const place = byId("shared", HTMLElement);
const message = byId("shared-message", HTMLElement);
const form = within(byId("shared-open", HTMLElement), "form", HTMLFormElement);
const token = decodeURIComponent(window.location.hash.slice(1));

startSession();
bindForm(form, open);
byId("open-as-guest", HTMLButtonElement).addEventListener("click", () => void signOutAndOpen());
await begin();
place.removeAttribute("aria-busy");

async function begin() {
  if (place.dataset.signedIn === "yes") {
    show(byId("shared-signed-in", HTMLElement), true);
    return;
  }
  const isSame = !token || token.slice(-TAIL_CHARACTERS) === localStorage.getItem(OPENED);
  if (isGuest() && isSame) {
    await showRecordings();
    return;
  }
  if (!token) {
    message.textContent = "Open the link that you were sent; this page needs what it ends with.";
    return;
  }
  byId("guest-name", HTMLInputElement).value = localStorage.getItem(NAME) ?? "";
  show(byId("shared-open", HTMLElement), true);
}

/** @param {Record<string, string>} values */
async function open({ name, password }) {
  try {
    await call("POST", "/review/open", { body: { token, name, ...(password ? { password } : {}) } });
  } catch (error) {
    const part = byId("guest-password-part", HTMLElement);
    if (!(error instanceof ApiError && error.code === "PASSWORD_REQUIRED")) throw error;
    const isAskedAgain = !part.hidden;
    show(part, true);
    byId("guest-password", HTMLInputElement).focus();
    return isAskedAgain ? error.message : "The link has a password; type it.";
  }
  localStorage.setItem(NAME, name ?? "");
  localStorage.setItem(OPENED, token.slice(-TAIL_CHARACTERS));
  // The head of the page names the guest.
  window.location.reload();
  return "Opening …";
}

async function showRecordings() {
  try {
    /** @type {Session} */
    const { project, link, recordings } = await call("GET", "/review/session");
    byId("shared-title", HTMLElement).textContent = project.name;
    const exporting = link.allow_export ? ", and take the cut lists along" : "";
    byId("shared-facts", HTMLElement).textContent =
      `${ALLOWED[link.permission] ?? ""}${exporting}, until ${dayAndTime(link.expires_at)}.`;
    byId("recordings", HTMLUListElement).replaceChildren(...recordings.map(rowOf));
    show(byId("no-recordings", HTMLElement), recordings.length === 0);
    show(byId("shared-recordings", HTMLElement), true);
  } catch (error) {
    message.textContent = sentenceOf(error);
  }
}

/**
 * @param {Session["recordings"][number]} recording
 * @returns {HTMLElement}
 */
function rowOf({ title, duration_seconds: seconds, analysis_id: analysisId }) {
  const row = copyOf("shared-row");
  const link = within(row, "[data-title]", HTMLAnchorElement);
  link.textContent = title;
  if (analysisId) link.href = `/review/${analysisId}`;
  const facts = [seconds === null ? "" : duration(1000 * seconds), analysisId ? "" : "not ready to be reviewed yet"];
  within(row, "[data-facts]", HTMLElement).textContent = facts.filter(Boolean).join(" · ");
  return row;
}

async function signOutAndOpen() {
  try {
    await call("POST", "/auth/logout");
    window.location.reload();
  } catch (error) {
    message.textContent = sentenceOf(error);
  }
}
