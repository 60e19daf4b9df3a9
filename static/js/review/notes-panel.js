/** The tab of notes: the list, the field for a new one, replies, and what others write meanwhile. */

/** @import { Cursor } from "./cursor.js" */
/** @import { ListTabs } from "./list-tabs.js" */
/** @import { NoteAction } from "./note-row.js" */
/** @import { Note, NoteFilter, Notes, Reply } from "./notes.js" */

import { confirmed } from "../core/dialogs.js";
import { announce, byId, show, tell, within } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";
import { count, moment } from "../core/format.js";
import { may } from "../core/permissions.js";
import { bindNoteField, noteForm } from "./note-field.js";
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
    /** Which row something is being written below. @type {{action: "reply" | "edit", id: string} | null} */
    this.writing = null;
    /** What was typed and not sent, by action and note. @type {Map<string, string>} */
    this.drafts = new Map();
    /** Which of them is on its way. */
    this.sending = "";
    this.#bind();
  }

  /**
   * Write about the moment of the playhead, while it plays on, or about a segment; what is half written stays where
   * it belongs.
   *
   * @param {{start_ms: number, end_ms: number} | null} segment
   */
  write(segment) {
    if (!may("comment")) return;
    this.tabs.show("notes");
    if (this.input.value.trim() === "") {
      this.#writeAbout(segment ? [segment.start_ms, segment.end_ms] : [this.playheadMs, null]);
    }
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
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
  }

  #bind() {
    this.notes.addEventListener("change", (event) => this.#takeOver(/** @type {CustomEvent} */ (event).detail));
    this.filter.addEventListener("change", () => this.#show());
    this.input.addEventListener("focus", () => this.about ?? this.#writeAbout([this.playheadMs, null]));
    this.input.addEventListener("blur", () => {
      if (this.input.value.trim() === "") this.#writeAbout(null);
    });
    bindNoteField(this.form, this.input, (text) => this.#add(text));
    window.addEventListener("beforeunload", (event) => {
      const drafts = [this.input.value, ...this.drafts.values()];
      if (drafts.some((text) => text.trim() !== "")) event.preventDefault();
    });
    this.#showWhen();
  }

  /** @param {string} text */
  async #add(text) {
    const about = this.about ?? [this.playheadMs, null];
    const [at_ms, end_ms] = about.map((ms) => (ms === null ? null : Math.round(ms)));
    // What is typed meanwhile is another note.
    this.#writeAbout([this.playheadMs, null]);
    const isSent = await this.#try(() => this.notes.add({ at_ms: at_ms ?? 0, end_ms: end_ms ?? null, text }));
    if (isSent) announce(`Note at ${moment(at_ms ?? 0)} added.`);
    else this.#writeAbout(about);
    if (isSent && this.input.value === "") this.input.blur();
    return isSent;
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
    this.#show();
  }

  #show() {
    const focused = focusWithin(this.list);
    const filter = /** @type {NoteFilter} */ (this.filter.value);
    const shown = chosenNotes(this.notes.all, filter, this.personId);
    const options = {
      act: (/** @type {NoteAction} */ action, /** @type {Reply} */ note) => void this.#act(action, note.id),
      mayChange: (/** @type {Reply} */ { author }) => may("comment") && (author.id === this.personId || may("manage")),
      mayReply: may("comment"),
    };
    this.list.replaceChildren(...shown.map((note) => noteRow(note, options)));
    this.#putForm();
    focusAgain(this.list, focused);
    const open = this.notes.all.filter((one) => !one.is_resolved).length;
    byId("tab-notes", HTMLElement).textContent = open > 0 ? `Notes (${open})` : "Notes";
    show(this.empty, shown.length === 0);
    this.empty.textContent = this.notes.all.length > 0 ? "No note is like that." : "There are no notes yet.";
  }

  /**
   * @param {NoteAction} action
   * @param {string} id
   */
  async #act(action, id) {
    const note = this.notes.find(id);
    if (!note) return;
    if (action === "goTo") this.cursor.choose(note.at_ms);
    else if (action === "link") await this.#copyLink(id);
    else if (action === "resolve") await this.#try(() => this.notes.change(id, { is_resolved: !note.is_resolved }));
    else if (action === "remove") await this.#remove(note);
    else {
      this.writing = { action, id };
      this.#show();
      within(this.list, "form textarea", HTMLTextAreaElement).focus();
    }
  }

  /** Put what is being written below its row again. */
  #putForm() {
    if (!this.writing) return;
    const { action, id } = this.writing;
    const row = this.list.querySelector(`[data-note-id="${CSS.escape(id)}"]`);
    const note = this.notes.find(id);
    if (!row || !note) return;
    const key = `${action} ${id}`;
    const send =
      action === "reply"
        ? (/** @type {string} */ text) => this.notes.add({ text, parent_id: id })
        : (/** @type {string} */ text) => this.notes.change(id, { text });
    row.append(
      noteForm({
        label: action === "reply" ? "Reply" : "Edit the note",
        text: this.drafts.get(key) ?? (action === "edit" ? (note.text ?? "") : ""),
        keep: (text) => this.drafts.set(key, text),
        send: async (text) => {
          if (this.sending === key) return true;
          this.sending = key;
          // Kept until it has arrived, because the list is made anew meanwhile.
          this.drafts.set(key, text);
          const isSent = await this.#try(() => send(text));
          this.sending = "";
          if (isSent) this.#endWriting(key);
          return isSent;
        },
        cancel: () => this.#endWriting(key),
      }),
    );
  }

  /** @param {string} key */
  #endWriting(key) {
    const { id } = this.writing ?? { id: "" };
    this.drafts.delete(key);
    this.writing = null;
    this.#show();
    const row = this.list.querySelector(`[data-note-id="${CSS.escape(id)}"] button`);
    if (row instanceof HTMLElement) row.focus({ preventScroll: true });
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
    if (isWanted) await this.#try(() => this.notes.remove(note.id));
  }

  /** @param {string} id */
  async #copyLink(id) {
    const address = new URL(location.href);
    address.search = `?note=${id}`;
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

  /**
   * Do something, and say what went wrong.
   *
   * @param {() => Promise<unknown>} act
   * @returns {Promise<boolean>} whether it was done
   */
  async #try(act) {
    this.message.textContent = "";
    try {
      await act();
      return true;
    } catch (error) {
      this.message.textContent = sentenceOf(error);
      return false;
    }
  }
}

/**
 * Which button or field of the list has the focus, by the note and what it does.
 *
 * @param {HTMLElement} list
 */
function focusWithin(list) {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLElement) || !list.contains(focused)) return null;
  const row = focused.closest("[data-note-id]");
  const id = row instanceof HTMLElement ? (row.dataset.noteId ?? "") : "";
  const caret = focused instanceof HTMLTextAreaElement ? focused.selectionStart : null;
  return { id, action: focused.dataset.action ?? "", caret };
}

/**
 * @param {HTMLElement} list made anew
 * @param {ReturnType<typeof focusWithin>} focused
 */
function focusAgain(list, focused) {
  if (!focused) return;
  if (focused.caret !== null) {
    const input = list.querySelector("form textarea");
    if (!(input instanceof HTMLTextAreaElement)) return;
    input.focus({ preventScroll: true });
    input.setSelectionRange(focused.caret, focused.caret);
    return;
  }
  const row = list.querySelector(`[data-note-id="${CSS.escape(focused.id)}"]`);
  const button = row?.querySelector(`[data-action="${CSS.escape(focused.action)}"]`) ?? row?.querySelector("button");
  if (button instanceof HTMLElement) button.focus({ preventScroll: true });
}
