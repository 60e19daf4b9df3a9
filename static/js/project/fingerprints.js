/**
 * By what a file is known again that is to go on: its name, size and last change, and the first of its bytes. Kept by
 * this browser, under the id of the upload.
 */

const PREFIX = "clipflow.upload.";
/** Of larger parts the beginning has to do, because it is in memory meanwhile. */
const MOST_BYTES = 64 * 1024 ** 2;

/**
 * @typedef {object} Fingerprint
 * @property {string} name
 * @property {number} size
 * @property {number} lastModified
 * @property {string} start SHA-256 of the first part; empty where the browser does not work it out
 */

/**
 * @param {File} file
 * @param {number} partSize
 * @returns {Promise<Fingerprint>}
 */
export async function fingerprintOf(file, partSize) {
  const start = await digestOf(file.slice(0, Math.min(partSize, MOST_BYTES)));
  return { name: file.name, size: file.size, lastModified: file.lastModified, start };
}

/**
 * Whether this browser knows by more than its name and size what an upload was begun with.
 *
 * @param {string} uploadId
 * @returns {boolean}
 */
export function isRemembered(uploadId) {
  return recall(uploadId) !== null;
}

/**
 * @param {string} uploadId
 * @param {Fingerprint} fingerprint
 */
export function remember(uploadId, fingerprint) {
  try {
    localStorage.setItem(PREFIX + uploadId, JSON.stringify(fingerprint));
  } catch {
    // A full or forbidden store takes nothing; the file is then known by its name and size.
  }
}

/** @param {string} uploadId */
export function forget(uploadId) {
  try {
    localStorage.removeItem(PREFIX + uploadId);
  } catch {
    // There is nothing to forget where nothing can be kept.
  }
}

/**
 * Whether a file is the one that an upload was begun with.
 *
 * @param {{file_id: string, filename: string, file_size: number, part_size: number}} upload
 * @param {File} file
 * @returns {Promise<boolean>}
 */
export async function isOf(upload, file) {
  const kept = recall(upload.file_id);
  if (kept === null) return file.size === upload.file_size && file.name === upload.filename;
  const found = await fingerprintOf(file, upload.part_size);
  return (
    found.name === kept.name &&
    found.size === kept.size &&
    found.lastModified === kept.lastModified &&
    found.start === kept.start
  );
}

/**
 * @param {string} uploadId
 * @returns {Fingerprint | null}
 */
function recall(uploadId) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + uploadId) ?? "null");
  } catch {
    return null;
  }
}

/**
 * The SHA-256 of some bytes; empty where the browser does not work it out, which it does on https and on the machine
 * itself alone.
 *
 * @param {Blob} bytes
 * @returns {Promise<string>}
 */
export async function digestOf(bytes) {
  if (!window.isSecureContext) return "";
  const digest = await crypto.subtle.digest("SHA-256", await bytes.arrayBuffer());
  return [...new Uint8Array(digest)].map((one) => one.toString(16).padStart(2, "0")).join("");
}
