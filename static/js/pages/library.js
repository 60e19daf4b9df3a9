/** The library: all recordings that one may see. What is searched for is in the address, so that going back works. */

import { call } from "../core/api.js";
import { byId, show } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";
import { count } from "../core/format.js";
import { startSession } from "../core/session.js";
import { apiQueryOf, isNarrowed, queryOf, searchOf } from "../library/address.js";
import { Chosen } from "../library/chosen.js";
import { EditDialog } from "../library/edit-dialog.js";
import { rowOf } from "../library/row.js";

const TYPING_MS = 300;
const VIEW = "clipflow.library.view";
const FILTERS = /** @type {const} */ (["category", "team", "uploader", "status", "sort"]);

const list = byId("library", HTMLUListElement);
const form = byId("library-filter", HTMLFormElement);
const text = byId("library-q", HTMLInputElement);
const message = byId("library-message", HTMLElement);
let search = searchOf(window.location.search);
let typing = 0;
/** The answers that are waited for; only the last one is shown. */
let asked = 0;

startSession();
const chosen = new Chosen(load);
const dialog = new EditDialog({ saved: () => void load(), categoriesChanged: loadCategories });
wire();
showView(localStorage.getItem(VIEW) ?? "grid");
await Promise.all([loadCategories(), loadChoices()]).catch((error) => (message.textContent = sentenceOf(error)));
showSearch();
await load();

function wire() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(typing);
    go({ q: text.value });
  });
  text.addEventListener("input", () => {
    clearTimeout(typing);
    typing = window.setTimeout(() => go({ q: text.value }), TYPING_MS);
  });
  for (const name of FILTERS) {
    selectOf(name).addEventListener("change", () => go({ [name]: selectOf(name).value }));
  }
  for (const button of form.querySelectorAll("[data-show]")) {
    if (button instanceof HTMLButtonElement)
      button.addEventListener("click", () => showView(button.dataset.show ?? "grid"));
  }
  byId("page-before", HTMLButtonElement).addEventListener("click", () => turnTo(search.page - 1));
  byId("page-after", HTMLButtonElement).addEventListener("click", () => turnTo(search.page + 1));
  byId("library-clear", HTMLButtonElement).addEventListener("click", () => {
    go({ q: "", category: "", team: "", uploader: "", project: "", status: "" });
    showSearch();
  });
  window.addEventListener("popstate", () => {
    search = searchOf(window.location.search);
    showSearch();
    void load();
  });
}

/** @param {string} name */
function selectOf(name) {
  return byId(`library-${name}`, HTMLSelectElement);
}

/**
 * Search for something else, from the first page on.
 *
 * @param {Partial<import("../library/address.js").Search>} changes
 */
function go(changes) {
  search = { ...search, page: 1, ...changes };
  const query = queryOf(search);
  window.history.pushState(null, "", query ? `?${query}` : window.location.pathname);
  void load();
}

/** @param {number} page */
function turnTo(page) {
  go({ page });
  list.focus();
  window.scrollTo({ top: 0 });
}

function showSearch() {
  if (document.activeElement !== text) text.value = search.q;
  for (const name of FILTERS) {
    selectOf(name).value = search[name];
    if (selectOf(name).selectedIndex < 0) selectOf(name).selectedIndex = 0;
  }
}

/** @param {string} view grid or list */
function showView(view) {
  list.dataset.view = view;
  localStorage.setItem(VIEW, view);
  for (const button of form.querySelectorAll("[data-show]")) {
    if (button instanceof HTMLElement) button.setAttribute("aria-pressed", String(button.dataset.show === view));
  }
}

async function loadCategories() {
  const { categories } = await call("GET", "/categories");
  dialog.categories = categories;
  const bySlug = categories.map((/** @type {any} */ one) => new Option(one.name, one.slug));
  selectOf("category").replaceChildren(new Option("All", ""), new Option("Without", "none"), ...bySlug);
  selectOf("category").value = search.category;
  const prompt = new Option("Choose …", "", true, true);
  prompt.disabled = true;
  const byItsId = categories.map((/** @type {any} */ one) => new Option(one.name, one.id));
  chosen.category.replaceChildren(prompt, new Option("Without", "none"), ...byItsId);
}

async function loadChoices() {
  const { teams, uploaders } = await call("GET", "/library/choices");
  for (const [name, found] of Object.entries({ team: teams, uploader: uploaders })) {
    selectOf(name).append(...found.map((/** @type {any} */ one) => new Option(one.name, one.id)));
  }
}

/** @returns {Promise<void>} */
async function load() {
  asked += 1;
  const mine = asked;
  list.setAttribute("aria-busy", "true");
  try {
    const { recordings, pagination } = await call("GET", `/library?${apiQueryOf(search)}`);
    if (mine !== asked) return;
    message.textContent = "";
    draw(recordings);
    showCount(pagination);
  } catch (error) {
    if (mine === asked) message.textContent = sentenceOf(error);
  } finally {
    if (mine === asked) list.removeAttribute("aria-busy");
  }
}

/** @param {any[]} recordings */
function draw(recordings) {
  chosen.clear();
  const rows = recordings.map((one) =>
    rowOf(one, search.q, {
      chosen: (isChosen) => chosen.set(one, isChosen),
      edit: () => dialog.open(one),
    }),
  );
  list.replaceChildren(...rows);
}

/** @param {{total: number, page: number, pages: number}} pagination */
function showCount({ total, page, pages }) {
  byId("library-count", HTMLElement).textContent = count(total, "recording");
  show(byId("library-empty", HTMLElement), total === 0);
  const isSearched = isNarrowed(search);
  byId("library-empty-told", HTMLElement).textContent = isSearched
    ? "No recording is like that; search for something else, or choose less."
    : "Recordings that you upload to your projects, or that others share with you, are listed here.";
  show(byId("library-clear", HTMLElement), isSearched);
  show(byId("library-pages", HTMLElement), pages > 1);
  byId("page-told", HTMLElement).textContent = `Page ${page} of ${pages}`;
  byId("page-before", HTMLButtonElement).disabled = page <= 1;
  byId("page-after", HTMLButtonElement).disabled = page >= pages;
}
