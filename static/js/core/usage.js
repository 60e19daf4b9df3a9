/** What is used of a quota, as bars. */

import { call } from "./api.js";
import { byId, element } from "./dom.js";
import { sentenceOf } from "./forms.js";
import { dayAndTime, size } from "./format.js";

/**
 * @typedef {object} Part
 * @property {number} used_bytes
 * @property {number} reserved_bytes
 * @property {number | null} limit_bytes
 * @property {string} [resets_at]
 */

/**
 * @param {string} id of the element that shows it
 * @param {string} path that it is asked of
 */
export async function showUsage(id, path) {
  const place = byId(id, HTMLElement);
  try {
    const { storage, week } = await call("GET", path);
    place.replaceChildren(
      ...barOf(`${id}-storage`, "Stored", storage),
      ...barOf(`${id}-week`, "Uploaded this week", week),
    );
  } catch (error) {
    place.textContent = sentenceOf(error);
  }
  place.removeAttribute("aria-busy");
}

/**
 * @param {string} id
 * @param {string} name
 * @param {Part} part
 * @returns {HTMLElement[]}
 */
function barOf(id, name, { used_bytes: used, reserved_bytes: reserved, limit_bytes: limit, resets_at: end }) {
  const onTheWay = reserved > 0 ? `, ${size(reserved)} on the way` : "";
  const most = limit === null ? "" : ` of ${size(limit)}`;
  const until = end && limit !== null ? `, anew on ${dayAndTime(end)}` : "";
  const label = document.createElement("label");
  label.htmlFor = id;
  label.textContent = `${name}: ${size(used)}${onTheWay}${most}${until}`;
  if (limit === null) return [element("p", label.textContent)];
  const bar = document.createElement("progress");
  bar.id = id;
  bar.max = Math.max(1, limit);
  bar.value = Math.min(used + reserved, bar.max);
  return [label, bar];
}
