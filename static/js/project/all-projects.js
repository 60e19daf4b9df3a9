/** The projects of a person, to choose from. */

import { call } from "../core/api.js";

const PAGE_SIZE = 100;

/** @returns {Promise<{id: string, name: string}[]>} */
export async function allProjects() {
  const all = [];
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const { projects, pagination } = await call("GET", `/projects?page=${page}&limit=${PAGE_SIZE}`);
    all.push(...projects);
    pages = pagination.pages;
  }
  return all;
}
