/** How much is done at the same time by all who share them; whoever finds no room waits for a turn. */

export class Slots {
  /** @param {number} number */
  constructor(number) {
    this.free = number;
    /** @type {(() => void)[]} */
    this.waiting = [];
  }

  /**
   * Wait for room; resolves with what leaves it again.
   *
   * @returns {Promise<() => void>}
   */
  async enter() {
    if (this.free > 0) this.free -= 1;
    else await new Promise((resolve) => this.waiting.push(() => resolve(null)));
    return () => {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    };
  }
}
