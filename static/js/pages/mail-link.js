/** What a mail leads to: a click sends the secret behind the #, because scanners of mails open every link. */

import { ApiError, call } from "../core/api.js";
import { byId, within } from "../core/dom.js";
import { bindForm } from "../core/forms.js";

const form = byId("mail-link", HTMLFormElement);
const token = decodeURIComponent(window.location.hash.slice(1));

bindForm(form, async () => {
  if (!token) throw new ApiError(400, "VALIDATION_ERROR", "The link is incomplete; open it from the mail again.");
  const { message } = await call("POST", form.dataset.endpoint ?? "", { body: { token } });
  within(form, "button[type=submit]", HTMLButtonElement).hidden = true;
  within(form, "p", HTMLElement).hidden = true;
  return message;
});
