/** Moving a project to another team, once it is said who does not see it any more. */

import { call } from "../core/api.js";
import { confirmed } from "../core/dialogs.js";
import { byId } from "../core/dom.js";
import { attemptIn, bindForm, clearErrors } from "../core/forms.js";
import { count, dayAndTime } from "../core/format.js";

/** Roles in which projects may be put into a team. */
const MAKERS = ["owner", "editor"];

export class ProjectMove {
  /**
   * @param {{id: string, teamId: string}} project
   * @param {HTMLElement} message where it is said what went wrong
   */
  constructor(project, message) {
    this.project = project;
    this.message = message;
    this.form = byId("move-form", HTMLFormElement);
    bindForm(this.form, ({ team_id: teamId }) => this.#move(teamId ?? ""));
  }

  /** Show the teams that it may belong to. */
  async begin() {
    clearErrors(this.form);
    await attemptIn(this.message, async () => {
      const { teams } = await call("GET", "/teams");
      const possible = teams.filter(
        (/** @type {{id: string, role: string}} */ one) => MAKERS.includes(one.role) || one.id === this.project.teamId,
      );
      const select = byId("move-team", HTMLSelectElement);
      select.replaceChildren(
        ...possible.map((/** @type {{id: string, name: string}} */ one) => new Option(one.name, one.id)),
      );
      select.value = this.project.teamId;
    });
  }

  /**
   * @param {string} teamId
   * @returns {Promise<string>}
   */
  async #move(teamId) {
    if (teamId === this.project.teamId) return "It belongs to this team already.";
    const path = `/projects/${this.project.id}/move`;
    const tried = await call("POST", path, { body: { team_id: teamId, dry_run: true } });
    const ending = whatEnds(tried);
    const isWanted = await confirmed({
      title: "Move the project?",
      text:
        ending.length > 0
          ? "This will not open the project any more:"
          : "Nobody loses sight of it, and all links stay.",
      list: ending,
      yes: "Move the project",
    });
    if (!isWanted) return "";
    await call("POST", path, { body: { team_id: teamId } });
    this.project.teamId = teamId;
    return "The project belongs to this team now.";
  }
}

/**
 * What opens a project no longer when it is moved, one line for each.
 *
 * @param {{losing_access: {name: string, token_count: number}[],
 *   ending_links: {permission: string, created_by: string | null, expires_at: string}[], ending_keys: string[]}} tried
 * @returns {string[]}
 */
function whatEnds(tried) {
  const people = tried.losing_access.map((one) =>
    one.token_count > 0 ? `${one.name}, with ${count(one.token_count, "personal token")}` : one.name,
  );
  const links = tried.ending_links.map(
    (one) => `A review link of ${one.created_by ?? "a deleted user"}, good until ${dayAndTime(one.expires_at)}`,
  );
  const keys = tried.ending_keys.map((one) => `The team's key for ${one.replace("_", " ")}`);
  return [...people, ...links, ...keys];
}
