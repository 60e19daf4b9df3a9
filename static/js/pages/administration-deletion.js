/** Deleting somebody: what becomes of the personal projects is asked first. */

import { ApiError, call } from "../core/api.js";
import { bindCloseButtons } from "../core/dialogs.js";
import { byId, tell, within } from "../core/dom.js";
import { bindForm, clearErrors } from "../core/forms.js";

const dialog = byId("deletion-dialog", HTMLDialogElement);
const form = within(dialog, "form", HTMLFormElement);
/** @type {{person: {path: string, name: string}, done: () => Promise<void>} | null} */
let open = null;

bindCloseButtons(dialog);
bindForm(form, async ({ fate, transfer_to: email = "" }) => {
  if (!open) return;
  const body = fate === "delete" ? { delete_data: true } : { transfer_to: await idOf(email) };
  await call("DELETE", open.person.path, { body });
  dialog.close();
  tell(`${open.person.name} is deleted.`);
  await open.done();
});

/**
 * @param {{path: string, name: string}} person
 * @param {() => Promise<void>} done
 */
export function openDeletion(person, done) {
  open = { person, done };
  clearErrors(form);
  form.reset();
  byId("deletion-told", HTMLElement).textContent =
    `${person.name} is signed out everywhere at once. What was made and decided in teams stays, by "Deleted user". This cannot be taken back.`;
  dialog.showModal();
}

/**
 * @param {string} email
 * @returns {Promise<string>}
 */
async function idOf(email) {
  const wanted = email.trim().toLowerCase();
  const query = new URLSearchParams({ query: wanted, limit: "100" });
  const { users } = wanted ? await call("GET", `/admin/users?${query}`) : { users: [] };
  const found = users.find((/** @type {{email: string}} */ one) => one.email === wanted);
  const sentence = "Nobody here has this address.";
  if (!found) throw new ApiError(400, "VALIDATION_ERROR", sentence, { transfer_to: sentence });
  return found.id;
}
