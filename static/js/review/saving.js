/** Saving against the server: what is sent, what its errors mean, what the page says, and two people at once. */

/** @import { Entry, SaveState } from "./save-queue.js" */
/** @import { Tuning } from "./store.js" */
/** @import { Decision } from "./types.js" */

import { ApiError, OfflineError, call } from "../core/api.js";
import { announce, byId, show } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";
import { count } from "../core/format.js";
import { isSame, mergeDecisions } from "./decisions.js";
import { SaveQueue } from "./save-queue.js";
import { UnsavedChanges } from "./unsaved-changes.js";

const GONE = 404;
const CONFLICT = 409;
// A person whose session is over signs in again; of a guest's link nothing more is to be had.
const REFUSALS = [400, 401, 403, GONE, 413, 415];
const PAUSE_MS = 3000;

/**
 * @typedef {object} Analysis what the server has
 * @property {number} version
 * @property {Tuning} tuning
 * @property {Decision[]} decisions
 * @property {Record<string, string>} people what those are called who made the decisions
 * @property {boolean} isReviewed
 * @property {boolean} hasTranscript
 * @property {number | null} roomDb how loud the room is between the words
 */

/** Fires `words` when a correction of words has been saved. */
export class Saving extends EventTarget {
  /**
   * @param {string} analysisId
   * @param {Analysis} analysis
   * @param {() => Promise<Analysis>} load
   * @param {(analysis: Analysis, again: Entry[]) => void} onLoaded called when the page is to begin anew, with what is
   *   to be done again
   */
  constructor(analysisId, analysis, load, onLoaded) {
    super();
    this.analysisId = analysisId;
    this.load = load;
    this.onLoaded = onLoaded;
    this.confirmed = analysis;
    this.storedChanges = new UnsavedChanges(`${document.documentElement.dataset.userId}.${analysisId}`);
    this.queue = new SaveQueue(
      analysis.version,
      { send: (entry, version) => this.#send(entry, version), judge, pause },
      this.storedChanges,
      (state, unsaved, error) => this.#show(state, unsaved, error),
    );
    /** @type {{resolve: () => void, reject: (error: Error) => void}[]} */
    this.waiting = [];
    window.addEventListener("online", () => this.queue.retry());
    window.addEventListener("beforeunload", (event) => {
      if (this.queue.unsaved > 0) event.preventDefault();
    });
    window.addEventListener("sign-out", (event) => {
      if (this.queue.state === "saving" || this.queue.state === "offline") event.preventDefault();
    });
    byId("conflict-keep", HTMLButtonElement).addEventListener("click", () => void this.#reload(true));
    byId("conflict-drop", HTMLButtonElement).addEventListener("click", () => void this.#reload(false));
  }

  /**
   * What earlier pages could not save and can be done again at once; where someone has changed the segments since,
   * the person is asked first.
   *
   * @returns {Entry[]}
   */
  takeLeftOver() {
    const leftOver = this.storedChanges.take();
    if (!leftOver || leftOver.entries.every((one) => this.#isIn(one, this.confirmed))) return [];
    if (leftOver.version === this.queue.version) {
      this.queue.restart(leftOver.version, leftOver.entries);
      return leftOver.entries;
    }
    this.queue.hold(leftOver);
    this.#ask("You have decisions that could not be saved, and these segments have been changed since.");
    return [];
  }

  /** @param {Entry} entry */
  save(entry) {
    this.queue.push(entry);
  }

  /** The version of the segments that is known of. */
  get version() {
    return this.queue.version;
  }

  /** How many changes have not been saved. */
  get unsaved() {
    return this.queue.unsaved;
  }

  /**
   * Resolves when nothing is waiting to be saved; rejects when someone has to decide something first.
   *
   * @returns {Promise<void>}
   */
  allSaved() {
    if (this.queue.unsaved === 0) return Promise.resolve();
    if (this.queue.state === "conflict" || this.queue.state === "refused") return Promise.reject(new NotSavedError());
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  /**
   * Show what others have decided elsewhere, while nothing of one's own is on its way.
   *
   * @param {number} version that the server has by now
   */
  async follow(version) {
    if (version <= this.version || this.unsaved > 0) return;
    const found = await this.load();
    // Something may have been decided here meanwhile; then its answer brings the rest.
    if (this.unsaved > 0 || found.version <= this.version) return;
    this.confirmed = found;
    this.queue.restart(found.version, []);
    this.onLoaded(found, []);
  }

  /**
   * @param {Entry} entry
   * @param {number} version
   * @returns {Promise<number>}
   */
  async #send(entry, version) {
    const path = `/analysis/${this.analysisId}`;
    if (entry.kind === "changes") {
      const body = { version, changes: entry.changes };
      const answer = await call("PATCH", `${path}/segments?segments=false`, { body });
      if (answer.version !== version + 1) return this.#takeOver();
      this.confirmed = { ...this.confirmed, decisions: mergeDecisions(this.confirmed.decisions, entry.changes) };
      return answer.version;
    }
    if (entry.kind === "words") {
      const { version: next } = await call("PATCH", `${path}/transcript`, { body: { version, changes: entry.words } });
      this.dispatchEvent(new Event("words"));
      return next;
    }
    const query = `save=true&decisions=false&version=${version}`;
    return (await call("POST", `${path}/retune?${query}`, { body: entry.options })).version;
  }

  /**
   * @param {SaveState} state
   * @param {number} unsaved
   * @param {unknown} error
   */
  #show(state, unsaved, error) {
    const place = byId("save-state", HTMLElement);
    const before = place.dataset.state;
    place.dataset.state = state;
    place.textContent = this.#sentence(state, unsaved, error);
    // A screen reader need not hear of each decision that it is saved.
    if (state !== before && (state === "offline" || before === "offline")) announce(place.textContent ?? "");
    if (state === "saved") for (const { resolve } of this.waiting.splice(0)) resolve();
    if (state === "conflict" || state === "refused") {
      for (const { reject } of this.waiting.splice(0)) reject(new NotSavedError());
    }
    if (state === "conflict" && error) void this.#resolveConflict(error);
    if (state === "refused" && error) this.#askAboutRefusal(error);
  }

  /**
   * @param {SaveState} state
   * @param {number} unsaved
   * @param {unknown} error
   * @returns {string}
   */
  #sentence(state, unsaved, error) {
    if (state === "saved") return "Saved";
    if (state === "saving") return "Saving …";
    if (state !== "offline") return "Not saved";
    const rest = `will retry (${count(unsaved, "change")} not saved yet)`;
    if (error instanceof ApiError) return `The server is busy, ${rest}`;
    return `Offline, ${rest}`;
  }

  /**
   * What others have decided elsewhere meanwhile, laid under what is not saved yet.
   *
   * @returns {Promise<number>} the version that it belongs to
   */
  async #takeOver() {
    const found = await this.#loadPatiently();
    this.confirmed = found;
    this.onLoaded(found, this.queue.entries.slice(1));
    return found.version;
  }

  /**
   * Someone else was faster, or the answer to what we saved was lost on its way.
   *
   * @param {unknown} error says who it was
   */
  async #resolveConflict(error) {
    try {
      const found = await this.#loadPatiently();
      const [sent, ...since] = this.queue.entries;
      const isOurs = sent?.kind === "words" ? await this.#areWordsIn(sent.words) : sent && this.#isIn(sent, found);
      if (isOurs && found.version === this.queue.version + 1) {
        this.confirmed = found;
        this.queue.restart(found.version, since);
        if (sent?.kind === "words") this.dispatchEvent(new Event("words"));
        return;
      }
      this.#ask(sentenceOf(error).replace(/; load .*$/u, "."));
    } catch (failure) {
      this.#askAboutRefusal(failure);
    }
  }

  /**
   * Whether the server has what was sent.
   *
   * @param {Entry} sent
   * @param {Analysis} found
   * @returns {boolean}
   */
  #isIn(sent, found) {
    if (sent.kind === "changes") {
      return isSame(mergeDecisions(this.confirmed.decisions, sent.changes), found.decisions);
    }
    // What a correction has come to is asked of the person.
    if (sent.kind === "words") return false;
    return Object.entries(sent.options).every(([name, value]) => found.tuning.options[name] === value);
  }

  /**
   * Whether the server has words as they were corrected.
   *
   * @param {import("./save-queue.js").Correction[]} corrections
   * @returns {Promise<boolean>}
   */
  async #areWordsIn(corrections) {
    for (const correction of corrections) {
      const { start_ms: start, was } = correction;
      const text = "restored" in correction ? correction.restored.text : correction.text;
      const query = `from_ms=${start}&to_ms=${start + 1}`;
      const { words } = await call("GET", `/analysis/${this.analysisId}/transcript?${query}`);
      const there = words.filter((/** @type {{start_ms: number}} */ one) => one.start_ms === start);
      const texts = there.map((/** @type {{text: string}} */ one) => one.text);
      if (texts.includes(was) || (text && !texts.includes(text.split(/\s+/u)[0]))) return false;
    }
    return true;
  }

  /** @returns {Promise<Analysis>} */
  async #loadPatiently() {
    for (;;) {
      try {
        return await this.load();
      } catch (error) {
        if (judge(error) !== "offline") throw error;
        byId("save-state", HTMLElement).textContent = this.#sentence("offline", this.unsaved, error);
        await pause(PAUSE_MS);
      }
    }
  }

  /** @param {string} sentence */
  #ask(sentence) {
    byId("conflict-text", HTMLElement).textContent = sentence;
    show(byId("conflict-keep", HTMLElement), this.#toDoAgain().length > 0);
    show(byId("conflict", HTMLElement), true);
  }

  /** @param {unknown} error */
  #askAboutRefusal(error) {
    const isGone = error instanceof ApiError && error.status === GONE;
    this.#ask(
      isGone
        ? "The recording has been deleted meanwhile; go back to its project."
        : `The server has refused a change: ${sentenceOf(error)}`,
    );
    if (!isGone) return;
    for (const id of ["conflict-keep", "conflict-drop"]) show(byId(id, HTMLElement), false);
  }

  /** What is not saved, without what the server has refused. */
  #toDoAgain() {
    return this.queue.state === "refused" ? this.queue.entries.slice(1) : this.queue.entries;
  }

  /** @param {boolean} withOwn */
  async #reload(withOwn) {
    const buttons = [byId("conflict-keep", HTMLButtonElement), byId("conflict-drop", HTMLButtonElement)];
    for (const button of buttons) button.disabled = true;
    try {
      const found = await this.load();
      const again = withOwn ? this.#toDoAgain() : [];
      this.confirmed = found;
      show(byId("conflict", HTMLElement), false);
      this.queue.restart(found.version, again);
      this.onLoaded(found, again);
    } catch (error) {
      byId("conflict-text", HTMLElement).textContent = sentenceOf(error);
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }
}

/**
 * @param {unknown} error
 * @returns {"offline" | "conflict" | "refused"}
 */
function judge(error) {
  if (!(error instanceof ApiError)) return error instanceof OfflineError ? "offline" : "refused";
  if (error.status === CONFLICT) return "conflict";
  // Anything else may pass: a fault of the server, too many requests, a session that is being renewed.
  return REFUSALS.includes(error.status) ? "refused" : "offline";
}

/** Someone has to decide first what becomes of what is not saved. */
export class NotSavedError extends Error {
  constructor() {
    super("Some of your decisions are not saved; answer the question above first.");
  }
}

/**
 * @param {number} ms
 * @returns {Promise<void>}
 */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
