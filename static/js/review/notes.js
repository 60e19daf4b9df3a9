/** The notes of a recording: fetched, written, changed, and which of them are wanted. */

import { call } from "../core/api.js";

/**
 * @typedef {object} Reply
 * @property {string} id
 * @property {{id: string, name: string | null, kind: string}} author
 * @property {number} at_ms
 * @property {number | null} end_ms
 * @property {string | null} text
 * @property {boolean} is_resolved
 * @property {number} version
 * @property {string} created_at
 */
/** @typedef {Reply & {replies: Reply[]}} Note */
/** @typedef {"all" | "open" | "resolved" | "mine"} NoteFilter */

const MOST_AT_ONCE = 500;

/**
 * The notes that a filter lets through.
 *
 * @param {readonly Note[]} notes
 * @param {NoteFilter} filter
 * @param {string} personId whoever looks at the page
 * @returns {Note[]}
 */
export function chosenNotes(notes, filter, personId) {
  return notes.filter((note) => {
    if (filter === "open") return !note.is_resolved;
    if (filter === "resolved") return note.is_resolved;
    if (filter === "mine") return [note, ...note.replies].some((one) => one.author.id === personId);
    return true;
  });
}

/**
 * The notes and replies of others that were not there before.
 *
 * @param {readonly Note[]} before
 * @param {readonly Note[]} now
 * @param {string} personId
 * @returns {Reply[]}
 */
export function newOfOthers(before, now, personId) {
  const known = new Set(before.flatMap((note) => [note, ...note.replies]).map((one) => one.id));
  return now
    .flatMap((note) => [note, ...note.replies])
    .filter((one) => !known.has(one.id) && one.author.id !== personId);
}

/** Fires `change` when others or this page have changed something. */
export class Notes extends EventTarget {
  /** @param {string} mediaId */
  constructor(mediaId) {
    super();
    this.path = `/media/${mediaId}/notes`;
    /** @type {Note[]} */
    this.all = [];
    this.isLoaded = false;
  }

  async load() {
    /** @type {Note[]} */
    const found = [];
    for (let page = 1, pages = 1; page <= pages; page += 1) {
      const answer = await call("GET", `${this.path}?limit=${MOST_AT_ONCE}&page=${page}`);
      found.push(...answer.notes);
      pages = answer.pagination.pages;
    }
    const isSame = this.isLoaded && JSON.stringify(found) === JSON.stringify(this.all);
    const before = this.all;
    this.all = found;
    if (!isSame) this.dispatchEvent(new CustomEvent("change", { detail: this.isLoaded ? before : found }));
    this.isLoaded = true;
  }

  /**
   * @param {{at_ms?: number, end_ms?: number | null, text: string, parent_id?: string}} body
   * @returns {Promise<Note>}
   */
  async add(body) {
    const { note } = await call("POST", this.path, { body });
    await this.load();
    return note;
  }

  /**
   * @param {Reply} note
   * @param {{text?: string, is_resolved?: boolean}} changes
   */
  async change(note, changes) {
    try {
      await call("PATCH", `/notes/${note.id}`, { body: { version: note.version, ...changes } });
    } finally {
      // Also where somebody was quicker: then what that person wrote is shown.
      await this.load();
    }
  }

  /** @param {Reply} note */
  async remove(note) {
    await call("DELETE", `/notes/${note.id}`);
    await this.load();
  }
}
