/** The tab of notes: the list, the field for a new one, replies, and what changes while somebody writes. */

/** @import { Cursor } from "./cursor.js" */
/** @import { ListTabs } from "./list-tabs.js" */
/** @import { Note, NoteFilter, Notes, Reply } from "./notes.js" */

import { confirmed } from "../core/dialogs.js";
import { announce, byId, element, show, tell, within } from "../core/dom.js";
import { attemptIn } from "../core/forms.js";
import { count, moment } from "../core/format.js";
import { may } from "../core/permissions.js";
import { noteRow } from "./note-row.js";
import { chosenNotes, newOfOthers } from "./notes.js";

export class NotesPanel {
  /**
   * @param {Notes} notes
   * @param {ListTabs} tabs
   * @param {Cursor} cursor
   */
  constructor(notes, tabs, cursor) {
    this.notes = notes;
    this.tabs = tabs;
    this.cursor = cursor;
    this.list = byId("note-list", HTMLUListElement);
    this.empty = byId("notes-empty", HTMLElement);
    this.message = byId("notes-message", HTMLElement);
    this.form = byId("note-form", HTMLFormElement);
    this.input = within(this.form, "textarea", HTMLTextAreaElement);
    this.when = byId("note-when", HTMLElement);
    this.filter = byId("note-filter", HTMLSelectElement);
    this.personId = document.documentElement.dataset.userId ?? "";
    this.playheadMs = 0;
    /** What the note that is being written is about; null follows the playhead. @type {[number, number | null] | null} */
    this.about = null;
    this.#bind();
  }

  /**
   * Write about the moment of the playhead, while it plays on, or about a segment.
   *
   * @param {{start_ms: number, end_ms: number} | null} segment
   */
  write(segment) {
    if (!may("comment")) return;
    this.tabs.show("notes");
    this.#writeAbout(segment ? [segment.start_ms, segment.end_ms] : [this.playheadMs, null]);
    this.input.focus();
  }

  /** @param {number} ms */
  setPlayhead(ms) {
    this.playheadMs = ms;
    if (this.about === null) this.#showWhen();
  }

  /**
   * Show a note: its tab, its moment, its row.
   *
   * @param {string} id
   */
  open(id) {
    const note = this.notes.all.find((one) => [one, ...one.replies].some((other) => other.id === id));
    if (!note) return;
    this.filter.value = "all";
    this.#show();
    this.tabs.show("notes");
    this.cursor.choose(note.at_ms);
    const row = within(this.list, `[data-note-id="${CSS.escape(note.id)}"]`, HTMLElement);
    row.scrollIntoView({ block: "nearest" });
    within(row, "button", HTMLButtonElement).focus();
  }

  #bind() {
    this.notes.addEventListener("change", (event) => this.#takeOver(/** @type {CustomEvent} */ (event).detail));
    this.filter.addEventListener("change", () => this.#show());
    this.input.addEventListener("focus", () => this.about ?? this.#writeAbout([this.playheadMs, null]));
    this.input.addEventListener("blur", () => {
      if (this.input.value.trim() === "") this.#writeAbout(null);
    });
    sendWithEnter(this.input, this.form);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#add();
    });
    this.#showWhen();
  }

  async #add() {
    const [at_ms, end_ms] = this.about ?? [this.playheadMs, null];
    const text = this.input.value;
    await attemptIn(this.message, async () => {
      await this.notes.add({ at_ms: Math.round(at_ms), end_ms: end_ms === null ? null : Math.round(end_ms), text });
      this.input.value = "";
      this.#writeAbout(null);
      announce(`Note at ${moment(at_ms)} added.`);
      // Whoever goes on with the keys of the review is not kept in the field.
      byId("segments", HTMLElement).focus({ preventScroll: true });
      this.input.blur();
    });
  }

  /** @param {[number, number | null] | null} about */
  #writeAbout(about) {
    this.about = about;
    this.#showWhen();
  }

  #showWhen() {
    const [at, end] = this.about ?? [this.playheadMs, null];
    this.when.textContent = end === null ? moment(at) : `${moment(at)} – ${moment(end)}`;
  }

  /** @param {Note[]} before */
  #takeOver(before) {
    const [first, ...more] = newOfOthers(before, this.notes.all, this.personId);
    if (first) {
      const name = first.author.name ?? "Somebody";
      announce(more.length > 0 ? `${more.length + 1} new notes.` : `${name} has written a note.`);
    }
    // What is being written in the list stays; the rest is shown once it is sent.
    if (!this.list.querySelector("form")) this.#show();
  }

  #show() {
    const filter = /** @type {NoteFilter} */ (this.filter.value);
    const shown = chosenNotes(this.notes.all, filter, this.personId);
    this.list.replaceChildren(...shown.map((note) => noteRow(note, this.#actions())));
    const open = this.notes.all.filter((one) => !one.is_resolved).length;
    byId("tab-notes", HTMLElement).textContent = open > 0 ? `Notes (${open})` : "Notes";
    show(this.empty, shown.length === 0);
    this.empty.textContent = this.notes.all.length > 0 ? "No note is like that." : "There are no notes yet.";
  }

  #actions() {
    return {
      goTo: (/** @type {Note} */ note) => this.cursor.choose(note.at_ms),
      reply: (/** @type {Note} */ note, /** @type {HTMLElement} */ row) =>
        this.#ask(row, "Reply", "", (text) => this.notes.add({ text, parent_id: note.id })),
      resolve: (/** @type {Note} */ note) =>
        this.#try(() => this.notes.change(note, { is_resolved: !note.is_resolved })),
      edit: (/** @type {Reply} */ note, /** @type {HTMLElement} */ row) =>
        this.#ask(row, "Edit the note", note.text ?? "", (text) => this.notes.change(note, { text })),
      remove: (/** @type {Reply} */ note) => void this.#remove(note),
      link: (/** @type {Note} */ note) => void this.#copyLink(note),
      mayChange: (/** @type {Reply} */ note) => may("comment") && (note.author.id === this.personId || may("manage")),
      mayReply: () => may("comment"),
    };
  }

  /** @param {Reply} note */
  async #remove(note) {
    const replies = this.notes.all.find((one) => one.id === note.id)?.replies.length ?? 0;
    const isWanted = await confirmed({
      title: "Delete the note?",
      text: replies > 0 ? `Its ${count(replies, "reply", "replies")} will go too.` : "It cannot be brought back.",
      list: note.text ? [note.text] : [],
      yes: "Delete the note",
    });
    if (isWanted) this.#try(() => this.notes.remove(note));
  }

  /** @param {Note} note */
  async #copyLink(note) {
    const address = new URL(location.href);
    address.search = `?note=${note.id}`;
    address.hash = "";
    try {
      await navigator.clipboard.writeText(address.href);
      tell("The link to the note is copied.");
    } catch {
      // Without https there is no clipboard; the address bar has it then.
      history.replaceState(null, "", address);
      tell("The address of this page leads to the note now; copy it from there.");
    }
  }

  /** @param {() => Promise<unknown>} act */
  #try(act) {
    void attemptIn(this.message, act);
  }

  /**
   * Have a text written below a row; Enter sends it, Escape gives it up.
   *
   * @param {HTMLElement} row
   * @param {string} label
   * @param {string} text
   * @param {(text: string) => Promise<unknown>} send
   */
  #ask(row, label, text, send) {
    this.list.querySelector("form")?.remove();
    const form = document.createElement("form");
    form.className = "note-answer";
    const input = document.createElement("textarea");
    input.rows = 2;
    input.maxLength = 5000;
    input.value = text;
    input.setAttribute("aria-label", label);
    const [save, cancel] = [element("button", "Save"), element("button", "Cancel")];
    save.className = "small";
    cancel.type = "button";
    cancel.className = "secondary small";
    const buttons = document.createElement("div");
    buttons.className = "buttons";
    buttons.append(save, cancel);
    form.append(input, buttons);
    const end = () => {
      form.remove();
      this.#show();
    };
    cancel.addEventListener("click", end);
    sendWithEnter(input, form, end);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try(async () => {
        await send(input.value);
        end();
      });
    });
    row.append(form);
    input.focus();
  }
}

/**
 * Enter sends, with Shift it makes a line; Escape leaves the field, or does what is given.
 *
 * @param {HTMLTextAreaElement} input
 * @param {HTMLFormElement} form
 * @param {() => void} [leave]
 */
function sendWithEnter(input, form, leave = () => input.blur()) {
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    }
    if (event.key === "Escape") {
      event.stopPropagation();
      leave();
    }
  });
}
