/** Uploads: several files one after another or side by side, in parts, each with a way to pause it and a way out. */

import { byId } from "../core/dom.js";
import { count } from "../core/format.js";
import { FileTransfer } from "./file-transfer.js";
import { Slots } from "./slots.js";
import { UnfinishedUploads } from "./unfinished-uploads.js";
import { UploadRow } from "./upload-row.js";

/** @import { Announced } from "./file-transfer.js" */

const AT_ONCE = 2;
/** Of all files together; a browser has six connections to a server, and the page needs some itself. */
const PARTS_AT_ONCE = 4;
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
    this.slots = new Slots(PARTS_AT_ONCE);
    this.unfinished = new UnfinishedUploads(projectId, list, (file, upload) => this.#queue(file, upload));
    /** @type {UploadRow[]} */
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
   * Take files; those that the server would refuse anyway are refused at once, and one that was begun before goes on.
   *
   * @param {Iterable<File>} files
   */
  async add(files) {
    // A list of the browser's is emptied as soon as the next files are chosen.
    for (const file of [...files]) this.#queue(file, await this.unfinished.take(file));
  }

  /**
   * @param {File} file
   * @param {Announced | null} begun
   */
  #queue(file, begun) {
    const upload = new UploadRow(file, new FileTransfer(file, this.projectId, this.slots, begun));
    this.list.prepend(upload.row);
    const refusal = refusalOf(file, this.rules);
    if (refusal) {
      upload.fail(refusal);
      return;
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
    void this.#sendNext();
  }

  /** @returns {Promise<void>} */
  async #sendNext() {
    while (this.running < AT_ONCE) {
      const upload = this.waiting.shift();
      this.#tellWaiting();
      if (!upload) return;
      if (upload.isPaused) continue;
      this.running += 1;
      void upload.send().then((recording) => {
        this.running -= 1;
        if (recording) this.onDone(recording);
        else if (upload.pauseMs > 0) this.#sendLater(upload);
        void this.#sendNext();
      });
    }
  }

  /** @param {UploadRow} upload */
  #sendLater(upload) {
    this.pausing += 1;
    this.#tellWaiting();
    setTimeout(async () => {
      await untilOnline();
      this.pausing -= 1;
      if (!upload.isCancelled && !upload.isPaused) this.waiting.push(upload);
      void this.#sendNext();
    }, upload.pauseMs);
  }

  #tellWaiting() {
    const number = this.waiting.length + this.pausing;
    this.queue.textContent = number > 0 ? `${count(number, "file")} waiting; they start by themselves.` : "";
  }
}

/** Wait while the network is away. */
async function untilOnline() {
  while (!navigator.onLine) await new Promise((resolve) => window.addEventListener("online", resolve, { once: true }));
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
