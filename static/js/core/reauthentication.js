/** Showing again who it is before something dangerous: by password, by code, or with the provider of an account. */

import { ApiError, addressOf, call } from "./api.js";
import { byId, within } from "./dom.js";
import { attemptIn, clearErrors, showError, valuesOf } from "./forms.js";

/**
 * What the server is shown: a password, the code of an app, or nothing where the person signs in again beside this page.
 *
 * @param {HTMLFormElement} form
 * @returns {Promise<void>}
 */
async function showWhoItIs(form) {
  const { way } = form.dataset;
  if (way === "provider") return;
  const { password: typed = "" } = valuesOf(form);
  const isCode = way === "code" || (way === "password-or-code" && /^\d{6}$/u.test(typed.trim()));
  try {
    await call("POST", "/auth/reauthenticate", { body: isCode ? { code: typed.trim() } : { password: typed } });
  } catch (error) {
    // There is one field for both.
    if (error instanceof ApiError && error.details.code)
      throw new ApiError(error.status, error.code, error.message, { password: error.details.code });
    throw error;
  }
}

/** @param {HTMLFormElement} form */
async function offerProviders(form) {
  if (form.dataset.way !== "provider") return;
  const { providers } = await call("GET", "/auth/oidc");
  const own = providers.filter((/** @type {{is_connected: boolean}} */ one) => one.is_connected);
  byId("reauthentication-providers", HTMLElement).replaceChildren(
    ...own.map((/** @type {{name: string, title: string}} */ one) => {
      const link = document.createElement("a");
      link.className = "button secondary";
      link.target = "_blank";
      link.href = addressOf(`/auth/oidc/${one.name}/start?next=/account`);
      link.textContent = `Sign in again with ${one.title}`;
      return link;
    }),
  );
}

/**
 * Ask for the password before something dangerous; what was asked for goes on afterwards.
 *
 * @returns {Promise<boolean>} false where the person gives it up
 */
export function reauthenticateByDialog() {
  const dialog = byId("reauthentication-dialog", HTMLDialogElement);
  const form = within(dialog, "form", HTMLFormElement);
  clearErrors(form);
  form.reset();
  dialog.showModal();
  void attemptIn(within(form, "[data-outcome]", HTMLElement), () => offerProviders(form));
  return new Promise((resolve) => {
    const over = new AbortController();
    const { signal } = over;
    const end = (/** @type {boolean} */ isShown) => {
      over.abort();
      if (dialog.open) dialog.close();
      resolve(isShown);
    };
    dialog.addEventListener("close", () => end(false), { signal });
    within(dialog, "[data-close]", HTMLButtonElement).addEventListener("click", () => end(false), { signal });
    form.addEventListener(
      "submit",
      async (event) => {
        event.preventDefault();
        clearErrors(form);
        try {
          await showWhoItIs(form);
          end(true);
        } catch (error) {
          showError(form, error);
        }
      },
      { signal },
    );
  });
}
