/** Where a review was left: playhead, view of the waveform, tab, filter, and what can be undone. */

/** @import { Filter } from "./segments.js" */
/** @import { Step } from "./store.js" */

import { withoutSegments } from "./store.js";

const PREFIX = "clipflow.place.";
/** So many reviews are remembered; the oldest make room. */
const MOST_PLACES = 100;
const MOST_STEPS = 200;

/**
 * @typedef {object} Place
 * @property {number} ms
 * @property {{startMs: number, msPerPx: number}} view
 * @property {boolean} isTranscript
 * @property {Filter} filter
 *
 * @typedef {object} History
 * @property {number} version of the segments that it belongs to
 * @property {Step[]} done
 * @property {Step[]} undone
 */

export class LastPlace {
  /** @param {string} analysisId */
  constructor(analysisId) {
    this.key = `${PREFIX}${document.documentElement.dataset.userId}.${analysisId}`;
  }

  /** @returns {(Place & {history?: History}) | null} null where nothing is remembered */
  read() {
    try {
      const stored = JSON.parse(localStorage.getItem(this.key) ?? "null");
      return stored && Number.isFinite(stored.ms) ? stored : null;
    } catch {
      return null;
    }
  }

  /**
   * @param {Place} place
   * @param {History} history
   */
  keep(place, { version, done, undone }) {
    const history = { version, done: storable(done), undone: storable(undone) };
    try {
      localStorage.setItem(this.key, JSON.stringify({ ...place, history, keptAt: Date.now() }));
      forgetOldest();
    } catch {
      // A browser that keeps nothing begins at the start the next time.
    }
  }
}

/**
 * The moment that an address names, as `?t=754.2` or `?t=12:34.2`.
 *
 * @param {string} query
 * @returns {number | null} milliseconds; null where none is named
 */
export function momentInAddress(query) {
  const text = new URLSearchParams(query).get("t") ?? "";
  if (!/^\d+(?::\d{1,2}){0,2}(?:\.\d+)?s?$/u.test(text)) return null;
  const seconds = text
    .replace("s", "")
    .split(":")
    .reduce((sum, part) => 60 * sum + Number(part), 0);
  return Math.round(1000 * seconds);
}

/**
 * The last steps; of a tuning its options, because there is no room for all segments.
 *
 * @param {Step[]} steps the newest last
 * @returns {Step[]}
 */
function storable(steps) {
  return steps.slice(-MOST_STEPS).map(withoutSegments);
}

function forgetOldest() {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  if (keys.length <= MOST_PLACES) return;
  const keptAt = (/** @type {string} */ key) => JSON.parse(localStorage.getItem(key) ?? "{}").keptAt ?? 0;
  const oldest = keys.sort((a, b) => keptAt(a) - keptAt(b)).slice(0, keys.length - MOST_PLACES);
  for (const key of oldest) localStorage.removeItem(key);
}
