/** Having a recording transcribed from its review: decisions go on meanwhile, and all of them are in the new one. */

/** @import { ReviewStore } from "./store.js" */

import { call } from "../core/api.js";
import { byId, show } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";
import { agreesToPrice } from "../core/transcription-price.js";
import { changeTo, missingFrom } from "./decisions.js";
import { untilDone } from "../project/following.js";

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
    const told = (/** @type {string} */ stage, /** @type {number} */ percent) => {
      this.bar.value = percent;
      this.outcome.textContent = `${stage}. Go on deciding meanwhile.`;
    };
    await untilDone(analysisId, told, "The transcription has ended.");
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
    // What is the same keeps who made it; what others have decided there meanwhile stays.
    const missing = missingFrom(found.decisions, this.store.decisions);
    if (missing.length === 0) return;
    const body = { version: found.version, changes: missing.map(changeTo) };
    await call("PATCH", `/analysis/${analysisId}/segments?segments=false`, { body });
  }
}
