/** Having a recording transcribed from its review: decisions go on meanwhile, and all of them are in the new one. */

/** @import { ReviewStore } from "./store.js" */

import { call } from "../core/api.js";
import { byId, show } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";
import { agreesToPrice } from "../core/transcription-price.js";
import { stageName } from "../project/stages.js";

const POLL_MS = 1000;
const UNFINISHED = ["pending", "processing"];

export class Transcribing {
  /**
   * @param {ReviewStore} store
   * @param {{allSaved: () => Promise<void>}} saving
   * @param {{id: string, title: string}} recording
   */
  constructor(store, saving, recording) {
    this.store = store;
    this.saving = saving;
    this.recording = recording;
    this.button = byId("transcribe", HTMLButtonElement);
    this.outcome = byId("transcript-outcome", HTMLElement);
    this.bar = byId("transcribe-progress", HTMLProgressElement);
    this.button.addEventListener("click", () => void this.#start());
  }

  /** Offer it where the server can do it. */
  async offer() {
    const { whisper_available: isAvailable } = await call("GET", "/config/features");
    show(this.button, isAvailable);
  }

  async #start() {
    this.outcome.textContent = "";
    this.button.disabled = true;
    try {
      const { id, title } = this.recording;
      if (!(await agreesToPrice([{ id, title, track: "" }]))) return;
      const body = { processing_mode: "whisper" };
      const { analysis_id: analysisId } = await call("POST", `/media/${id}/analyze`, { body });
      await this.#follow(analysisId);
    } catch (error) {
      this.outcome.textContent = sentenceOf(error);
    } finally {
      this.button.disabled = false;
      show(this.bar, false);
    }
  }

  /** @param {string} analysisId */
  async #follow(analysisId) {
    show(this.bar, true);
    for (;;) {
      const state = await call("GET", `/analysis/${analysisId}/status`);
      this.bar.value = state.progress_percent;
      if (!UNFINISHED.includes(state.status)) {
        if (state.status !== "completed") throw new Error(state.error_message ?? "The transcription has ended.");
        break;
      }
      this.outcome.textContent = `${stageName(state.stage)}, ${state.progress_percent} %. Go on deciding meanwhile.`;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    await this.saving.allSaved();
    await this.#carryOver(analysisId);
    location.assign(`/review/${analysisId}#transcript`);
  }

  /**
   * Decide again what was decided after the new analysis had taken the decisions over.
   *
   * @param {string} analysisId
   */
  async #carryOver(analysisId) {
    const { analysis_result: found } = await call("GET", `/analysis/${analysisId}?decisions=false`);
    const own = this.store.decisions.map(({ start_ms, end_ms, action, note }) =>
      note ? { start_ms, end_ms, action, note } : { start_ms, end_ms, action },
    );
    const plain = (/** @type {any[]} */ all) =>
      JSON.stringify(all.map((one) => [one.start_ms, one.end_ms, one.action, one.note ?? null]));
    if (plain(own) === plain(found.decisions)) return;
    const whole = { start_ms: 0, end_ms: found.summary.duration_ms, action: "auto" };
    const body = { version: found.version, changes: [whole, ...own] };
    await call("PATCH", `/analysis/${analysisId}/segments?segments=false`, { body });
  }
}
