/**
 * Where unsaved changes survive a reload, a closed tab or a crash. Each page has a place of its own; a page that opens
 * takes over what others have left. Should one of those still live, both save the same, which does no harm.
 */

/** @import { Entry } from "./save-queue.js" */

/** @typedef {{version: number, entries: Entry[]}} LeftOver what was not saved, and the version it was made on */

export class UnsavedChanges {
  /** @param {string} name of what is reviewed by whom */
  constructor(name) {
    this.prefix = `clipflow.unsaved.${name}.`;
    this.key = `${this.prefix}${Math.random().toString(36).slice(2)}`;
  }

  /** @param {LeftOver} leftOver */
  put(leftOver) {
    try {
      if (leftOver.entries.length === 0) localStorage.removeItem(this.key);
      else localStorage.setItem(this.key, JSON.stringify({ ...leftOver, at: Date.now() }));
    } catch {
      // A full or forbidden store takes nothing; the queue itself still does its work.
    }
  }

  /**
   * What earlier pages could not save.
   *
   * @returns {LeftOver | null}
   */
  take() {
    const found = this.#others()
      .map((key) => this.#takeOne(key))
      .filter((one) => one !== null)
      .toSorted((a, b) => a.at - b.at);
    if (found.length === 0) return null;
    const version = Math.min(...found.map((one) => one.version));
    return { version, entries: found.flatMap((one) => one.entries) };
  }

  /** @returns {string[]} */
  #others() {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(this.prefix) && key !== this.key);
    } catch {
      return [];
    }
  }

  /**
   * @param {string} key
   * @returns {(LeftOver & {at: number}) | null} null for what cannot be read
   */
  #takeOne(key) {
    try {
      const text = localStorage.getItem(key) ?? "";
      localStorage.removeItem(key);
      const { version, entries, at } = JSON.parse(text);
      return { version: Number(version), entries: [...entries], at: Number(at) };
    } catch {
      return null;
    }
  }
}
