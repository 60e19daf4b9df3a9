/** Shuttling with three keys, as in video editors: each press is one step faster, or slower the other way. */

/** @import { Player } from "./player.js" */

import { announce } from "../core/dom.js";

/** Times the speed that is chosen; below 0 backwards. */
const SPEEDS = [-8, -4, -2, -1, 1, 2, 4, 8];

/**
 * The speed after a press.
 *
 * @param {number} speed 0 while nothing is shuttled
 * @param {1 | -1} direction
 * @returns {number}
 */
export function nextSpeed(speed, direction) {
  if (speed === 0) return direction;
  const place = SPEEDS.indexOf(speed) + direction;
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, place))] ?? direction;
}

export class Shuttle {
  /**
   * @param {Player} player
   * @param {() => number} chosenRate the speed that plain playing has
   */
  constructor(player, chosenRate) {
    this.player = player;
    this.chosenRate = chosenRate;
    /** 0 while nothing is shuttled. */
    this.speed = 0;
  }

  /** @param {1 | -1} direction */
  push(direction) {
    // A recording that plays already is at its first speed forwards.
    const speed = this.speed === 0 && this.player.mode === "playing" ? 1 : this.speed;
    const next = nextSpeed(speed, direction);
    if (next > 0) this.player.play(next * this.chosenRate());
    else this.player.playBackwards(-next);
    // Set last: what was played before has ended meanwhile, and with it its shuttle.
    this.speed = next;
    announce(next > 0 ? `Forwards ${next}×` : `Backwards ${-next}×`);
  }

  /** What the player does now is no shuttling: the chosen speed again. */
  end() {
    if (this.speed === 0) return;
    this.speed = 0;
    this.player.setRate(this.chosenRate());
  }
}
