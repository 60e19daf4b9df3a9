/** How far everything in a project is: one request for all of its recordings. */

/** @import { RecordingCard } from "./recording-card.js" */

import { call } from "../core/api.js";

const POLL_MS = 1000;
const SLOW_POLL_MS = 5000;

export class ProjectProgress {
  /**
   * @param {string} projectId
   * @param {() => Iterable<RecordingCard>} cards all that the page has
   */
  constructor(projectId, cards) {
    this.projectId = projectId;
    this.cards = cards;
    this.timer = 0;
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.timer) this.#askIn(0);
    });
  }

  /** Something may be at work now. */
  wake() {
    if (this.timer === 0) this.#askIn(POLL_MS);
  }

  /** @param {number} ms */
  #askIn(ms) {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.#ask(), ms);
  }

  async #ask() {
    const atWork = [...this.cards()].filter((one) => one.isFollowed);
    if (atWork.length === 0) {
      this.timer = 0;
      return;
    }
    try {
      const { recordings } = await call("GET", `/projects/${this.projectId}/progress`);
      const found = new Map(recordings.map((/** @type {any} */ one) => [one.media_file_id, one]));
      for (const card of atWork) {
        const progress = found.get(card.recording.id);
        if (progress) card.showProgress(progress);
        // It has come to an end, of which the answer says nothing.
        else await card.reload();
      }
      this.#askIn(document.hidden ? SLOW_POLL_MS : POLL_MS);
    } catch (error) {
      for (const card of atWork) card.sayOfStage(error);
      this.#askIn(SLOW_POLL_MS);
    }
  }
}
