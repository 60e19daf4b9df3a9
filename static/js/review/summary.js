/** The sum that is always in view: length before and after, time saved, cuts, suggestions left. */

/** @import { ReviewStore } from "./store.js" */

import { byId } from "../core/dom.js";
import { duration, share } from "../core/format.js";

/** @param {ReviewStore} store */
export function showSummary(store) {
  const show = () => {
    const {
      duration_ms: before,
      kept_ms: kept,
      suggested_ms: suggested,
      removed_ms: removed,
      cuts,
      suggestions,
    } = store.summary;
    const texts = {
      "sum-before": duration(before),
      "sum-after": duration(kept + suggested),
      "sum-saved": `${duration(removed)} (${share(removed, before)})`,
      "sum-cuts": cuts.toLocaleString("en"),
      "sum-suggestions": `${suggestions.toLocaleString("en")} left`,
    };
    for (const [id, text] of Object.entries(texts)) byId(id, HTMLElement).textContent = text;
  };
  store.addEventListener("segments", show);
  show();
}
