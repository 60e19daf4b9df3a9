/** The teams with what they use, and limits of their own. */

import { call } from "../core/api.js";
import { byId, copyOf, show, within } from "../core/dom.js";
import { attemptIn, bindForm, valuesOf } from "../core/forms.js";
import { count, size } from "../core/format.js";
import { TeamMembers } from "./administration-members.js";

/**
 * @typedef {object} Team
 * @property {string} id
 * @property {string} name
 * @property {number} member_count
 * @property {number} stored_bytes
 * @property {number} uploaded_this_week_bytes
 * @property {number | null} storage_limit_mb
 * @property {number | null} weekly_upload_limit_mb
 */

const LIMITS = /** @type {const} */ (["storage_limit_mb", "weekly_upload_limit_mb"]);
const TYPING_MS = 250;
let shownPage = 1;
/** @type {TeamMembers | null} */
let teamMembers = null;

/** Show the teams, and let their limits be changed. */
export async function bindTeams() {
  const filter = byId("teams-filter", HTMLFormElement);
  let timer = 0;
  filter.addEventListener("submit", (event) => event.preventDefault());
  filter.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void showTeams(1), TYPING_MS);
  });
  teamMembers = new TeamMembers(() => void showTeams(1));
  byId("teams-more", HTMLButtonElement).addEventListener("click", () => void showTeams(shownPage + 1));
  await showTeams(1);
}

/** @param {number} page */
async function showTeams(page) {
  const list = byId("teams", HTMLUListElement);
  await attemptIn(byId("administration-message", HTMLElement), async () => {
    const { query = "" } = valuesOf(byId("teams-filter", HTMLFormElement));
    const wanted = new URLSearchParams({ query, page: String(page), limit: "50" });
    const { teams, pagination } = await call("GET", `/admin/teams?${wanted}`);
    const rows = teams.map(rowOf);
    if (page === 1) list.replaceChildren(...rows);
    else list.append(...rows);
    shownPage = page;
    byId("teams-count", HTMLElement).textContent = count(pagination.total, "team");
    show(byId("teams-more", HTMLElement), page < pagination.pages);
  });
  list.removeAttribute("aria-busy");
}

/**
 * @param {Team} team
 * @returns {HTMLElement}
 */
function rowOf(team) {
  const row = copyOf("team-limits-row");
  within(row, "[data-name]", HTMLElement).textContent = team.name;
  within(row, "[data-facts]", HTMLElement).textContent = [
    count(team.member_count, "member"),
    `${size(team.stored_bytes)} stored`,
    `${size(team.uploaded_this_week_bytes)} this week`,
  ].join(" · ");
  const form = within(row, "form", HTMLFormElement);
  for (const name of LIMITS) {
    const input = within(form, `[name=${name}]`, HTMLInputElement);
    input.value = String(team[name] ?? "");
    input.placeholder = "the server's";
  }
  // No name of the form itself, which would make it a landmark: two teams may be called the same.
  for (const input of form.querySelectorAll("input")) {
    const label = input.closest("label")?.textContent?.trim() ?? input.name;
    input.setAttribute("aria-label", `${label} of ${team.name}`);
  }
  bindForm(form, async (values) => {
    const body = Object.fromEntries(LIMITS.map((name) => [name, numberOf(values[name] ?? "")]));
    await call("PATCH", `/admin/teams/${team.id}`, { body });
    return "Saved.";
  });
  const button = within(form, "[data-members]", HTMLButtonElement);
  button.setAttribute("aria-label", `Members of ${team.name}`);
  button.addEventListener("click", () => void teamMembers?.open(team));
  return row;
}

/**
 * @param {string} text
 * @returns {number | null | string} a text that is no number goes as it is, for the server to say what is wrong
 */
function numberOf(text) {
  const plain = text.trim();
  if (plain === "") return null;
  return /^\d+$/u.test(plain) ? Number(plain) : plain;
}
