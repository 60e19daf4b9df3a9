/** The recordings of a project that were deleted: for some days they can be restored, or deleted for good. */

import { call } from "../core/api.js";
import { confirmed } from "../core/dialogs.js";
import { announce, byId, copyOf, show, within } from "../core/dom.js";
import { attemptIn } from "../core/forms.js";
import { count, dayAndTime, size } from "../core/format.js";

/**
 * @typedef {{id: string, title: string, file_size: number, kept_until: string}} Deleted
 */

export class Bin {
  /**
   * @param {string} projectId
   * @param {(mediaId: string) => Promise<void>} onRestored
   */
  constructor(projectId, onRestored) {
    this.projectId = projectId;
    this.onRestored = onRestored;
    this.place = byId("bin", HTMLDetailsElement);
    this.list = byId("bin-list", HTMLUListElement);
  }

  /** Show what lies in it; it is hidden while it is empty. */
  async load() {
    await attemptIn(byId("bin-message", HTMLElement), async () => {
      const { recordings } = await call("GET", `/projects/${this.projectId}/deleted`);
      this.list.replaceChildren(...recordings.map((/** @type {Deleted} */ one) => this.#rowOf(one)));
      byId("bin-count", HTMLElement).textContent = String(recordings.length);
      show(this.place, recordings.length > 0);
    });
  }

  /**
   * @param {Deleted} recording
   * @returns {HTMLElement}
   */
  #rowOf(recording) {
    const row = copyOf("bin-row");
    within(row, "[data-name]", HTMLElement).textContent = recording.title;
    within(row, "[data-facts]", HTMLElement).textContent =
      `${size(recording.file_size)} · kept until ${dayAndTime(recording.kept_until)}`;
    const restore = within(row, "[data-restore]", HTMLButtonElement);
    const purge = within(row, "[data-purge]", HTMLButtonElement);
    restore.setAttribute("aria-label", `Restore ${recording.title}`);
    purge.setAttribute("aria-label", `Delete for good: ${recording.title}`);
    restore.addEventListener("click", () =>
      this.#attempt(async () => {
        await call("POST", `/media/${recording.id}/restore`);
        announce(`${recording.title} is restored.`);
        await this.onRestored(recording.id);
      }),
    );
    purge.addEventListener("click", async () => {
      const question = {
        title: `Delete ${recording.title} for good?`,
        text: "Its analyses and all decisions go too. This cannot be taken back.",
        yes: "Delete for good",
      };
      if (!(await confirmed(question))) return;
      await this.#attempt(async () => {
        await call("DELETE", `/media/${recording.id}?for_good=true`);
        announce(`${recording.title} is deleted for good.`);
      });
    });
    return row;
  }

  /** @param {() => Promise<void>} action */
  async #attempt(action) {
    await attemptIn(byId("bin-message", HTMLElement), action);
    await this.load();
    this.place.querySelector("summary")?.focus();
  }
}

/**
 * What is said before recordings are put into the bin.
 *
 * @param {string} whose such as "Its" or "Their"
 * @returns {string}
 */
export function fateOf(whose) {
  const days = Number(byId("bin", HTMLDetailsElement).dataset.days);
  const end = days > 0 ? `For ${count(days, "day")} this can be taken back below.` : "This cannot be taken back.";
  return `${whose} analyses and all decisions go too. ${end}`;
}
