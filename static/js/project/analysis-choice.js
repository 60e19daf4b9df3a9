/** With which settings analyses of this page begin: the project's, a preset of the team, or a way to cut of ClipFlow. */

import { byId } from "../core/dom.js";
import { presetsOf } from "../core/presets.js";

/** @import { Preset } from "../core/presets.js" */

const OWN = "own:";

export class AnalysisChoice {
  /** @param {string} projectId */
  constructor(projectId) {
    this.projectId = projectId;
    this.select = byId("analysis-preset", HTMLSelectElement);
    /** @type {Preset[]} */
    this.presets = [];
    /** @type {{name: string, title: string, options: Record<string, number>}[]} */
    this.ways = JSON.parse(this.select.dataset.ways ?? "[]");
    this.key = `clipflow.analysis-preset.${projectId}`;
    this.select.addEventListener("change", () => localStorage.setItem(this.key, this.select.value));
  }

  /** Offer what there is now; what was chosen before stays chosen. */
  async load() {
    this.presets = await presetsOf(this.projectId, "analysis");
    const standard = this.presets.find((one) => one.is_default);
    const chosen = localStorage.getItem(this.key) ?? "";
    const first = new Option(
      standard ? `Settings of this project, then ${standard.name}` : "Settings of this project",
      "",
    );
    const team = groupOf("Presets of the team", this.presets, (one) => [one.name, one.id]);
    const own = groupOf("ClipFlow’s own", this.ways, (one) => [one.title, OWN + one.name]);
    this.select.replaceChildren(first, ...team, ...own);
    this.select.value = chosen;
    if (this.select.selectedIndex < 0) this.select.value = "";
  }

  /** What is sent along when an analysis begins. @returns {Record<string, unknown>} */
  get body() {
    const { value } = this.select;
    if (!value) return {};
    if (!value.startsWith(OWN)) return { preset_id: value };
    return { ...this.ways.find((one) => OWN + one.name === value)?.options };
  }

  /** What the team's default says. @returns {Record<string, any>} */
  get defaults() {
    return this.presets.find((one) => one.is_default)?.analysis ?? {};
  }

  /** How the chosen preset has recordings processed; empty where it does not say. @returns {string} */
  get processingMode() {
    const { value } = this.select;
    const counting = this.presets.find((one) => (value ? one.id === value : one.is_default));
    return counting?.analysis?.processing_mode ?? "";
  }
}

/**
 * @template T
 * @param {string} label
 * @param {T[]} members
 * @param {(one: T) => [string, string]} optionOf
 * @returns {HTMLOptGroupElement[]} one, or none where there are no members
 */
function groupOf(label, members, optionOf) {
  if (members.length === 0) return [];
  const group = document.createElement("optgroup");
  group.label = label;
  group.append(...members.map((one) => new Option(...optionOf(one))));
  return [group];
}
