/** Personal tokens: made, shown once, copied, revoked. */

import { call } from "../core/api.js";
import { confirmed } from "../core/dialogs.js";
import { byId, copyOf, show, within } from "../core/dom.js";
import { copyFrom } from "../core/copying.js";
import { attemptIn, bindForm } from "../core/forms.js";
import { dayAndTime } from "../core/format.js";

/**
 * @typedef {object} Token
 * @property {string} id
 * @property {string} name
 * @property {string[]} scopes
 * @property {string[] | null} project_ids
 * @property {string | null} expires_at
 * @property {string | null} last_used_at
 */

const message = byId("tokens-message", HTMLElement);

/** Show the own tokens, and let others be made. */
export async function bindTokens() {
  const form = byId("token-form", HTMLFormElement);
  bindForm(form, async ({ name, expires_in_days: days }) => {
    const scopes = new FormData(form).getAll("scopes");
    const { secret } = await call("POST", "/auth/tokens", {
      body: { name, scopes, expires_in_days: days ? Number(days) : null },
    });
    form.reset();
    byId("token-secret", HTMLInputElement).value = secret;
    show(byId("token-made", HTMLElement), true);
    await showTokens();
    return "The token is below; keep it where only the program finds it.";
  });
  byId("copy-token", HTMLButtonElement).addEventListener(
    "click",
    () => void copyFrom("token-secret", "The token is copied."),
  );
  await showTokens();
}

async function showTokens() {
  const list = byId("tokens", HTMLUListElement);
  await attemptIn(message, async () => {
    const { tokens } = await call("GET", "/auth/tokens");
    list.replaceChildren(...tokens.map(rowOf));
  });
  list.removeAttribute("aria-busy");
}

/**
 * @param {Token} token
 * @returns {HTMLElement}
 */
function rowOf(token) {
  const row = copyOf("token-row");
  within(row, "[data-name]", HTMLElement).textContent = token.name;
  const isOver = token.expires_at !== null && new Date(token.expires_at) < new Date();
  const facts = [
    token.scopes.join(", "),
    token.project_ids ? `for ${token.project_ids.length} projects` : "",
    token.expires_at === null ? "for ever" : `${isOver ? "ran out" : "until"} ${dayAndTime(token.expires_at)}`,
    token.last_used_at ? `last used ${dayAndTime(token.last_used_at)}` : "not used yet",
  ];
  within(row, "[data-facts]", HTMLElement).textContent = facts.filter(Boolean).join(" · ");
  const button = within(row, "[data-revoke]", HTMLButtonElement);
  button.setAttribute("aria-label", `Revoke ${token.name}`);
  button.addEventListener("click", () =>
    attemptIn(message, async () => {
      const question = {
        title: `Revoke ${token.name}?`,
        text: "Programs that use it get to nothing any more.",
        yes: "Revoke",
      };
      if (!(await confirmed(question))) return;
      await call("DELETE", `/auth/tokens/${token.id}`);
      await showTokens();
      byId("tokens-title", HTMLElement).focus();
    }),
  );
  return row;
}
