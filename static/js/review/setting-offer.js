/** The line below the kinds of suggestions that offers a setting, with its effect, before it is applied. */

/** @import { Group } from "./groups.js" */
/** @import { Offer } from "./setting-offers.js" */
/** @import { ReviewStore } from "./store.js" */
/** @import { TuningPanel } from "./tuning.js" */

import { byId, show, within } from "../core/dom.js";
import { effectOf } from "./effects.js";
import { offerFor } from "./setting-offers.js";

export class SettingOffer {
  /**
   * @param {ReviewStore} store
   * @param {TuningPanel} tuning
   * @param {number | null} roomDb
   */
  constructor(store, tuning, roomDb) {
    this.store = store;
    this.tuning = tuning;
    this.roomDb = roomDb;
    this.place = byId("setting-offer", HTMLElement);
    /** @type {Offer | null} */
    this.offer = null;
    within(this.place, "button", HTMLButtonElement).addEventListener("click", () => {
      if (this.offer) tuning.tryOut(this.offer.options);
    });
    store.addEventListener("tuning", () => show(this.place, false));
  }

  /**
   * Offer the setting that explains a group, once its effect is known and is one.
   *
   * @param {Group | null} group
   */
  async show(group) {
    const offer = group && offerFor(group, this.store.tuning.options, this.roomDb);
    this.offer = offer;
    show(this.place, false);
    if (!offer) return;
    // Without an answer there is no offer; the group can be decided on all the same.
    const after = await this.tuning.summaryUnder(offer.options).catch(() => null);
    const before = this.store.summary;
    if (this.offer !== offer || !after || after.suggestions >= before.suggestions) return;
    within(this.place, "[data-reason]", HTMLElement).textContent = `${offer.reason} (${effectOf(before, after)})`;
    show(this.place, true);
  }
}
