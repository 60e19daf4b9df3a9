/** Who is in a team, for who runs the server: joining it, other roles, taking somebody out. */

import { call } from "../core/api.js";
import { bindCloseButtons } from "../core/dialogs.js";
import { byId, show, tell } from "../core/dom.js";
import { attemptIn, bindForm, clearErrors } from "../core/forms.js";
import { memberRow } from "../core/member-rows.js";
import { roleName } from "../core/roles.js";

/**
 * @typedef {import("../core/member-rows.js").Member} Member
 * @typedef {{id: string, name: string}} Team
 */

const ownId = document.documentElement.dataset.userId ?? "";

export class TeamMembers {
  /** @param {() => void} onChange what is done when somebody has come or gone */
  constructor(onChange) {
    this.onChange = onChange;
    /** @type {Team | null} */
    this.team = null;
    this.dialog = byId("members-dialog", HTMLDialogElement);
    this.form = byId("join-team", HTMLFormElement);
    bindCloseButtons(this.dialog);
    bindForm(this.form, ({ role = "viewer" }) => this.#set(ownId, role, "You are in the team now."));
  }

  /** @param {Team} team */
  async open(team) {
    this.team = team;
    byId("members-dialog-title", HTMLElement).textContent = `Members of ${team.name}`;
    byId("team-members", HTMLUListElement).replaceChildren();
    clearErrors(this.form);
    this.dialog.showModal();
    await this.#load();
  }

  async #load() {
    await this.#attempt(async () => {
      const { members } = await call("GET", this.#path());
      const rows = /** @type {Member[]} */ (members).map((one) => this.#rowOf(one));
      byId("team-members", HTMLUListElement).replaceChildren(...rows);
      show(this.form, !members.some((/** @type {Member} */ one) => one.user_id === ownId));
    });
  }

  /**
   * @param {Member} member
   * @returns {HTMLElement}
   */
  #rowOf(member) {
    return memberRow(member, {
      canRemove: true,
      setRole: async (role) => {
        const said = `${member.name} is ${roleName(role).toLowerCase()} now.`;
        await this.#attempt(async () => tell(await this.#set(member.user_id, role, said)));
      },
      remove: () => this.#attempt(() => this.#remove(member)),
    });
  }

  /** @param {Member} member */
  async #remove(member) {
    await call("DELETE", `${this.#path()}/${member.user_id}`);
    tell(`${member.name} is not in the team any more.`);
    byId("members-dialog-title", HTMLElement).focus();
    await this.#changed();
  }

  /**
   * @param {string} userId
   * @param {string} role
   * @param {string} said when it has been done
   * @returns {Promise<string>}
   */
  async #set(userId, role, said) {
    await call("PUT", `${this.#path()}/${userId}`, { body: { role } });
    await this.#changed();
    return said;
  }

  async #changed() {
    await this.#load();
    this.onChange();
  }

  /** @param {() => Promise<void>} action */
  async #attempt(action) {
    await attemptIn(byId("members-outcome", HTMLElement), action);
  }

  /** @returns {string} */
  #path() {
    return `/admin/teams/${this.team?.id ?? ""}/members`;
  }
}
