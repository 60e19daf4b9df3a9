/** Ask for the mail that lets one set a new password. */

import { call } from "../core/api.js";
import { byId } from "../core/dom.js";
import { bindForm } from "../core/forms.js";

bindForm(byId("forgot-password", HTMLFormElement), async (values) => {
  const { message } = await call("POST", "/auth/forgot-password", { body: values });
  return message;
});
