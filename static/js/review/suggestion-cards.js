/** Suggestions one by one on cards, for hands that hold a phone: picture, two seconds of sound, two large buttons, swipes. */

/** @import { Cursor } from "./cursor.js" */
/** @import { Deciding } from "./deciding.js" */
/** @import { Peaks } from "./peaks.js" */
/** @import { ReviewStore } from "./store.js" */
/** @import { Segment } from "./types.js" */

import { byId, show } from "../core/dom.js";
import { moment } from "../core/format.js";
import { readPalette } from "./colours.js";
import { drawScene } from "./drawing.js";
import { describe } from "./labels.js";
import { NO_MARKS } from "./ranges.js";
import { indexAt, isUndecided } from "./segments.js";

const SHORTEST_VIEW_MS = 2000;
const BESIDE_MS = 500;
const SWIPE_PX = 80;
const CLICK_PX = 8;

export class SuggestionCards {
  /**
   * @param {ReviewStore} store
   * @param {Cursor} cursor
   * @param {Deciding} deciding
   */
  constructor(store, cursor, deciding) {
    this.store = store;
    this.cursor = cursor;
    this.deciding = deciding;
    this.panel = byId("cards", HTMLElement);
    this.card = byId("suggestion-card", HTMLElement);
    this.canvas = byId("card-canvas", HTMLCanvasElement);
    /** @type {Peaks | null} */
    this.peaks = null;
    /** Where a finger went down; null while none is. @type {number | null} */
    this.downX = null;
    this.isDue = false;
    store.addEventListener("segments", () => this.#drawSoon());
    store.addEventListener("selection", () => this.#drawSoon());
    new ResizeObserver(() => this.#drawSoon()).observe(this.card);
    byId("card-next", HTMLButtonElement).addEventListener("click", () => cursor.goToSuggestion());
    this.#bindSwipes();
  }

  /** @param {Peaks} peaks */
  setPeaks(peaks) {
    this.peaks = peaks;
    this.#drawSoon();
  }

  /** Go to the first suggestion from here on. */
  begin() {
    const { segments, selectedMs } = this.store;
    const found = segments.find((one) => isUndecided(one) && one.end_ms > selectedMs) ?? segments.find(isUndecided);
    if (found) this.cursor.choose(found.start_ms);
    this.#drawSoon();
  }

  /**
   * Decide on the suggestion of the card, and go to the next.
   *
   * @param {"keep" | "remove"} action
   */
  decide(action) {
    const { selected } = this.store;
    if (!selected || !isUndecided(selected)) return;
    this.store.mark(NO_MARKS);
    this.deciding.decideAll([selected], action, moment(selected.start_ms));
    if (this.store.segments.some(isUndecided)) this.cursor.goToSuggestion();
  }

  #drawSoon() {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      if (!this.panel.hidden) this.#draw();
    });
  }

  #draw() {
    const { segments, selected, tuning } = this.store;
    const waiting = segments.filter(isUndecided);
    const place = selected ? waiting.indexOf(selected) : -1;
    const suggested = tuning.automatic.filter((one) => one.action === "suggest_remove").length;
    const total = Math.max(suggested, waiting.length);
    const number = total - waiting.length + Math.max(0, place) + 1;
    byId("card-told", HTMLElement).textContent =
      waiting.length === 0 ? "Everything is decided." : `${Math.min(number, total)} of ${total}`;
    show(byId("card-body", HTMLElement), waiting.length > 0);
    if (waiting.length === 0 || !selected) return;
    byId("card-what", HTMLElement).textContent =
      `${describe(selected, "")} · ${selected.reason} · ${((selected.end_ms - selected.start_ms) / 1000).toFixed(1)} s`;
    for (const id of ["card-keep", "card-remove"]) byId(id, HTMLButtonElement).disabled = place < 0;
    this.#drawWave(selected);
  }

  /** @param {Segment} segment */
  #drawWave(segment) {
    const context = this.canvas.getContext("2d", { alpha: false });
    if (!context) return;
    const ratio = window.devicePixelRatio;
    const [widthPx, heightPx] = [this.canvas.clientWidth, this.canvas.clientHeight];
    this.canvas.width = Math.round(widthPx * ratio);
    this.canvas.height = Math.round(heightPx * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const lengthMs = Math.max(SHORTEST_VIEW_MS, segment.end_ms - segment.start_ms + 2 * BESIDE_MS);
    const middleMs = (segment.start_ms + segment.end_ms) / 2;
    const { durationMs, segments } = this.store;
    const view = { startMs: middleMs - lengthMs / 2, msPerPx: lengthMs / Math.max(1, widthPx), widthPx, durationMs };
    drawScene(context, {
      view,
      heightPx,
      segments,
      selected: indexAt(segments, segment.start_ms),
      peaks: this.peaks,
      palette: readPalette(context),
      marks: NO_MARKS,
      flashed: [],
      clockLabel: (ms) => moment(ms),
      timecodeLabel: null,
    });
  }

  #bindSwipes() {
    byId("card-keep", HTMLButtonElement).addEventListener("click", () => this.decide("keep"));
    byId("card-remove", HTMLButtonElement).addEventListener("click", () => this.decide("remove"));
    const { card } = this;
    card.addEventListener("pointerdown", (event) => {
      if (event.target instanceof Element && event.target.closest("button")) return;
      this.downX = event.clientX;
      card.setPointerCapture(event.pointerId);
    });
    card.addEventListener("pointermove", (event) => {
      if (this.downX === null) return;
      const x = event.clientX - this.downX;
      card.style.transform = Math.abs(x) > CLICK_PX ? `translateX(${x}px) rotate(${x / 40}deg)` : "";
      card.dataset.swipe = x > SWIPE_PX ? "keep" : x < -SWIPE_PX ? "remove" : "";
    });
    const end = (/** @type {PointerEvent} */ event) => {
      if (this.downX === null) return;
      const x = event.type === "pointercancel" ? 0 : event.clientX - this.downX;
      this.downX = null;
      card.style.transform = "";
      card.dataset.swipe = "";
      if (Math.abs(x) >= SWIPE_PX) this.decide(x > 0 ? "keep" : "remove");
    };
    card.addEventListener("pointerup", end);
    card.addEventListener("pointercancel", end);
  }
}
