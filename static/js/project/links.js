/** The review links to a project: made, copied, watched, revoked. */

import { call } from "../core/api.js";
import { confirmed } from "../core/dialogs.js";
import { copyFrom } from "../core/copying.js";
import { byId, copyOf, show, tell, within } from "../core/dom.js";
import { attemptIn, bindForm, clearErrors } from "../core/forms.js";
import { count, dayAndTime } from "../core/format.js";

/** @type {Record<string, string>} */
const PERMISSIONS = { view: "Look", comment: "Look and comment", decide: "Look and decide" };

/**
 * @typedef {object} Link
 * @property {string} id
 * @property {string[] | null} media_ids
 * @property {string} permission
 * @property {boolean} allow_export
 * @property {boolean} has_password
 * @property {string | null} created_by
 * @property {string} expires_at
 */

export class ProjectLinks {
  /**
   * @param {string} projectId
   * @param {() => string[]} chosenMedia
   * @param {HTMLElement} message where it is said what went wrong
   */
  constructor(projectId, chosenMedia, message) {
    this.path = `/projects/${projectId}/links`;
    this.chosenMedia = chosenMedia;
    this.message = message;
    this.form = byId("link-form", HTMLFormElement);
    bindForm(this.form, (values) => this.#make(values));
    byId("copy-link", HTMLButtonElement).addEventListener(
      "click",
      () => void copyFrom("link-url", "The link is copied."),
    );
  }

  /** Show the links, and what is chosen at the moment. */
  async begin() {
    clearErrors(this.form);
    show(byId("link-made", HTMLElement), false);
    const chosen = this.chosenMedia().length;
    const option = byId("link-chosen", HTMLOptionElement);
    option.textContent = `the ${count(chosen, "recording")} that ${chosen === 1 ? "is" : "are"} chosen`;
    show(option, chosen > 0);
    byId("link-scope", HTMLSelectElement).value = chosen > 0 ? "chosen" : "all";
    await this.#show();
  }

  async #show() {
    await attemptIn(this.message, async () => {
      const { links } = await call("GET", this.path);
      byId("links", HTMLUListElement).replaceChildren(...links.map((/** @type {Link} */ one) => this.#row(one)));
      show(byId("no-links", HTMLElement), links.length === 0);
    });
  }

  /**
   * @param {Record<string, string>} values
   * @returns {Promise<string>}
   */
  async #make({ permission, scope, expires_in_days: days, password, allow_export: withExport }) {
    const body = {
      permission,
      expires_in_days: Number(days),
      allow_export: withExport !== undefined,
      ...(password ? { password } : {}),
      ...(scope === "chosen" ? { media_ids: this.chosenMedia() } : {}),
    };
    const { url } = await call("POST", this.path, { body });
    byId("link-url", HTMLInputElement).value = url;
    show(byId("link-made", HTMLElement), true);
    byId("link-password", HTMLInputElement).value = "";
    await this.#show();
    return "The link is below.";
  }

  /**
   * @param {Link} link
   * @returns {HTMLElement}
   */
  #row(link) {
    const row = copyOf("link-row");
    const told = [
      PERMISSIONS[link.permission] ?? link.permission,
      link.allow_export ? "with cut lists" : "",
      link.media_ids ? count(link.media_ids.length, "recording") : "all recordings",
      link.has_password ? "with a password" : "",
      `until ${dayAndTime(link.expires_at)}`,
      link.created_by ? `by ${link.created_by}` : "",
    ];
    within(row, "[data-told]", HTMLElement).textContent = told.filter(Boolean).join(" · ");
    within(row, "[data-activity]", HTMLButtonElement).addEventListener("click", () =>
      attemptIn(this.message, () => this.#showGuests(link, within(row, "[data-guests]", HTMLElement))),
    );
    within(row, "[data-revoke]", HTMLButtonElement).addEventListener("click", () => void this.#revoke(link));
    return row;
  }

  /**
   * @param {Link} link
   * @param {HTMLElement} place
   */
  async #showGuests(link, place) {
    const { guests } = await call("GET", `${this.path}/${link.id}/activity`);
    const lines = guests.map(
      (/** @type {{name: string, last_seen_at: string, decision_count: number}} */ one) =>
        `${one.name}, ${count(one.decision_count, "decision")}, last here ${dayAndTime(one.last_seen_at)}`,
    );
    place.textContent = lines.join("; ") || "Nobody has opened it yet.";
  }

  /** @param {Link} link */
  async #revoke(link) {
    const question = {
      title: "Revoke the link?",
      text: "Who has opened it is out at once; decisions that were made stay.",
      yes: "Revoke",
    };
    if (!(await confirmed(question))) return;
    await attemptIn(this.message, async () => {
      await call("DELETE", `${this.path}/${link.id}`);
      await this.#show();
      byId("links-title", HTMLElement).focus();
      tell("The link is revoked.");
    });
  }
}
