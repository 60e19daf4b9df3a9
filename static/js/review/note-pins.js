/** Where notes are along the waveform; a click goes to one. */

/** @import { Note, Notes } from "./notes.js" */
/** @import { Viewport } from "./viewport.js" */

import { byId, show } from "../core/dom.js";
import { moment } from "../core/format.js";
import { xOf } from "./viewport.js";

export class NotePins {
  /**
   * @param {Notes} notes
   * @param {() => Viewport} view of the waveform below
   * @param {(id: string) => void} open
   */
  constructor(notes, view, open) {
    this.notes = notes;
    this.view = view;
    this.open = open;
    this.lane = byId("note-pins", HTMLElement);
    /** @type {[Note, HTMLButtonElement][]} */
    this.pins = [];
    notes.addEventListener("change", () => this.#make());
  }

  /** Put the pins where the waveform has their moments. */
  place() {
    const view = this.view();
    for (const [note, pin] of this.pins) {
      const x = xOf(view, note.at_ms);
      pin.hidden = x < 0 || x > view.widthPx;
      pin.style.transform = `translateX(${x}px)`;
    }
  }

  #make() {
    this.pins = this.notes.all.map((note) => [note, this.#pin(note)]);
    this.lane.replaceChildren(...this.pins.map(([, pin]) => pin));
    show(this.lane, this.pins.length > 0);
    this.place();
  }

  /** @param {Note} note */
  #pin(note) {
    const pin = document.createElement("button");
    pin.type = "button";
    // The list of notes is the way to them by keyboard and for screen readers.
    pin.tabIndex = -1;
    pin.className = note.is_resolved ? "note-pin is-resolved" : "note-pin";
    pin.title = `${moment(note.at_ms)} ${note.author.name ?? ""}: ${note.text ?? "marked"}`;
    pin.addEventListener("click", () => {
      // Space goes on playing, instead of pressing the pin again.
      pin.blur();
      this.open(note.id);
    });
    return pin;
  }
}
