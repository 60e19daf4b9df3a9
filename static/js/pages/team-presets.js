/** The presets of a team on its page: other names, which one is the default, deleting one. */

import { call } from "../core/api.js";
import { confirmed } from "../core/dialogs.js";
import { byId, copyOf, show, tell, within } from "../core/dom.js";
import { attemptIn } from "../core/forms.js";

/** @import { Preset } from "../core/presets.js" */

const KINDS = { analysis: "Analysis", export: "Export" };
/** What settings are called on the pages, and in what they are counted. @type {Record<string, [string, string?]>} */
const SETTINGS = {
  vad_aggressiveness: ["aggressiveness"],
  min_silence_duration_ms: ["shortest silence", "ms"],
  min_speech_duration_ms: ["shortest speech", "ms"],
  speech_pad_start_ms: ["padding before", "ms"],
  speech_pad_end_ms: ["padding after", "ms"],
  silence_threshold_db: ["loudest silence", "dB"],
  above_room_db: ["above the room", "dB"],
  keep_pause_ms: ["pause kept", "ms"],
  custom_filler_words: ["fillers"],
  detect_filler_words: ["fillers suggested"],
  media_folder: ["folder"],
  processing_mode: ["mode"],
  prompt: ["names and terms"],
};

export class TeamPresets {
  /**
   * @param {string} teamId
   * @param {string} role of who looks at the page
   */
  constructor(teamId, role) {
    this.teamId = teamId;
    this.isOwner = role === "owner";
    this.mayEdit = this.isOwner || role === "editor";
    this.list = byId("presets", HTMLUListElement);
    this.message = byId("presets-message", HTMLElement);
  }

  async load() {
    await attemptIn(this.message, async () => {
      const { presets } = await call("GET", `/presets?team_id=${this.teamId}`);
      this.list.replaceChildren(...presets.map((/** @type {Preset} */ one) => this.#rowOf(one)));
      show(byId("no-presets", HTMLElement), presets.length === 0);
    });
    this.list.removeAttribute("aria-busy");
  }

  /**
   * @param {Preset} preset
   * @returns {HTMLElement}
   */
  #rowOf(preset) {
    const row = copyOf("preset-row");
    const { name } = preset;
    const input = within(row, "[data-name]", HTMLInputElement);
    input.value = name;
    input.readOnly = !this.mayEdit;
    input.setAttribute("aria-label", `Name of the preset ${name}`);
    within(row, "[data-kind]", HTMLElement).textContent = `${KINDS[preset.kind]} · ${factsOf(preset)}`;
    const standard = within(row, "[data-default]", HTMLInputElement);
    standard.checked = preset.is_default;
    standard.disabled = !this.isOwner;
    standard.setAttribute("aria-label", `Begin with ${name} where nothing else is chosen`);
    const button = within(row, "[data-delete]", HTMLButtonElement);
    show(button, this.mayEdit && (this.isOwner || !preset.is_default));
    button.setAttribute("aria-label", `Delete the preset ${name}`);
    input.addEventListener("change", () => {
      if (input.value.trim()) void this.#change(preset, { name: input.value }, "The name is saved.");
      else input.value = name;
    });
    standard.addEventListener("change", () => {
      const said = standard.checked ? `${name} is the default now.` : "There is no default any more.";
      void this.#change(preset, { is_default: standard.checked }, said);
    });
    button.addEventListener("click", () => void this.#delete(preset));
    return row;
  }

  /**
   * @param {Preset} preset
   * @param {Record<string, unknown>} body
   * @param {string} said
   */
  async #change(preset, body, said) {
    await attemptIn(this.message, async () => {
      await call("PATCH", `/presets/${preset.id}`, { body });
      tell(said);
      await this.load();
    });
  }

  /** @param {Preset} preset */
  async #delete(preset) {
    const text = "What was analysed or exported with it stays as it is.";
    if (!(await confirmed({ title: `Delete the preset ${preset.name}?`, text, yes: "Delete" }))) return;
    await attemptIn(this.message, async () => {
      await call("DELETE", `/presets/${preset.id}`);
      await this.load();
      byId("presets-title", HTMLElement).focus();
    });
  }
}

/**
 * What a preset says, in one line.
 *
 * @param {Preset} preset
 * @returns {string}
 */
function factsOf(preset) {
  const settings = preset.analysis ?? preset.export ?? {};
  return Object.entries(settings)
    .filter(([, value]) => value !== null && value !== "" && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => factOf(name, value))
    .join(", ");
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {string}
 */
function factOf(name, value) {
  const [label, unit = ""] = SETTINGS[name] ?? [name.replaceAll("_", " ")];
  const text = typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
  return `${label} ${text} ${unit}`.trim();
}
