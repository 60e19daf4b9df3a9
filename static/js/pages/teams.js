/** The own teams. */

import { call } from "../core/api.js";
import { bindCloseButtons } from "../core/dialogs.js";
import { byId, copyOf, within } from "../core/dom.js";
import { bindForm, clearErrors, sentenceOf } from "../core/forms.js";
import { count } from "../core/format.js";
import { startSession } from "../core/session.js";
import { roleName } from "../core/roles.js";

const list = byId("teams", HTMLUListElement);
const dialog = byId("team-dialog", HTMLDialogElement);
const form = within(dialog, "form", HTMLFormElement);

startSession();
bindCloseButtons(dialog);
byId("new-team", HTMLButtonElement).addEventListener("click", () => {
  clearErrors(form);
  form.reset();
  dialog.showModal();
});
bindForm(form, async (values) => {
  const { team } = await call("POST", "/teams", { body: values });
  window.location.assign(`/teams/${team.id}`);
});
await showTeams();

async function showTeams() {
  try {
    const { teams } = await call("GET", "/teams");
    list.replaceChildren(...teams.map(rowOf));
  } catch (error) {
    byId("teams-message", HTMLElement).textContent = sentenceOf(error);
  } finally {
    list.removeAttribute("aria-busy");
  }
}

/** @param {{id: string, name: string, role: string, member_count: number}} team */
function rowOf(team) {
  const row = copyOf("team-row");
  const link = within(row, "[data-name]", HTMLAnchorElement);
  link.textContent = team.name;
  link.href = `/teams/${team.id}`;
  within(row, "[data-facts]", HTMLElement).textContent =
    `${roleName(team.role)} · ${count(team.member_count, "member")}`;
  return row;
}
