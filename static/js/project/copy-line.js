/** What a card says of the copy that browsers play: how far it is, or why there is none. */

import { call } from "../core/api.js";
import { show, within } from "../core/dom.js";
import { isUnfinished } from "./stages.js";

export class CopyLine {
  /**
   * @param {HTMLElement} card
   * @param {{id: string, title: string}} recording
   * @param {(error: unknown) => void} refused
   * @param {() => void} changed called when something else is being made now
   */
  constructor(card, recording, refused, changed) {
    this.recording = recording;
    this.line = within(card, "[data-copy]", HTMLElement);
    this.sentence = within(this.line, "span", HTMLElement);
    this.button = within(this.line, "button", HTMLButtonElement);
    this.isUnfinished = false;
    this.button.addEventListener("click", async () => {
      try {
        await call(this.isUnfinished ? "DELETE" : "POST", `/media/${this.recording.id}/renditions/proxy`);
        changed();
      } catch (error) {
        refused(error);
      }
    });
  }

  /** @param {any[]} renditions what is made of the recording */
  show(renditions) {
    const copy = renditions.find((one) => one.kind === "proxy");
    this.isUnfinished = copy !== undefined && isUnfinished(copy.status);
    const hasFailed = copy?.status === "failed";
    show(this.line, this.isUnfinished || hasFailed);
    if (this.isUnfinished) this.sentence.textContent = `Copy for browsers: ${copy.progress_percent} %`;
    if (hasFailed) this.sentence.textContent = `No copy for browsers: ${copy.error_message}`;
    this.button.textContent = this.isUnfinished ? "Stop" : "Try again";
    const what = this.isUnfinished ? "Stop making a copy of" : "Make a copy again of";
    this.button.setAttribute("aria-label", `${this.button.textContent}: ${what} ${this.recording.title}`);
  }
}
