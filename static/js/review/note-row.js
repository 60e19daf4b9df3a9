/** A note in the list, with the replies to it and what can be done about it. */

/** @import { Note, Reply } from "./notes.js" */

import { element } from "../core/dom.js";
import { dayAndTime, moment } from "../core/format.js";

const LEFT = "Somebody who has left";
/** @type {Record<string, string>} */
const KINDS = { token: " (by a program)" };

/**
 * @typedef {object} RowActions
 * @property {(note: Note) => void} goTo
 * @property {(note: Note, row: HTMLElement) => void} reply
 * @property {(note: Note) => void} resolve
 * @property {(note: Note) => void} link
 * @property {(note: Reply, row: HTMLElement) => void} edit
 * @property {(note: Reply) => void} remove
 * @property {(note: Reply) => boolean} mayChange
 * @property {() => boolean} mayReply
 */

/**
 * @param {Note} note
 * @param {RowActions} actions
 * @returns {HTMLLIElement}
 */
export function noteRow(note, actions) {
  const row = document.createElement("li");
  row.className = "note";
  row.dataset.noteId = note.id;
  row.classList.toggle("is-resolved", note.is_resolved);
  const when = button(stretch(note), `Go to ${stretch(note)}`, () => actions.goTo(note));
  when.classList.add("note-time");
  const head = paragraph("note-head", when, " ", byline(note));
  if (note.is_resolved) head.append(" ", chip("Resolved"));
  row.append(head, said(note), foot(note, row, actions));
  if (note.replies.length > 0) row.append(replies(note.replies, actions));
  return row;
}

/**
 * @param {Note} note
 * @param {HTMLElement} row
 * @param {RowActions} actions
 */
function foot(note, row, actions) {
  const made = document.createElement("div");
  made.className = "buttons";
  const name = `the note at ${moment(note.at_ms)}`;
  if (actions.mayReply()) made.append(button("Reply", `Reply to ${name}`, () => actions.reply(note, row)));
  if (actions.mayChange(note)) {
    const done = note.is_resolved ? "Open again" : "Resolve";
    made.append(button(done, `${done}: ${name}`, () => actions.resolve(note)));
    made.append(button("Edit", `Edit ${name}`, () => actions.edit(note, row)));
    made.append(button("Delete", `Delete ${name}`, () => actions.remove(note)));
  }
  made.append(button("Link", `Copy a link to ${name}`, () => actions.link(note)));
  return made;
}

/**
 * @param {Reply[]} all
 * @param {RowActions} actions
 */
function replies(all, actions) {
  const list = document.createElement("ul");
  list.className = "note-replies";
  for (const reply of all) {
    const row = document.createElement("li");
    row.dataset.noteId = reply.id;
    row.append(paragraph("note-head", byline(reply)), said(reply));
    if (actions.mayChange(reply)) {
      const buttons = document.createElement("div");
      buttons.className = "buttons";
      const name = `your reply at ${moment(reply.at_ms)}`;
      buttons.append(button("Edit", `Edit ${name}`, () => actions.edit(reply, row)));
      buttons.append(button("Delete", `Delete ${name}`, () => actions.remove(reply)));
      row.append(buttons);
    }
    list.append(row);
  }
  return list;
}

/** @param {Reply} note */
function byline(note) {
  const made = element("span", `${note.author.name ?? LEFT}${KINDS[note.author.kind] ?? ""}`);
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
 * @param {string} text
 * @param {string} label
 * @param {() => void} act
 */
function button(text, label, act) {
  const made = element("button", text);
  made.type = "button";
  made.className = "plain small";
  made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}
