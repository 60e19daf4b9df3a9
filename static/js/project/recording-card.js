/** A card for each recording: what it is, how far its analysis is, what comes out. */

import { ApiError, call } from "../core/api.js";
import { confirmed } from "../core/dialogs.js";
import { announce, copyOf, show, within } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";
import { count, duration, share, size } from "../core/format.js";
import { drawThumbnail } from "./thumbnail.js";

const POLL_MS = 1000;
const SLOW_POLL_MS = 5000;
const GONE = 404;
const UNFINISHED = ["pending", "processing"];
/** @type {Record<string, string>} */
const STAGES = {
  queued: "Waiting for its turn",
  starting: "Starting",
  probing: "Looking at the file",
  decoding: "Listening",
  detecting: "Finding speech",
  segmenting: "Making segments",
  done: "Done",
  pending: "Waiting for its turn",
};

/** What the button for an analysis says under a status. @type {Record<string, string>} */
const OFFERS = { none: "Analyse", completed: "Analyse again" };
/** What is worth saying of a status when it comes. @type {Record<string, string>} */
const TOLD = { pending: "being analysed", completed: "ready for review", failed: "the analysis failed" };

/** @typedef {{whisper_available: boolean, default_processing_mode: string}} Features what the server can do */

/** One recording of a project on its page. */
export class RecordingCard {
  /**
   * @param {any} recording as the API shows it, with its analyses
   * @param {Features} features
   * @param {() => void} onDeleted
   */
  constructor(recording, features, onDeleted) {
    this.recording = recording;
    this.features = features;
    this.onDeleted = onDeleted;
    this.element = copyOf("recording-card");
    this.analysis = newestOf(recording.analysis_results ?? []);
    this.isGone = false;
    this.isStarting = false;
    /** Whether the analysis is to begin by itself once the recording has been checked. */
    this.isAnalysisWanted = false;
    /** The status that a screen reader knows of. */
    this.toldStatus = this.analysis?.status ?? "none";
    this.#wire();
    this.#showRecording();
    this.#offerTracks();
    this.showAnalysis();
  }

  /** Begin an analysis with the settings of the project, and follow it. */
  async analyze() {
    if (this.isStarting) return;
    if (this.recording.state === "checking") {
      this.isAnalysisWanted = true;
      return;
    }
    this.isStarting = true;
    this.#say("");
    try {
      const mode = this.#mode.value;
      if (mode === "whisper" && !(await this.#agreesToPrice())) return;
      /** @type {Record<string, unknown>} */
      const body = { processing_mode: mode };
      if (this.#track.value) body.audio_track = Number(this.#track.value);
      const { analysis_id: id } = await call("POST", `/media/${this.recording.id}/analyze`, { body });
      this.analysis = { id, status: "pending", summary: null, error_message: null };
      this.showAnalysis();
    } catch (error) {
      this.#say(sentenceOf(error));
    } finally {
      this.isStarting = false;
    }
  }

  /** Show what there is to show of the analysis, and follow one that runs. */
  showAnalysis() {
    const status = this.analysis?.status ?? "none";
    if (status !== this.toldStatus && status in TOLD) announce(`${this.recording.original_filename}: ${TOLD[status]}`);
    this.toldStatus = status;
    if (this.recording.state !== "ready") {
      this.#showCheck();
      return;
    }
    const isRunning = UNFINISHED.includes(status);
    show(this.#part("[data-progress-part]"), isRunning);
    show(this.#part("[data-review]"), status === "completed");
    show(this.#part("[data-cancel]"), isRunning);
    const analyze = this.#part("[data-analyze]");
    show(analyze, !isRunning);
    const offer = OFFERS[status] ?? "Try again";
    analyze.textContent = offer;
    analyze.setAttribute("aria-label", `${offer}: ${this.recording.original_filename}`);
    analyze.classList.toggle("secondary", status === "completed");
    show(this.#part("[data-track]"), !isRunning && this.#tracks.length > 1);
    show(this.#part("[data-mode]"), !isRunning && this.features.whisper_available);
    show(this.#part("[data-import]"), !isRunning);
    if (status === "completed") this.#showResult();
    if (status === "failed") this.#say(this.analysis.error_message ?? "The analysis failed; try again.");
    if (status === "cancelled") this.#say("The analysis was cancelled.");
    if (isRunning) void this.#follow();
  }

  /** Stop asking the server. */
  forget() {
    this.isGone = true;
  }

  /** A recording that is not ready can only be deleted. */
  #showCheck() {
    const isChecking = this.recording.state === "checking";
    for (const selector of [
      "[data-review]",
      "[data-cancel]",
      "[data-analyze]",
      "[data-track]",
      "[data-mode]",
      "[data-import]",
    ]) {
      show(this.#part(selector), false);
    }
    show(this.#part("[data-progress-part]"), isChecking);
    this.#part("[data-stage]").textContent = "The file is being looked at";
    within(this.element, "[data-progress]", HTMLProgressElement).removeAttribute("value");
    if (isChecking) void this.#awaitCheck();
    else this.#say(this.recording.refusal ?? "The recording cannot be used; upload another one.");
  }

  async #awaitCheck() {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    while (!this.isGone && !(await this.#reload())) await new Promise((resolve) => setTimeout(resolve, SLOW_POLL_MS));
    if (this.recording.state !== "ready" || this.isGone) return;
    this.#offerTracks();
    if (this.isAnalysisWanted) {
      this.isAnalysisWanted = false;
      await this.analyze();
    }
  }

  async #follow() {
    const { id } = this.analysis;
    let pauseMs = POLL_MS;
    while (!this.isGone && this.analysis?.id === id) {
      try {
        const state = await call("GET", `/analysis/${id}/status`);
        this.#showProgress(state);
        if (!UNFINISHED.includes(state.status)) break;
        pauseMs = document.hidden ? SLOW_POLL_MS : POLL_MS;
      } catch (error) {
        if (error instanceof ApiError && error.status === GONE) {
          this.#disappear("The recording has been deleted.");
          return;
        }
        this.#part("[data-stage]").textContent = sentenceOf(error);
        pauseMs = SLOW_POLL_MS;
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    while (!this.isGone && !(await this.#reload())) await new Promise((resolve) => setTimeout(resolve, SLOW_POLL_MS));
  }

  /** @returns {Promise<boolean>} whether the server has answered */
  async #reload() {
    try {
      // A project shows its analyses without their segments, of which there may be thousands.
      const { project } = await call("GET", `/projects/${this.recording.project_id}?media_id=${this.recording.id}`);
      const [found] = project.media_files;
      if (!found) {
        this.#disappear("The recording has been deleted.");
        return true;
      }
      this.recording = found;
      this.analysis = newestOf(found.analysis_results);
      this.#showRecording();
    } catch (error) {
      this.#say(sentenceOf(error));
      return false;
    }
    this.showAnalysis();
    return true;
  }

  /** @param {{stage: string, progress_percent: number}} state */
  #showProgress({ stage, progress_percent: percent }) {
    this.#part("[data-stage]").textContent = `${stageName(stage)}, ${percent} %`;
    within(this.element, "[data-progress]", HTMLProgressElement).value = percent;
  }

  #showRecording() {
    const { original_filename: name, duration_seconds: seconds, file_size: bytes, warnings } = this.recording;
    this.#part("[data-name]").textContent = name;
    this.#part("[data-facts]").textContent =
      seconds === null ? size(bytes) : `${duration(1000 * seconds)} · ${size(bytes)}`;
    within(this.element, "[data-progress]", HTMLProgressElement).setAttribute("aria-label", `Analysis of ${name}`);
    const items = warnings.map((/** @type {{message: string}} */ one) => {
      const item = document.createElement("li");
      item.textContent = one.message;
      return item;
    });
    this.#part("[data-warnings]").replaceChildren(...items);
  }

  #showResult() {
    this.#say("");
    const { summary } = this.analysis;
    const cut = summary.removed_ms + summary.suggested_ms;
    this.#part("[data-facts]").textContent =
      `${duration(summary.duration_ms)} · ${size(this.recording.file_size)} · ${share(cut, summary.duration_ms)} silence · ` +
      count(summary.cuts, "cut") +
      (summary.suggestions ? `, ${count(summary.suggestions, "suggestion")}` : "");
    const link = within(this.element, "[data-review]", HTMLAnchorElement);
    link.href = `/review/${this.analysis.id}`;
    link.setAttribute("aria-label", `Review ${this.recording.original_filename}`);
    void drawThumbnail(this.#part("[data-picture]"), this.recording);
  }

  #wire() {
    const { original_filename: name } = this.recording;
    /** @type {[string, string, () => Promise<void>][]} */
    const buttons = [
      ["[data-analyze]", `Analyse: ${name}`, () => this.#analyzeAgain()],
      ["[data-cancel]", `Cancel the analysis of ${name}`, () => this.#cancel()],
      ["[data-delete]", `Delete ${name}`, () => this.#delete()],
      ["[data-import]", `Import transcript of ${name}`, async () => this.#transcript.click()],
    ];
    this.#transcript.addEventListener("change", () => void this.#importTranscript());
    this.#mode.value = this.features.whisper_available ? this.features.default_processing_mode : "vad";
    for (const [selector, label, action] of buttons) {
      const button = this.#part(selector);
      button.setAttribute("aria-label", label);
      button.addEventListener("click", () => void action());
    }
  }

  get #tracks() {
    return this.recording.media_info?.audio_streams ?? [];
  }

  get #mode() {
    return within(this.element, "[data-mode] select", HTMLSelectElement);
  }

  get #transcript() {
    return within(this.element, "[data-transcript]", HTMLInputElement);
  }

  /**
   * Say what a transcription sends where and what it costs, before it does.
   *
   * @returns {Promise<boolean>}
   */
  async #agreesToPrice() {
    const estimate = await call(
      "GET",
      `/media/${this.recording.id}/transcript/estimate?audio_track=${this.#track.value || 0}`,
    );
    if (estimate.minutes === 0) return true;
    const known = estimate.minutes_transcribed
      ? ` ${estimate.minutes_transcribed} minutes are paid for already and are not sent again.`
      : "";
    return confirmed({
      title: `Transcribe ${this.recording.original_filename}?`,
      text:
        `${count(estimate.minutes, "minute")} of its sound will be sent to ${estimate.service}, for about ` +
        `${estimate.price.toFixed(2)} ${estimate.currency}.${known}`,
      yes: "Send and transcribe",
    });
  }

  /** Lay a transcript into the analysis, or begin one with it. */
  async #importTranscript() {
    const file = this.#transcript.files?.[0];
    this.#transcript.value = "";
    if (!file) return;
    this.#say("");
    try {
      const body = new FormData();
      body.append("file", file);
      const { analysis_id: id, status } = await call("POST", `/media/${this.recording.id}/transcript`, { body });
      if (status === "processing") {
        this.analysis = { id, status: "pending", summary: null, error_message: null };
        this.showAnalysis();
      } else {
        await this.#reload();
        this.#say("The transcript is in; open the review to read it.");
      }
    } catch (error) {
      this.#say(sentenceOf(error));
    }
  }

  get #track() {
    return within(this.element, "[data-track] select", HTMLSelectElement);
  }

  /** A recording with several tracks of sound asks which one the speech is on. */
  #offerTracks() {
    const options = this.#tracks.map((/** @type {any} */ track, /** @type {number} */ number) => {
      const facts = [track.title, track.language, count(track.channels, "channel")].filter(Boolean).join(", ");
      return new Option(`${number + 1}: ${facts}`, String(number));
    });
    const automatic = new Option("Automatic", "");
    this.#track.replaceChildren(automatic, ...options);
    this.#track.value = String(this.analysis?.options?.audio_track ?? "");
  }

  async #analyzeAgain() {
    const { original_filename: name } = this.recording;
    const text = "The new review begins without the decisions, and without the transcript, of the one there is.";
    const { status, version, processing_mode: mode } = this.analysis ?? {};
    const hasMore = status === "completed" && (version > 1 || (mode === "whisper" && this.#mode.value === "vad"));
    if (hasMore && !(await confirmed({ title: `Analyse ${name} again?`, text, yes: "Analyse again" }))) return;
    await this.analyze();
  }

  async #cancel() {
    try {
      await call("POST", `/analysis/${this.analysis.id}/cancel`);
    } catch (error) {
      this.#say(sentenceOf(error));
    }
  }

  async #delete() {
    const { original_filename: name, id } = this.recording;
    const text = "Its analyses and all decisions go too. This cannot be taken back.";
    if (!(await confirmed({ title: `Delete ${name}?`, text, yes: "Delete the recording" }))) return;
    try {
      await call("DELETE", `/media/${id}`);
    } catch (error) {
      this.#say(sentenceOf(error));
      return;
    }
    this.#disappear(`${name} is deleted.`);
  }

  /** @param {string} sentence */
  #disappear(sentence) {
    this.forget();
    this.element.remove();
    announce(sentence);
    this.onDeleted();
  }

  /** @param {string} sentence */
  #say(sentence) {
    this.#part("[data-error]").textContent = sentence;
  }

  /**
   * @param {string} selector
   * @returns {HTMLElement}
   */
  #part(selector) {
    return within(this.element, selector, HTMLElement);
  }
}

/**
 * What a stage is called; a transcription says which parts are done.
 *
 * @param {string} stage
 * @returns {string}
 */
function stageName(stage) {
  const parts = /^transcribing (\d+)\/(\d+)$/u.exec(stage);
  return parts ? `Transcribing, ${parts[1]} of ${parts[2]} parts` : (STAGES[stage] ?? stage);
}

/**
 * The analysis that counts: the newest that was not cancelled, or the newest of all.
 *
 * @param {any[]} analyses oldest first
 * @returns {any}
 */
function newestOf(analyses) {
  return analyses.findLast((one) => one.status !== "cancelled") ?? analyses.at(-1) ?? null;
}
