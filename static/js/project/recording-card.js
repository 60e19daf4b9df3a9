/** One recording of a project: what it is, how far its analysis is, what comes out. */

import { ApiError, call } from "../core/api.js";
import { confirmed } from "../core/dialogs.js";
import { announce, copyOf, element, show, tell, within } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";
import { count, duration, share, size } from "../core/format.js";
import { fateOf } from "./bin.js";
import { CopyLine } from "./copy-line.js";
import { currentOf, isUnfinished, reviewableOf, stageName, standingOf } from "./stages.js";
import { drawThumbnail, isThere } from "./thumbnail.js";
import { TitleField } from "./title-field.js";
import { agreesToPrice } from "../core/transcription-price.js";

/** What is worth saying of a status when it comes. @type {Record<string, string>} */
const TOLD = { pending: "being analysed", completed: "ready for review", failed: "the analysis failed" };

/**
 * @typedef {{whisper_available: boolean, default_processing_mode: string, makes_renditions: boolean}} Features what the
 *   server can do
 *
 * @typedef {object} Callbacks
 * @property {(card: RecordingCard) => void} analyze begin an analysis once there is room for it
 * @property {{body: Record<string, unknown>, processingMode: string}} choice with which settings it begins
 * @property {(card: RecordingCard) => void} changed called when it is shown differently
 * @property {(card: RecordingCard) => void} removed
 */

export class RecordingCard {
  /**
   * @param {any} recording as the API shows it, with its analyses
   * @param {Features} features
   * @param {Callbacks} callbacks
   */
  constructor(recording, features, callbacks) {
    this.recording = recording;
    this.features = features;
    this.callbacks = callbacks;
    this.element = copyOf("recording-card");
    this.element.dataset.recordingId = recording.id;
    this.analysis = currentOf(recording.analysis_results ?? []);
    /** The analysis whose review is opened; null where there is none. */
    this.reviewable = reviewableOf(recording.analysis_results ?? []);
    this.isGone = false;
    /** Whether an analysis of it waits to begin. */
    this.isWaiting = false;
    /** Whether the analysis is to begin by itself once the recording has been checked. */
    this.isAnalysisWanted = false;
    /** Whether the price of the transcription that is to begin was agreed to already. */
    this.isPriceAgreed = false;
    /** Whether somebody has said on the card how it is to be processed. */
    this.isModeChosen = false;
    this.isDrawn = false;
    /** Whether what is drawn is the thumbnail that the server has made. */
    this.isPictured = false;
    /** The status that a screen reader knows of. */
    this.toldStatus = this.#status;
    this.choice = within(this.element, "[data-choose]", HTMLInputElement);
    this.copyLine = new CopyLine(
      this.element,
      recording,
      (error) => this.say(error),
      () => void this.reload(),
    );
    this.titleField = new TitleField(this.element, recording.title, (title) => this.#rename(title));
    this.#wire();
    this.#offerTracks();
    this.show();
  }

  /** What is asked of it when recordings are searched and sorted. */
  get entry() {
    const { title, original_filename: fileName, created_at: createdAt, duration_seconds: seconds } = this.recording;
    const suggestions = this.analysis?.summary?.suggestions ?? 0;
    return { title, fileName, createdAt, durationS: seconds ?? 0, suggestions, standing: this.standing };
  }

  /** Where it stands, as the filter names it. */
  get standing() {
    return this.isWaiting ? "working" : standingOf(this.recording, this.analysis);
  }

  /** Whether the server is asked how far it is. */
  get isFollowed() {
    return this.isAtWork || this.isBeingPictured;
  }

  /** Whether pictures or a copy of it are being made. */
  get isBeingPictured() {
    const { state, processing_status: status } = this.recording;
    return !this.isGone && this.features.makes_renditions && state === "ready" && isUnfinished(status);
  }

  /** Whether it is being checked or analysed. */
  get isAtWork() {
    return !this.isGone && (this.recording.state === "checking" || isUnfinished(this.#status));
  }

  /** Whether an analysis of it may begin now. */
  get mayBeAnalysed() {
    return this.recording.state === "ready" && !this.isAtWork && !this.isWaiting;
  }

  get #status() {
    return this.analysis?.status ?? "none";
  }

  /** Begin an analysis; one that is checked still begins by itself. */
  analyze() {
    if (this.recording.state === "checking") this.isAnalysisWanted = true;
    else if (this.mayBeAnalysed) this.callbacks.analyze(this);
  }

  /**
   * Have the server begin an analysis with what is chosen on the card.
   *
   * @throws {ApiError} it was refused
   */
  async start() {
    this.#say("");
    if (this.isTranscribed && !this.isPriceAgreed && !(await agreesToPrice([this.priced]))) return;
    this.isPriceAgreed = false;
    /** @type {Record<string, unknown>} */
    const body = { ...this.callbacks.choice.body, processing_mode: this.#wantedMode };
    if (this.#track.value) body.audio_track = Number(this.#track.value);
    const { analysis_id: id } = await call("POST", `/media/${this.recording.id}/analyze`, { body });
    this.analysis = { id, status: "pending", summary: null, error_message: null };
  }

  /** Whether its next analysis sends it to a service. */
  get isTranscribed() {
    return this.#wantedMode === "whisper";
  }

  /** What the price of its transcription depends on. */
  get priced() {
    return { id: this.recording.id, title: this.recording.title, track: this.#track.value };
  }

  /** Show what there is to show. */
  show() {
    this.#showFacts();
    this.#showLabels();
    this.#tellStatus();
    const status = this.#status;
    const isReady = this.recording.state === "ready";
    const isRunning = this.isAtWork || this.isWaiting;
    const isIdle = isReady && !isRunning;
    show(this.#part("[data-progress-part]"), isRunning);
    const isReviewable = isReady && this.reviewable !== null;
    show(this.#part("[data-review]"), isReviewable);
    show(this.#part("[data-cancel]"), isReady && isUnfinished(status));
    show(this.#part("[data-analyze]"), isIdle && status !== "completed");
    show(this.#part("[data-import]"), isIdle);
    show(this.#part("[data-again]"), isIdle && status === "completed");
    show(this.#part("[data-track]"), isIdle && this.#tracks.length > 1);
    show(this.#part("[data-mode]"), isIdle && this.features.whisper_available);
    this.#showOffer(status);
    this.#showLinks(isReviewable);
    show(this.#part("[data-reviewed]"), this.standing === "reviewed");
    this.copyLine.show(this.recording.renditions ?? []);
    this.element.dataset.standing = this.standing;
    if (isRunning) this.#showWork();
    this.callbacks.changed(this);
  }

  /**
   * Show how far it is.
   *
   * @param {{state: string, renditions: any[],
   *   analysis: {id: string, status: string, stage: string, progress_percent: number} | null}} progress
   */
  showProgress({ analysis, renditions }) {
    this.#showRenditions(renditions);
    if (!analysis) return;
    if (analysis.id !== this.analysis?.id || analysis.status !== this.#status) {
      this.analysis = { ...this.analysis, ...analysis, summary: this.analysis?.summary ?? null };
      this.show();
    }
    this.#part("[data-stage]").textContent = `${stageName(analysis.stage)}, ${analysis.progress_percent} %`;
    this.#bar.value = analysis.progress_percent;
  }

  /** Ask the server for everything that is known of it. */
  async reload() {
    // A project shows its analyses without their segments, of which there may be thousands.
    const { project } = await call("GET", `/projects/${this.recording.project_id}?media_id=${this.recording.id}`);
    const [found] = project.media_files;
    if (!found) {
      this.disappear(`${this.recording.title} has been deleted.`);
      return;
    }
    const wasChecking = this.recording.state === "checking";
    this.recording = found;
    this.analysis = currentOf(found.analysis_results);
    this.reviewable = reviewableOf(found.analysis_results);
    this.titleField.show(found.title);
    if (wasChecking) this.#offerTracks();
    this.show();
    if (this.isAnalysisWanted && found.state === "ready") {
      this.isAnalysisWanted = false;
      this.analyze();
    }
  }

  /**
   * Say what has gone wrong.
   *
   * @param {unknown} error
   */
  say(error) {
    this.#say(sentenceOf(error));
  }

  /**
   * Say in the place of its stage why it is not known.
   *
   * @param {unknown} error
   */
  sayOfStage(error) {
    this.#part("[data-stage]").textContent = sentenceOf(error);
  }

  /**
   * Take it off the page.
   *
   * @param {string} sentence
   */
  disappear(sentence) {
    this.isGone = true;
    this.element.remove();
    announce(sentence);
    this.callbacks.removed(this);
  }

  /** @param {string} status */
  #showOffer(status) {
    const button = this.#part("[data-analyze]");
    const offer = status === "none" ? "Analyse" : "Try again";
    button.textContent = offer;
    button.setAttribute("aria-label", `${offer}: ${this.recording.title}`);
    const more = within(this.element, "details", HTMLDetailsElement);
    // What can be chosen before the first analysis is there to see.
    const hasChoice = this.mayBeAnalysed && (this.#tracks.length > 1 || this.features.whisper_available);
    if (hasChoice && status === "none") more.open = true;
    else if (!this.mayBeAnalysed) more.open = false;
  }

  /** @param {boolean} isReviewable */
  #showLinks(isReviewable) {
    for (const link of this.element.querySelectorAll("[data-open], [data-review]")) {
      if (isReviewable) link.setAttribute("href", `/review/${this.reviewable.id}`);
      else link.removeAttribute("href");
    }
    const hasThumbnail = isThere(this.recording, "thumbnail");
    const hasPicture = this.recording.state === "ready" && (isReviewable || this.recording.media_info?.video);
    if ((hasPicture && !this.isDrawn) || (hasThumbnail && !this.isPictured)) this.#drawPicture();
  }

  /** @param {any[]} renditions those of a recording of which something is being made; none otherwise */
  #showRenditions(renditions) {
    if (renditions.length === 0) return;
    this.recording = { ...this.recording, renditions };
    this.copyLine.show(renditions);
    if (!this.isPictured && isThere(this.recording, "thumbnail")) this.#drawPicture();
  }

  #drawPicture() {
    this.isDrawn = true;
    this.isPictured = isThere(this.recording, "thumbnail");
    void drawThumbnail(this.#part("[data-picture]"), this.recording);
  }

  #showWork() {
    const isChecking = this.recording.state === "checking";
    this.#bar.setAttribute("aria-label", `Analysis of ${this.recording.title}`);
    if (isChecking || this.isWaiting) this.#bar.removeAttribute("value");
    else if (!this.#bar.hasAttribute("value")) this.#bar.value = 0;
    if (isChecking) this.#part("[data-stage]").textContent = "The file is being looked at";
    else if (this.isWaiting) this.#part("[data-stage]").textContent = "Waiting to begin";
    else if (!this.#part("[data-stage]").textContent?.includes("%"))
      this.#part("[data-stage]").textContent = stageName("queued");
  }

  #showFacts() {
    const { duration_seconds: seconds, file_size: bytes, warnings, original_filename: fileName } = this.recording;
    const facts = [seconds === null ? "" : duration(1000 * seconds), size(bytes)];
    const summary = this.#status === "completed" ? this.analysis.summary : null;
    if (summary) {
      facts.push(`${share(summary.removed_ms + summary.suggested_ms, summary.duration_ms)} silence`);
      facts.push(count(summary.cuts, "cut"));
      if (summary.suggestions) facts.push(count(summary.suggestions, "suggestion"));
    }
    this.#part("[data-facts]").textContent = facts.filter(Boolean).join(" · ");
    this.#part("[data-facts]").title = fileName;
    const items = warnings.map((/** @type {{message: string}} */ one) => element("li", one.message));
    this.#part("[data-warnings]").replaceChildren(...items);
  }

  #tellStatus() {
    const status = this.#status;
    if (status !== this.toldStatus && status in TOLD) announce(`${this.recording.title}: ${TOLD[status]}`);
    this.toldStatus = status;
    if (this.recording.state === "refused")
      this.#say(this.recording.refusal ?? "The recording cannot be used; upload another one.");
    else if (status === "failed") this.#say(this.analysis.error_message ?? "The analysis failed; try again.");
    else if (status === "cancelled") this.#say("The analysis was cancelled.");
    else if (status === "completed" || this.isAtWork) this.#say("");
  }

  /** Every button says which recording it is about. */
  #showLabels() {
    const { title } = this.recording;
    for (const [selector, label] of [
      ["[data-again]", `Analyse again: ${title}`],
      ["[data-cancel]", `Cancel the analysis of ${title}`],
      ["[data-delete]", `Delete ${title}`],
      ["[data-import]", `Import transcript of ${title}`],
      ["[data-review]", `Review ${title}`],
      ["summary", `More for ${title}`],
      ["[data-choose]", `Choose ${title}`],
    ]) {
      within(this.element, selector ?? "", HTMLElement).setAttribute("aria-label", label ?? "");
    }
  }

  #wire() {
    /** @type {[string, () => Promise<void>][]} */
    const buttons = [
      ["[data-analyze]", async () => this.analyze()],
      ["[data-again]", () => this.#analyzeAgain()],
      ["[data-cancel]", () => this.#cancel()],
      ["[data-delete]", () => this.#delete()],
      ["[data-import]", async () => this.#transcript.click()],
    ];
    this.#transcript.addEventListener("change", () => void this.#importTranscript());
    this.#mode.addEventListener("change", () => {
      this.isModeChosen = true;
    });
    this.#mode.value = this.features.whisper_available ? this.features.default_processing_mode : "vad";
    for (const [selector, action] of buttons) {
      this.#part(selector).addEventListener("click", () => void action());
    }
  }

  get #tracks() {
    return this.recording.media_info?.audio_streams ?? [];
  }

  get #mode() {
    return within(this.element, "[data-mode] select", HTMLSelectElement);
  }

  /** A preset says how a recording is processed, unless somebody has chosen that on the card. */
  get #wantedMode() {
    const { processingMode } = this.callbacks.choice;
    const isLeftToPreset = processingMode && !this.isModeChosen && this.features.whisper_available;
    return isLeftToPreset ? processingMode : this.#mode.value;
  }

  get #track() {
    return within(this.element, "[data-track] select", HTMLSelectElement);
  }

  get #transcript() {
    return within(this.element, "[data-transcript]", HTMLInputElement);
  }

  get #bar() {
    return within(this.element, "[data-progress]", HTMLProgressElement);
  }

  /** @param {string} title */
  async #rename(title) {
    const { media_file: found } = await call("PATCH", `/media/${this.recording.id}`, { body: { title } });
    this.recording = { ...this.recording, title: found.title };
    this.show();
    return found.title;
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
        this.show();
      } else {
        await this.reload();
        tell("The transcript is in; open the review to read it.");
      }
    } catch (error) {
      this.say(error);
    }
  }

  /** A recording with several tracks of sound asks which one the speech is on. */
  #offerTracks() {
    const options = this.#tracks.map((/** @type {any} */ track, /** @type {number} */ number) => {
      const facts = [track.title, track.language, count(track.channels, "channel")].filter(Boolean).join(", ");
      return new Option(`${number + 1}: ${facts}`, String(number));
    });
    this.#track.replaceChildren(new Option("Automatic", ""), ...options);
    this.#track.value = String(this.analysis?.options?.audio_track ?? "");
  }

  async #analyzeAgain() {
    const { title } = this.recording;
    const text = "Your decisions stay; the transcript of the review there is now does not. You can go back to it.";
    const losesTranscript = this.analysis?.processing_mode === "whisper" && !this.isTranscribed;
    if (losesTranscript && !(await confirmed({ title: `Analyse ${title} again?`, text, yes: "Analyse again" }))) return;
    this.analyze();
  }

  async #cancel() {
    try {
      await call("POST", `/analysis/${this.analysis.id}/cancel`);
      await this.reload();
    } catch (error) {
      this.say(error);
    }
  }

  async #delete() {
    const { title, id } = this.recording;
    const text = fateOf("Its");
    if (!(await confirmed({ title: `Delete ${title}?`, text, yes: "Delete the recording" }))) return;
    try {
      await call("DELETE", `/media/${id}`);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) {
        this.say(error);
        return;
      }
    }
    this.disappear(`${title} is deleted.`);
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
