/** Set a new password with the secret of the address, which comes from a mail. */

import { ApiError, call } from "../core/api.js";
import { byId } from "../core/dom.js";
import { bindForm } from "../core/forms.js";

const form = byId("reset-password", HTMLFormElement);
const token = new URLSearchParams(window.location.search).get("token") ?? "";

bindForm(form, async ({ new_password }) => {
  if (!token) throw new ApiError(400, "VALIDATION_ERROR", "The link is incomplete; open it from the mail again.");
  const { message } = await call("POST", "/auth/reset-password", { body: { token, new_password } });
  form.reset();
  return message;
});
