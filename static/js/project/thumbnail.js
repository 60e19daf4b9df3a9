/** What a recording looks like on its card: its thumbnail, a frame, or its waveform where there is none. */

import { addressOf, call } from "../core/api.js";
import { bindScrubbing } from "./scrubbing.js";

const POINTS = 240;
const HEIGHT_PX = 90;
/** Where in the recording the picture is taken; its first frame is often black. */
const PICTURE_AT = 0.1;
const PATIENCE_MS = 5000;

/**
 * Fill a place with a picture, once it comes into view.
 *
 * @param {HTMLElement} place
 * @param {any} recording
 * @returns {Promise<void>}
 */
export async function drawThumbnail(place, recording) {
  await untilVisible(place);
  // A list of projects does not say what was made of a recording, only that something was.
  const isKnown = recording.renditions !== undefined;
  if (isKnown ? isThere(recording, "thumbnail") : recording.processing_status === "done") {
    const thumbnail = await thumbnailOf(recording);
    if (thumbnail) {
      place.replaceChildren(thumbnail);
      if (!isKnown || isThere(recording, "storyboard")) bindScrubbing(place, recording);
      return;
    }
  }
  const picture = recording.media_info?.video ? await pictureOf(recording) : null;
  const shown = picture ?? (await waveformOf(recording));
  if (shown) place.replaceChildren(shown);
}

/**
 * Whether the server has made something of a recording.
 *
 * @param {any} recording
 * @param {string} kind
 * @returns {boolean}
 */
export function isThere(recording, kind) {
  return (recording.renditions ?? []).some((/** @type {any} */ one) => one.kind === kind && one.is_there);
}

/**
 * The thumbnail of a recording; null where there is none.
 *
 * @param {any} recording
 * @returns {Promise<HTMLImageElement | null>}
 */
export function thumbnailOf(recording) {
  const image = document.createElement("img");
  // What it shows is said by the title beside it.
  image.alt = "";
  image.src = addressOf(`/media/${recording.id}/thumbnail`);
  return image.decode().then(
    () => image,
    () => null,
  );
}

/**
 * A frame of a video; null when the browser cannot show it.
 *
 * @param {any} recording
 * @returns {Promise<HTMLVideoElement | null>}
 */
function pictureOf(recording) {
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "metadata";
  video.tabIndex = -1;
  video.setAttribute("aria-hidden", "true");
  video.src = `${addressOf(`/media/${recording.id}/file`)}#t=${(PICTURE_AT * recording.duration_seconds).toFixed(1)}`;
  return new Promise((resolve) => {
    video.addEventListener("loadeddata", () => resolve(video), { once: true });
    video.addEventListener("error", () => resolve(null), { once: true });
    // Some browsers fetch no picture before someone presses a button.
    setTimeout(() => resolve(null), PATIENCE_MS);
  });
}

/**
 * @param {any} recording
 * @returns {Promise<HTMLCanvasElement | null>}
 */
async function waveformOf(recording) {
  try {
    const { peaks } = await call("GET", `/media/${recording.id}/waveform?points=${POINTS}`);
    return drawn(peaks.flat());
  } catch {
    // A card without a picture is still a card.
    return null;
  }
}

/**
 * @param {number[]} peaks lowest and highest sample in turn, from -1 to 1
 * @returns {HTMLCanvasElement}
 */
function drawn(peaks) {
  const canvas = document.createElement("canvas");
  canvas.width = peaks.length / 2;
  canvas.height = HEIGHT_PX;
  canvas.setAttribute("aria-hidden", "true");
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--waveform");
  for (let column = 0; column < canvas.width; column += 1) {
    const [low, high] = [peaks[2 * column] ?? 0, peaks[2 * column + 1] ?? 0];
    const top = (HEIGHT_PX / 2) * (1 - high);
    context.fillRect(column, top, 1, Math.max(1, (HEIGHT_PX / 2) * (high - low)));
  }
  return canvas;
}

/**
 * @param {HTMLElement} element
 * @returns {Promise<void>}
 */
function untilVisible(element) {
  return new Promise((resolve) => {
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(element);
  });
}
