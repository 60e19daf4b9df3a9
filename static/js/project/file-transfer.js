/** One file on its way in parts: several at a time, each again where it broke off, and none twice without need. */

import { ApiError, OfflineError, call } from "../core/api.js";
import { digestOf, fingerprintOf, forget, isRemembered, remember } from "./fingerprints.js";
import { putPart } from "./part-request.js";

/** @import { PartAddress } from "./part-request.js" */
/** @import { Slots } from "./slots.js" */

const PAUSES_MS = [1000, 2000, 4000, 8000];
const ADDRESSES_AT_ONCE = 8;
/** An address that ends sooner than this is asked for anew. */
const LEAST_MS = 300_000;
const TOO_MANY = 429;
const SERVER_FAULT = 500;
const FORBIDDEN = 403;
const CONFLICT = 409;
const SHA_256_DIGITS = 64;
const LOCK = "clipflow-upload-";

/**
 * @typedef {object} Announced
 * @property {string} file_id
 * @property {number} part_size
 * @property {number} part_count
 * @property {number} parallel
 */

/** The transfer was paused or cancelled by the person. */
export class StoppedError extends Error {}

export class FileTransfer {
  /**
   * @param {File} file
   * @param {string} projectId
   * @param {Slots} slots that all transfers of the page share
   * @param {Announced | null} announced the upload that it goes on with, or null for a new one
   */
  constructor(file, projectId, slots, announced) {
    this.file = file;
    this.projectId = projectId;
    this.slots = slots;
    this.announced = announced;
    /** The etags of the parts that have arrived, by number. @type {Map<number, string>} */
    this.arrived = new Map();
    /** The etags of the parts that this page has sent. @type {Map<number, string>} */
    this.sent = new Map();
    /** How much of each part is on its way, by number. @type {Map<number, number>} */
    this.underWay = new Map();
    /** @type {Map<number, {address: PartAddress, endsMs: number}>} */
    this.addresses = new Map();
    /** @type {Promise<void>} */
    this.asking = Promise.resolve();
    this.stopping = new AbortController();
    this.isStopped = false;
    this.isAbandoned = false;
    /** Whether what has arrived is known to be of this file. */
    this.isOwn = announced === null || isRemembered(announced.file_id);
    /** The run before, which has to end first. @type {Promise<unknown>} */
    this.before = Promise.resolve();
    /** Called with how many bytes are there. @type {(bytes: number) => void} */
    this.onProgress = () => {};
    /** Called with why nothing comes through at the moment. @type {(sentence: string) => void} */
    this.onWaiting = () => {};
    this.onSent = () => {};
  }

  /** How many bytes are there, or on their way. */
  get sentBytes() {
    const there = [...this.arrived.keys()].reduce((sum, number) => sum + this.#bytesOf(number), 0);
    return there + [...this.underWay.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /**
   * Send what has not arrived, and confirm it; may be called again after it has failed or was stopped.
   *
   * @returns {Promise<any>} the recording
   * @throws {StoppedError} it was stopped
   */
  async run() {
    this.isStopped = false;
    const run = this.before.then(() => this.#run());
    this.before = run.catch(() => {});
    return await run;
  }

  /** @returns {Promise<any>} */
  async #run() {
    if (this.isStopped) throw new StoppedError();
    this.stopping = new AbortController();
    this.addresses.clear();
    if (this.announced === null) await this.#announce();
    return await this.#whileLocked(async () => {
      await this.#askWhatHasArrived();
      for (;;) {
        await this.#sendMissing();
        this.onSent();
        try {
          return await this.#confirm();
        } catch (error) {
          if (!(error instanceof ApiError && error.code === "PARTS_MISSING")) throw error;
          await this.#askWhatHasArrived();
        }
      }
    });
  }

  /** Stop sending; what has arrived stays. */
  stop() {
    this.isStopped = true;
    this.stopping.abort();
  }

  /** Give the upload up, on the server too. */
  async abandon() {
    this.isAbandoned = true;
    this.stop();
    await this.#forgetOnServer();
  }

  async #forgetOnServer() {
    if (this.announced === null) return;
    forget(this.announced.file_id);
    await call("DELETE", `/upload/${this.announced.file_id}`);
  }

  async #announce() {
    const { file } = this;
    const body = {
      project_id: this.projectId,
      filename: file.name,
      content_type: file.type || "application/octet-stream",
      file_size: file.size,
    };
    this.announced = /** @type {Announced} */ (await call("POST", "/upload/presigned", { body }));
    remember(this.announced.file_id, await fingerprintOf(file, this.announced.part_size));
    this.isOwn = true;
    if (!this.stopping.signal.aborted) return;
    // It was given up before the server had said what it is called.
    if (this.isAbandoned) await this.#forgetOnServer();
    throw new StoppedError();
  }

  /**
   * Let other pages know that this file is being sent.
   *
   * @template T
   * @param {() => Promise<T>} action
   * @returns {Promise<T>}
   */
  async #whileLocked(action) {
    if (!navigator.locks) return action();
    // What the browser gives back is what the action gives back.
    return /** @type {Promise<T>} */ (navigator.locks.request(LOCK + this.#id, action));
  }

  get #id() {
    return this.announced?.file_id ?? "";
  }

  async #askWhatHasArrived() {
    try {
      const { parts } = await call("GET", `/upload/${this.#id}/parts`);
      const fitting = parts.filter((/** @type {any} */ one) => one.size === this.#bytesOf(one.part_number));
      this.arrived = new Map();
      for (const one of fitting) {
        if (await this.#isOfThisFile(one)) this.arrived.set(one.part_number, one.etag);
      }
    } catch (error) {
      // Everything has arrived, and an earlier confirmation has broken off.
      if (!(error instanceof ApiError && error.status === CONFLICT) || !this.isOwn) throw error;
      this.arrived = new Map(this.#numbers.map((number) => [number, ""]));
    }
    this.onProgress(this.sentBytes);
  }

  /**
   * Whether a part that has arrived is of this file. Where another browser or program has begun the upload, its digest
   * says so; where there is none to compare, the part is sent again.
   *
   * @param {{part_number: number, etag: string}} part
   */
  async #isOfThisFile({ part_number: number, etag }) {
    if (this.isOwn || this.sent.get(number) === etag) return true;
    if (etag.length !== SHA_256_DIGITS) return false;
    return (await digestOf(this.#partOf(number))) === etag;
  }

  /** @param {number} number */
  #partOf(number) {
    return this.file.slice(this.#startOf(number), this.#startOf(number) + this.#bytesOf(number));
  }

  async #sendMissing() {
    const waiting = this.#numbers.filter((number) => !this.arrived.has(number));
    /** @type {unknown} */
    let failure = null;
    const sendOneAfterAnother = async () => {
      for (let number = waiting.shift(); number !== undefined && failure === null; number = waiting.shift()) {
        const leave = await this.slots.enter();
        try {
          if (failure === null) await this.#sendPatiently(number, waiting);
        } catch (error) {
          failure = error;
        } finally {
          leave();
        }
      }
    };
    await Promise.all(Array.from({ length: this.announced?.parallel ?? 1 }, sendOneAfterAnother));
    if (failure !== null) throw failure;
  }

  /** The numbers of all parts. */
  get #numbers() {
    return Array.from({ length: this.announced?.part_count ?? 0 }, (_, index) => index + 1);
  }

  /**
   * Send a part, again where it broke off.
   *
   * @param {number} number
   * @param {number[]} next
   */
  async #sendPatiently(number, next) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#send(number, next);
        return;
      } catch (error) {
        this.underWay.delete(number);
        this.#checkNotStopped();
        const pauseMs = PAUSES_MS[attempt];
        if (isFinal(error) || pauseMs === undefined) throw error;
        // The address may have ended while the computer slept.
        this.addresses.delete(number);
        this.onWaiting(navigator.onLine ? "a part broke off and is sent again" : "the network is away");
        await this.#pause(pauseMs);
      }
    }
  }

  /**
   * @param {number} number
   * @param {number[]} next
   */
  async #send(number, next) {
    const address = await this.#addressOf(number, next);
    this.#checkNotStopped();
    const etag = await putPart(
      address,
      this.#partOf(number),
      (bytes) => {
        this.underWay.set(number, bytes);
        this.onProgress(this.sentBytes);
      },
      this.stopping.signal,
    );
    this.underWay.delete(number);
    this.arrived.set(number, etag);
    this.sent.set(number, etag);
    this.onProgress(this.sentBytes);
  }

  /**
   * @param {number} number
   * @param {number[]} next whose addresses are asked for with it
   * @returns {Promise<PartAddress>}
   */
  async #addressOf(number, next) {
    const wanted = [number, ...next.slice(0, ADDRESSES_AT_ONCE - 1)];
    // One after another, because an answer is good for several.
    const before = this.asking;
    this.asking = (async () => {
      await before.catch(() => {});
      if ((this.addresses.get(number)?.endsMs ?? 0) > Date.now() + LEAST_MS) return;
      const { parts, expires_at: end } = await call("POST", `/upload/${this.#id}/parts`, {
        body: { part_numbers: wanted },
      });
      for (const one of parts) this.addresses.set(one.part_number, { address: one, endsMs: Date.parse(end) });
    })();
    await this.asking;
    const found = this.addresses.get(number);
    if (!found) throw new OfflineError();
    return found.address;
  }

  async #confirm() {
    const parts = [...this.arrived]
      .filter(([, etag]) => etag !== "")
      .map(([number, etag]) => ({ part_number: number, etag }));
    const { media_file: recording } = await call("POST", `/upload/confirm/${this.#id}`, { body: { parts } });
    forget(this.#id);
    return recording;
  }

  #checkNotStopped() {
    if (this.stopping.signal.aborted) throw new StoppedError();
  }

  /**
   * Wait, and for the network too where that is away.
   *
   * @param {number} ms
   */
  async #pause(ms) {
    const { signal } = this.stopping;
    await new Promise((resolve) => {
      signal.addEventListener("abort", resolve, { once: true });
      setTimeout(resolve, ms);
    });
    while (!navigator.onLine && !signal.aborted) {
      await new Promise((resolve) => {
        window.addEventListener("online", resolve, { once: true });
        signal.addEventListener("abort", resolve, { once: true });
      });
    }
    this.#checkNotStopped();
  }

  /** @param {number} number */
  #startOf(number) {
    return (number - 1) * (this.announced?.part_size ?? 0);
  }

  /** @param {number} number */
  #bytesOf(number) {
    return Math.min(this.announced?.part_size ?? 0, this.file.size - this.#startOf(number));
  }
}

/**
 * Which of these uploads other pages of this browser are sending.
 *
 * @returns {Promise<Set<string>>}
 */
export async function uploadsUnderWay() {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  const names = held.map((one) => one.name ?? "").filter((name) => name.startsWith(LOCK));
  return new Set(names.map((name) => name.slice(LOCK.length)));
}

/**
 * Whether it does not go better another time; an address that has ended is asked for anew.
 *
 * @param {unknown} error
 * @returns {boolean}
 */
function isFinal(error) {
  if (error instanceof OfflineError) return false;
  if (!(error instanceof ApiError)) return true;
  return error.status < SERVER_FAULT && error.status !== TOO_MANY && error.status !== FORBIDDEN;
}
