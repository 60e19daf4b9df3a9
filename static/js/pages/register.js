/** Make an account; its owner is signed in at once. */

import { call } from "../core/api.js";
import { byId, show, within } from "../core/dom.js";
import { attemptIn, bindForm } from "../core/forms.js";

const form = byId("register", HTMLFormElement);

const invitation = decodeURIComponent(window.location.hash.slice(1));

if (invitation) {
  document.getElementById("by-invitation")?.remove();
  bindProviders();
}
bindForm(form, async ({ username, ...values }) => {
  const more = { ...(username ? { username } : {}), ...(invitation ? { invitation } : {}) };
  const { user, message } = await call("POST", "/auth/register", { body: { ...values, ...more } });
  if (user) window.location.replace(form.dataset.next ?? "/");
  // The address has to be confirmed first.
  return message;
});

/** Whoever is invited comes in with a provider too; the secret goes where no server writes addresses down. */
function bindProviders() {
  const part = document.getElementById("providers-part");
  if (part) show(part, true);
  for (const link of document.querySelectorAll("[data-provider-start]")) {
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      await attemptIn(within(form, "[data-outcome]", HTMLElement), async () => {
        const path = `/auth/oidc/${/** @type {HTMLElement} */ (link).dataset.providerStart}/start`;
        const { url } = await call("POST", path, { body: { invitation } });
        window.location.assign(url);
      });
    });
  }
}
