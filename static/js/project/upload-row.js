/** The row of one file that is sent: how far it is, and what can be done with it. */

import { ApiError, ensureSignedIn } from "../core/api.js";
import { announce, copyOf, show, within } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";
import { duration, size } from "../core/format.js";
import { StoppedError } from "./file-transfer.js";
import { remaining } from "./speed.js";

/** @import { FileTransfer } from "./file-transfer.js" */

const TOO_MANY = 429;
const SERVER_FAULT = 500;
/** What may go better another time is tried again by itself, later each time. */
const FIRST_PAUSE_MS = 3000;
const LONGEST_PAUSE_MS = 60_000;
const MOST_ATTEMPTS = 6;

export class UploadRow {
  /**
   * @param {File} file
   * @param {FileTransfer} transfer
   */
  constructor(file, transfer) {
    this.file = file;
    this.transfer = transfer;
    this.isCancelled = false;
    this.isPaused = false;
    this.hasFailed = false;
    this.attempts = 0;
    /** How long to wait before it is tried again by itself; 0 when it is not. */
    this.pauseMs = 0;
    this.onCancelled = () => {};
    this.onAgain = () => {};
    this.row = copyOf("upload-row");
    this.state = within(this.row, "[data-state]", HTMLElement);
    this.bar = within(this.row, "[data-progress]", HTMLProgressElement);
    this.cancelButton = this.#button("[data-cancel]", `Cancel the upload of ${file.name}`, () => void this.cancel());
    this.pauseButton = this.#button("[data-pause]", `Pause the upload of ${file.name}`, () => this.pause());
    this.goOnButton = this.#button("[data-go-on]", `Go on with the upload of ${file.name}`, () => this.#goOn());
    this.againButton = this.#button("[data-again]", `Try again: ${file.name}`, () => this.#tryAgain());
    within(this.row, "[data-name]", HTMLElement).textContent = file.name;
    this.bar.setAttribute("aria-label", `Upload of ${file.name}`);
    this.state.textContent = `${size(file.size)}, waiting`;
    transfer.onSent = () => {
      this.state.textContent = "being checked";
      this.bar.removeAttribute("value");
      show(this.pauseButton, false);
    };
    transfer.onWaiting = (sentence) => {
      this.state.textContent = `${this.#told(transfer.sentBytes)}; ${sentence}, it goes on by itself`;
    };
  }

  /**
   * Send the file; resolves with the recording, or null when it was refused, paused or given up.
   *
   * @returns {Promise<any>}
   */
  async send() {
    this.pauseMs = 0;
    this.attempts += 1;
    show(this.pauseButton, true);
    this.#watch();
    try {
      await ensureSignedIn();
      if (this.isCancelled || this.isPaused) return null;
      const recording = await this.transfer.run();
      this.row.remove();
      announce(`${this.file.name} has arrived.`);
      return recording;
    } catch (error) {
      this.#end(error);
      return null;
    }
  }

  /** @param {unknown} error */
  #end(error) {
    if (this.isCancelled || this.isPaused || error instanceof StoppedError) return;
    if (!navigator.onLine) {
      this.attempts = 0;
      this.pauseMs = FIRST_PAUSE_MS;
      this.state.textContent = `${this.#told(this.transfer.sentBytes)}; the network is away, it goes on by itself`;
      return;
    }
    const isTooMany = error instanceof ApiError && error.status === TOO_MANY;
    const isFinal = error instanceof ApiError && error.status < SERVER_FAULT && !isTooMany;
    if (isFinal || (!isTooMany && this.attempts >= MOST_ATTEMPTS)) this.fail(sentenceOf(error), !isFinal);
    else {
      this.pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.attempts - 1));
      this.state.textContent = `tried again in ${Math.round(this.pauseMs / 1000)} s: ${sentenceOf(error)}`;
    }
  }

  /** Stop for now; what has arrived stays. */
  pause() {
    this.isPaused = true;
    this.transfer.stop();
    this.state.textContent = `paused at ${this.#told(this.transfer.sentBytes)}`;
    show(this.pauseButton, false);
    show(this.goOnButton, true);
    this.goOnButton.focus();
    announce(`The upload of ${this.file.name} is paused.`);
  }

  #goOn() {
    this.isPaused = false;
    this.attempts = 0;
    this.state.textContent = `${this.#told(this.transfer.sentBytes)}, waiting`;
    show(this.goOnButton, false);
    show(this.pauseButton, true);
    this.pauseButton.focus();
    this.onAgain();
  }

  #tryAgain() {
    this.hasFailed = false;
    this.attempts = 0;
    within(this.row, "[data-error]", HTMLElement).textContent = "";
    this.state.textContent = `${size(this.file.size)}, waiting`;
    this.bar.hidden = false;
    show(this.againButton, false);
    this.cancelButton.textContent = "Cancel";
    this.onAgain();
  }

  /** Give it up and take its row away. */
  async cancel() {
    this.isCancelled = true;
    this.onCancelled();
    this.row.remove();
    if (!this.hasFailed) announce(`The upload of ${this.file.name} is cancelled.`);
    // What cannot be told to the server now, it removes by itself a day later.
    await this.transfer.abandon().catch(() => {});
  }

  /**
   * Say why it did not work; the button then only takes the row away.
   *
   * @param {string} sentence
   * @param {boolean} [mayTryAgain] whether it may go better another time
   */
  fail(sentence, mayTryAgain = false) {
    this.hasFailed = true;
    within(this.row, "[data-error]", HTMLElement).textContent = sentence;
    this.state.textContent = "not taken";
    this.bar.hidden = true;
    this.cancelButton.textContent = "Dismiss";
    this.cancelButton.setAttribute("aria-label", `Dismiss the message about ${this.file.name}`);
    show(this.againButton, mayTryAgain);
    show(this.pauseButton, false);
  }

  /** Show how far it is, and how fast since now. */
  #watch() {
    const startedMs = performance.now();
    /** @type {number | null} */
    let startedAt = null;
    this.transfer.onProgress = (bytes) => {
      startedAt ??= bytes;
      const elapsedMs = performance.now() - startedMs;
      const { bytesPerSecond, leftMs } = remaining(bytes - startedAt, this.file.size - startedAt, elapsedMs);
      this.bar.value = (100 * bytes) / this.file.size;
      const speed = bytesPerSecond > 0 ? `, ${size(bytesPerSecond)}/s, ${duration(leftMs)} left` : "";
      if (!this.isPaused) this.state.textContent = this.#told(bytes) + speed;
    };
  }

  /** @param {number} bytes */
  #told(bytes) {
    return `${size(bytes)} of ${size(this.file.size)}`;
  }

  /**
   * @param {string} selector
   * @param {string} label
   * @param {() => void} action
   */
  #button(selector, label, action) {
    const button = within(this.row, selector, HTMLButtonElement);
    button.setAttribute("aria-label", label);
    button.addEventListener("click", action);
    return button;
  }
}
