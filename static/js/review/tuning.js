/** Trying other options: segments follow the sliders, and nothing is kept until someone says so. */

/** @import { ReviewStore } from "./store.js" */
/** @import { TuningOptions } from "../core/sliders.js" */
/** @import { Segment } from "./types.js" */

import { call } from "../core/api.js";
import { announce, byId, within } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";
import { bindSliders, readTouched, setSliders } from "../core/sliders.js";

export class TuningPanel {
  /**
   * @param {ReviewStore} store
   * @param {string} analysisId
   */
  constructor(store, analysisId) {
    this.store = store;
    this.analysisId = analysisId;
    this.panel = byId("tuning", HTMLElement);
    this.form = within(this.panel, "form", HTMLFormElement);
    this.outcome = within(this.panel, "[data-outcome]", HTMLElement);
    this.button = byId("open-tuning", HTMLButtonElement);
    /** Rises whenever the panel opens or closes, so that an answer to an earlier wish is let go. */
    this.round = 0;
    this.isAsking = false;
    /** @type {TuningOptions | null} */
    this.wanted = null;
    bindSliders(this.form);
    this.form.addEventListener("input", () => void this.#preview());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#apply();
    });
    within(this.panel, "[data-close]", HTMLButtonElement).addEventListener("click", () => this.close());
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    // Undoing a tuning moves the sliders; decisions leave them where they are.
    store.addEventListener("tuning", () => this.close());
  }

  /** Whether it is shown. */
  get isOpen() {
    return !this.panel.hidden;
  }

  /** Show the sliders as the segments are tuned now. */
  open() {
    this.round += 1;
    setSliders(this.form, this.store.tuning.options);
    this.panel.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    const decisions = this.store.decisions.length;
    this.outcome.textContent = decisions ? `Decisions made by hand stay, whatever the sliders say: ${decisions}.` : "";
    within(this.form, "input", HTMLInputElement).focus();
  }

  /** Go back to how the segments were. */
  close() {
    if (!this.isOpen) return;
    this.round += 1;
    this.wanted = null;
    const hadFocus = this.panel.contains(document.activeElement);
    this.panel.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    if (this.store.trial) this.store.previewTuning(null);
    if (hadFocus) this.button.focus({ preventScroll: true });
  }

  /**
   * What the engine says under other options.
   *
   * @param {TuningOptions} options
   * @returns {Promise<Segment[]>}
   */
  async ask(options) {
    const answer = await call("POST", `/analysis/${this.analysisId}/retune?decisions=false`, { body: options });
    return answer.segments;
  }

  /** The options as the sliders say; those that nobody has touched stay as exact as they were. */
  #read() {
    return { ...this.store.tuning.options, ...readTouched(this.form) };
  }

  /** Ask for what the sliders say now; while one answer is awaited, only the last wish is kept. */
  async #preview() {
    this.wanted = this.#read();
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      while (this.wanted) {
        const { round, wanted } = this;
        this.wanted = null;
        const automatic = await this.ask(wanted);
        if (round === this.round && this.isOpen) this.store.previewTuning(automatic);
      }
    } catch (error) {
      this.outcome.textContent = sentenceOf(error);
    } finally {
      this.isAsking = false;
    }
  }

  async #apply() {
    if (this.form.getAttribute("aria-busy") === "true") return;
    this.form.setAttribute("aria-busy", "true");
    const { round } = this;
    const options = this.#read();
    try {
      const automatic = await this.ask(options);
      if (round !== this.round) return;
      this.store.tune({ options, automatic });
      announce("The tuning is applied; your own decisions have stayed.");
      this.close();
    } catch (error) {
      this.outcome.textContent = sentenceOf(error);
    } finally {
      this.form.removeAttribute("aria-busy");
    }
  }
}
