/** Sign in, and go on to where one wanted to go. */

import { mayRefresh, refresh } from "../core/api.js";
import { byId } from "../core/dom.js";
import { bindForm } from "../core/forms.js";
import { SignInForm } from "../core/second-factor.js";
import { nextAddress } from "../core/session.js";

const form = byId("sign-in", HTMLFormElement);

// Who comes by a link from elsewhere may be signed in all the same, which only a script can find out.
if (mayRefresh() && (await refresh().catch(() => false)))
  window.location.replace(nextAddress(form.dataset.next ?? "/"));

const signIn = new SignInForm(form, "sign-in-code");

bindForm(form, async (values) => {
  if (await signIn.send(values)) window.location.replace(nextAddress(form.dataset.next ?? "/"));
});
