/** How fast an upload is and how long it still takes. */

/**
 * @param {number} doneBytes
 * @param {number} allBytes
 * @param {number} elapsedMs
 * @returns {{bytesPerSecond: number, leftMs: number}} zeros while nothing can be said yet
 */
export function remaining(doneBytes, allBytes, elapsedMs) {
  if (elapsedMs < 500 || doneBytes === 0) return { bytesPerSecond: 0, leftMs: 0 };
  const bytesPerSecond = (1000 * doneBytes) / elapsedMs;
  return { bytesPerSecond, leftMs: (1000 * (allBytes - doneBytes)) / bytesPerSecond };
}
