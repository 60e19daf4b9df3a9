/** The range that is marked, said in words, with buttons that decide on it. */

/** @import { ReviewStore } from "./store.js" */

import { byId, show } from "../core/dom.js";
import { moment } from "../core/format.js";
import { rangeOf } from "./ranges.js";

/** @param {ReviewStore} store */
export function showRange(store) {
  const follow = () => {
    const range = rangeOf(store.marks);
    show(byId("range-tools", HTMLElement), range !== null);
    if (!range) return;
    const length = ((range.end_ms - range.start_ms) / 1000).toFixed(2);
    byId("range-told", HTMLElement).textContent = `${moment(range.start_ms)} to ${moment(range.end_ms)}, ${length} s`;
  };
  store.addEventListener("marks", follow);
  follow();
}
