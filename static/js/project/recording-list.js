/** All recordings of a project: searched, sorted, filtered, chosen, as a list or as cards. */

/** @import { Arrangement } from "./arranging.js" */
/** @import { RecordingCard } from "./recording-card.js" */

import { byId, show } from "../core/dom.js";
import { count } from "../core/format.js";
import { arranged } from "./arranging.js";

const VIEW = "clipflow.recordings-view";

/** Fires `choice` when others are chosen. */
export class RecordingList extends EventTarget {
  /** @param {HTMLElement} host */
  constructor(host) {
    super();
    this.host = host;
    /** By the id of their recording, in the order the server gave. @type {Map<string, RecordingCard>} */
    this.cards = new Map();
    /** @type {Arrangement} */
    this.arrangement = { text: "", standing: "", order: "newest" };
    /** The card that was chosen last, where a stretch of choices begins. @type {RecordingCard | null} */
    this.anchor = null;
    this.isDue = false;
    this.#wire();
  }

  /** @param {RecordingCard} card */
  add(card) {
    if (this.cards.has(card.recording.id)) return;
    this.cards.set(card.recording.id, card);
    this.arrangeSoon();
  }

  /** @param {RecordingCard} card */
  remove(card) {
    this.cards.delete(card.recording.id);
    this.arrangeSoon();
    this.dispatchEvent(new Event("choice"));
  }

  /** The cards that are chosen and shown. */
  get chosen() {
    return this.shown.filter((one) => one.choice.checked);
  }

  /** The cards that are shown, in their order. */
  get shown() {
    const entries = [...this.cards.values()].map((card) => ({ ...card.entry, card }));
    return arranged(entries, this.arrangement).map((one) => one.card);
  }

  /** Nothing is chosen any more. */
  chooseNone() {
    for (const card of this.cards.values()) card.choice.checked = false;
    this.dispatchEvent(new Event("choice"));
  }

  /** Show everything in its order before the next picture. */
  arrangeSoon() {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      this.#arrange();
    });
  }

  #arrange() {
    const wanted = this.shown.map((card) => card.element);
    // Moving what has the focus would take the focus away.
    const isSame =
      wanted.length === this.host.children.length && wanted.every((one, n) => one === this.host.children[n]);
    const focused = document.activeElement;
    if (focused instanceof HTMLElement && focused.matches("[data-title-input]") && this.host.contains(focused)) {
      // Whoever is writing a title is not disturbed; the order can wait.
      if (!isSame) focused.addEventListener("blur", () => this.arrangeSoon(), { once: true });
      this.#appendNew(wanted);
    } else if (!isSame) {
      this.host.replaceChildren(...wanted);
      if (focused instanceof HTMLElement && this.host.contains(focused)) focused.focus();
    }
    const total = this.cards.size;
    const isFiltered = wanted.length < total;
    byId("recordings-count", HTMLElement).textContent = isFiltered
      ? `${wanted.length} of ${count(total, "recording")}`
      : count(total, "recording");
    show(byId("no-match", HTMLElement), total > 0 && wanted.length === 0);
    show(byId("recordings-tools", HTMLElement), total > 0);
  }

  /** @param {HTMLElement[]} wanted */
  #appendNew(wanted) {
    for (const one of wanted) if (!this.host.contains(one)) this.host.append(one);
  }

  #wire() {
    const tools = byId("recordings-tools", HTMLFormElement);
    tools.addEventListener("submit", (event) => event.preventDefault());
    tools.addEventListener("input", () => {
      const values = new FormData(tools);
      this.arrangement = {
        text: String(values.get("text") ?? ""),
        standing: String(values.get("standing") ?? ""),
        order: /** @type {Arrangement["order"]} */ (String(values.get("order") ?? "newest")),
      };
      this.#showView(values.get("view") === "list" ? "list" : "grid");
      this.#arrange();
      this.dispatchEvent(new Event("choice"));
    });
    this.#showView(localStorage.getItem(VIEW) === "list" ? "list" : "grid");
    this.host.addEventListener("click", (event) => this.#choose(event));
  }

  /** @param {"grid" | "list"} view */
  #showView(view) {
    this.host.dataset.view = view;
    localStorage.setItem(VIEW, view);
    const choice = document.querySelector(`#recordings-tools [name=view][value=${view}]`);
    if (choice instanceof HTMLInputElement) choice.checked = true;
  }

  /** @param {MouseEvent} event */
  #choose(event) {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || !("choose" in box.dataset)) return;
    const { shown } = this;
    const card = shown.find((one) => one.choice === box) ?? null;
    const places = [card, this.anchor].map((one) => (one ? shown.indexOf(one) : -1));
    if (event.shiftKey && places.every((place) => place >= 0)) {
      for (const one of shown.slice(Math.min(...places), Math.max(...places) + 1)) one.choice.checked = box.checked;
    }
    this.anchor = card;
    this.dispatchEvent(new Event("choice"));
  }
}
