/** The first start: the first administrator is made with the token behind the #, and signed in. */

import { ApiError, call } from "../core/api.js";
import { byId } from "../core/dom.js";
import { bindForm } from "../core/forms.js";

const form = byId("set-up", HTMLFormElement);
const token = decodeURIComponent(window.location.hash.slice(1));

bindForm(form, async ({ email, password }) => {
  if (!token)
    throw new ApiError(400, "VALIDATION_ERROR", "Open the whole address that the server printed at its start.");
  await call("POST", "/setup", { body: { setup_token: token, email, password } });
  await call("POST", "/auth/login", { body: { email, password } });
  window.location.replace(form.dataset.next ?? "/");
});
