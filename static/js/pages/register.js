/** Make an account; its owner is signed in at once. */

import { call } from "../core/api.js";
import { byId } from "../core/dom.js";
import { bindForm } from "../core/forms.js";

const form = byId("register", HTMLFormElement);

bindForm(form, async (values) => {
  await call("POST", "/auth/register", { body: values });
  window.location.replace(form.dataset.next ?? "/");
});
