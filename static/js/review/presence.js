/** Who else looks at the review, and what they decide: asked every few seconds while the page is seen. */

import { ApiError, call } from "../core/api.js";
import { byId, show } from "../core/dom.js";

const EVERY_MS = 5000;
const GONE = [401, 403, 404];

/**
 * @typedef {object} Following
 * @property {(version: number) => Promise<void>} follow shows what others have decided
 */

/**
 * @param {string} analysisId
 * @param {Following} saving
 */
export function followOthers(analysisId, saving) {
  const place = byId("present", HTMLElement);
  const ask = async () => {
    if (document.hidden) return;
    try {
      const { version, people } = await call("POST", `/analysis/${analysisId}/presence`);
      const names = people.map((/** @type {{name: string}} */ one) => one.name);
      const told = names.length > 0 ? `Here too: ${names.join(", ")}` : "";
      // Said to a screen reader only when it changes.
      if (place.textContent !== told) place.textContent = told;
      show(place, names.length > 0);
      await saving.follow(version);
    } catch (error) {
      // Whatever else is wrong is said where something is saved.
      if (error instanceof ApiError && GONE.includes(error.status)) clearInterval(timer);
    }
  };
  const timer = setInterval(() => void ask(), EVERY_MS);
  document.addEventListener("visibilitychange", () => void ask());
  void ask();
}
