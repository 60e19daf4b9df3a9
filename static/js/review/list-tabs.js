/** The tabs of the list: segments, transcript, notes and, on a phone, suggestions one by one. */

import { byId, show } from "../core/dom.js";

/** @typedef {"segments" | "transcript" | "notes" | "cards"} TabName */

/** @type {Record<TabName, string>} */
const PANELS = { segments: "segment-part", transcript: "transcript", notes: "notes", cards: "cards" };
/** As the style shows the third tab. */
const PHONE = "(max-width: 40rem), (pointer: coarse) and (max-height: 30rem)";

export class ListTabs {
  constructor() {
    /** @type {TabName} */
    this.shown = "segments";
    /** What is called when a tab is shown. @type {Partial<Record<TabName, () => void>>} */
    this.onShown = {};
    for (const name of this.#names) {
      const tab = this.#tab(name);
      tab.addEventListener("click", () => this.show(name));
      tab.addEventListener("keydown", (event) => {
        const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
        if (step === 0) return;
        event.preventDefault();
        event.stopPropagation();
        const names = this.#names.filter((one) => this.#tab(one).offsetParent !== null);
        const place = (names.indexOf(this.shown) + step + names.length) % names.length;
        this.show(names[place] ?? "segments");
        this.#tab(this.shown).focus();
      });
    }
    // A phone that is turned, or a window that is made larger, has no cards.
    window.matchMedia(PHONE).addEventListener("change", ({ matches }) => {
      if (!matches && this.shown === "cards") this.show("segments");
    });
  }

  /** Whether suggestions are shown one by one here. */
  get hasCards() {
    return window.matchMedia(PHONE).matches;
  }

  /** @param {TabName} name */
  show(name) {
    this.shown = name;
    for (const one of this.#names) {
      const isShown = one === name;
      show(byId(PANELS[one], HTMLElement), isShown);
      this.#tab(one).setAttribute("aria-selected", String(isShown));
      this.#tab(one).tabIndex = isShown ? 0 : -1;
    }
    byId("review", HTMLElement).dataset.list = name;
    this.onShown[name]?.();
  }

  get #names() {
    return /** @type {TabName[]} */ (Object.keys(PANELS));
  }

  /** @param {TabName} name */
  #tab(name) {
    return byId(`tab-${name}`, HTMLButtonElement);
  }
}
