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

/** Fires `change` when others or this page have changed something; its `detail` are the notes before. */
export class Notes extends EventTarget {
  /** @param {string} mediaId */
  constructor(mediaId) {
    super();
    this.path = `/media/${mediaId}/notes`;
    /** @type {Note[]} */
    this.all = [];
    this.state = "";
    this.begun = 0;
    this.shown = 0;
  }

  /**
   * A note or a reply as it is known now.
   *
   * @param {string} id
   * @returns {Reply | undefined}
   */
  find(id) {
    return this.all.flatMap((note) => [note, ...note.replies]).find((one) => one.id === id);
  }

  /** Fetch the notes where anything has changed; an answer that a later one has overtaken counts for nothing. */
  async load() {
    this.begun += 1;
    const mine = this.begun;
    /** @type {Map<string, Note>} */
    const found = new Map();
    let state = "";
    for (let page = 1, pages = 1; page <= pages; page += 1) {
      const known = page === 1 ? `&known=${encodeURIComponent(this.state)}` : "";
      const answer = await call("GET", `${this.path}?limit=${MOST_AT_ONCE}&page=${page}${known}`);
      if (answer.is_unchanged) return;
      // Where somebody writes meanwhile a note may come on two pages.
      for (const note of answer.notes) found.set(note.id, note);
      if (page === 1) state = answer.state;
      pages = answer.pagination.pages;
    }
    if (mine < this.shown) return;
    const isFirst = this.shown === 0;
    this.shown = mine;
    const before = this.all;
    this.all = [...found.values()];
    this.state = state;
    this.dispatchEvent(new CustomEvent("change", { detail: isFirst ? this.all : before }));
  }

  /** @param {{at_ms?: number, end_ms?: number | null, text: string, parent_id?: string}} body */
  async add(body) {
    await call("POST", this.path, { body });
    await this.#reload();
  }

  /**
   * @param {string} id
   * @param {{text?: string, is_resolved?: boolean}} changes
   */
  async change(id, changes) {
    try {
      await call("PATCH", `/notes/${id}`, { body: { version: this.find(id)?.version ?? 1, ...changes } });
    } finally {
      // Also where somebody was quicker: then what that person wrote is shown, and the next try is about that.
      await this.#reload();
    }
  }

  /** @param {string} id */
  async remove(id) {
    await call("DELETE", `/notes/${id}`);
    await this.#reload();
  }

  /** What was written is written, also where it cannot be fetched at once. */
  async #reload() {
    await this.load().catch(() => {});
  }
}
