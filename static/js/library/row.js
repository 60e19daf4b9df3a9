/** One recording of the library: its card, or its line in the list. */

import { addressOf } from "../core/api.js";
import { copyOf, show, within } from "../core/dom.js";
import { count, dayAndTime, duration, size } from "../core/format.js";
import { bindScrubbing } from "../project/scrubbing.js";

/** @type {Record<string, string>} */
const STATUSES = {
  checking: "Being checked",
  refused: "Refused",
  new: "New",
  working: "Being analysed",
  failed: "Failed",
  ready: "To review",
  reviewed: "Reviewed",
};

/**
 * @param {any} recording as the API shows it
 * @param {string} query what was searched for
 * @param {{chosen: (isChosen: boolean) => void, edit: () => void}} callbacks
 * @returns {HTMLElement}
 */
export function rowOf(recording, query, { chosen, edit }) {
  const row = copyOf("library-row");
  row.dataset.recordingId = recording.id;
  const address = placeOf(recording, query);
  const name = within(row, "[data-name]", HTMLAnchorElement);
  name.textContent = recording.title;
  name.href = address;
  showPicture(within(row, "[data-picture]", HTMLAnchorElement), recording, address);
  showFacts(row, recording);
  const choice = within(row, "[data-choose]", HTMLInputElement);
  choice.setAttribute("aria-label", `Choose ${recording.title}`);
  choice.addEventListener("change", () => chosen(choice.checked));
  const review = within(row, "[data-review]", HTMLAnchorElement);
  show(review, recording.analysis_id !== null);
  if (recording.analysis_id) review.href = address;
  review.setAttribute("aria-label", `Review ${recording.title}`);
  const button = within(row, "[data-edit]", HTMLButtonElement);
  button.setAttribute("aria-label", `Edit ${recording.title}`);
  button.addEventListener("click", edit);
  return row;
}

/**
 * Where a click leads: to the review, and there to what was found, or to the project.
 *
 * @param {any} recording
 * @param {string} query
 * @returns {string}
 */
function placeOf(recording, query) {
  if (!recording.analysis_id) return `/projects/${recording.project.id}`;
  const found = recording.snippet ? `?find=${encodeURIComponent(query.trim())}` : "";
  return `/review/${recording.analysis_id}${found}`;
}

/**
 * @param {HTMLAnchorElement} place
 * @param {any} recording
 * @param {string} address
 */
function showPicture(place, recording, address) {
  place.href = address;
  if (!recording.thumbnail_url) return;
  const image = document.createElement("img");
  image.alt = "";
  image.loading = "lazy";
  image.src = addressOf(`/media/${recording.id}/thumbnail`);
  place.append(image);
  if (recording.has_picture) bindScrubbing(place, recording);
}

/**
 * @param {HTMLElement} row
 * @param {any} recording
 */
function showFacts(row, recording) {
  const { duration_seconds: seconds, silence_share: silence, view_count: views } = recording;
  const facts = [
    seconds === null ? "" : duration(1000 * seconds),
    size(recording.file_size),
    silence === null ? "" : `${Math.round(100 * silence)} % silence`,
    recording.has_transcript ? "transcript" : "",
    views ? count(views, "view") : "",
  ];
  const facts_place = within(row, "[data-facts]", HTMLElement);
  facts_place.textContent = facts.filter(Boolean).join(" · ");
  facts_place.title = recording.original_filename;
  const where = [
    recording.project.name,
    recording.team.name,
    recording.uploader?.name,
    dayAndTime(recording.created_at),
  ];
  within(row, "[data-where]", HTMLElement).textContent = where.filter(Boolean).join(" · ");
  for (const [selector, text] of [
    ["[data-snippet]", recording.snippet ? `“${recording.snippet}”` : ""],
    ["[data-description]", recording.description],
    ["[data-category]", recording.category?.name ?? ""],
    ["[data-status]", STATUSES[recording.status] ?? recording.status],
  ]) {
    const place = within(row, selector, HTMLElement);
    place.textContent = text;
    show(place, Boolean(text));
  }
}
