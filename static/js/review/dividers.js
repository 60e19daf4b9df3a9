/** Dividers between picture, list and waveform: dragged or moved by key, and remembered in this browser. */

import { byId } from "../core/dom.js";

const STORED = "clipflow.review-layout";
const STEP = 2;

/**
 * @typedef {object} Divider
 * @property {string} id of its element
 * @property {string} variable of the style that it changes
 * @property {"x" | "y"} axis along which it moves
 * @property {number} usual
 * @property {[number, number]} range
 * @property {(place: DOMRect, event: PointerEvent) => number} valueAt
 */

/** @type {Divider[]} */
const DIVIDERS = [
  {
    id: "divider-list",
    variable: "--stage-share",
    axis: "x",
    usual: 55,
    range: [25, 75],
    // Percent of the width that the picture takes.
    valueAt: (place, event) => (100 * (event.clientX - place.left)) / place.width,
  },
  {
    id: "divider-wave",
    variable: "--wave-height",
    axis: "y",
    usual: 9,
    range: [5, 26],
    // Height of the waveform in the size of the type; what lies below it stays as it is.
    valueAt: (place, event) => (place.bottom - event.clientY) / rem() - 4.5,
  },
];

/** Let all dividers be moved, and put them where they were last. */
export function bindDividers() {
  const review = byId("review", HTMLElement);
  const stored = readStored();
  for (const divider of DIVIDERS) bind(divider, review, stored);
}

/**
 * @param {Divider} divider
 * @param {HTMLElement} review
 * @param {Record<string, number>} stored
 */
function bind({ id, variable, axis, usual, range, valueAt }, review, stored) {
  const element = byId(id, HTMLElement);
  const [lowest, highest] = range;
  element.setAttribute("aria-valuemin", String(lowest));
  element.setAttribute("aria-valuemax", String(highest));
  let value = stored[variable] ?? usual;
  const set = (/** @type {number} */ wanted) => {
    value = Math.min(highest, Math.max(lowest, wanted));
    review.style.setProperty(variable, String(Math.round(10 * value) / 10));
    element.setAttribute("aria-valuenow", String(Math.round(value)));
  };
  const keep = () => localStorage.setItem(STORED, JSON.stringify({ ...readStored(), [variable]: value }));
  set(value);
  element.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    if (element.hasPointerCapture(event.pointerId)) set(valueAt(review.getBoundingClientRect(), event));
  });
  element.addEventListener("pointerup", keep);
  element.addEventListener("dblclick", () => {
    set(usual);
    keep();
  });
  const [less, more] = axis === "x" ? ["ArrowLeft", "ArrowRight"] : ["ArrowDown", "ArrowUp"];
  element.addEventListener("keydown", (event) => {
    if (event.key !== less && event.key !== more) return;
    event.preventDefault();
    event.stopPropagation();
    set(value + (event.key === more ? STEP : -STEP));
    keep();
  });
}

/** @returns {Record<string, number>} */
function readStored() {
  try {
    const stored = JSON.parse(localStorage.getItem(STORED) ?? "{}");
    const numbers = Object.entries(stored ?? {}).filter(([, one]) => Number.isFinite(one));
    return Object.fromEntries(/** @type {[string, number][]} */ (numbers));
  } catch {
    return {};
  }
}

/** @returns {number} */
function rem() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize);
}
