/** Forms: sent by script, what is wrong beside its field, never sent twice. */

import { ApiError } from "./api.js";

/**
 * Send a form by a function; errors of the API appear beside their fields.
 *
 * @param {HTMLFormElement} form
 * @param {(values: Record<string, string>) => Promise<string | void>} submit returns what the form then says
 */
export function bindForm(form, submit) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    clearErrors(form);
    if (hasEmptyField(form)) {
      form.removeAttribute("aria-busy");
      return;
    }
    try {
      say(form, (await submit(valuesOf(form))) ?? "", false);
    } catch (error) {
      showError(form, error);
    } finally {
      form.removeAttribute("aria-busy");
    }
  });
}

/**
 * The values of a form's fields by their names.
 *
 * @param {HTMLFormElement} form
 * @returns {Record<string, string>}
 */
export function valuesOf(form) {
  /** @type {Record<string, string>} */
  const values = {};
  for (const [name, value] of new FormData(form)) values[name] = String(value);
  return values;
}

/**
 * Show what went wrong: beside the fields that are named, otherwise below them all.
 *
 * @param {HTMLFormElement} form
 * @param {unknown} error
 */
export function showError(form, error) {
  const details = error instanceof ApiError ? error.details : {};
  const named = Object.entries(details).filter(([name, sentence]) => showFieldError(form, name, sentence));
  if (named.length === 0) say(form, sentenceOf(error), true);
  const next = form.querySelector("[aria-invalid=true], button[type=submit]");
  if (next instanceof HTMLElement) next.focus();
}

/**
 * What an error says to people.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function sentenceOf(error) {
  return error instanceof Error ? error.message : "Something unforeseen happened; load the page again.";
}

/**
 * Do something that a page, not a form, asks for; what goes wrong is said in a place of its own.
 *
 * @param {HTMLElement} place
 * @param {() => Promise<any>} action
 */
export async function attemptIn(place, action) {
  place.textContent = "";
  try {
    await action();
  } catch (error) {
    place.textContent = sentenceOf(error);
  }
}

/**
 * Take back what was said before.
 *
 * @param {HTMLFormElement} form
 */
export function clearErrors(form) {
  for (const element of form.querySelectorAll("[data-error-for]")) element.textContent = "";
  for (const element of form.querySelectorAll("[aria-invalid]")) element.removeAttribute("aria-invalid");
  say(form, "", false);
}

/**
 * Whether something is missing that must be there; says so beside its field.
 *
 * @param {HTMLFormElement} form
 * @returns {boolean}
 */
function hasEmptyField(form) {
  const inputs = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input[required]"));
  const empty = [...inputs].filter((one) => one.value.trim() === "");
  for (const { name } of empty) showFieldError(form, name, "Fill this in.");
  if (empty.length === 0) return false;
  // The server is not asked yet, and what else is wrong is to be heard in the same round.
  for (const one of inputs) {
    if (one.validity.typeMismatch) showFieldError(form, one.name, "Give an address such as ada@example.org.");
  }
  empty[0]?.focus();
  return true;
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {string} sentence
 * @returns {boolean} whether the form has such a field
 */
function showFieldError(form, name, sentence) {
  const place = form.querySelector(`[data-error-for="${CSS.escape(name)}"]`);
  const input = form.elements.namedItem(name);
  if (!place || !(input instanceof HTMLElement)) return false;
  place.textContent = sentence;
  input.setAttribute("aria-invalid", "true");
  return true;
}

/**
 * @param {HTMLFormElement} form
 * @param {string} sentence
 * @param {boolean} isError
 */
function say(form, sentence, isError) {
  const outcome = form.querySelector("[data-outcome]");
  if (!outcome) return;
  outcome.textContent = sentence;
  outcome.classList.toggle("is-error", isError);
}
