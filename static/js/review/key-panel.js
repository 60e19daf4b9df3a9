/** The keys, to look at and to change: which map, and key by key. */

/** @import { Choice, Key, KeyedCommand, KeyMap, KeyTable } from "./keys.js" */

import { call } from "../core/api.js";
import { announce, byId, copyOf, show, within } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";
import { isGuest } from "../core/permissions.js";
import { choiceOf, commandsOf, keyMapOf, keysOf, mayBeChosen, spellingOf, withKey } from "./keys.js";

const GUESTS_CHOICE = "clipflow.keys";

export class KeyPanel {
  /**
   * @param {KeyTable} table
   * @param {any} stored what the person has chosen; null where that was never asked
   */
  constructor(table, stored) {
    this.table = table;
    this.choice = choiceOf(isGuest() ? choiceOfGuest() : stored);
    this.dialog = byId("keys-dialog", HTMLDialogElement);
    this.message = byId("keys-message", HTMLElement);
    this.select = byId("keys-map", HTMLSelectElement);
    /** The command that waits for its new key. @type {string | null} */
    this.waiting = null;
    /** @type {KeyMap} */
    this.map = new Map();
    this.#bind();
    show(byId("keys-notice", HTMLElement), !stored && !isGuest());
    this.#show();
  }

  /** Show all keys. */
  open() {
    this.dialog.showModal();
  }

  /**
   * The command of a key.
   *
   * @param {Key} pressed
   * @returns {string | null} null for a key that is the browser's own
   */
  commandOf(pressed) {
    return this.map.get(spellingOf(pressed)) ?? null;
  }

  /**
   * The first key of a command.
   *
   * @param {string} name
   * @returns {string} empty for one without a key
   */
  firstKeyOf(name) {
    const command = commandsOf(this.table).find((one) => one.name === name);
    return command ? (keysOf(command, this.choice)[0] ?? "") : "";
  }

  #bind() {
    this.select.addEventListener("change", () => {
      const map = this.select.value === "clipflow" ? "clipflow" : "editor";
      void this.#choose({ ...this.choice, map });
    });
    byId("keys-reset", HTMLButtonElement).addEventListener("click", () => {
      void this.#choose({ ...this.choice, own: {} }, "All keys are those of the map again.");
    });
    for (const button of document.querySelectorAll("#keys-notice [data-map]")) {
      button.addEventListener("click", () => {
        const map = /** @type {HTMLElement} */ (button).dataset.map === "clipflow" ? "clipflow" : "editor";
        show(byId("keys-notice", HTMLElement), false);
        byId("segments", HTMLElement).focus({ preventScroll: true });
        void this.#choose({ ...this.choice, map });
      });
    }
    byId("keys-groups", HTMLElement).addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-change]") : null;
      if (button instanceof HTMLElement) this.#waitFor(button.dataset.change ?? "");
    });
    this.dialog.addEventListener("keydown", (event) => this.#take(event));
    this.dialog.addEventListener("close", () => this.#waitFor(null));
  }

  /** @param {string | null} name */
  #waitFor(name) {
    this.waiting = name;
    const command = commandsOf(this.table).find((one) => one.name === name);
    this.#tell(command ? `Press the new key for “${command.meaning}”; Esc leaves it as it is.` : "");
    for (const row of this.dialog.querySelectorAll("[data-command-row]")) {
      row.classList.toggle("is-waiting", /** @type {HTMLElement} */ (row).dataset.commandRow === name);
    }
  }

  /** @param {KeyboardEvent} event */
  #take(event) {
    const name = this.waiting;
    if (!name) return;
    const key = spellingOf(event);
    if (key === "Tab" || key === "Shift Tab") return;
    event.preventDefault();
    event.stopPropagation();
    if (key === "Esc") {
      this.#waitFor(null);
      return;
    }
    if (!mayBeChosen(key)) {
      // Ctrl, Alt and Shift alone are on the way to a key.
      if (event.key.length > 1 && !event.key.startsWith("F")) return;
      this.#tell(`${key} is the browser's own; press another key.`);
      return;
    }
    const { choice, loser } = withKey(this.table, this.choice, name, key);
    this.#waitFor(null);
    const left = loser ? keysOf(loser, choice) : [];
    const rest = !loser
      ? ""
      : left.length > 0
        ? ` “${loser.meaning}” has ${left.join(", ")}.`
        : ` “${loser.meaning}” has no key now.`;
    void this.#choose(choice, `${key} is chosen.${rest}`);
  }

  /**
   * @param {Choice} choice
   * @param {string} [told]
   */
  async #choose(choice, told = "") {
    const before = this.choice;
    this.choice = choice;
    this.#show();
    this.#tell(told);
    try {
      await keepChoice(choice);
    } catch (error) {
      this.choice = before;
      this.#show();
      this.#tell(`The keys are as before: ${sentenceOf(error)}`);
    }
  }

  /** @param {string} sentence */
  #tell(sentence) {
    this.message.textContent = sentence;
    if (sentence) announce(sentence);
  }

  #show() {
    this.map = keyMapOf(this.table, this.choice);
    this.select.value = this.choice.map;
    show(byId("keys-reset", HTMLElement), Object.keys(this.choice.own).length > 0);
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.change;
    byId("keys-groups", HTMLElement).replaceChildren(
      ...this.table.groups.map(({ title, commands }) => this.#group(title, commands)),
    );
    if (focused) /** @type {HTMLElement | null} */ (this.dialog.querySelector(`[data-change="${focused}"]`))?.focus();
    this.#showHints();
  }

  /**
   * @param {string} title
   * @param {KeyedCommand[]} commands
   * @returns {HTMLElement}
   */
  #group(title, commands) {
    const group = copyOf("keys-group");
    within(group, "[data-title]", HTMLElement).textContent = title;
    within(group, "ul", HTMLElement).append(...commands.map((one) => this.#row(one)));
    return group;
  }

  /**
   * @param {KeyedCommand} command
   * @returns {HTMLElement}
   */
  #row(command) {
    const row = copyOf("keys-row");
    row.dataset.commandRow = command.name;
    const keys = keysOf(command, this.choice).map((one) => {
      const key = document.createElement("kbd");
      key.textContent = one;
      return key;
    });
    within(row, "[data-keys]", HTMLElement).replaceChildren(...keys);
    within(row, "[data-meaning]", HTMLElement).textContent = command.meaning;
    const change = within(row, "button", HTMLButtonElement);
    if (command.name === "close") change.remove();
    change.dataset.change = command.name;
    change.setAttribute("aria-label", `Change the key for: ${command.meaning}`);
    return row;
  }

  /** Every button says what its key is when a pointer rests on it. */
  #showHints() {
    const byName = new Map(commandsOf(this.table).map((one) => [one.name, one]));
    for (const element of document.querySelectorAll("[data-hint]")) {
      const { hint, command, keyOf } = /** @type {HTMLElement} */ (element).dataset;
      const found = byName.get(keyOf ?? command ?? "");
      const [key] = found ? keysOf(found, this.choice) : [];
      /** @type {HTMLElement} */ (element).title = key ? `${hint} (${key})` : (hint ?? "");
    }
  }
}

/**
 * A person's choice goes along to every browser; a guest's stays in this one.
 *
 * @param {Choice} choice
 */
async function keepChoice(choice) {
  if (isGuest()) localStorage.setItem(GUESTS_CHOICE, JSON.stringify(choice));
  else await call("PATCH", "/auth/me", { body: { settings: { review_keys: choice } } });
}

/** @returns {any} null where a guest has chosen nothing */
function choiceOfGuest() {
  try {
    return JSON.parse(localStorage.getItem(GUESTS_CHOICE) ?? "null");
  } catch {
    return null;
  }
}
