/** One part of a file on its way to its address, with progress, which fetch does not tell. */

import { ApiError, OfflineError } from "../core/api.js";

const OWN_UPLOADS = "/api/v1/upload/";

/**
 * @typedef {object} PartAddress
 * @property {number} part_number
 * @property {string} url
 * @property {Record<string, string>} headers
 */

/**
 * Put a part; resolves with its etag.
 *
 * @param {PartAddress} address
 * @param {Blob} part
 * @param {(sentBytes: number) => void} onProgress
 * @param {AbortSignal} signal gives it up
 * @returns {Promise<string>}
 * @throws {ApiError} the answer is an error
 * @throws {OfflineError} no answer came, or it was given up
 */
export function putPart(address, part, onProgress, signal) {
  const request = new XMLHttpRequest();
  request.open("PUT", addressFromHere(address.url));
  for (const [name, value] of Object.entries(address.headers)) request.setRequestHeader(name, value);
  request.upload.addEventListener("progress", (event) => onProgress(event.loaded));
  return new Promise((resolve, reject) => {
    const giveUp = () => request.abort();
    signal.addEventListener("abort", giveUp);
    request.addEventListener("loadend", () => {
      signal.removeEventListener("abort", giveUp);
      const isTaken = request.status >= 200 && request.status < 300;
      if (isTaken) resolve((request.getResponseHeader("ETag") ?? "").replaceAll('"', ""));
      else reject(request.status === 0 ? new OfflineError() : errorOf(request));
    });
    request.send(part);
  });
}

/**
 * Our own addresses are asked for where this page came from, whatever the server believes it is called.
 *
 * @param {string} url
 * @returns {string}
 */
function addressFromHere(url) {
  const address = new URL(url, window.location.href);
  return address.pathname.startsWith(OWN_UPLOADS) ? address.pathname + address.search : address.href;
}

/**
 * @param {XMLHttpRequest} request
 * @returns {ApiError}
 */
function errorOf(request) {
  try {
    const { error } = JSON.parse(request.responseText);
    return new ApiError(request.status, error.code, error.message, error.details);
  } catch {
    const sentence = "A part of the file was not taken; try again.";
    return new ApiError(request.status, "INTERNAL_ERROR", sentence);
  }
}
