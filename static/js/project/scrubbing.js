/** Moving over the picture of a card runs through its recording. */

import { showTile, Storyboard } from "../core/storyboard.js";

/**
 * @param {HTMLElement} place what the picture is in
 * @param {{id: string, duration_seconds: number | null}} recording
 */
export function bindScrubbing(place, recording) {
  if (!recording.duration_seconds) return;
  const durationMs = 1000 * recording.duration_seconds;
  /** @type {Promise<Storyboard | null> | null} */
  let loading = null;
  const tile = document.createElement("div");
  tile.className = "scrub-tile";
  tile.hidden = true;

  place.addEventListener("pointermove", async (event) => {
    if (event.pointerType === "touch") return;
    loading ??= Storyboard.load(recording.id);
    const { left, width } = place.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
    const storyboard = await loading;
    if (!storyboard || !place.matches(":hover")) return;
    const found = storyboard.tileAt(share * durationMs);
    showTile(tile, found, place.clientWidth / found.width);
    tile.style.setProperty("--at", `${100 * share}%`);
    if (tile.parentElement !== place) place.append(tile);
    tile.hidden = false;
  });
  place.addEventListener("pointerleave", () => {
    tile.hidden = true;
  });
}
