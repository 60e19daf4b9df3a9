/** Analyses that are to begin: one after another, and again by themselves where the server has no room for them yet. */

/** @import { RecordingCard } from "./recording-card.js" */

import { ApiError, OfflineError } from "../core/api.js";
import { count } from "../core/format.js";

const FIRST_PAUSE_MS = 3000;
const LONGEST_PAUSE_MS = 60_000;
const TOO_MANY = 429;
const SERVER_FAULT = 500;

export class AnalysisQueue {
  /**
   * @param {HTMLElement} told where it says how many wait
   * @param {() => void} onStarted called whenever an analysis has begun
   */
  constructor(told, onStarted) {
    this.told = told;
    this.onStarted = onStarted;
    /** @type {RecordingCard[]} */
    this.waiting = [];
    this.isWorking = false;
    window.addEventListener("beforeunload", (event) => {
      if (this.waiting.length > 0) event.preventDefault();
    });
  }

  /** @param {RecordingCard} card */
  add(card) {
    if (!this.waiting.includes(card)) this.waiting.push(card);
    card.isWaiting = true;
    card.show();
    if (!this.isWorking) void this.#work();
  }

  async #work() {
    this.isWorking = true;
    let pauseMs = FIRST_PAUSE_MS;
    for (let card = this.waiting[0]; card; card = this.waiting[0]) {
      this.#tell();
      try {
        if (!card.isGone) await card.start();
        pauseMs = FIRST_PAUSE_MS;
      } catch (error) {
        if (mayPass(error)) {
          this.#tell(error instanceof Error ? error.message : "");
          await new Promise((resolve) => setTimeout(resolve, pauseMs));
          pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
          continue;
        }
        card.say(error);
      }
      this.waiting.shift();
      card.isWaiting = false;
      card.show();
      this.onStarted();
    }
    this.isWorking = false;
    this.#tell();
  }

  /** @param {string} [reason] */
  #tell(reason = "") {
    const { length } = this.waiting;
    const rest = `${count(length, "analysis", "analyses")} waiting; they start by themselves.`;
    this.told.textContent = length > 1 || (length > 0 && reason) ? `${rest} ${reason}`.trim() : "";
  }
}

/**
 * Whether something may go better a while later.
 *
 * @param {unknown} error
 * @returns {boolean}
 */
function mayPass(error) {
  return error instanceof ApiError
    ? error.status === TOO_MANY || error.status >= SERVER_FAULT
    : error instanceof OfflineError;
}
