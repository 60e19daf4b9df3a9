/** One of the two elements that play a recording, with a volume that is faded instead of switched. */

/** @import { Source } from "./player.js" */

const FADE_S = 0.006;
/** Times are rounded to milliseconds, so a frame may begin up to half of one later than they say. */
const ROUNDING_MS = 0.6;

export class Deck {
  /**
   * @param {HTMLVideoElement} element
   * @param {Source} source
   */
  constructor(element, { address, leadInMs }) {
    this.element = element;
    this.address = address;
    this.leadInMs = leadInMs;
    /** Where it was when it last worked. */
    this.lastMs = 0;
    this.repairs = 0;
    this.isBeingRepaired = false;
    /** @type {GainNode | null} */
    this.gain = null;
    element.preload = "auto";
  }

  /** Where it is. */
  get ms() {
    return this.element.currentTime * 1000 - this.leadInMs;
  }

  /** Fetch the recording, if that has not been done. */
  load() {
    if (!this.element.src) this.element.src = this.address;
  }

  /** @param {number} ms */
  seek(ms) {
    this.load();
    this.lastMs = ms;
    this.element.currentTime = Math.max(0, (ms + this.leadInMs + ROUNDING_MS) / 1000);
  }

  /** Whether it could play on from where it is at once. */
  get isReady() {
    return !this.element.seeking && this.element.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;
  }

  /** @param {AudioContext} context */
  connect(context) {
    this.gain = context.createGain();
    context.createMediaElementSource(this.element).connect(this.gain).connect(context.destination);
  }

  /**
   * Fade to silent or back.
   *
   * @param {boolean} isHeard
   * @param {AudioContext | null} context
   */
  setHeard(isHeard, context) {
    if (!this.gain || !context) {
      this.element.muted = !isHeard;
      return;
    }
    this.element.muted = false;
    const { gain } = this.gain;
    gain.cancelScheduledValues(context.currentTime);
    gain.setValueAtTime(gain.value, context.currentTime);
    gain.linearRampToValueAtTime(isHeard ? 1 : 0, context.currentTime + FADE_S);
  }

  /**
   * Fade to silent so that it is silent after a time.
   *
   * @param {number} seconds
   * @param {AudioContext | null} context
   */
  fadeOutIn(seconds, context) {
    if (!this.gain || !context) return;
    const { gain } = this.gain;
    const end = context.currentTime + Math.max(FADE_S, seconds);
    gain.cancelScheduledValues(context.currentTime);
    gain.setValueAtTime(1, Math.max(context.currentTime, end - FADE_S));
    gain.linearRampToValueAtTime(0, end);
  }
}
