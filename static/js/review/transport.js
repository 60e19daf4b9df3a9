/** The player with its bar: what it says of what is played. */

/** @import { Mode } from "./player.js" */

import { addressOf, ensureSignedIn } from "../core/api.js";
import { byId, within } from "../core/dom.js";
import { PlayableCopy } from "./playable-copy.js";
import { Player } from "./player.js";

/**
 * @typedef {object} Callbacks
 * @property {(ms: number, isPlaying: boolean) => void} moved
 * @property {() => void} shuttleEnded called when nothing is shuttled any more
 * @property {(sentence: string) => void} failed called with an empty sentence once it works again
 */

/**
 * @param {{mediaId: string, leadInMs: number, durationMs: number, hasPicture: boolean}} recording
 * @param {Callbacks} callbacks
 * @returns {Player}
 */
export function makePlayer({ mediaId, leadInMs, durationMs, hasPicture }, { moved, shuttleEnded, failed }) {
  const elements = [byId("player-a", HTMLVideoElement), byId("player-b", HTMLVideoElement)];
  const copy = new PlayableCopy(mediaId, hasPicture);
  const renew = async () => {
    await ensureSignedIn();
    await copy.untilMade();
  };
  const source = { address: addressOf(`/media/${mediaId}/file?rendition=auto`), leadInMs, durationMs, renew };
  for (const element of elements) copy.watch(element);
  const player = new Player(/** @type {[HTMLVideoElement, HTMLVideoElement]} */ (elements), source, {
    moved,
    changed: (mode) => {
      if (mode !== "playing" && mode !== "backwards") shuttleEnded();
      showMode(mode);
    },
    failed,
  });
  copy.onMade = () => player.reload();
  return player;
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
