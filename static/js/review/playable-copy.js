/** The copy of a recording that browsers play: what is said while it is made, and when that has failed. */

import { call } from "../core/api.js";
import { byId, show } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";

const LOOK_EVERY_MS = 2000;

export class PlayableCopy {
  /**
   * @param {string} mediaId
   * @param {boolean} hasPicture whether the recording has one
   */
  constructor(mediaId, hasPicture) {
    this.mediaId = mediaId;
    this.hasPicture = hasPicture;
    this.notice = byId("copy-notice", HTMLElement);
    this.sentence = byId("copy-sentence", HTMLElement);
    this.bar = byId("copy-progress", HTMLProgressElement);
    this.button = byId("copy-make", HTMLButtonElement);
    this.button.addEventListener("click", () => void this.#make());
    /** Called once there is a copy that was asked for. */
    this.onMade = () => {};
  }

  /**
   * Wait while a copy is being made; resolves once there is something to play, whatever that is.
   *
   * @returns {Promise<void>}
   */
  async untilMade() {
    for (;;) {
      const copy = await this.#look();
      if (!copy || copy.status === "done") {
        show(this.notice, false);
        return;
      }
      if (copy.status === "failed") {
        this.#tell(`No copy that browsers play could be made: ${copy.error_message}`, null, "Try again");
        return;
      }
      const percent = copy.progress_percent ? ` ${copy.progress_percent} %` : "";
      this.#tell(`A copy that browsers play is being made…${percent}`, copy.progress_percent, null);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /**
   * Look at a player that has read what it plays: some play the sound of a picture that they cannot show, without a word.
   *
   * @param {HTMLVideoElement} element
   */
  watch(element) {
    element.addEventListener("loadedmetadata", () => {
      if (!this.hasPicture || element.videoWidth > 0) return;
      this.#tell("This browser cannot show the picture of the recording.", null, "Make a copy that it plays");
    });
  }

  async #look() {
    const { renditions } = await call("GET", `/media/${this.mediaId}/renditions`);
    return renditions.find((/** @type {any} */ one) => one.kind === "proxy") ?? null;
  }

  async #make() {
    try {
      await call("POST", `/media/${this.mediaId}/renditions/proxy`);
      await this.untilMade();
      if ((await this.#look())?.status === "done") this.onMade();
    } catch (error) {
      this.#tell(sentenceOf(error), null, "Try again");
    }
  }

  /**
   * @param {string} sentence
   * @param {number | null} percent
   * @param {string | null} offer what the button does; null is no button
   */
  #tell(sentence, percent, offer) {
    this.sentence.textContent = sentence;
    show(this.bar, percent !== null);
    this.bar.value = percent ?? 0;
    show(this.button, offer !== null);
    this.button.textContent = offer ?? "";
    show(this.notice, true);
  }
}
