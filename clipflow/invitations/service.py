"""The rules of invitations."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from clipflow.accounts import service as accounts
from clipflow.accounts.models import User
from clipflow.audit import service as audit
from clipflow.core import clock
from clipflow.core.db import transaction
from clipflow.core.errors import InvalidInputError, MissingError, NotAllowedError, TooManyRequestsError
from clipflow.core.principal import Principal
from clipflow.core.queue import Lane
from clipflow.core.tokens import derived_token, hash_of_token
from clipflow.invitations import models
from clipflow.invitations.models import Invitation
from clipflow.jobs import service as jobs
from clipflow.resources import Resources
from clipflow.teams import service as teams
from clipflow.teams.roles import Role

MAIL_JOB = "send_invitation"
# More than any team is large, and less than what fills a mailbox.
_MOST_A_DAY = 200
_NOT_VALID = "This invitation is not valid (any more); ask for a new one."
_MISSING = "There is no such invitation (any more); load the list again."


def invite(
    resources: Resources,
    principal: Principal,
    *,
    email: str | None = None,
    is_admin: bool = False,
    team_id: UUID | None = None,
    team_role: str | None = None,
) -> dict[str, Any]:
    """Make an invitation; one to the same address and team that is still open opens nothing any more.

    Raises:
        NotAllowedError: administrators invite to the server; to a team its owners do.
        MissingError: the person is not in the team.
        InvalidInputError: a team without a role, or a role without a team.
        ConflictError: it is a personal team.
    """
    if (team_id is None) != (team_role is None):
        raise InvalidInputError("A team and a role in it go together; name both or none.")
    _check_may_invite(principal, team_id, is_admin=is_admin)
    now = clock.now()
    if models.made_since(principal.user_id, now - timedelta(days=1)) >= _MOST_A_DAY:
        raise TooManyRequestsError("You have made very many invitations today; go on tomorrow.")
    invitation = Invitation(
        id=uuid4(), email=email, is_admin=is_admin, team=team_id, team_role=team_role,
        invited_by=principal.user_id, created_at=now,
        expires_at=now + timedelta(days=resources.settings.invitation_days),
    )  # fmt: skip
    token = _token_of(resources, invitation.id)
    invitation.token_hash = hash_of_token(token)
    with transaction():
        if email is not None:
            models.revoke(now, Invitation.email == email, Invitation.team == team_id)
        invitation.save(force_insert=True)
        data = {"team_id": str(team_id) if team_id else None, "team_role": team_role, "is_admin": is_admin}
        audit.record("invitation.made", actor=principal, target=("invitation", invitation.id), data=data)
        if email is not None:
            jobs.submit(resources.queue, MAIL_JOB, Lane.QUICK, invitation.id, principal.user_id)
    return {"invitation": _values(invitation), "url": _url_of(resources, token)}


def list_invitations(principal: Principal) -> list[dict[str, Any]]:
    """The open invitations to teams that the person owns; administrators see all."""
    team_ids = None if principal.is_administrator else _owned_teams(principal)
    return [_values(one) for one in models.open_invitations(team_ids, clock.now())]


def revoke_invitation(principal: Principal, invitation_id: UUID) -> None:
    """Let an invitation open nothing any more; raises MissingError for one that is not the person's to revoke."""
    now = clock.now()
    seen = {one["id"] for one in list_invitations(principal)}
    with transaction():
        if invitation_id not in seen or models.revoke(now, Invitation.id == invitation_id) == 0:
            raise MissingError(_MISSING)
        audit.record("invitation.revoked", actor=principal, target=("invitation", invitation_id))


def describe(token: str) -> dict[str, Any]:
    """What an invitation is to, for whoever has its link.

    Raises:
        MissingError: alike for one that is unknown, used, expired or revoked.
    """
    invitation = _find_valid(token)
    names = accounts.names_of([one for one in (invitation.invited_by_id,) if one is not None])
    return {
        "email_hint": _hint(invitation.email),
        "team": _team_name(invitation.team_id),
        "inviter": next(iter(names.values()), None),
        "expires_at": invitation.expires_at,
    }


def accept(principal: Principal, token: str) -> UUID | None:
    """Use an invitation with the account that the person has; returns the team, where it is to one.

    Raises:
        MissingError: it is not valid (any more).
        NotAllowedError: it is for another address.
    """
    user = accounts.get_user(principal)
    with transaction():
        return _use(token, user).team_id


def accept_as_newcomer(token: str, user: User, *, is_tried: bool = False) -> None:
    """Use an invitation for an account that is just being made, in the caller's transaction; raises as accept does.

    ``is_tried`` only raises, and uses nothing up.
    """
    if is_tried:
        _find_valid_for(token, user.email)
    else:
        _use(token, user)


def prepare_mail(resources: Resources, invitation_id: UUID) -> dict[str, Any] | None:
    """What the mail says; None where it is not to be sent any more."""
    now = clock.now()
    invitation = Invitation.get_or_none(Invitation.id == invitation_id)
    token = _token_of(resources, invitation_id)
    if invitation is None or invitation.email is None or models.find_open(hash_of_token(token), now) is None:
        return None
    try:
        said = describe(token)
    except MissingError:
        return None
    return {**said, "expires_at": clock.to_rfc3339(invitation.expires_at), "email": invitation.email,
            "url": _url_of(resources, token)}  # fmt: skip


def _check_may_invite(principal: Principal, team_id: UUID | None, *, is_admin: bool) -> None:
    if principal.is_administrator and team_id is None:
        return
    if team_id is None or is_admin:
        raise NotAllowedError("Administrators invite to the server; name a team that you own.")
    teams.check_may_invite(principal, team_id)


def _owned_teams(principal: Principal) -> list[UUID]:
    return [one.team.id for one in teams.list_teams(principal) if one.role == Role.OWNER]


def _find_valid(token: str) -> Invitation:
    """An open invitation whose inviter may still give what it gives."""
    invitation = models.find_open(hash_of_token(token), clock.now())
    if invitation is None or invitation.invited_by_id is None:
        raise MissingError(_NOT_VALID)
    inviter = accounts.active_user(user_id=invitation.invited_by_id)
    if inviter is None:
        raise MissingError(_NOT_VALID)
    is_to_server = invitation.team_id is None or invitation.is_admin
    if is_to_server and not inviter.is_admin:
        raise MissingError(_NOT_VALID)
    if invitation.team_id is not None and not teams.is_owner(invitation.team_id, inviter.id):
        raise MissingError(_NOT_VALID)
    return invitation


def _use(token: str, user: User) -> Invitation:
    """Give somebody all that an invitation gives, in the caller's transaction."""
    invitation = _take(token, user.email)
    if invitation.team_id is not None:
        _join(invitation, user.id)
    if invitation.is_admin:
        accounts.make_administrator(user)
    data = {"invited_by": str(invitation.invited_by_id)}
    audit.record("invitation.used", actor=user.id, target=("invitation", invitation.id), data=data)
    return invitation


def _take(token: str, email: str) -> Invitation:
    invitation = _find_valid_for(token, email)
    if not models.use(invitation.id, clock.now()):
        raise MissingError(_NOT_VALID)
    return invitation


def _find_valid_for(token: str, email: str) -> Invitation:
    invitation = _find_valid(token)
    if invitation.email is not None and invitation.email != email:
        raise NotAllowedError("This invitation is for another e-mail address; use that one, or ask for a new one.")
    return invitation


def _join(invitation: Invitation, user_id: UUID) -> None:
    assert invitation.team_id is not None
    if not teams.join_team(invitation.team_id, user_id, invitation.team_role or Role.VIEWER, clock.now()):
        raise MissingError(_NOT_VALID)


def _team_name(team_id: UUID | None) -> str | None:
    return None if team_id is None else teams.names_of_teams({team_id}).get(team_id)


def _values(invitation: Invitation) -> dict[str, Any]:
    return {
        "id": invitation.id, "email": invitation.email, "role": "admin" if invitation.is_admin else "user",
        "team_id": invitation.team_id, "team_role": invitation.team_role, "created_at": invitation.created_at,
        "expires_at": invitation.expires_at,
    }  # fmt: skip


def _token_of(resources: Resources, invitation_id: UUID) -> str:
    """Follows from the id, so that a mail can be sent without the secret being kept."""
    return derived_token(resources.settings.secret_key, b"invitation:" + invitation_id.bytes)


def _url_of(resources: Resources, token: str) -> str:
    # After the #, which no server and no log gets to see.
    return f"{resources.settings.address}/invitation#{token}"


def _hint(email: str | None) -> str | None:
    """Enough of an address to know one's own by."""
    if email is None:
        return None
    name, _, domain = email.partition("@")
    return f"{name[:1]}…@{domain}"


def forget_person(user_id: UUID, email: str, now: datetime) -> None:
    """Let open invitations by somebody who is deleted open nothing any more, in the caller's transaction.

    Those to the person's address go altogether.
    """
    models.revoke(now, Invitation.invited_by == user_id)
    models.forget_email(email)


def forget_expired(now: datetime) -> int:
    """Delete invitations that have run out; returns how many."""
    return models.delete_expired(now)
