/** Uploads: several files one after another or side by side, each with progress, speed, time left and a way out. */

import { ApiError, addressOf, csrfHeaders, ensureSignedIn } from "../core/api.js";
import { announce, byId, copyOf, within } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";
import { count, duration, size } from "../core/format.js";
import { remaining } from "./speed.js";

const AT_ONCE = 2;
const TOO_MANY = 429;
const SERVER_FAULT = 500;
/** What may go better another time is tried again by itself, later each time. */
const FIRST_PAUSE_MS = 3000;
const LONGEST_PAUSE_MS = 60_000;
const MOST_ATTEMPTS = 6;
const MEBIBYTE = 1024 ** 2;

/**
 * @typedef {object} Rules
 * @property {number} maximumBytes
 * @property {string[]} extensions without a dot
 */

/** Sends files to a project and shows how far each is. */
export class Uploads {
  /**
   * @param {string} projectId
   * @param {HTMLElement} list where rows go
   * @param {(recording: any) => void} onDone called with each recording that has arrived
   */
  constructor(projectId, list, onDone) {
    this.projectId = projectId;
    this.list = list;
    this.onDone = onDone;
    /** @type {Rules} */
    this.rules = { maximumBytes: Infinity, extensions: [] };
    /** @type {Upload[]} */
    this.waiting = [];
    this.running = 0;
    /** How many wait for a moment at which it may go better. */
    this.pausing = 0;
    this.queue = byId("uploads-waiting", HTMLElement);
    window.addEventListener("beforeunload", (event) => {
      if (this.isBusy) event.preventDefault();
    });
  }

  /** Whether something is being sent, or is about to be. */
  get isBusy() {
    return this.running > 0 || this.pausing > 0 || this.waiting.length > 0;
  }

  /**
   * Take files; those that the server would refuse anyway are refused at once.
   *
   * @param {Iterable<File>} files
   */
  add(files) {
    for (const file of files) {
      const upload = new Upload(file, this.projectId);
      this.list.prepend(upload.row);
      const refusal = refusalOf(file, this.rules);
      if (refusal) {
        upload.fail(refusal);
        continue;
      }
      upload.onAgain = () => {
        this.waiting.push(upload);
        void this.#sendNext();
      };
      upload.onCancelled = () => {
        this.waiting = this.waiting.filter((one) => one !== upload);
        this.#tellWaiting();
      };
      this.waiting.push(upload);
    }
    void this.#sendNext();
  }

  /** @returns {Promise<void>} */
  async #sendNext() {
    while (this.running < AT_ONCE) {
      const upload = this.waiting.shift();
      this.#tellWaiting();
      if (!upload) return;
      this.running += 1;
      void upload.send().then((recording) => {
        this.running -= 1;
        if (recording) this.onDone(recording);
        else if (upload.pauseMs > 0) this.#sendLater(upload);
        void this.#sendNext();
      });
    }
  }

  /** @param {Upload} upload */
  #sendLater(upload) {
    this.pausing += 1;
    this.#tellWaiting();
    setTimeout(() => {
      this.pausing -= 1;
      if (!upload.isCancelled) this.waiting.push(upload);
      void this.#sendNext();
    }, upload.pauseMs);
  }

  #tellWaiting() {
    const number = this.waiting.length + this.pausing;
    this.queue.textContent = number > 0 ? `${count(number, "file")} waiting; they start by themselves.` : "";
  }
}

/** One file on its way. */
class Upload {
  /**
   * @param {File} file
   * @param {string} projectId
   */
  constructor(file, projectId) {
    this.file = file;
    this.projectId = projectId;
    this.request = new XMLHttpRequest();
    this.isCancelled = false;
    this.hasFailed = false;
    this.attempts = 0;
    /** How long to wait before it is tried again by itself; 0 when it is not. */
    this.pauseMs = 0;
    this.onCancelled = () => {};
    this.onAgain = () => {};
    this.row = copyOf("upload-row");
    this.state = within(this.row, "[data-state]", HTMLElement);
    this.bar = within(this.row, "[data-progress]", HTMLProgressElement);
    this.button = within(this.row, "[data-cancel]", HTMLButtonElement);
    within(this.row, "[data-name]", HTMLElement).textContent = file.name;
    this.bar.setAttribute("aria-label", `Upload of ${file.name}`);
    this.button.setAttribute("aria-label", `Cancel the upload of ${file.name}`);
    this.button.addEventListener("click", () => this.cancel());
    this.again = within(this.row, "[data-again]", HTMLButtonElement);
    this.again.setAttribute("aria-label", `Send ${file.name} again`);
    this.again.addEventListener("click", () => this.#tryAgain());
    this.state.textContent = `${size(file.size)}, waiting`;
  }

  /**
   * Send the file; resolves with the recording, or null when it was refused or given up.
   *
   * @returns {Promise<any>}
   */
  async send() {
    this.pauseMs = 0;
    this.attempts += 1;
    try {
      await ensureSignedIn();
      if (this.isCancelled) return null;
      const recording = await this.#transfer();
      this.row.remove();
      announce(`${this.file.name} has arrived.`);
      return recording;
    } catch (error) {
      const isFinal = error instanceof ApiError && error.status < SERVER_FAULT && error.status !== TOO_MANY;
      if (this.isCancelled) return null;
      const isTooMany = error instanceof ApiError && error.status === TOO_MANY;
      if (isFinal || (!isTooMany && this.attempts >= MOST_ATTEMPTS)) this.fail(sentenceOf(error), !isFinal);
      else this.#waitFor(sentenceOf(error));
      return null;
    }
  }

  /** @param {string} reason why it has to be tried again */
  #waitFor(reason) {
    const askedForMs = 1000 * Number(this.request.getResponseHeader("Retry-After") ?? 0);
    const pauseMs = Math.max(askedForMs || 0, FIRST_PAUSE_MS * 2 ** (this.attempts - 1));
    this.pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs);
    this.state.textContent = `tried again in ${Math.round(this.pauseMs / 1000)} s: ${reason}`;
    this.request = new XMLHttpRequest();
    this.bar.value = 0;
  }

  #tryAgain() {
    this.hasFailed = false;
    this.attempts = 0;
    this.request = new XMLHttpRequest();
    within(this.row, "[data-error]", HTMLElement).textContent = "";
    this.state.textContent = `${size(this.file.size)}, waiting`;
    this.bar.hidden = false;
    this.bar.value = 0;
    this.again.hidden = true;
    this.button.textContent = "Cancel";
    this.onAgain();
  }

  /** Give it up and take its row away. */
  cancel() {
    this.isCancelled = true;
    this.request.abort();
    this.onCancelled();
    this.row.remove();
    if (!this.hasFailed) announce(`The upload of ${this.file.name} is cancelled.`);
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
    this.button.textContent = "Dismiss";
    this.again.hidden = !mayTryAgain;
    this.button.setAttribute("aria-label", `Dismiss the message about ${this.file.name}`);
  }

  /** @returns {Promise<any>} */
  #transfer() {
    const { request } = this;
    const body = new FormData();
    body.append("file", this.file);
    request.open("POST", addressOf(`/projects/${this.projectId}/upload`));
    for (const [name, value] of Object.entries(csrfHeaders())) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => this.#showProgress(event, startedMs));
    request.upload.addEventListener("load", () => {
      this.state.textContent = "being checked";
      this.bar.removeAttribute("value");
    });
    const startedMs = performance.now();
    return new Promise((resolve, reject) => {
      request.addEventListener("load", () => {
        const answer = parsed(request.responseText);
        if (request.status === 201 && answer) resolve(answer.media_file);
        else reject(errorOf(request.status, answer));
      });
      request.addEventListener("error", () => {
        reject(new Error("The connection broke off; check it and send the file again."));
      });
      request.addEventListener("abort", () => reject(new Error("cancelled")));
      request.send(body);
    });
  }

  /**
   * @param {ProgressEvent} event
   * @param {number} startedMs
   */
  #showProgress(event, startedMs) {
    const elapsedMs = performance.now() - startedMs;
    const { bytesPerSecond, leftMs } = remaining(event.loaded, event.total, elapsedMs);
    this.bar.value = event.total ? (100 * event.loaded) / event.total : 0;
    const done = `${size(event.loaded)} of ${size(event.total)}`;
    this.state.textContent = bytesPerSecond > 0 ? `${done}, ${size(bytesPerSecond)}/s, ${duration(leftMs)} left` : done;
  }
}

/**
 * Why a file need not be sent at all; empty when it may be.
 *
 * @param {File} file
 * @param {Rules} rules
 * @returns {string}
 */
function refusalOf(file, rules) {
  const extension = file.name.includes(".") ? (file.name.split(".").pop() ?? "").toLowerCase() : "";
  if (rules.extensions.length > 0 && !rules.extensions.includes(extension)) {
    return `Files like this are not taken; send one of ${rules.extensions.join(", ")}.`;
  }
  if (file.size > rules.maximumBytes)
    return `The file is larger than ${Math.floor(rules.maximumBytes / MEBIBYTE)} MiB; split it or compress it.`;
  return file.size === 0 ? "The file is empty; choose another one." : "";
}

/**
 * @param {string} text
 * @returns {any}
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * @param {number} status
 * @param {any} answer
 * @returns {ApiError}
 */
function errorOf(status, answer) {
  const error = answer?.error;
  const sentence = "The server gave no answer that can be understood; send the file again.";
  return new ApiError(status, error?.code ?? "INTERNAL_ERROR", error?.message ?? sentence, error?.details);
}
