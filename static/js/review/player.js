/**
 * The player: two elements of one recording, so that a cut is played without a click or a stall. While one plays up
 * to a cut, the other waits behind it; it is started a little early and unheard, and at the cut the sound is faded
 * over within milliseconds and the picture changes.
 */

/** @import { Stretch } from "./cut-playback.js" */

import { Deck } from "./deck.js";
import { FIRST_LEAD_MS, from, nextLead } from "./cut-playback.js";

/** This close to a cut a timer takes over from the frames of the screen. */
const TIMER_MS = 40;
/** How long the next player may take at a cut before it is waited for openly. */
const PATIENCE_MS = 400;
/** Browsers refuse more. */
const FASTEST_RATE = 16;
const MOST_REPAIRS = 2;
const REPAIR_PAUSE_MS = 5000;

/**
 * @typedef {"paused" | "playing" | "backwards" | "preview" | "loop" | "stretch" | "listening"} Mode
 *
 * @typedef {object} Source
 * @property {string} address
 * @property {number} leadInMs what the file has before the start of the recording
 * @property {number} durationMs
 * @property {() => Promise<void>} renew makes sure that the address may be read; rejects when that is not possible
 *
 * @typedef {object} Listener
 * @property {(ms: number, isPlaying: boolean) => void} moved
 * @property {(mode: Mode) => void} changed
 * @property {(sentence: string) => void} failed called with an empty sentence once it works again
 */

export class Player {
  /**
   * @param {[HTMLVideoElement, HTMLVideoElement]} elements
   * @param {Source} source
   * @param {Listener} listener
   */
  constructor([first, second], source, listener) {
    this.front = new Deck(first, source);
    this.back = new Deck(second, source);
    this.source = source;
    this.listener = listener;
    /** @type {AudioContext | null} */
    this.audio = null;
    /** @type {Mode} */
    this.mode = "paused";
    /** The stretches that are still to be played; empty when the recording just runs on. @type {Stretch[]} */
    this.queue = [];
    /** All stretches of a preview or a loop. @type {readonly Stretch[]} */
    this.plan = [];
    /** Whether a preview was stopped, so that playing on means going on with it. */
    this.wasPreview = false;
    this.isBackStarted = false;
    /** Since when a cut has been due, by the clock of the page; null while none is. @type {number | null} */
    this.dueSinceMs = null;
    /** How early the back deck is started. */
    this.leadMs = FIRST_LEAD_MS;
    this.frame = 0;
    this.timer = 0;
    /** Where the playhead was before a picture elsewhere was shown for a moment. @type {number | null} */
    this.glimpsedFromMs = null;
    /** Where the playhead goes back to after a stretch or a loop. @type {number | null} */
    this.returnMs = null;
    this.front.load();
    for (const deck of [this.front, this.back]) this.#listen(deck);
    this.#showFront();
  }

  /** Fetch the recording anew, because there is something else to be played of it. */
  reload() {
    this.pause();
    const { ms } = this;
    for (const deck of [this.front, this.back]) {
      deck.repairs = 0;
      deck.element.removeAttribute("src");
    }
    this.front.seek(ms);
  }

  get isPlaying() {
    return this.mode !== "paused";
  }

  /** Where the playhead is. */
  get ms() {
    return Math.min(this.source.durationMs, Math.max(0, this.front.ms));
  }

  /** Play on from here, or stop. */
  toggle() {
    if (this.isPlaying) this.pause();
    else if (this.wasPreview && from(this.plan, this.ms).length > 0) this.preview(this.plan);
    else this.#begin("playing", []);
  }

  /**
   * Play on from here at a speed.
   *
   * @param {number} rate
   */
  play(rate) {
    this.setRate(Math.min(rate, FASTEST_RATE));
    this.#begin("playing", []);
  }

  /**
   * Go backwards until something else is done; a browser shows pictures that way, and no sound.
   *
   * @param {number} speed times as fast as the recording
   */
  playBackwards(speed) {
    this.#stopWaiting();
    this.wasPreview = false;
    this.front.element.pause();
    this.back.element.pause();
    this.#setMode("backwards");
    const [startMs, startedAt] = [this.ms, performance.now()];
    const step = () => {
      if (this.mode !== "backwards") return;
      const ms = Math.max(0, startMs - speed * (performance.now() - startedAt));
      // A picture that is still looked for is waited for, and the next one is where we are by then.
      if (!this.front.element.seeking) this.front.seek(ms);
      this.listener.moved(ms, true);
      if (ms > 0) this.frame = requestAnimationFrame(step);
      else this.pause();
    };
    step();
  }

  /**
   * Play stretches one after another, without what is between them.
   *
   * @param {readonly Stretch[]} stretches in the order of time
   * @param {"preview" | "loop" | "stretch" | "listening"} mode a loop plays them again and again; after a loop and a
   *   stretch the playhead goes back to where it was
   */
  playStretches(stretches, mode) {
    const [first] = stretches;
    if (!first) return;
    if (mode === "loop" || mode === "stretch") this.returnMs ??= this.ms;
    if (mode !== "preview" || Math.abs(this.front.ms - first.start_ms) > 1) this.front.seek(first.start_ms);
    this.#begin(mode, stretches);
  }

  /**
   * Play what the cut plays from here on.
   *
   * @param {readonly Stretch[]} played
   */
  preview(played) {
    this.plan = played;
    this.playStretches(from(played, this.ms), "preview");
  }

  /**
   * Go on with another cut, because someone has decided while it was being played.
   *
   * @param {readonly Stretch[]} played
   */
  change(played) {
    if (this.wasPreview) this.plan = played;
    if (this.mode !== "preview") return;
    if (from(played, this.ms).length > 0) this.preview(played);
    else this.pause();
  }

  /** Stop here. */
  pause() {
    const returnMs = this.mode === "loop" || this.mode === "stretch" ? this.returnMs : null;
    this.returnMs = null;
    this.#stopWaiting();
    this.front.element.pause();
    this.back.element.pause();
    this.#setMode("paused");
    if (returnMs !== null) this.front.seek(returnMs);
    this.listener.moved(returnMs ?? this.ms, false);
  }

  /**
   * Go to a moment; a preview and plain playing go on from there, anything else becomes plain playing.
   *
   * @param {number} ms
   */
  seek(ms) {
    this.returnMs = null;
    const target = Math.min(this.source.durationMs, Math.max(0, ms));
    this.front.seek(target);
    this.listener.moved(target, false);
    if (!this.isPlaying) return;
    if (this.mode === "backwards") {
      this.pause();
      return;
    }
    const rest = this.mode === "preview" ? from(this.plan, target) : [];
    if (rest.length > 0) this.playStretches(rest, "preview");
    else this.#begin("playing", []);
  }

  /**
   * Show the picture of a moment while something is dragged there; null goes back. What plays goes on.
   *
   * @param {number | null} ms
   */
  glimpse(ms) {
    if (this.isPlaying) return;
    if (ms !== null) this.glimpsedFromMs ??= this.ms;
    const target = ms ?? this.glimpsedFromMs;
    if (ms === null) this.glimpsedFromMs = null;
    if (target !== null) this.front.seek(target);
  }

  /** @param {number} rate */
  setRate(rate) {
    for (const { element } of [this.front, this.back]) {
      element.defaultPlaybackRate = rate;
      element.playbackRate = rate;
    }
  }

  /** @param {number} volume from 0 to 1 */
  setVolume(volume) {
    for (const { element } of [this.front, this.back]) element.volume = volume;
  }

  /**
   * @param {"playing" | "preview" | "loop" | "stretch" | "listening"} mode
   * @param {readonly Stretch[]} stretches
   */
  #begin(mode, stretches) {
    this.#stopWaiting();
    this.queue = [...stretches];
    this.wasPreview = mode === "preview";
    if (!this.wasPreview) this.plan = stretches;
    this.back.element.pause();
    this.#connectAudio();
    this.front.setHeard(true, this.audio);
    this.#setMode(mode);
    this.#prepareBack();
    this.#play(this.front);
    this.#follow();
  }

  /** @param {Deck} deck */
  #play(deck) {
    if (deck.element.error && !deck.isBeingRepaired) {
      // It had been given up; someone wants it all the same.
      deck.repairs = 0;
      void this.#repair(deck);
      return;
    }
    deck.element.play().catch((error) => {
      // Another call has taken its place, or the element is about to be repaired.
      if (!(error instanceof DOMException) || error.name === "AbortError" || !this.isPlaying) return;
      if (error.name !== "NotAllowedError") return;
      this.pause();
      this.listener.failed("The browser did not let the recording play; press Play again.");
    });
  }

  /** Sound that is faded needs a context of its own, which a browser gives only after a person has done something. */
  #connectAudio() {
    if (!this.audio) {
      // Some browsers let an element play later only if it was told to while a person did something.
      this.back.load();
      void this.back.element.play().catch(() => {});
      this.back.element.pause();
    }
    try {
      if (!this.audio) {
        const audio = new AudioContext({ latencyHint: "interactive" });
        this.front.connect(audio);
        this.back.connect(audio);
        this.audio = audio;
      }
      void this.audio.resume();
    } catch {
      // Without it the elements are muted and unmuted, which may click.
      this.audio = null;
    }
  }

  /** What comes after the stretch that is played: the next one or, in a loop, the first; undefined after the last. */
  get #next() {
    return this.queue[1] ?? (this.mode === "loop" && this.queue.length > 0 ? this.plan[0] : undefined);
  }

  /** Let the back deck wait a little before what comes next. */
  #prepareBack() {
    const next = this.#next;
    if (!next) return;
    this.back.setHeard(false, this.audio);
    this.back.seek(next.start_ms - this.leadMs * this.front.element.playbackRate);
  }

  /** Look at every frame of the screen. */
  #follow() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      this.#step();
      if (this.isPlaying) this.#follow();
    });
  }

  /** @param {number} ms */
  #lookAgainIn(ms) {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.#step(), Math.max(1, ms));
  }

  #stopWaiting() {
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
    this.queue = [];
    this.isBackStarted = false;
    this.dueSinceMs = null;
  }

  /** Look where we are, and do what is due. */
  #step() {
    if (!this.isPlaying || this.mode === "backwards") return;
    const { element } = this.front;
    if (this.dueSinceMs === null) this.front.lastMs = this.ms;
    this.listener.moved(this.ms, true);
    const current = this.queue[0];
    if (!current) {
      if (element.ended) this.pause();
      return;
    }
    const leftMs = element.ended ? 0 : (current.end_ms - this.front.ms) / element.playbackRate;
    const next = this.#next;
    if (!next) {
      if (leftMs <= 0) this.#finish(current);
      return;
    }
    if (!this.isBackStarted && leftMs <= this.leadMs && this.back.isReady) this.#startBack();
    if (leftMs <= 0) this.#join(next);
    else if (leftMs < TIMER_MS) {
      // On the clock of the sound, which is exact however busy the page is.
      this.front.fadeOutIn(leftMs / 1000, this.audio);
      this.#lookAgainIn(leftMs - 1);
    } else if (document.hidden) {
      // Nothing else tells the time of a page that is not shown.
      this.#lookAgainIn(Math.max(leftMs - this.leadMs, TIMER_MS / 2));
    }
  }

  #startBack() {
    this.isBackStarted = true;
    this.#play(this.back);
  }

  /**
   * Change over to the back deck once it is where the next stretch begins.
   *
   * @param {Stretch} next
   */
  #join(next) {
    const now = performance.now();
    const lateMs = this.isBackStarted ? (next.start_ms - this.back.ms) / this.front.element.playbackRate : Infinity;
    if (this.dueSinceMs === null) {
      this.dueSinceMs = now;
      if (Number.isFinite(lateMs)) this.leadMs = nextLead(this.leadMs, lateMs);
    }
    if (lateMs > 1 && now - this.dueSinceMs < PATIENCE_MS) {
      // What is behind the cut is neither heard nor seen while the other gets there.
      this.front.setHeard(false, this.audio);
      this.front.element.pause();
      if (!this.isBackStarted && this.back.isReady) this.#startBack();
      this.#lookAgainIn(Math.min(8, lateMs));
      return;
    }
    this.#changeOver(next);
  }

  /** @param {Stretch} next */
  #changeOver(next) {
    this.dueSinceMs = null;
    this.queue.shift();
    if (this.queue.length === 0) this.queue = [...this.plan];
    this.front.setHeard(false, this.audio);
    // One that was too slow has not come out of what is cut.
    if (!this.isBackStarted || this.back.ms < next.start_ms - 1) this.back.seek(next.start_ms);
    this.back.setHeard(true, this.audio);
    this.#play(this.back);
    [this.front, this.back] = [this.back, this.front];
    this.#showFront();
    this.isBackStarted = false;
    this.back.element.pause();
    this.#prepareBack();
  }

  /** @param {Stretch} last */
  #finish(last) {
    const isBack = this.mode === "loop" || this.mode === "stretch";
    this.pause();
    if (isBack) return;
    this.front.seek(last.end_ms);
    this.listener.moved(last.end_ms, false);
  }

  /** @param {Mode} mode */
  #setMode(mode) {
    this.mode = mode;
    this.listener.changed(mode);
  }

  #showFront() {
    this.front.element.classList.add("is-front");
    this.back.element.classList.remove("is-front");
  }

  /** @param {Deck} deck */
  #listen(deck) {
    const { element } = deck;
    element.addEventListener("error", () => void this.#repair(deck));
    element.addEventListener("ended", () => {
      if (deck === this.front) this.#step();
    });
    element.addEventListener("loadeddata", () => {
      if (deck.repairs === 0) return;
      deck.repairs = 0;
      this.listener.failed("");
    });
    element.addEventListener("seeked", () => {
      if (deck === this.front && !this.isPlaying) this.listener.moved(this.ms, false);
    });
    // Frames of the screen stop in a hidden tab; these go on.
    element.addEventListener("timeupdate", () => {
      if (document.hidden && deck === this.front) this.#step();
    });
  }

  /**
   * Load a recording again that has stopped coming: the session may have been renewed, or the network is back.
   *
   * @param {Deck} deck
   */
  async #repair(deck) {
    const wasPlaying = this.isPlaying && deck === this.front;
    const ms = deck.lastMs;
    if (deck.repairs >= MOST_REPAIRS) {
      if (wasPlaying) this.pause();
      this.listener.failed("This browser cannot play the recording; everything else works without the player.");
      return;
    }
    if (deck.isBeingRepaired) return;
    deck.isBeingRepaired = true;
    try {
      await this.source.renew();
      deck.repairs += 1;
      deck.element.src = this.source.address;
      deck.seek(ms);
    } catch (error) {
      this.pause();
      this.listener.failed(
        error instanceof Error ? error.message : "The recording cannot be read; load the page again.",
      );
      setTimeout(() => void this.#repair(deck), REPAIR_PAUSE_MS);
      return;
    } finally {
      deck.isBeingRepaired = false;
    }
    if (wasPlaying && this.isPlaying) this.#play(deck);
  }
}
