/** Small pictures all along a recording, for whoever moves over its card or its waveform. */

import { addressOf, call } from "./api.js";

const CUE = /^(\d+):(\d\d):(\d\d\.\d{3}) --> \S+\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/gm;

/**
 * @typedef {object} Tile
 * @property {number} startMs
 * @property {string} address of the sheet that it is on
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 */

export class Storyboard {
  /** @param {Tile[]} tiles in the order of time, at least one */
  constructor(tiles) {
    this.tiles = tiles;
  }

  /**
   * The storyboard of a recording; null where there is none.
   *
   * @param {string} mediaId
   * @returns {Promise<Storyboard | null>}
   */
  static async load(mediaId) {
    try {
      const { renditions } = await call("GET", `/media/${mediaId}/renditions`);
      if (!renditions.some((/** @type {any} */ one) => one.kind === "storyboard" && one.is_there)) return null;
      const address = addressOf(`/media/${mediaId}/storyboard.vtt`);
      const answer = await fetch(address, { credentials: "same-origin" });
      if (!answer.ok) return null;
      const tiles = tilesIn(await answer.text(), address);
      return tiles.length > 0 ? new Storyboard(tiles) : null;
    } catch {
      // What is only nice to have is left out without a network.
      return null;
    }
  }

  /**
   * The picture that is on at a moment.
   *
   * @param {number} ms
   * @returns {Tile}
   */
  tileAt(ms) {
    let [low, high] = [0, this.tiles.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (/** @type {Tile} */ (this.tiles[middle]).startMs <= ms) low = middle;
      else high = middle - 1;
    }
    return /** @type {Tile} */ (this.tiles[low]);
  }
}

/**
 * The tiles that the cues of a WebVTT file name.
 *
 * @param {string} text
 * @param {string} address of the file, which names are relative to
 * @returns {Tile[]}
 */
export function tilesIn(text, address) {
  const folder = address.slice(0, address.lastIndexOf("/") + 1);
  return [...text.matchAll(CUE)].map(([, hours, minutes, seconds, name, x, y, width, height]) => ({
    startMs: Math.round(3_600_000 * Number(hours) + 60_000 * Number(minutes) + 1000 * Number(seconds)),
    address: `${folder}${name}`,
    x: Number(x),
    y: Number(y),
    width: Number(width),
    height: Number(height),
  }));
}

/**
 * Show a tile as the background of an element of its size.
 *
 * @param {HTMLElement} element
 * @param {Tile} tile
 * @param {number} [scale] how much larger than the tile it is shown
 */
export function showTile(element, tile, scale = 1) {
  element.style.width = `${tile.width * scale}px`;
  element.style.height = `${tile.height * scale}px`;
  element.style.backgroundImage = `url("${tile.address}")`;
  element.style.backgroundPosition = `${-tile.x * scale}px ${-tile.y * scale}px`;
  // A sheet has ten columns, as its maker has it.
  element.style.backgroundSize = `${10 * tile.width * scale}px auto`;
}
