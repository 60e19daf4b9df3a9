/** Sign in, and go on to where one wanted to go. */

import { ApiError, call, mayRefresh, refresh } from "../core/api.js";
import { byId, show, tell } from "../core/dom.js";
import { bindForm, showError, valuesOf } from "../core/forms.js";
import { SignInForm } from "../core/second-factor.js";
import { nextAddress } from "../core/session.js";

const form = byId("sign-in", HTMLFormElement);

// Who comes by a link from elsewhere may be signed in all the same, which only a script can find out.
if (mayRefresh() && (await refresh().catch(() => false)))
  window.location.replace(nextAddress(form.dataset.next ?? "/"));

const signIn = new SignInForm(form, "sign-in-code");

const behind = new URLSearchParams(window.location.hash.slice(1));
const token = behind.get("mfa");
const error = behind.get("error");
// What came back from a provider is said once, and not again when the page is loaded anew.
if (token || error) history.replaceState(null, "", window.location.pathname + window.location.search);
if (token) signIn.begin(token);
if (error) showError(form, new Error(error));
for (const link of document.querySelectorAll("[data-provider-start]")) {
  const address = new URL(/** @type {HTMLAnchorElement} */ (link).href);
  const next = new URL(nextAddress(form.dataset.next ?? "/"), window.location.origin);
  address.searchParams.set("next", next.pathname + next.search);
  /** @type {HTMLAnchorElement} */ (link).href = address.href;
}

const again = byId("send-again", HTMLButtonElement);

bindForm(form, async (values) => {
  show(again, false);
  try {
    if (await signIn.send(values)) window.location.replace(nextAddress(form.dataset.next ?? "/"));
  } catch (error) {
    show(again, error instanceof ApiError && error.code === "EMAIL_NOT_VERIFIED" && (values.email ?? "").includes("@"));
    throw error;
  }
});
again.addEventListener("click", async () => {
  const { message } = await call("POST", "/auth/verify-email/resend", { body: { email: valuesOf(form).email } });
  show(again, false);
  tell(message);
});
