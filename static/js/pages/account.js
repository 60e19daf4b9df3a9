/** The own account: name, password, preferences, devices. */

import { call } from "../core/api.js";
import { confirmed } from "../core/dialogs.js";
import { announce, byId, copyOf, within } from "../core/dom.js";
import { attemptIn, bindForm, clearErrors, sentenceOf, showError } from "../core/forms.js";
import { dayAndTime, device } from "../core/format.js";
import { startSession } from "../core/session.js";
import { bindSliders, readTouched, setSliders } from "../core/sliders.js";
import { bindProviderKeys } from "../core/provider-keys.js";
import { showUsage } from "../core/usage.js";
import { bindSecondFactor, showActivity } from "./account-security.js";
import { bindProviders } from "./account-providers.js";
import { bindTokens } from "./account-tokens.js";

/** @typedef {{id: string, device: string, last_used_at: string, is_current: boolean}} Session */

const preferences = byId("preferences", HTMLFormElement);
const serverOptions = JSON.parse(preferences.dataset.serverOptions ?? "{}");
let ownOptions = JSON.parse(preferences.dataset.ownOptions ?? "{}");

startSession();
bindForm(byId("profile", HTMLFormElement), async (values) => {
  const body = { ...values, username: values.username || null };
  const { user } = await call("PATCH", "/auth/me", { body });
  byId("own-name", HTMLElement).textContent = user.full_name || user.email;
  return "The name is saved.";
});
bindForm(
  byId("address", HTMLFormElement),
  async (values) => (await call("POST", "/auth/email", { body: values })).message,
);
byId("delete-account", HTMLButtonElement).addEventListener("click", () => void deleteAccount());
bindProviders();
bindAppearance();
bindPreferences();
bindPassword();
await showDevices();
await Promise.all([
  bindSecondFactor(),
  bindTokens(),
  bindProviderKeys("/auth/keys"),
  showUsage("usage", "/auth/usage"),
  showActivity(),
]);

async function deleteAccount() {
  const question = {
    title: "Delete your account?",
    text: "It goes at once and for good, with your personal projects and all that is in them.",
    yes: "Delete my account",
  };
  if (!(await confirmed(question))) return;
  await attemptIn(byId("deletion-message", HTMLElement), async () => {
    await call("DELETE", "/auth/me");
    window.location.assign("/sign-in");
  });
}

function bindAppearance() {
  const form = byId("appearance", HTMLFormElement);
  form.addEventListener("change", async () => {
    const values = new FormData(form);
    const theme = String(values.get("theme") ?? "");
    // Kept only where it differs from what is usual.
    const letterKeys = values.has("letter_keys") ? null : false;
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    clearErrors(form);
    try {
      await call("PATCH", "/auth/me", { body: { settings: { theme: theme || null, letter_keys: letterKeys } } });
    } catch (error) {
      showError(form, error);
    }
  });
}

function bindPreferences() {
  bindSliders(preferences);
  setSliders(preferences, { ...serverOptions, ...ownOptions });
  bindForm(preferences, async () => {
    ownOptions = { ...ownOptions, ...readTouched(preferences) };
    await call("PATCH", "/auth/me", { body: { settings: { analysis_options: ownOptions } } });
    return "The settings are saved; new projects begin with them.";
  });
  byId("forget-preferences", HTMLButtonElement).addEventListener("click", async () => {
    try {
      await call("PATCH", "/auth/me", { body: { settings: { analysis_options: null } } });
      ownOptions = {};
      setSliders(preferences, serverOptions);
      announce("New projects begin with the settings of this server again.");
    } catch (error) {
      showError(preferences, error);
    }
  });
}

function bindPassword() {
  const form = byId("password", HTMLFormElement);
  bindForm(form, async ({ current_password, new_password }) => {
    await call("POST", "/auth/change-password", { body: { current_password, new_password } });
    form.reset();
    await showDevices();
    return "The password is changed, and all other devices are signed out.";
  });
}

async function showDevices() {
  const list = byId("devices", HTMLUListElement);
  try {
    const { sessions } = await call("GET", "/auth/sessions");
    list.replaceChildren(.../** @type {Session[]} */ (sessions).map(deviceRow));
  } catch (error) {
    byId("devices-message", HTMLElement).textContent = sentenceOf(error);
  } finally {
    list.removeAttribute("aria-busy");
  }
}

/**
 * @param {Session} session
 * @returns {HTMLElement}
 */
function deviceRow(session) {
  const row = copyOf("device-row");
  const name = device(session.device);
  within(row, "[data-name]", HTMLElement).textContent = session.is_current ? `${name} (this one)` : name;
  within(row, "[data-when]", HTMLElement).textContent = `Last seen ${dayAndTime(session.last_used_at)}`;
  const button = within(row, "[data-end]", HTMLButtonElement);
  if (session.is_current) {
    button.remove();
    return row;
  }
  button.setAttribute("aria-label", `Sign out ${name}`);
  button.addEventListener("click", async () => {
    try {
      await call("DELETE", `/auth/sessions/${session.id}`);
      announce(`${name} is signed out.`);
      byId("devices-title", HTMLElement).focus();
    } catch (error) {
      byId("devices-message", HTMLElement).textContent = sentenceOf(error);
    }
    await showDevices();
  });
  return row;
}
