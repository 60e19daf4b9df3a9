/** The session of a page: signing out, and signing in again without losing the place. */

import { ApiError, call, onReauthentication, onSessionEnd } from "./api.js";
import { byId, tell, within } from "./dom.js";
import { clearErrors, sentenceOf, showError, valuesOf } from "./forms.js";
import { closeOutside } from "./menus.js";
import { isGuest } from "./permissions.js";
import { reauthenticateByDialog } from "./reauthentication.js";
import { SignInForm } from "./second-factor.js";

/** Wire what every page of a signed-in person has. */
export function startSession() {
  for (const button of document.querySelectorAll("[data-sign-out]")) {
    button.addEventListener("click", () => void signOut());
  }
  for (const menu of document.querySelectorAll("details.team-switcher")) {
    closeOutside(/** @type {HTMLDetailsElement} */ (menu));
  }
  for (const button of document.querySelectorAll("[data-leave-link]")) {
    button.addEventListener("click", () => void leaveLink());
  }
  if (document.getElementById("sign-in-dialog")) onSessionEnd(signInByDialog);
  if (isGuest()) {
    onSessionEnd(async () => {
      throw new ApiError(401, "UNAUTHORIZED", "This link is over; ask whoever gave it to you for a new one.");
    });
  }
  if (document.getElementById("reauthentication-dialog")) onReauthentication(reauthenticateByDialog);
}

/**
 * An address of this site that a query names, or another where it names none or someone else's.
 *
 * @param {string} otherwise
 * @returns {string}
 */
export function nextAddress(otherwise) {
  const wanted = new URLSearchParams(window.location.search).get("next");
  if (!wanted) return otherwise;
  try {
    const address = new URL(wanted, window.location.origin);
    return address.origin === window.location.origin ? address.href : otherwise;
  } catch {
    return otherwise;
  }
}

/** @returns {Promise<void>} */
async function signOut() {
  if (!window.dispatchEvent(new Event("sign-out", { cancelable: true }))) {
    tell("Some of your work is not saved yet; wait a moment, then sign out.");
    return;
  }
  try {
    await call("POST", "/auth/logout");
  } catch (error) {
    // A session that has ended needs no sign-out; one that goes on must not look as if it had.
    if (!(error instanceof ApiError && error.status === 401)) {
      tell(sentenceOf(error));
      return;
    }
  }
  window.location.assign("/sign-in");
}

/** @returns {Promise<void>} */
async function leaveLink() {
  if (!window.dispatchEvent(new Event("sign-out", { cancelable: true }))) {
    tell("Some of your work is not saved yet; wait a moment, then leave.");
    return;
  }
  await call("POST", "/review/leave").catch(() => {});
  window.location.assign("/shared");
}

/**
 * Ask for the password in a dialog; resolves once the same person is signed in again.
 *
 * @returns {Promise<void>}
 */
function signInByDialog() {
  const dialog = byId("sign-in-dialog", HTMLDialogElement);
  const form = within(dialog, "form", HTMLFormElement);
  const leave = within(dialog, "[data-leave]", HTMLElement);
  const signIn = new SignInForm(form, "sign-in-dialog-code");
  clearErrors(form);
  dialog.showModal();
  return new Promise((resolve) => {
    const over = new AbortController();
    // A browser closes it all the same when Escape is pressed twice; whatever waits for the session would wait forever.
    dialog.addEventListener("cancel", (event) => event.preventDefault(), { signal: over.signal });
    dialog.addEventListener("close", () => dialog.showModal(), { signal: over.signal });
    leave.addEventListener("click", () => window.location.assign(leave.dataset.leave ?? "/"), { signal: over.signal });
    form.addEventListener(
      "submit",
      async (event) => {
        event.preventDefault();
        clearErrors(form);
        try {
          const answer = await signIn.send(valuesOf(form));
          if (!answer) return;
          const { user } = answer;
          if (user.id !== document.documentElement.dataset.userId) {
            // What waits here is someone else's; it stays in the browser until they come back.
            over.abort();
            window.location.assign("/projects");
            return;
          }
        } catch (error) {
          showError(form, error);
          return;
        }
        over.abort();
        signIn.reset();
        dialog.close();
        resolve();
      },
      { signal: over.signal },
    );
  });
}
