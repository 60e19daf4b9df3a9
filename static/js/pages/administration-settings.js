/** The settings that administrators change while the server runs. */

import { call } from "../core/api.js";
import { byId, copyOf, within } from "../core/dom.js";
import { bindForm, sentenceOf } from "../core/forms.js";

/** What each is called, and its choices where there are some. @type {Record<string, {label: string, choices?: string[]}>} */
const SETTINGS = {
  registration_mode: { label: "Who makes an account", choices: ["open", "invitation", "closed"] },
  email_verification: { label: "Addresses have to be confirmed", choices: ["off", "required"] },
  mfa_required_for: { label: "Who needs a second factor", choices: ["", "admin"] },
  max_file_size_mb: { label: "Largest recording, MiB" },
  storage_limit_mb: { label: "Storage of a team or person, MiB" },
  weekly_upload_limit_mb: { label: "Uploads in a week, MiB" },
  file_retention_days: { label: "Recordings are kept, days" },
  audit_retention_days: { label: "The audit log is kept, days" },
  invitation_days: { label: "An invitation is good for, days" },
  token_max_days: { label: "A token is good for at most, days" },
  password_min_length: { label: "Fewest characters of a password" },
  password_require: { label: "A password must have" },
  password_blocklist: { label: "Common passwords are refused", choices: ["true", "false"] },
  vad_aggressiveness: { label: "Aggressiveness of new analyses" },
  min_silence_duration_ms: { label: "Shortest silence, ms" },
  min_speech_duration_ms: { label: "Shortest speech, ms" },
  silence_threshold_db: { label: "Loudest silence, dBFS" },
  speech_pad_start_ms: { label: "Padding before, ms" },
  speech_pad_end_ms: { label: "Padding after, ms" },
  detect_filler_words: { label: "Fillers are suggested", choices: ["true", "false"] },
  filler_words: { label: "Fillers, with commas between" },
};

/**
 * @typedef {object} Described
 * @property {number} version
 * @property {Record<string, any>} settings
 * @property {Record<string, any>} defaults
 * @property {string[]} read_only
 */

/** Show the settings, and keep what is changed. */
export async function bindSettings() {
  const form = byId("settings", HTMLFormElement);
  const place = byId("settings-fields", HTMLElement);
  /** @type {Described} */
  let shown;
  try {
    shown = await call("GET", "/admin/settings", {});
  } catch (error) {
    place.textContent = sentenceOf(error);
    return;
  }
  const draw = () => place.replaceChildren(...Object.keys(SETTINGS).map((name) => fieldOf(name, shown)));
  draw();
  place.removeAttribute("aria-busy");
  bindForm(form, async (values) => {
    const changed = Object.entries(values).filter(([name, text]) => text !== textOf(shown.settings[name]));
    if (changed.length === 0) return "Nothing was changed.";
    const settings = Object.fromEntries(changed.map(([name, text]) => [name, valueOf(shown.defaults[name], text)]));
    shown = await call("PATCH", "/admin/settings", {
      body: { settings },
      headers: { "If-Match": `"${shown.version}"` },
    });
    draw();
    return "The settings are saved.";
  });
}

/**
 * @param {string} name
 * @param {Described} shown
 * @returns {HTMLElement}
 */
function fieldOf(name, shown) {
  const field = copyOf("setting-field");
  const { label = name, choices } = SETTINGS[name] ?? {};
  const id = `setting-${name}`;
  const text = within(field, "label", HTMLLabelElement);
  text.textContent = label;
  text.htmlFor = id;
  const plain = within(field, "input", HTMLInputElement);
  /** @type {HTMLInputElement | HTMLSelectElement} */
  let input = plain;
  if (choices) {
    input = document.createElement("select");
    input.append(...choices.map((one) => new Option(one || "nobody", one)));
    plain.replaceWith(input);
  }
  input.id = id;
  input.name = name;
  input.value = textOf(shown.settings[name]);
  const isFixed = shown.read_only.includes(name);
  input.disabled = isFixed;
  const usual = textOf(shown.defaults[name]);
  const hint = within(field, "[data-hint]", HTMLElement);
  hint.id = `${id}-hint`;
  hint.textContent = isFixed ? "Set by the environment." : `Empty or ${usual || "nothing"} is usual.`;
  const error = within(field, ".field-error", HTMLElement);
  error.id = `${id}-error`;
  error.dataset.errorFor = name;
  input.setAttribute("aria-describedby", `${hint.id} ${error.id}`);
  return field;
}

/** @param {any} value */
function textOf(value) {
  return Array.isArray(value) ? value.join(", ") : String(value ?? "");
}

/**
 * What is sent for a text; null, which takes a change back, for an empty one.
 *
 * @param {any} usual
 * @param {string} text
 */
function valueOf(usual, text) {
  if (Array.isArray(usual))
    return text
      .split(",")
      .map((one) => one.trim())
      .filter(Boolean);
  if (typeof usual === "boolean") return text === "true";
  return text.trim() === "" && usual !== "" ? null : text.trim();
}
