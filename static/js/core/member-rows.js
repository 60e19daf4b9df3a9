/** The rows of who is in a team, on its own page and for who runs the server. */

import { copyOf, show, within } from "./dom.js";
import { confirmed } from "./dialogs.js";
import { roleName } from "./roles.js";

/**
 * @typedef {{user_id: string, name: string, email: string, role: string, is_active: boolean}} Member
 *
 * @typedef {object} MemberActions what may be done with a member
 * @property {boolean} canRemove
 * @property {(role: string) => Promise<void>} setRole
 * @property {() => Promise<void>} remove
 */

/**
 * @param {Member} member
 * @param {MemberActions | null} actions null where nothing may be changed
 * @returns {HTMLElement}
 */
export function memberRow(member, actions) {
  const row = copyOf("member-row");
  within(row, "[data-name]", HTMLElement).textContent = member.name;
  within(row, "[data-email]", HTMLElement).textContent = [
    member.name === member.email ? "" : member.email,
    member.is_active ? "" : "switched off",
  ]
    .filter(Boolean)
    .join(" · ");
  const select = within(row, "[data-role]", HTMLSelectElement);
  const button = within(row, "[data-remove]", HTMLButtonElement);
  show(select, actions !== null);
  show(button, actions?.canRemove ?? false);
  within(row, "[data-role-told]", HTMLElement).textContent = actions === null ? roleName(member.role) : "";
  select.value = member.role;
  select.setAttribute("aria-label", `Role of ${member.name}`);
  button.setAttribute("aria-label", `Take out: ${member.name}`);
  if (actions === null) return row;
  select.addEventListener("change", () => void actions.setRole(select.value));
  button.addEventListener("click", async () => {
    const question = {
      title: `Take ${member.name} out of the team?`,
      text: "The projects of the team are not seen any more; decisions that were made stay.",
      yes: "Take out",
    };
    if (await confirmed(question)) await actions.remove();
  });
  return row;
}
