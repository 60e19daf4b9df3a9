/**
 * The waveform in every size: the server's peaks and, above them, levels that are each eight times as coarse, so that
 * drawing costs as much as the canvas is wide, whatever the length of the recording.
 */

const FACTOR = 8;
const HEADER_BYTES = 24;
const EIGHT_BIT = 1;

/** Lowest and highest sample of equal stretches of a recording, 8 bit. */
export class Peaks {
  /**
   * @param {Int8Array} pairs lowest and highest sample in turn
   * @param {number} binMs how long each pair is
   */
  constructor(pairs, binMs) {
    this.binMs = binMs;
    /** Each level holds pairs that are {@link FACTOR} times as long as those of the one before. @type {Int8Array[]} */
    this.levels = [pairs];
    for (let level = pairs; level.length > 2 * FACTOR;) {
      level = coarser(level);
      this.levels.push(level);
    }
  }

  /**
   * The file of the server, which is in the format of audiowaveform: version 2, 8 bit, one channel.
   *
   * @param {ArrayBuffer} file
   * @returns {Peaks}
   * @throws {Error} it is another format
   */
  static fromFile(file) {
    const header = new DataView(file);
    const isKnown =
      file.byteLength >= HEADER_BYTES && header.getInt32(0, true) === 2 && header.getUint32(4, true) === EIGHT_BIT;
    if (!isKnown || header.getInt32(20, true) !== 1)
      throw new Error("The waveform is in a format that is not known here.");
    const [sampleRate, samplesPerPair] = [header.getInt32(8, true), header.getInt32(12, true)];
    const length = Math.min(2 * header.getUint32(16, true), file.byteLength - HEADER_BYTES);
    return new Peaks(new Int8Array(file, HEADER_BYTES, length), (1000 * samplesPerPair) / sampleRate);
  }

  /**
   * Lowest and highest sample for each column of a picture.
   *
   * @param {number} startMs where the first column begins
   * @param {number} msPerColumn
   * @param {number} columns
   * @returns {Int8Array} lowest and highest in turn; zeros outside the recording
   */
  columns(startMs, msPerColumn, columns) {
    const number = this.#levelFor(msPerColumn);
    const pairs = this.#level(number);
    const binMs = this.binMs * FACTOR ** number;
    const result = new Int8Array(2 * columns);
    const count = pairs.length / 2;
    for (let column = 0; column < columns; column += 1) {
      const from = Math.floor((startMs + column * msPerColumn) / binMs);
      const to = Math.max(from + 1, Math.floor((startMs + (column + 1) * msPerColumn) / binMs));
      if (to <= 0 || from >= count) continue;
      reduce(pairs, Math.max(0, from), Math.min(count, to), result, column);
    }
    return result;
  }

  /**
   * The quietest moment around another.
   *
   * @param {number} ms
   * @param {number} reachMs how far away it may be
   * @returns {number} the moment itself where nothing near it is quieter; of several, the nearest
   */
  quietestNear(ms, reachMs) {
    const pairs = this.#level(0);
    const count = pairs.length / 2;
    const own = Math.min(count - 1, Math.max(0, Math.floor(ms / this.binMs)));
    const reach = Math.floor(reachMs / this.binMs);
    let [best, bestHeight] = [own, heightOf(pairs, own)];
    for (let distance = 1; distance <= reach; distance += 1) {
      for (const bin of [own - distance, own + distance]) {
        if (bin < 0 || bin >= count || heightOf(pairs, bin) >= bestHeight) continue;
        [best, bestHeight] = [bin, heightOf(pairs, bin)];
      }
    }
    return best === own ? ms : (best + 0.5) * this.binMs;
  }

  /**
   * The coarsest level whose pairs are not longer than a column.
   *
   * @param {number} msPerColumn
   * @returns {number}
   */
  #levelFor(msPerColumn) {
    let number = 0;
    while (number + 1 < this.levels.length && this.binMs * FACTOR ** (number + 1) <= msPerColumn) number += 1;
    return number;
  }

  /**
   * @param {number} number
   * @returns {Int8Array}
   */
  #level(number) {
    return /** @type {Int8Array} */ (this.levels[number]);
  }
}

/**
 * @param {Int8Array} pairs
 * @returns {Int8Array}
 */
function coarser(pairs) {
  const count = pairs.length / 2;
  const result = new Int8Array(2 * Math.ceil(count / FACTOR));
  for (let bin = 0; 2 * bin < result.length; bin += 1) {
    reduce(pairs, bin * FACTOR, Math.min(count, (bin + 1) * FACTOR), result, bin);
  }
  return result;
}

/**
 * @param {Int8Array} pairs
 * @param {number} from
 * @param {number} to
 * @param {Int8Array} result
 * @param {number} place
 */
function reduce(pairs, from, to, result, place) {
  let [low, high] = [127, -128];
  for (let index = 2 * from; index < 2 * to; index += 2) {
    const [lowest, highest] = [/** @type {number} */ (pairs[index]), /** @type {number} */ (pairs[index + 1])];
    if (lowest < low) low = lowest;
    if (highest > high) high = highest;
  }
  result[2 * place] = low;
  result[2 * place + 1] = high;
}

/**
 * @param {Int8Array} pairs
 * @param {number} bin
 * @returns {number}
 */
function heightOf(pairs, bin) {
  return /** @type {number} */ (pairs[2 * bin + 1]) - /** @type {number} */ (pairs[2 * bin]);
}
