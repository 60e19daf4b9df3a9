/** What an invitation is to, and the ways in. The secret stays behind the #, which no server sees. */

import { call } from "../core/api.js";
import { byId, show } from "../core/dom.js";
import { sentenceOf } from "../core/forms.js";
import { dayAndTime } from "../core/format.js";

const place = byId("invitation", HTMLElement);
const told = byId("invitation-told", HTMLElement);
const token = decodeURIComponent(window.location.hash.slice(1));

if (!token) {
  told.textContent = "Open the link of your invitation; this page needs what it ends with.";
  place.removeAttribute("aria-busy");
} else await showInvitation();

async function showInvitation() {
  try {
    const invitation = await call("POST", "/invitations/validate", { body: { token } });
    told.textContent = sentenceFor(invitation);
    show(byId("invitation-ways", HTMLElement), true);
    wire();
  } catch (error) {
    told.textContent = sentenceOf(error);
  } finally {
    place.removeAttribute("aria-busy");
  }
}

/** @param {{team: string | null, inviter: string | null, email_hint: string | null, expires_at: string}} invitation */
function sentenceFor({ team, inviter, email_hint: hint, expires_at: end }) {
  const target = team ? `the team ${team}` : "this server";
  const address = hint ? ` It is for ${hint}.` : "";
  return `${inviter ?? "Somebody"} invites you to ${target}.${address} The link works once, until ${dayAndTime(end)}.`;
}

function wire() {
  if (place.dataset.signedIn !== "yes") {
    // The secret goes on behind the # too.
    for (const id of ["to-register", "to-sign-in"]) byId(id, HTMLAnchorElement).hash = token;
    return;
  }
  byId("accept", HTMLButtonElement).addEventListener("click", async () => {
    try {
      const { team_id: id } = await call("POST", "/invitations/accept", { body: { token } });
      window.location.assign(id ? `/teams/${id}` : "/projects");
    } catch (error) {
      told.textContent = sentenceOf(error);
    }
  });
}
