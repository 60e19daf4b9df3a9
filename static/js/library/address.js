/** What is searched for, as it stands in the address: plain values in, plain values out. */

const FIRST_SORT = "created_at.desc";

/**
 * @typedef {object} Search
 * @property {string} q
 * @property {string} category a slug, or none
 * @property {string} team
 * @property {string} uploader
 * @property {string} project
 * @property {string} status
 * @property {string} sort field and order, such as title.asc
 * @property {number} page from 1
 */

/**
 * @param {string} query of an address
 * @returns {Search}
 */
export function searchOf(query) {
  const values = new URLSearchParams(query);
  const text = (/** @type {string} */ name) => values.get(name) ?? "";
  const page = Number(values.get("page"));
  return {
    q: text("q"),
    category: text("category"),
    team: text("team"),
    uploader: text("uploader"),
    project: text("project"),
    status: text("status"),
    sort: text("sort") || FIRST_SORT,
    page: Number.isInteger(page) && page > 0 ? page : 1,
  };
}

/**
 * The query of an address; what is as it is anyway is left out.
 *
 * @param {Search} search
 * @returns {string}
 */
export function queryOf({ page, sort, ...filters }) {
  const values = new URLSearchParams(Object.entries(filters).filter(([, value]) => value));
  if (sort !== FIRST_SORT) values.set("sort", sort);
  if (page > 1) values.set("page", String(page));
  return values.toString();
}

/**
 * The same for the API.
 *
 * @param {Search} search
 * @returns {string}
 */
export function apiQueryOf({ page, sort, ...filters }) {
  const [field = "created_at", order = "desc"] = sort.split(".");
  const values = new URLSearchParams(Object.entries(filters).filter(([, value]) => value));
  for (const [name, value] of Object.entries({ sort: field, order, page: String(page) })) values.set(name, value);
  return values.toString();
}

/**
 * Whether anything is left out.
 *
 * @param {Search} search
 * @returns {boolean}
 */
export function isNarrowed({ q, category, team, uploader, project, status }) {
  return [q, category, team, uploader, project, status].some(Boolean);
}
