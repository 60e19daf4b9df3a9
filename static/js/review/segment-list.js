/** The list of segments: however many there are, only the rows in view exist. */

/** @import { Filter } from "./segments.js" */
/** @import { ReviewStore } from "./store.js" */
/** @import { Segment } from "./types.js" */

import { announce, byId } from "../core/dom.js";
import { count, moment } from "../core/format.js";
import { Flash } from "./flash.js";
import { groupWith } from "./groups.js";
import { filtered, indexAt } from "./segments.js";
import { actionName, chipOf, describe } from "./labels.js";

/** A finger needs more room than a pointer. */
const ROW_PX = window.matchMedia("(pointer: coarse)").matches ? 44 : 28;
const SPARE_ROWS = 6;

/**
 * @typedef {object} Callbacks
 * @property {(ms: number) => void} select
 * @property {() => void} play
 * @property {(segment: Segment) => string} textOf what is said in it
 * @property {(segment: Segment) => string} makerOf who else has decided on it; empty where nobody has
 */

export class SegmentList {
  /**
   * @param {ReviewStore} store
   * @param {Callbacks} callbacks
   */
  constructor(store, callbacks) {
    this.store = store;
    this.callbacks = callbacks;
    this.host = byId("segments", HTMLElement);
    this.space = byId("segments-space", HTMLElement);
    this.empty = byId("segments-empty", HTMLElement);
    /** @type {Filter} */
    this.filter = { type: "", action: "", undecidedFirst: false, group: "" };
    /** Starts of the segments that are selected together; empty while one alone is. @type {Set<number>} */
    this.marked = new Set();
    /** Numbers of the segments in the order of the list. @type {number[]} */
    this.order = [];
    /** @type {HTMLElement[]} */
    this.rows = [];
    this.isDue = false;
    /** The segment that is being played; -1 while nothing is. */
    this.playingIndex = -1;
    this.flash = new Flash(store, () => this.#requestDraw());
    this.host.addEventListener("scroll", () => this.#requestDraw(), { passive: true });
    this.space.addEventListener("click", (event) => this.#pick(event, false));
    this.space.addEventListener("dblclick", (event) => this.#pick(event, true));
    store.addEventListener("segments", () => this.refresh());
    store.addEventListener("selection", () => this.#requestDraw());
    new ResizeObserver(() => this.#requestDraw()).observe(this.host);
    this.refresh();
  }

  /** @param {Filter} filter */
  setFilter(filter) {
    this.filter = filter;
    // Nothing that is not shown is to be decided on.
    this.marked.clear();
    this.refresh();
    this.host.scrollTop = 0;
    this.revealSelection();
  }

  /** Look at all segments again. */
  refresh() {
    const { segments } = this.store;
    const group = this.filter.group ? groupWith(segments, this.filter.group) : undefined;
    this.order = filtered(segments, this.filter, group ? new Set(group.members) : null);
    this.space.style.height = `${this.order.length * ROW_PX}px`;
    this.space.dataset.rows = String(this.order.length);
    this.empty.hidden = this.order.length > 0;
    this.#requestDraw();
  }

  /**
   * The segment before or after the selected one in the order of the list.
   *
   * @param {1 | -1} direction
   * @returns {Segment | undefined} undefined at either end
   */
  neighbour(direction) {
    const { selectedIndex, segments } = this.store;
    const place = this.order.indexOf(selectedIndex);
    if (place >= 0) return segments[this.order[place + direction] ?? -1];
    // The selected one is not shown here: the nearest that is.
    const candidates = this.order.filter((one) => (direction > 0 ? one > selectedIndex : one < selectedIndex));
    const nearest = direction > 0 ? Math.min(...candidates) : Math.max(...candidates);
    return segments[nearest];
  }

  /**
   * Mark what is being played, and keep it in view.
   *
   * @param {number} ms
   * @param {boolean} isPlaying
   */
  setPlayhead(ms, isPlaying) {
    const index = isPlaying ? indexAt(this.store.segments, ms) : -1;
    if (index === this.playingIndex) return;
    this.playingIndex = index;
    if (isPlaying) this.#reveal(index);
    this.#requestDraw();
  }

  /** Select all that the list shows. */
  markAll() {
    this.marked = new Set(this.order.map((number) => this.store.segments[number]?.start_ms ?? -1));
    this.#tellMarked();
  }

  /** Select one segment alone again. */
  unmark() {
    if (this.marked.size === 0) return;
    this.marked.clear();
    this.#requestDraw();
  }

  /** The segments that are selected together, in the order of time. */
  get markedSegments() {
    return this.marked.size > 0 ? this.store.segments.filter((one) => this.marked.has(one.start_ms)) : [];
  }

  #tellMarked() {
    announce(`${count(this.marked.size, "segment")} selected`);
    this.#requestDraw();
  }

  /** Bring the selected row into view. */
  revealSelection() {
    this.#reveal(this.store.selectedIndex);
  }

  /** @param {number} index */
  #reveal(index) {
    const place = this.order.indexOf(index);
    if (place < 0) return;
    const { scrollTop, clientHeight } = this.host;
    const top = place * ROW_PX;
    if (top < scrollTop) this.host.scrollTop = top;
    else if (top + ROW_PX > scrollTop + clientHeight) this.host.scrollTop = top + ROW_PX - clientHeight;
  }

  #requestDraw() {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      this.#draw();
    });
  }

  #draw() {
    const first = Math.max(0, Math.floor(this.host.scrollTop / ROW_PX) - SPARE_ROWS);
    const wanted = Math.ceil(this.host.clientHeight / ROW_PX) + 2 * SPARE_ROWS;
    const shown = Math.max(0, Math.min(wanted, this.order.length - first));
    while (this.rows.length < shown) this.rows.push(this.#addRow());
    this.host.removeAttribute("aria-activedescendant");
    for (const [number, row] of this.rows.entries()) {
      row.hidden = number >= shown;
      row.removeAttribute("id");
      if (number < shown) this.#fill(row, first + number);
    }
  }

  /** @returns {HTMLElement} */
  #addRow() {
    const row = document.createElement("div");
    row.className = "segment-row";
    row.style.height = `${ROW_PX}px`;
    row.setAttribute("role", "option");
    for (const name of ["time", "what", "chip", "length", "action"]) {
      const cell = document.createElement("span");
      cell.className = name;
      row.append(cell);
    }
    this.space.append(row);
    return row;
  }

  /**
   * @param {HTMLElement} row
   * @param {number} place
   */
  #fill(row, place) {
    const number = this.order[place] ?? -1;
    const segment = this.store.segments[number];
    if (!segment) return;
    const isSelected = number === this.store.selectedIndex;
    const isMarked = this.marked.has(segment.start_ms);
    row.style.transform = `translateY(${place * ROW_PX}px)`;
    row.dataset.start = String(segment.start_ms);
    row.dataset.action = segment.action;
    row.dataset.decidedBy = segment.decided_by;
    row.setAttribute("aria-selected", String(isSelected || isMarked));
    row.classList.toggle("is-marked", isMarked);
    row.classList.toggle("is-flashed", this.flash.holds(segment));
    row.setAttribute("aria-posinset", String(place + 1));
    row.setAttribute("aria-setsize", String(this.order.length));
    const [time, what, chip, length, action] = row.children;
    setText(time, moment(segment.start_ms));
    const maker = this.callbacks.makerOf(segment);
    setText(what, describe(segment, this.callbacks.textOf(segment)) + (maker && ` · ${maker}`));
    setText(chip, chipOf(segment));
    row.title = segment.note ?? segment.reason;
    setText(length, `${((segment.end_ms - segment.start_ms) / 1000).toFixed(2)} s`);
    setText(action, actionName(segment));
    row.classList.toggle("is-playing", number === this.playingIndex);
    if (!isSelected) return;
    row.id = "selected-segment";
    this.host.setAttribute("aria-activedescendant", row.id);
  }

  /**
   * @param {MouseEvent} event
   * @param {boolean} isPlayed
   */
  #pick(event, isPlayed) {
    const row = event.target instanceof Element ? event.target.closest(".segment-row") : null;
    if (!(row instanceof HTMLElement)) return;
    const start = Number(row.dataset.start);
    if (event.shiftKey) {
      this.#markUpTo(start);
      return;
    }
    if (event.ctrlKey || event.metaKey) {
      this.#toggleMark(start);
      return;
    }
    this.unmark();
    this.callbacks.select(start);
    if (isPlayed) this.callbacks.play();
  }

  /**
   * Select everything between the selected row and another one.
   *
   * @param {number} startMs
   */
  #markUpTo(startMs) {
    const { segments, selectedIndex } = this.store;
    const end = this.order.indexOf(indexAt(segments, startMs));
    const selected = this.order.indexOf(selectedIndex);
    // Where the selected one is not shown, the stretch is the one that was clicked.
    const begin = selected < 0 ? end : selected;
    const [from, to] = [Math.min(begin, end), Math.max(begin, end)];
    this.marked = new Set(this.order.slice(from, to + 1).map((number) => segments[number]?.start_ms ?? -1));
    document.getSelection()?.removeAllRanges();
    this.#tellMarked();
  }

  /** @param {number} startMs */
  #toggleMark(startMs) {
    const { selected } = this.store;
    if (this.marked.size === 0 && selected) this.marked.add(selected.start_ms);
    if (!this.marked.delete(startMs)) this.marked.add(startMs);
    this.#tellMarked();
  }
}

/**
 * @param {Element | undefined} element
 * @param {string} text
 */
function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}
