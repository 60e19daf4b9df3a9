/** Trying other options: segments follow the sliders, and nothing is kept until someone says so. */

/** @import { ReviewStore } from "./store.js" */
/** @import { TuningOptions } from "../core/sliders.js" */
/** @import { Segment, Summary } from "./types.js" */

import { call } from "../core/api.js";
import { byId, tell, within } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";
import { may } from "../core/permissions.js";
import { savePreset } from "../core/presets.js";
import { bindSliders, readTouched, setSliders } from "../core/sliders.js";
import { applyDecisions, summarise } from "./decisions.js";
import { effectOf } from "./effects.js";

export class TuningPanel {
  /**
   * @param {ReviewStore} store
   * @param {{analysisId: string, projectId: string, teamId: string}} ids
   */
  constructor(store, { analysisId, projectId, teamId }) {
    this.store = store;
    this.analysisId = analysisId;
    this.projectId = projectId;
    this.teamId = teamId;
    this.panel = byId("tuning", HTMLElement);
    this.form = within(this.panel, "form", HTMLFormElement);
    this.outcome = within(this.panel, "[data-outcome]", HTMLElement);
    this.button = byId("open-tuning", HTMLButtonElement);
    /** Rises whenever the panel opens or closes, so that an answer to an earlier wish is let go. */
    this.round = 0;
    this.isAsking = false;
    /** @type {TuningOptions | null} */
    this.wanted = null;
    /** The slider that is being moved, and what the cut came to before. @type {HTMLInputElement | null} */
    this.moved = null;
    this.beforeMove = store.summary;
    /** What the cut comes to without the trial. */
    this.before = store.summary;
    bindSliders(this.form);
    this.form.addEventListener("input", (event) => {
      this.#noteMove(event);
      void this.#preview();
    });
    for (const name of ["pointerover", "focusin"]) this.form.addEventListener(name, (event) => this.#explain(event));
    within(this.panel, "[data-save-preset]", HTMLButtonElement).addEventListener(
      "click",
      () => void this.#saveForProject(),
    );
    this.panel.querySelector("[data-save-team-preset]")?.addEventListener("click", () => void this.#saveForTeam());
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
    store.addEventListener("asked", (event) => void this.#answer(/** @type {CustomEvent} */ (event).detail));
  }

  /** Whether it is shown. */
  get isOpen() {
    return !this.panel.hidden;
  }

  /** Show the sliders as the segments are tuned now. */
  open() {
    this.round += 1;
    this.moved = null;
    this.before = this.store.summary;
    for (const effect of this.form.querySelectorAll("[data-effect]")) effect.textContent = "";
    setSliders(this.form, this.store.tuning.options);
    this.panel.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    const decisions = this.store.decisions.length;
    this.outcome.textContent = decisions ? `Decisions made by hand stay, whatever the sliders say: ${decisions}.` : "";
    within(this.form, "input", HTMLInputElement).focus();
  }

  /**
   * Show other options as if a hand had moved the sliders.
   *
   * @param {TuningOptions} options
   */
  tryOut(options) {
    if (!this.isOpen) this.open();
    for (const [name, value] of Object.entries(options)) {
      const slider = within(this.form, `input[name="${name}"]`, HTMLInputElement);
      slider.max = String(Math.max(Number(slider.max), value));
      slider.value = String(value);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  /**
   * What the cut would come to under other options; decisions stay.
   *
   * @param {TuningOptions} options
   * @returns {Promise<Summary>}
   */
  async summaryUnder(options) {
    const automatic = await this.ask({ ...this.store.tuning.options, ...options });
    return summarise(applyDecisions(automatic, this.store.decisions));
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

  /**
   * Find out for the store what the engine says under options that hold already.
   *
   * @param {TuningOptions} options
   */
  async #answer(options) {
    try {
      this.store.answer({ options, automatic: await this.ask(options) });
    } catch (error) {
      tell(`${sentenceOf(error)} The segments are those of before; load the page again.`);
    }
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
        if (round === this.round && this.isOpen) this.#show(automatic);
      }
    } catch (error) {
      this.outcome.textContent = sentenceOf(error);
    } finally {
      this.isAsking = false;
    }
  }

  /** @param {Segment[]} automatic */
  #show(automatic) {
    this.store.previewTuning(automatic);
    const { summary } = this.store;
    if (this.moved) this.#effectBeside(this.moved).textContent = effectOf(this.beforeMove, summary) || "no change";
    this.outcome.textContent = `All together: ${effectOf(this.before, summary) || "no change"}.`;
  }

  /**
   * The effect beside a slider is that of moving it, whatever was moved before.
   *
   * @param {Event} event
   */
  #noteMove({ target }) {
    const slider = target instanceof HTMLInputElement ? target : null;
    if (slider === this.moved) return;
    this.moved = slider;
    this.beforeMove = this.store.summary;
  }

  /** @param {HTMLInputElement} slider */
  #effectBeside(slider) {
    return within(/** @type {HTMLElement} */ (slider.closest(".slider")), "[data-effect]", HTMLElement);
  }

  /**
   * Say what a slider or a preset means, in one place, so that nothing moves.
   *
   * @param {Event} event
   */
  #explain({ target }) {
    const place = target instanceof Element ? target.closest(".slider, [data-preset]") : null;
    if (!place) return;
    const meaning = place.querySelector("small")?.textContent ?? place.getAttribute("title") ?? "";
    within(this.panel, "[data-meaning]", HTMLElement).textContent = meaning;
  }

  /** Let new analyses of the project begin with what the sliders say. */
  async #saveForProject() {
    try {
      const path = `/projects/${this.projectId}`;
      const { project } = await call("GET", `${path}?limit=1`);
      await call("PATCH", path, { body: { settings: { ...project.settings, ...this.#read() } } });
      tell("New analyses of this project begin with these settings.");
    } catch (error) {
      this.outcome.textContent = sentenceOf(error);
    }
  }

  /** Give what the sliders say a name, for all projects of the team. */
  async #saveForTeam() {
    const settings = this.#read();
    await savePreset({ teamId: this.teamId, kind: "analysis", settings, mayBeDefault: may("manage") });
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
      const undo = { label: "Undo", run: () => void this.store.undo() };
      tell("The tuning is applied; your own decisions have stayed.", undo);
      this.close();
    } catch (error) {
      this.outcome.textContent = sentenceOf(error);
    } finally {
      this.form.removeAttribute("aria-busy");
    }
  }
}
