/** Keys of services outside, of a person or a team: kept, tried, forgotten, and never shown. */

import { call } from "./api.js";
import { byId, show, within } from "./dom.js";
import { bindForm, clearErrors, showError } from "./forms.js";
import { dayAndTime } from "./format.js";

/** @typedef {{provider: string, last_four: string, base_url: string | null, created_at: string}} Key */

/** @param {string} path `/auth/keys`, or that of a team */
export async function bindProviderKeys(path) {
  const place = byId("provider-keys", HTMLElement);
  const sections = /** @type {NodeListOf<HTMLElement>} */ (place.querySelectorAll("[data-provider]"));
  for (const section of sections) bindSection(section, `${path}/${section.dataset.provider}`);
  const { keys } = await call("GET", path).catch(() => ({ keys: [] }));
  for (const section of sections) {
    showKey(section, keys.find((/** @type {Key} */ one) => one.provider === section.dataset.provider) ?? null);
  }
  place.removeAttribute("aria-busy");
}

/**
 * @param {HTMLElement} section
 * @param {string} path of its key
 */
function bindSection(section, path) {
  const form = within(section, "form", HTMLFormElement);
  const say = (/** @type {string} */ sentence) => {
    within(form, "[data-outcome]", HTMLElement).textContent = sentence;
  };
  bindForm(form, async ({ key: text, base_url: address }) => {
    const { key } = await call("PUT", path, { body: { key: text, base_url: address ?? "" } });
    form.reset();
    showKey(section, key);
    return "The key is kept.";
  });
  const attempt = (/** @type {() => Promise<void>} */ action) => async () => {
    clearErrors(form);
    await action().catch((error) => showError(form, error));
  };
  within(section, "[data-try]", HTMLButtonElement).addEventListener(
    "click",
    attempt(async () => say((await call("POST", `${path}/test`)).message)),
  );
  within(section, "[data-forget]", HTMLButtonElement).addEventListener(
    "click",
    attempt(async () => {
      await call("DELETE", path);
      showKey(section, null);
      within(section, "h3", HTMLElement).focus();
    }),
  );
}

/**
 * @param {HTMLElement} section
 * @param {Key | null} key
 */
function showKey(section, key) {
  const where = key?.base_url ? ` for ${key.base_url}` : "";
  within(section, "[data-told]", HTMLElement).textContent = key
    ? `A key that ends in ${key.last_four} is kept${where}, since ${dayAndTime(key.created_at)}.`
    : "There is none.";
  for (const name of ["[data-try]", "[data-forget]"]) show(within(section, name, HTMLElement), key !== null);
}
