/** The panel of what waits: each kind of suggestion with its number, to be heard and decided on as a whole. */

/** @import { Group } from "./groups.js" */
/** @import { ReviewStore } from "./store.js" */
/** @import { Segment } from "./types.js" */

import { byId, copyOf, show, within } from "../core/dom.js";
import { duration } from "../core/format.js";
import { groupsOf } from "./groups.js";
import { isLetter } from "./keys.js";

/**
 * @typedef {object} Callbacks
 * @property {(group: Group, action: "keep" | "remove") => void} decide
 * @property {(members: readonly Segment[]) => void} listen
 * @property {(pressed: KeyboardEvent) => string | null} commandOf
 * @property {(group: Group | null) => void} choose show its members alone; null shows everything again
 */

export class GroupPanel {
  /**
   * @param {ReviewStore} store
   * @param {Callbacks} callbacks
   */
  constructor(store, callbacks) {
    this.store = store;
    this.callbacks = callbacks;
    this.panel = byId("groups", HTMLElement);
    this.list = byId("group-list", HTMLElement);
    this.bar = byId("decided-bar", HTMLProgressElement);
    this.told = byId("decided-told", HTMLElement);
    /** @type {Group[]} */
    this.groups = [];
    /** The group whose members the list shows; empty for all segments. */
    this.chosen = "";
    this.isDue = false;
    this.list.addEventListener("click", (event) => this.#click(event));
    this.list.addEventListener("keydown", (event) => this.#key(event));
    store.addEventListener("segments", () => this.#requestDraw());
    store.addEventListener("tuning", () => this.#requestDraw());
    this.#draw();
  }

  /** Go to the first group, or to the one that is chosen. */
  focus() {
    const rows = [...this.list.children];
    const row = rows.find((one) => /** @type {HTMLElement} */ (one).dataset.key === this.chosen) ?? rows[0];
    if (row) within(row, "button", HTMLButtonElement).focus();
  }

  /** Show everything again. */
  leave() {
    if (!this.chosen) return;
    this.chosen = "";
    this.callbacks.choose(null);
    this.#draw();
  }

  #requestDraw() {
    if (this.isDue) return;
    this.isDue = true;
    // After the picture of the decision itself.
    setTimeout(() => this.#drawWhatIsDue());
  }

  #drawWhatIsDue() {
    if (!this.isDue) return;
    this.isDue = false;
    this.#draw();
  }

  #draw() {
    this.groups = groupsOf(this.store.segments);
    if (this.chosen && !this.groups.some((one) => one.key === this.chosen)) this.leave();
    const waiting = this.groups.reduce((sum, one) => sum + one.members.length, 0);
    const suggested = this.store.tuning.automatic.filter((one) => one.action === "suggest_remove").length;
    const total = Math.max(suggested, waiting);
    this.bar.max = Math.max(1, total);
    this.bar.value = total - waiting;
    this.told.textContent = `${(total - waiting).toLocaleString("en")} of ${total.toLocaleString("en")} decided`;
    show(this.panel, total > 0);
    this.#drawRows();
  }

  /** Rows that stay keep their elements, so that the focus stays too. */
  #drawRows() {
    const before = new Map([...this.list.children].map((one) => [/** @type {HTMLElement} */ (one).dataset.key, one]));
    const focused = /** @type {HTMLElement | null} */ (document.activeElement?.closest("#group-list > li") ?? null);
    const place = focused ? [...this.list.children].indexOf(focused) : -1;
    const rows = this.groups.map((group) => {
      const row = /** @type {HTMLElement} */ (before.get(group.key) ?? copyOf("group-row"));
      this.#fill(row, group);
      return row;
    });
    const isSame = rows.length === this.list.children.length && rows.every((row, n) => row === this.list.children[n]);
    if (isSame) return;
    this.list.replaceChildren(...rows);
    const wasDecided = focused !== null && !rows.includes(focused);
    const next = wasDecided ? (rows[Math.min(place, rows.length - 1)] ?? null) : focused;
    if (next) within(next, "button", HTMLButtonElement).focus();
    else if (wasDecided) byId("segments", HTMLElement).focus();
  }

  /**
   * @param {HTMLElement} row
   * @param {Group} group
   */
  #fill(row, { key, title, members, lengthMs }) {
    row.dataset.key = key;
    const name = `${title} × ${members.length.toLocaleString("en")}`;
    const open = within(row, "[data-open]", HTMLButtonElement);
    within(row, "[data-title]", HTMLElement).textContent = name;
    within(row, "[data-length]", HTMLElement).textContent = duration(lengthMs);
    open.setAttribute("aria-pressed", String(key === this.chosen));
    for (const [part, verb] of /** @type {[string, string][]} */ ([
      ["[data-listen]", "Listen to five of"],
      ["[data-keep]", "Keep all of"],
      ["[data-remove]", "Remove all of"],
    ])) {
      within(row, part, HTMLButtonElement).setAttribute("aria-label", `${verb} ${name}`);
    }
  }

  /**
   * @param {EventTarget | null} target
   * @returns {Group | undefined}
   */
  #groupOf(target) {
    const row = target instanceof Element ? target.closest("li") : null;
    return this.groups.find((one) => one.key === row?.dataset.key);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const group = this.#groupOf(event.target);
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!group || !button) return;
    if ("keep" in button.dataset) this.callbacks.decide(group, "keep");
    else if ("remove" in button.dataset) this.callbacks.decide(group, "remove");
    else if ("listen" in button.dataset) this.callbacks.listen(fiveOf(group.members));
    else this.#choose(group);
  }

  /** @param {Group} group */
  #choose(group) {
    if (this.chosen === group.key) {
      this.leave();
      return;
    }
    this.chosen = group.key;
    this.callbacks.choose(group);
    this.#draw();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // The keys are for who has gone to a kind by key, not for who has just clicked one of its buttons.
    if (!isName(event.target)) return;
    // A key that comes before the last decision is drawn means the kind to which the focus is about to go.
    this.#drawWhatIsDue();
    const focused = document.activeElement;
    const group = isName(focused) ? this.#groupOf(focused) : undefined;
    if (!group) {
      // None is left, and what was meant for a kind is not to be done to the selected segment.
      event.stopPropagation();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const isLetterOff = isLetter(event) && document.documentElement.dataset.letterKeys === "off";
    const command = isLetterOff ? null : this.callbacks.commandOf(event);
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (step) this.#step(focused, step);
    else if (command === "remove" || command === "keep") this.callbacks.decide(group, command);
    else if (event.key.toLowerCase() === "l" && !isLetterOff) this.callbacks.listen(fiveOf(group.members));
    else if (event.key === "Escape") {
      this.leave();
      byId("segments", HTMLElement).focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * @param {Element | null} focused
   * @param {number} step
   */
  #step(focused, step) {
    const rows = [...this.list.children];
    const row = focused?.closest("li");
    const next = row ? rows[rows.indexOf(row) + step] : undefined;
    if (next) within(next, "button", HTMLButtonElement).focus();
  }
}

/**
 * @param {EventTarget | null} target
 * @returns {boolean}
 */
function isName(target) {
  return target instanceof Element && target.closest("[data-open]") !== null;
}

/**
 * Five of a group, spread over it.
 *
 * @param {readonly Segment[]} members
 * @returns {Segment[]}
 */
export function fiveOf(members) {
  const wanted = Math.min(5, members.length);
  return Array.from({ length: wanted }, (_, number) => {
    const place = Math.floor((number * members.length) / wanted);
    return /** @type {Segment} */ (members[place]);
  });
}
