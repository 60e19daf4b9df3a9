/** What was decided on a recording, the last first: when, by whom, from what to what. */

import { call } from "../core/api.js";
import { bindCloseButtons } from "../core/dialogs.js";
import { byId, element, show } from "../core/dom.js";
import { attemptIn } from "../core/forms.js";
import { dayAndTime, makerName, moment } from "../core/format.js";

/** @type {Record<string, string>} */
const ACTIONS = {
  keep: "keep",
  remove: "remove",
  suggest_remove: "suggest",
  auto: "as detected",
  mixed: "different things",
};

/**
 * @typedef {object} HistoryChange
 * @property {string | null} at
 * @property {number} start_ms
 * @property {number} end_ms
 * @property {string | null} before
 * @property {string} after
 * @property {{name: string | null, kind: string} | null} by
 */

/**
 * @param {string} analysisId
 * @param {(ms: number) => void} goTo
 */
export function bindHistory(analysisId, goTo) {
  const dialog = byId("history-dialog", HTMLDialogElement);
  const list = byId("history-list", HTMLOListElement);
  const more = byId("history-more", HTMLButtonElement);
  const message = byId("history-message", HTMLElement);
  /** @type {number | null} */
  let next = null;

  const showPart = () =>
    attemptIn(message, async () => {
      const query = next === null ? "" : `?before=${next}`;
      const answer = await call("GET", `/analysis/${analysisId}/history${query}`);
      list.append(...answer.changes.map(rowOf));
      next = answer.next;
      show(more, next !== null);
      if (list.childElementCount === 0) message.textContent = "Nothing has been decided yet.";
    });

  /** @param {HistoryChange} change */
  const rowOf = ({ at, start_ms: start, end_ms: end, before, after, by }) => {
    const row = document.createElement("li");
    const link = element("button", `${moment(start)} – ${moment(end)}`);
    link.className = "plain";
    link.setAttribute("type", "button");
    link.addEventListener("click", () => {
      dialog.close();
      goTo(start);
    });
    const what =
      before === null ? (ACTIONS[after] ?? after) : `${ACTIONS[before] ?? before} → ${ACTIONS[after] ?? after}`;
    const who = by ? makerName(by) : "";
    const facts = [what, who, at === null ? "" : dayAndTime(at)].filter(Boolean).join(" · ");
    row.append(link, element("span", ` ${facts}`));
    return row;
  };

  bindCloseButtons(dialog);
  more.addEventListener("click", () => void showPart());
  byId("open-history", HTMLButtonElement).addEventListener("click", () => {
    list.replaceChildren();
    next = null;
    dialog.showModal();
    void showPart();
  });
}
