/** The second factor and what was done with the own account. */

import { call } from "../core/api.js";
import { confirmed } from "../core/dialogs.js";
import { byId, element, show, tell } from "../core/dom.js";
import { attemptIn, bindForm, sentenceOf } from "../core/forms.js";
import { dayAndTime, device } from "../core/format.js";

/** @type {Record<string, string>} */
const ACTIONS = {
  "account.registered": "Account made",
  "account.signed_in": "Signed in",
  "account.password_changed": "Password changed",
  "account.password_reset": "Password set anew by mail",
  "account.address_change_asked": "Another address asked for",
  "account.address_changed": "Address changed",
  "account.address_confirmed": "Address confirmed",
  "account.unlocked": "Account unlocked",
  "account.second_factor": "Second factor",
  "account.second_factor_on": "Second factor switched on",
  "account.second_factor_off": "Second factor switched off",
  "account.recovery_codes_made": "New recovery codes made",
  "account.provider_connected": "Connected with a provider",
  "account.provider_disconnected": "Disconnected from a provider",
  "account.token_made": "Token made",
  "account.token_revoked": "Token revoked",
};

/** Show the second factor and let it be changed. */
export async function bindSecondFactor() {
  const message = byId("factor-message", HTMLElement);
  const attempt = (/** @type {() => Promise<void>} */ action) => attemptIn(message, action);
  byId("factor-begin", HTMLButtonElement).addEventListener("click", () =>
    attempt(async () => {
      const { secret, qr_code: picture } = await call("POST", "/auth/2fa/totp");
      byId("factor-qr", HTMLImageElement).src = picture;
      byId("factor-secret", HTMLElement).textContent = secret;
      show(byId("factor-set-up", HTMLElement), true);
      byId("factor-code", HTMLInputElement).focus();
    }),
  );
  bindForm(byId("factor-confirm", HTMLFormElement), async ({ code }) => {
    const { recovery_codes: codes } = await call("POST", "/auth/2fa/totp/confirm", { body: { code } });
    showCodes(codes);
    await showStatus();
  });
  byId("factor-codes-new", HTMLButtonElement).addEventListener("click", () =>
    attempt(async () => {
      const { recovery_codes: codes } = await call("POST", "/auth/2fa/recovery-codes");
      showCodes(codes);
      await showStatus();
    }),
  );
  byId("factor-off", HTMLButtonElement).addEventListener("click", () =>
    attempt(async () => {
      const question = {
        title: "Switch the second factor off?",
        text: "From then on the password alone signs you in, and all other devices are signed out.",
        yes: "Switch it off",
      };
      if (!(await confirmed(question))) return;
      await call("DELETE", "/auth/2fa/totp");
      show(byId("factor-codes", HTMLElement), false);
      await showStatus();
      tell("The second factor is off.");
    }),
  );
  await attempt(showStatus);
}

async function showStatus() {
  const { is_enabled: isOn, since, recovery_codes_left: left } = await call("GET", "/auth/2fa");
  byId("factor-told", HTMLElement).textContent = isOn
    ? `On since ${dayAndTime(since)}; ${left} recovery codes are left.`
    : "Off. With it, signing in needs a code of an app beside the password.";
  show(byId("factor-begin", HTMLElement), !isOn);
  show(byId("factor-on", HTMLElement), isOn);
  if (isOn) show(byId("factor-set-up", HTMLElement), false);
}

/** @param {string[]} codes */
function showCodes(codes) {
  byId("factor-code-list", HTMLElement).replaceChildren(...codes.map((code) => element("li", code)));
  show(byId("factor-codes", HTMLElement), true);
  byId("factor-codes", HTMLElement).focus();
}

/** Show what was done with the account lately. */
export async function showActivity() {
  const list = byId("activity", HTMLUListElement);
  try {
    const { events } = await call("GET", "/auth/activity");
    list.replaceChildren(...events.slice(0, 20).map(activityRow));
  } catch (error) {
    list.textContent = sentenceOf(error);
  } finally {
    list.removeAttribute("aria-busy");
  }
}

/** @param {{at: string, action: string, outcome: string, ip: string, user_agent: string}} event */
function activityRow({ at, action, outcome, ip, user_agent: agent }) {
  const what = `${ACTIONS[action] ?? action}${outcome === "refused" ? " (refused)" : ""}`;
  const where = [agent && device(agent), ip].filter(Boolean).join(", ");
  return element("li", [what, dayAndTime(at), where].filter(Boolean).join(" · "));
}
