/** Copying what is shown once. */

import { byId, tell } from "./dom.js";

/**
 * @param {string} id of the field that holds what is copied
 * @param {string} told what is said then
 */
export async function copyFrom(id, told) {
  const field = byId(id, HTMLInputElement);
  field.select();
  // Without https there is no clipboard but the old way.
  await (navigator.clipboard?.writeText(field.value) ?? Promise.reject(new Error("no clipboard"))).catch(() =>
    document.execCommand("copy"),
  );
  tell(told);
}
