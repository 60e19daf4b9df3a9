/** The colours of the waveform, which follow the theme, and the patterns that say the same without colour. */

/** @import { Action } from "./types.js" */

/**
 * @typedef {object} Palette
 * @property {Record<Action, string | CanvasPattern>} bands
 * @property {Record<Action, string>} plainBands for what is too narrow for a pattern
 * @property {Record<Action, string>} waves
 * @property {string} text
 * @property {string} line
 * @property {string} surface
 * @property {string} accent
 */

const TILE_PX = 8;

/**
 * The colours of the page's theme as it is now.
 *
 * @param {CanvasRenderingContext2D} context
 * @returns {Palette}
 */
export function readPalette(context) {
  const style = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const plainBands = {
    keep: colour("--keep-band"),
    remove: colour("--remove-band"),
    suggest_remove: colour("--suggest-band"),
  };
  const waves = { keep: colour("--keep"), remove: colour("--remove"), suggest_remove: colour("--suggest") };
  return {
    plainBands,
    waves,
    bands: {
      keep: plainBands.keep,
      remove: pattern(context, plainBands.remove, waves.remove, drawHatch),
      suggest_remove: pattern(context, plainBands.suggest_remove, waves.suggest_remove, drawDots),
    },
    text: colour("--ink"),
    line: colour("--line"),
    surface: colour("--surface"),
    accent: colour("--accent"),
  };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} ground
 * @param {string} ink
 * @param {(tile: CanvasRenderingContext2D) => void} draw
 * @returns {CanvasPattern | string} the ground alone where patterns cannot be made
 */
function pattern(context, ground, ink, draw) {
  const canvas = document.createElement("canvas");
  canvas.width = TILE_PX;
  canvas.height = TILE_PX;
  const tile = canvas.getContext("2d");
  if (!tile) return ground;
  tile.fillStyle = ground;
  tile.fillRect(0, 0, TILE_PX, TILE_PX);
  tile.globalAlpha = 0.45;
  tile.fillStyle = ink;
  tile.strokeStyle = ink;
  draw(tile);
  return context.createPattern(canvas, "repeat") ?? ground;
}

/** @param {CanvasRenderingContext2D} tile */
function drawHatch(tile) {
  tile.beginPath();
  for (const offset of [-TILE_PX, 0, TILE_PX]) {
    tile.moveTo(offset, TILE_PX);
    tile.lineTo(offset + TILE_PX, 0);
  }
  tile.stroke();
}

/** @param {CanvasRenderingContext2D} tile */
function drawDots(tile) {
  tile.fillRect(1, 1, 2, 2);
  tile.fillRect(TILE_PX / 2 + 1, TILE_PX / 2 + 1, 2, 2);
}
