/**
 * Saves every decision as it is made: one request after another, in order, again when one fails; what has not been
 * saved is kept where a reload finds it.
 */

/** @import { Change } from "./types.js" */

/**
 * @typedef {{index: number, start_ms: number, was: string, text: string}} Respelling a word spelled anew; its number may
 *   be another one by the time it is sent
 * @typedef {{start_ms: number, was: string, restored: FormerWord}} Restoration a word put back where its correction stands
 * @typedef {{start_ms: number, end_ms: number, text: string, timing: string, speaker?: string}} FormerWord
 * @typedef {Respelling | Restoration} Correction
 * @typedef {{kind: "changes", changes: Change[]} | {kind: "options", options: Record<string, number>} |
 *   {kind: "words", words: Correction[]}} Entry
 * @typedef {"saved" | "saving" | "offline" | "conflict" | "refused"} SaveState
 *
 * @typedef {object} Transport
 * @property {(entry: Entry, version: number) => Promise<number>} send resolves with the new version
 * @property {(error: unknown) => "offline" | "conflict" | "refused"} judge what an error of `send` means
 * @property {(ms: number) => Promise<void>} pause
 *
 * @typedef {object} StoredChanges
 * @property {(leftOver: {version: number, entries: Entry[]}) => void} put keeps what has not been saved
 */

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const MOST_CHANGES = 5000;

export class SaveQueue {
  /**
   * @param {number} version of the segments that the first entry is laid over
   * @param {Transport} transport
   * @param {StoredChanges} storedChanges
   * @param {(state: SaveState, unsaved: number, error: unknown) => void} onState
   */
  constructor(version, transport, storedChanges, onState) {
    this.version = version;
    this.transport = transport;
    this.storedChanges = storedChanges;
    this.onState = onState;
    /** @type {Entry[]} */
    this.entries = [];
    /** @type {SaveState} */
    this.state = "saved";
    this.isSending = false;
    /** Rises when the queue begins anew, so that an answer to what was sent before is let go. */
    this.round = 0;
    /** What has been sent stays as it was, also when it is sent again. @type {WeakSet<Entry>} */
    this.sent = new WeakSet();
    this.wake = () => {};
  }

  /**
   * Wait with what was left until someone has decided what becomes of it.
   *
   * @param {{version: number, entries: Entry[]}} leftOver with the version it was made on
   */
  hold({ version, entries }) {
    this.version = version;
    this.entries = entries;
    this.#keep();
    this.#tell("conflict", null);
  }

  /** How many changes have not been saved. */
  get unsaved() {
    return this.entries.reduce((sum, one) => sum + (one.kind === "changes" ? one.changes.length : 1), 0);
  }

  /**
   * Save something after all that came before.
   *
   * @param {Entry} entry
   */
  push(entry) {
    for (const one of portions(entry)) this.#add(one);
    this.#keep();
    if (this.state === "conflict" || this.state === "refused") this.#tell(this.state, null);
    else void this.#work();
  }

  /** Try again at once, because the network is back. */
  retry() {
    this.wake();
  }

  /**
   * Go on from another version, after the page has loaded it.
   *
   * @param {number} version
   * @param {Entry[]} entries what is still to be saved over it
   */
  restart(version, entries) {
    this.round += 1;
    this.isSending = false;
    this.version = version;
    this.entries = [...entries];
    this.#keep();
    this.state = "saved";
    if (this.entries.length > 0) void this.#work();
    else this.#tell("saved", null);
  }

  #keep() {
    this.storedChanges.put({ version: this.version, entries: this.entries });
  }

  /** @param {Entry} entry */
  #add(entry) {
    const last = this.entries.at(-1);
    if (
      last?.kind === "changes" &&
      entry.kind === "changes" &&
      !this.sent.has(last) &&
      last.changes.length + entry.changes.length <= MOST_CHANGES
    ) {
      last.changes.push(...entry.changes);
    } else {
      this.entries.push(entry);
    }
  }

  async #work() {
    if (this.isSending) {
      this.#tell(this.state, null);
      return;
    }
    this.isSending = true;
    const { round } = this;
    let pauseMs = FIRST_PAUSE_MS;
    for (let entry = this.entries[0]; entry; entry = this.entries[0]) {
      if (this.state !== "offline") this.#tell("saving", null);
      try {
        this.sent.add(entry);
        const version = await this.transport.send(entry, this.version);
        if (round !== this.round) return;
        this.version = version;
        this.entries.shift();
        this.#keep();
        this.state = "saving";
        pauseMs = FIRST_PAUSE_MS;
      } catch (error) {
        if (round !== this.round) return;
        const verdict = this.transport.judge(error);
        if (verdict === "refused" && this.#splitFirst()) continue;
        if (verdict !== "offline") {
          this.isSending = false;
          this.#tell(verdict, error);
          return;
        }
        this.#tell("offline", error);
        await this.#waitUntilWoken(pauseMs);
        if (round !== this.round) return;
        pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
      }
    }
    this.isSending = false;
    this.#tell("saved", null);
  }

  /**
   * Send the halves of what was refused, so that in the end only what is wrong is left behind.
   *
   * @returns {boolean} whether there was something to split
   */
  #splitFirst() {
    const [first] = this.entries;
    if (first?.kind !== "changes" || first.changes.length < 2) return false;
    const middle = first.changes.length >> 1;
    const halves = [first.changes.slice(0, middle), first.changes.slice(middle)];
    this.entries.splice(0, 1, ...halves.map((changes) => /** @type {Entry} */ ({ kind: "changes", changes })));
    return true;
  }

  /**
   * @param {number} ms
   * @returns {Promise<void>}
   */
  #waitUntilWoken(ms) {
    const woken = new Promise((resolve) => {
      this.wake = () => resolve(undefined);
    });
    return Promise.race([this.transport.pause(ms), woken]).then(() => {
      this.wake = () => {};
    });
  }

  /**
   * @param {SaveState} state
   * @param {unknown} error
   */
  #tell(state, error) {
    this.state = state;
    this.onState(state, this.unsaved, error);
  }
}

/**
 * An entry in pieces that the server takes, which share nothing with it.
 *
 * @param {Entry} entry
 * @returns {Entry[]}
 */
function portions(entry) {
  if (entry.kind === "options") return [{ kind: "options", options: { ...entry.options } }];
  if (entry.kind === "words") return [{ kind: "words", words: [...entry.words] }];
  /** @type {Entry[]} */
  const pieces = [];
  for (let start = 0; start < entry.changes.length; start += MOST_CHANGES) {
    pieces.push({ kind: "changes", changes: entry.changes.slice(start, start + MOST_CHANGES) });
  }
  return pieces;
}
