/** With whom a project is shared beside its team. */

import { call } from "../core/api.js";
import { byId, copyOf, tell, within } from "../core/dom.js";
import { attemptIn, bindForm, clearErrors } from "../core/forms.js";
import { roleName } from "../core/roles.js";

/** @typedef {{user_id: string, name: string, email: string, role: string}} Share */

export class ProjectShares {
  /**
   * @param {string} projectId
   * @param {HTMLElement} message where it is said what went wrong
   */
  constructor(projectId, message) {
    this.path = `/projects/${projectId}/shares`;
    this.message = message;
    this.form = byId("share-form", HTMLFormElement);
    bindForm(this.form, async (values) => {
      const { share } = await call("POST", this.path, { body: values });
      this.form.reset();
      await this.#show();
      return `${share.name} finds the project from now on.`;
    });
  }

  /** Show with whom it is shared. */
  async begin() {
    clearErrors(this.form);
    await this.#show();
  }

  async #show() {
    await attemptIn(this.message, async () => {
      const { shares } = await call("GET", this.path);
      byId("shares", HTMLUListElement).replaceChildren(...shares.map((/** @type {Share} */ one) => this.#row(one)));
    });
  }

  /**
   * @param {Share} share
   * @returns {HTMLElement}
   */
  #row(share) {
    const row = copyOf("share-row");
    const own = `${this.path}/${share.user_id}`;
    within(row, "[data-name]", HTMLElement).textContent = share.name;
    within(row, "[data-email]", HTMLElement).textContent = share.name === share.email ? "" : share.email;
    const select = within(row, "[data-role]", HTMLSelectElement);
    select.value = share.role;
    select.setAttribute("aria-label", `Role of ${share.name}`);
    select.addEventListener("change", () =>
      attemptIn(this.message, async () => {
        await call("PATCH", own, { body: { role: select.value } });
        tell(`${share.name} is ${roleName(select.value).toLowerCase()} now.`);
      }),
    );
    const button = within(row, "[data-remove]", HTMLButtonElement);
    button.setAttribute("aria-label", `Share with ${share.name} no longer`);
    button.addEventListener("click", () =>
      attemptIn(this.message, async () => {
        await call("DELETE", own);
        await this.#show();
        byId("shares-title", HTMLElement).focus();
      }),
    );
    return row;
  }
}
