/** A note in the list, with the replies to it and what can be done about it. */

/** @import { Note, Reply } from "./notes.js" */

import { element } from "../core/dom.js";
import { dayAndTime, makerName, moment } from "../core/format.js";

/** @typedef {"goTo" | "reply" | "resolve" | "edit" | "remove" | "link"} NoteAction */
/**
 * @typedef {object} RowOptions
 * @property {(action: NoteAction, note: Reply) => void} act
 * @property {(note: Reply) => boolean} mayChange
 * @property {boolean} mayReply
 */

/**
 * @param {Note} note
 * @param {RowOptions} options
 * @returns {HTMLLIElement}
 */
export function noteRow(note, options) {
  const row = document.createElement("li");
  row.className = "note";
  row.dataset.noteId = note.id;
  row.classList.toggle("is-resolved", note.is_resolved);
  const when = button(note, "goTo", stretch(note), `Go to ${stretch(note)}`, options);
  when.classList.add("note-time");
  const head = paragraph("note-head", when, " ", byline(note));
  if (note.is_resolved) head.append(" ", chip("Resolved"));
  row.append(head, said(note), buttonsOf(note, options));
  if (note.replies.length > 0) row.append(replies(note.replies, options));
  return row;
}

/**
 * @param {Note} note
 * @param {RowOptions} options
 */
function buttonsOf(note, options) {
  const made = document.createElement("div");
  made.className = "buttons";
  const name = `the note at ${moment(note.at_ms)}`;
  if (options.mayReply) made.append(button(note, "reply", "Reply", `Reply to ${name}`, options));
  if (options.mayChange(note)) {
    const done = note.is_resolved ? "Open again" : "Resolve";
    made.append(button(note, "resolve", done, `${done}: ${name}`, options));
    made.append(button(note, "edit", "Edit", `Edit ${name}`, options));
    made.append(button(note, "remove", "Delete", `Delete ${name}`, options));
  }
  made.append(button(note, "link", "Link", `Copy a link to ${name}`, options));
  return made;
}

/**
 * @param {Reply[]} all
 * @param {RowOptions} options
 */
function replies(all, options) {
  const list = document.createElement("ul");
  list.className = "note-replies";
  for (const reply of all) {
    const row = document.createElement("li");
    row.dataset.noteId = reply.id;
    row.append(paragraph("note-head", byline(reply)), said(reply));
    if (options.mayChange(reply)) {
      const buttons = document.createElement("div");
      buttons.className = "buttons";
      const name = `the reply at ${moment(reply.at_ms)}`;
      buttons.append(button(reply, "edit", "Edit", `Edit ${name}`, options));
      buttons.append(button(reply, "remove", "Delete", `Delete ${name}`, options));
      row.append(buttons);
    }
    list.append(row);
  }
  return list;
}

/** @param {Reply} note */
function byline(note) {
  const made = element("span", makerName(note.author));
  made.className = "note-author";
  made.title = dayAndTime(note.created_at);
  return made;
}

/** @param {Reply} note */
function said(note) {
  const made = element("p", note.text ?? "Marked, without a text.");
  made.className = note.text === null ? "note-text muted" : "note-text";
  return made;
}

/** @param {Reply} note */
function stretch({ at_ms: at, end_ms: end }) {
  return end === null ? moment(at) : `${moment(at)} – ${moment(end)}`;
}

/**
 * @param {string} className
 * @param {...(Node | string)} parts
 */
function paragraph(className, ...parts) {
  const made = document.createElement("p");
  made.className = className;
  made.append(...parts);
  return made;
}

/** @param {string} text */
function chip(text) {
  const made = element("span", text);
  made.className = "chip";
  return made;
}

/**
 * @param {Reply} note
 * @param {NoteAction} action
 * @param {string} text
 * @param {string} label
 * @param {RowOptions} options
 */
function button(note, action, text, label, { act }) {
  const made = element("button", text);
  made.type = "button";
  made.className = "plain small";
  made.dataset.action = action;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", (event) => {
    // After the pointer the keys of the review go on working; Space would press the button again.
    if (event.detail > 0) made.blur();
    act(action, note);
  });
  return made;
}
