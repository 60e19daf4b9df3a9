/** One team: its members, who is invited, its name, leaving and deleting it. */

import { call } from "../core/api.js";
import { bindCloseButtons, confirmed } from "../core/dialogs.js";
import { copyFrom } from "../core/copying.js";
import { byId, copyOf, show, tell, within } from "../core/dom.js";
import { attemptIn, bindForm, clearErrors, sentenceOf } from "../core/forms.js";
import { dayAndTime } from "../core/format.js";
import { memberRow } from "../core/member-rows.js";
import { roleName } from "../core/roles.js";
import { bindProviderKeys } from "../core/provider-keys.js";
import { showUsage } from "../core/usage.js";
import { startSession } from "../core/session.js";
import { TeamPresets } from "./team-presets.js";

/**
 * @typedef {import("../core/member-rows.js").Member} Member
 * @typedef {{id: string, email: string | null, team_id: string, team_role: string, expires_at: string}} Invitation
 */

const place = byId("team", HTMLElement);
const path = `/teams/${place.dataset.teamId ?? ""}`;
const isOwner = place.dataset.role === "owner";
const ownId = document.documentElement.dataset.userId;
const message = byId("team-message", HTMLElement);
const isShared = document.getElementById("leave") !== null;

startSession();
if (isShared) wireLeaving();
if (isShared && isOwner) wireOwner();
const presets = new TeamPresets(place.dataset.teamId ?? "", place.dataset.role ?? "");
await Promise.all([showMembers(), showUsage("usage", `${path}/usage`), presets.load()]);
if (isShared && isOwner) await Promise.all([showInvitations(), bindProviderKeys(`${path}/keys`)]);

async function showMembers() {
  const list = byId("members", HTMLUListElement);
  try {
    const { members } = await call("GET", `${path}/members`);
    list.replaceChildren(...members.map(rowOf));
  } catch (error) {
    message.textContent = sentenceOf(error);
  } finally {
    list.removeAttribute("aria-busy");
  }
}

/**
 * @param {Member} member
 * @returns {HTMLElement}
 */
function rowOf(member) {
  if (!isShared || !isOwner) return memberRow(member, null);
  const own = `${path}/members/${member.user_id}`;
  return memberRow(member, {
    canRemove: member.user_id !== ownId,
    setRole: (role) =>
      attempt(async () => {
        await call("PATCH", own, { body: { role } });
        tell(`${member.name} is ${roleName(role).toLowerCase()} now.`);
        if (member.user_id === ownId) window.location.reload();
      }),
    remove: async () => {
      await attempt(() => call("DELETE", own));
      byId("members-title", HTMLElement).focus();
    },
  });
}

function wireOwner() {
  const form = byId("invite", HTMLFormElement);
  bindForm(form, async ({ email, team_role }) => {
    const body = { team_id: place.dataset.teamId, team_role, ...(email ? { email } : {}) };
    const { url } = await call("POST", "/invitations", { body });
    byId("invite-url", HTMLInputElement).value = url;
    show(byId("invite-link", HTMLElement), true);
    byId("invite-email", HTMLInputElement).value = "";
    await showInvitations();
    return email ? `A mail with the link is on its way to ${email}.` : "The link is below.";
  });
  byId("copy-link", HTMLButtonElement).addEventListener(
    "click",
    () => void copyFrom("invite-url", "The link is copied."),
  );
  bindForm(byId("rename", HTMLFormElement), async (values) => {
    const { team } = await call("PATCH", path, { body: values });
    byId("team-title", HTMLElement).textContent = team.name;
    return "The name is saved.";
  });
  const dialog = byId("delete-dialog", HTMLDialogElement);
  const deletion = within(dialog, "form", HTMLFormElement);
  bindCloseButtons(dialog);
  byId("delete", HTMLButtonElement).addEventListener("click", () => {
    clearErrors(deletion);
    deletion.reset();
    dialog.showModal();
  });
  bindForm(deletion, async (values) => {
    await call("DELETE", path, { body: values });
    window.location.assign("/teams");
  });
}

async function showInvitations() {
  await attempt(async () => {
    const { invitations } = await call("GET", "/invitations");
    const ours = /** @type {Invitation[]} */ (invitations).filter((one) => one.team_id === place.dataset.teamId);
    byId("invitations", HTMLUListElement).replaceChildren(...ours.map(invitationRow));
    show(byId("no-invitations", HTMLElement), ours.length === 0);
  }, false);
}

/**
 * @param {Invitation} invitation
 * @returns {HTMLElement}
 */
function invitationRow(invitation) {
  const row = copyOf("invitation-row");
  const who = invitation.email ?? "Whoever has the link";
  within(row, "[data-told]", HTMLElement).textContent =
    `${who} · ${roleName(invitation.team_role)} · until ${dayAndTime(invitation.expires_at)}`;
  const button = within(row, "[data-revoke]", HTMLButtonElement);
  button.setAttribute("aria-label", `Revoke the invitation of ${who}`);
  button.addEventListener("click", () =>
    attempt(async () => {
      await call("DELETE", `/invitations/${invitation.id}`);
      await showInvitations();
      tell("The invitation is revoked.");
    }),
  );
  return row;
}

function wireLeaving() {
  byId("leave", HTMLButtonElement).addEventListener("click", async () => {
    const question = { title: "Leave the team?", text: "You will not see its projects any more.", yes: "Leave" };
    if (!(await confirmed(question))) return;
    await attempt(async () => {
      await call("POST", `${path}/leave`);
      window.location.assign("/teams");
    }, false);
  });
}

/**
 * @param {() => Promise<any>} action
 * @param {boolean} isShownAnew whether the members are asked for again afterwards
 */
async function attempt(action, isShownAnew = true) {
  await attemptIn(message, action);
  if (isShownAnew) await showMembers();
}
