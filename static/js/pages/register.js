/** Make an account; its owner is signed in at once. */

import { call } from "../core/api.js";
import { byId } from "../core/dom.js";
import { bindForm } from "../core/forms.js";

const form = byId("register", HTMLFormElement);

const invitation = decodeURIComponent(window.location.hash.slice(1));

if (invitation) document.getElementById("by-invitation")?.remove();
bindForm(form, async ({ username, ...values }) => {
  const more = { ...(username ? { username } : {}), ...(invitation ? { invitation } : {}) };
  const { user, message } = await call("POST", "/auth/register", { body: { ...values, ...more } });
  if (user) window.location.replace(form.dataset.next ?? "/");
  // The address has to be confirmed first.
  return message;
});
