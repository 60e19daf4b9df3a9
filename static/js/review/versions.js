/** The analyses of a recording: which one this is, which counts, earlier ones to look at and to go back to. */

import { call } from "../core/api.js";
import { byId, copyOf, show, tell, within } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";
import { closeOutside } from "../core/menus.js";
import { count, dayAndTime } from "../core/format.js";

/** @type {Record<string, string>} */
const MODES = { vad: "Speech and silence", whisper: "Transcribed" };

/**
 * @typedef {object} Version
 * @property {string} id
 * @property {string} status
 * @property {string} processing_mode
 * @property {string} completed_at
 * @property {string} current_since
 * @property {{name: string} | null} created_by
 * @property {number} decision_count
 * @property {string | null} reviewed_at
 */

export class VersionsMenu {
  /** @param {{analysisId: string, mediaId: string, projectId: string}} of */
  constructor({ analysisId, mediaId, projectId }) {
    this.analysisId = analysisId;
    this.mediaId = mediaId;
    this.projectId = projectId;
    this.menu = byId("versions", HTMLDetailsElement);
    this.menu.addEventListener("toggle", () => {
      if (this.menu.open) void this.load();
    });
    closeOutside(this.menu);
    byId("make-current", HTMLButtonElement).addEventListener("click", () => void this.#makeCurrent());
  }

  /** Ask which analyses there are, and show them. */
  async load() {
    const { project } = await call("GET", `/projects/${this.projectId}?media_id=${this.mediaId}`);
    /** @type {Version[]} */
    const all = project.media_files[0]?.analysis_results ?? [];
    const finished = all.filter((one) => one.status === "completed");
    finished.sort((a, b) => (a.current_since < b.current_since ? 1 : -1));
    const isOlder = finished.length > 0 && finished[0]?.id !== this.analysisId;
    show(byId("older-version", HTMLElement), isOlder);
    show(this.menu, finished.length > 1);
    byId("versions-list", HTMLElement).replaceChildren(...finished.map((one, place) => this.#row(one, place === 0)));
  }

  /**
   * @param {Version} version
   * @param {boolean} isCurrent
   * @returns {HTMLElement}
   */
  #row(version, isCurrent) {
    const row = copyOf("version-row");
    const link = within(row, "a", HTMLAnchorElement);
    link.href = `/review/${version.id}`;
    link.textContent = dayAndTime(version.completed_at);
    if (version.id === this.analysisId) link.setAttribute("aria-current", "page");
    const facts = [
      MODES[version.processing_mode] ?? version.processing_mode,
      version.created_by?.name ? `by ${version.created_by.name}` : "",
      count(version.decision_count, "decision"),
      version.reviewed_at ? "reviewed" : "",
      isCurrent ? "current" : "",
    ];
    within(row, "[data-facts]", HTMLElement).textContent = facts.filter(Boolean).join(" · ");
    return row;
  }

  async #makeCurrent() {
    try {
      await call("PUT", `/analysis/${this.analysisId}/current`);
      await this.load();
      tell("This version counts now, with its decisions.");
    } catch (error) {
      tell(sentenceOf(error));
    }
  }
}
