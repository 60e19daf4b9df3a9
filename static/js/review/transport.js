/** The player with its bar: what it says of what is played. */

/** @import { Mode } from "./player.js" */

import { addressOf, ensureSignedIn } from "../core/api.js";
import { byId, within } from "../core/dom.js";
import { Player } from "./player.js";

/**
 * @typedef {object} Callbacks
 * @property {(ms: number, isPlaying: boolean) => void} moved
 * @property {() => void} shuttleEnded called when nothing is shuttled any more
 * @property {(sentence: string) => void} failed called with an empty sentence once it works again
 */

/**
 * @param {{mediaId: string, leadInMs: number, durationMs: number}} recording
 * @param {Callbacks} callbacks
 * @returns {Player}
 */
export function makePlayer({ mediaId, leadInMs, durationMs }, { moved, shuttleEnded, failed }) {
  const elements = [byId("player-a", HTMLVideoElement), byId("player-b", HTMLVideoElement)];
  const source = { address: addressOf(`/media/${mediaId}/file`), leadInMs, durationMs, renew: ensureSignedIn };
  return new Player(/** @type {[HTMLVideoElement, HTMLVideoElement]} */ (elements), source, {
    moved,
    changed: (mode) => {
      if (mode !== "playing" && mode !== "backwards") shuttleEnded();
      showMode(mode);
    },
    failed,
  });
}

/** @param {Mode} mode */
function showMode(mode) {
  byId("review", HTMLElement).dataset.mode = mode;
  const isPaused = mode === "paused";
  const play = byId("play", HTMLButtonElement);
  within(play, ".label", HTMLElement).textContent = isPaused ? "Play" : "Pause";
  within(play, ".icon", HTMLElement).className = `icon icon-${isPaused ? "play" : "pause"}`;
  byId("preview", HTMLButtonElement).setAttribute("aria-pressed", String(mode === "preview"));
  byId("audition", HTMLButtonElement).setAttribute("aria-pressed", String(mode === "loop"));
}
