/** Handing bytes to the browser as a file. */

/** How long a browser may take to begin with a download. */
const DOWNLOAD_MS = 60_000;

/**
 * @param {ArrayBuffer} bytes
 * @param {string} name
 * @param {string} mimeType
 */
export function saveFile(bytes, name, mimeType) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: mimeType }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), DOWNLOAD_MS);
}
