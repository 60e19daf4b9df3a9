/** For who runs the server: numbers, people and what was done. */

import { call, callForBytes } from "../core/api.js";
import { barChart } from "../core/bar-chart.js";
import { confirmed } from "../core/dialogs.js";
import { byId, copyOf, element, show, tell, within } from "../core/dom.js";
import { saveFile } from "../core/download.js";
import { attemptIn, valuesOf } from "../core/forms.js";
import { count, dayAndTime, size } from "../core/format.js";
import { openDeletion } from "./administration-deletion.js";
import { bindTeams } from "./administration-teams.js";
import { bindSettings } from "./administration-settings.js";
import { startSession } from "../core/session.js";

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} email
 * @property {string | null} username
 * @property {string} full_name
 * @property {"user" | "admin"} role
 * @property {boolean} is_active
 * @property {boolean} has_second_factor
 * @property {string | null} last_login
 */

const message = byId("administration-message", HTMLElement);
const peopleFilter = byId("people-filter", HTMLFormElement);
const auditFilter = byId("audit-filter", HTMLFormElement);
const TYPING_MS = 250;
let peoplePage = 1;
let cursor = "";

startSession();
follow(peopleFilter, () => showPeople(1));
follow(auditFilter, () => showEvents(""));
byId("people-more", HTMLButtonElement).addEventListener("click", () => void showPeople(peoplePage + 1));
byId("events-more", HTMLButtonElement).addEventListener("click", () => void showEvents(cursor));
for (const button of document.querySelectorAll("button[data-download]")) {
  button.addEventListener("click", () => void download(/** @type {HTMLElement} */ (button).dataset.download ?? "csv"));
}
await Promise.all([attempt(showNumbers), showPeople(1), bindTeams(), bindSettings(), showEvents("")]);

async function showNumbers() {
  const found = await call("GET", "/admin/stats");
  const free = found.disk_free_bytes;
  const numbers = {
    People: found.users,
    "Active in 30 days": found.active_users_30_days,
    Teams: found.teams,
    Recordings: found.recordings,
    Hours: found.recorded_hours,
    Stored: size(found.stored_bytes),
    "Jobs under way": found.unfinished_jobs,
    "Free on the disk": free === null ? "unknown" : `${size(free)} of ${size(found.disk_total_bytes)}`,
  };
  const place = byId("numbers", HTMLElement);
  place.replaceChildren(
    ...Object.entries(numbers).map(([name, value]) => {
      const pair = document.createElement("div");
      pair.append(element("dt", name), element("dd", value.toLocaleString("en")));
      return pair;
    }),
  );
  place.removeAttribute("aria-busy");
  byId("charts", HTMLElement).replaceChildren(
    weekly("People who came, by week", found.weeks, "new_users"),
    weekly("Recordings, by week", found.weeks, "recordings"),
    weekly("Hours recorded, by week", found.weeks, "recorded_hours"),
  );
}

/**
 * @param {string} title
 * @param {(Record<string, number> & { begins_at: string })[]} weeks
 * @param {"new_users" | "recordings" | "recorded_hours"} name
 */
function weekly(title, weeks, name) {
  const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });
  return barChart(
    title,
    weeks.map((week) => ({ label: `from ${day.format(new Date(week.begins_at))}`, value: week[name] ?? 0 })),
  );
}

/** @param {number} page */
async function showPeople(page) {
  const list = byId("people", HTMLUListElement);
  await attempt(async () => {
    const query = new URLSearchParams({ ...valuesOf(peopleFilter), page: String(page), limit: "50" });
    const { users, pagination } = await call("GET", `/admin/users?${query}`);
    const rows = users.map(personRow);
    if (page === 1) list.replaceChildren(...rows);
    else list.append(...rows);
    peoplePage = page;
    byId("people-count", HTMLElement).textContent = count(pagination.total, "person", "people");
    show(byId("people-more", HTMLElement), page < pagination.pages);
  });
  list.removeAttribute("aria-busy");
}

/** @param {Person} person */
function personRow(person) {
  const row = copyOf("person-row");
  const name = person.full_name || person.email;
  within(row, "[data-name]", HTMLElement).textContent = name;
  within(row, "[data-facts]", HTMLElement).textContent = [
    person.full_name && person.email,
    person.username,
    person.role === "admin" && "administrator",
    !person.is_active && "switched off",
    person.has_second_factor && "second factor",
    person.last_login ? `last here ${dayAndTime(person.last_login)}` : "never here",
  ]
    .filter(Boolean)
    .join(" · ");
  const path = `/admin/users/${person.id}`;
  const isAdmin = person.role === "admin";
  /** @type {Record<string, {label?: string, question?: string, run: () => Promise<any>}>} */
  const acts = {
    role: {
      label: isAdmin ? "Make a user" : "Make an administrator",
      question: isAdmin ? `Let ${name} not run the server any more?` : `Let ${name} run the server?`,
      run: () => call("PATCH", path, { body: { role: isAdmin ? "user" : "admin" } }),
    },
    active: {
      label: person.is_active ? "Switch off" : "Switch on",
      question: person.is_active ? `Switch ${name} off, and sign them out everywhere at once?` : "",
      run: () => call("PATCH", path, { body: { is_active: !person.is_active } }),
    },
    "sign-out": { run: () => call("POST", `${path}/sign-out`) },
    "password-reset": { run: () => call("POST", `${path}/password-reset`) },
    unlock: { run: () => call("POST", `${path}/unlock`) },
    "2fa": {
      question: `Remove the second factor of ${name}? Make sure first that it is really them who ask.`,
      run: () => call("DELETE", `${path}/2fa`),
    },
  };
  for (const [act, { label, question, run }] of Object.entries(acts)) {
    const button = within(row, `[data-act="${act}"]`, HTMLButtonElement);
    if (label) button.textContent = label;
    button.setAttribute("aria-label", `${button.textContent}: ${name}`);
    button.addEventListener("click", async () => {
      if (question && !(await confirmed({ title: "Are you sure?", text: question, yes: "Yes" }))) return;
      await attempt(async () => {
        await run();
        tell(`Done: ${button.textContent?.toLowerCase()}.`);
        await showPeople(1);
      });
    });
  }
  show(within(row, '[data-act="2fa"]', HTMLElement), person.has_second_factor);
  const deletion = within(row, '[data-act="delete"]', HTMLButtonElement);
  deletion.setAttribute("aria-label", `Delete: ${name}`);
  deletion.addEventListener("click", () => openDeletion({ path, name }, () => showPeople(1)));
  return row;
}

/** @param {string} after the cursor of an earlier page; empty for the first */
async function showEvents(after) {
  const list = byId("events", HTMLUListElement);
  await attempt(async () => {
    const { events, next_cursor: next } = await call("GET", `/admin/audit?${auditQuery({ cursor: after })}`);
    const rows = events.map(eventRow);
    if (after) list.append(...rows);
    else list.replaceChildren(...rows);
    cursor = next ?? "";
    show(byId("events-more", HTMLElement), next !== null);
  });
  list.removeAttribute("aria-busy");
}

/** @param {{at: string, action: string, outcome: string, actor_id: string | null, target_id: string | null, ip: string}} event */
function eventRow({ at, action, outcome, actor_id: actor, target_id: target, ip }) {
  const parts = [dayAndTime(at), `${action}${outcome === "refused" ? " (refused)" : ""}`];
  if (actor) parts.push(`by ${actor.slice(0, 8)}`);
  if (target) parts.push(`to ${target.slice(0, 8)}`);
  if (ip) parts.push(ip);
  return element("li", parts.join(" · "));
}

/** @param {string} form */
async function download(form) {
  await attempt(async () => {
    const bytes = await callForBytes(`/admin/audit/export?${auditQuery({ format: form })}`);
    saveFile(bytes, `audit.${form}`, form === "csv" ? "text/csv" : "application/x-ndjson");
  });
}

/**
 * @param {Record<string, string>} more
 * @returns {URLSearchParams}
 */
function auditQuery(more) {
  const { action = "", from = "", to = "" } = valuesOf(auditFilter);
  const days = { from: from && `${from}T00:00:00Z`, to: to && `${to}T00:00:00Z` };
  const wanted = { action, ...days, ...more };
  return new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
}

/**
 * Do something once somebody has stopped typing in a form.
 *
 * @param {HTMLFormElement} form
 * @param {() => void} action
 */
function follow(form, action) {
  let timer = 0;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(action, TYPING_MS);
  });
}

/** @param {() => Promise<void>} action */
async function attempt(action) {
  await attemptIn(message, action);
}
