"""The rules of teams."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from clipflow.accounts import service as accounts
from clipflow.audit import service as audit
from clipflow.core import clock
from clipflow.core.db import delete_rows, transaction
from clipflow.core.errors import (
    ConflictError,
    InvalidInputError,
    LastOwnerError,
    MissingError,
    NotAllowedError,
    NotSignedInError,
)
from clipflow.core.principal import Permission, Principal
from clipflow.core.queue import Lane
from clipflow.jobs import service as jobs
from clipflow.resources import Resources
from clipflow.teams import models
from clipflow.teams.models import Membership, Team
from clipflow.teams.roles import PERMISSIONS, Role

CLEARING_JOB = "clear_deleted_team"
PERSONAL_NAME = "Personal"
# Their list is answered in one piece.
MOST_TEAMS = 200
MOST_MEMBERS = 1000
_MISSING = "There is no such team (any more); load the list again."
_NO_MEMBER = "This person is not in the team (any more); load the list again."


@dataclass(frozen=True, slots=True)
class OwnTeam:
    """A team as somebody in it sees it."""

    team: Team
    role: str
    member_count: int

    def values(self) -> dict[str, Any]:
        """Plain values for the API."""
        return {
            "id": self.team.id,
            "name": self.team.name,
            "is_personal": self.team.personal_of_id is not None,
            "role": self.role,
            "member_count": self.member_count,
            "created_at": self.team.created_at,
        }


def personal_team(principal: Principal) -> Team:
    """The team that the person has alone."""
    return personal_team_of(principal.user_id)


def personal_team_of(user_id: UUID) -> Team:
    """The team that somebody has alone."""
    return models.personal_team_of(user_id, PERSONAL_NAME, clock.now())


def list_teams(principal: Principal) -> list[OwnTeam]:
    """The person's teams, the personal one first."""
    personal_team(principal)
    found = models.teams_of(principal.user_id)
    counts = models.member_counts(team.id for team, _ in found)
    return [OwnTeam(team, role, counts[team.id]) for team, role in found]


def create_team(principal: Principal, *, name: str) -> OwnTeam:
    """Make a team that the person owns; raises ConflictError where there are very many already."""
    now = clock.now()
    with transaction():
        accounts.hold_active(principal.user_id)
        if len(models.teams_of(principal.user_id)) >= MOST_TEAMS:
            raise ConflictError(f"You are in {MOST_TEAMS} teams already; leave or delete one first.")
        team = Team.create(name=name, created_at=now, updated_at=now)
        models.join(team.id, principal.user_id, Role.OWNER, now)
        audit.record("team.made", actor=principal, target=("team", team.id))
    return OwnTeam(team, Role.OWNER, 1)


def get_team(principal: Principal, team_id: UUID, permission: Permission = Permission.VIEW) -> OwnTeam:
    """A team that the person belongs to.

    Raises:
        MissingError: the person is not in it.
        NotAllowedError: the person's role in it does not allow this.
    """
    membership = models.membership_of(team_id, principal.user_id)
    if membership is None or Permission.VIEW not in principal.ceiling:
        raise MissingError(_MISSING)
    if permission not in PERMISSIONS[Role(membership.role)] & principal.ceiling:
        raise NotAllowedError("Your role in this team does not allow this; ask one of its owners.")
    return OwnTeam(membership.team, membership.role, models.member_counts([team_id])[team_id])


def rename_team(principal: Principal, team_id: UUID, *, name: str) -> OwnTeam:
    """Give a team another name; raises MissingError or NotAllowedError."""
    own = get_team(principal, team_id, Permission.MANAGE)
    own.team.name, own.team.updated_at = name, clock.now()
    with transaction():
        own.team.save(only=[Team.name, Team.updated_at])
        audit.record("team.renamed", actor=principal, target=("team", team_id))
    return own


def delete_team(resources: Resources, principal: Principal, team_id: UUID, *, confirm_name: str) -> None:
    """Delete a team at once for everybody; its projects follow within seconds.

    Raises:
        MissingError, NotAllowedError: the person is not in it, or does not own it.
        ConflictError: it is a personal team.
        InvalidInputError: the name was not repeated rightly.
    """
    with transaction():
        models.lock(team_id)
        own = get_team(principal, team_id, Permission.MANAGE)
        _check_shared(own.team)
        if confirm_name != own.team.name:
            sentence = "This is not the team's name; type it exactly as it is written."
            raise InvalidInputError(sentence, {"confirm_name": sentence})
        own.team.deleted_at = clock.now()
        own.team.save(only=[Team.deleted_at])
        delete_rows(Membership, Membership.team == team_id)
        audit.record("team.deleted", actor=principal, target=("team", team_id))
        jobs.submit(resources.queue, CLEARING_JOB, Lane.QUICK, team_id, principal.user_id)


def list_members(principal: Principal, team_id: UUID) -> list[dict[str, Any]]:
    """Everybody in a team; raises MissingError."""
    get_team(principal, team_id)
    return people_in(team_id)


def change_role(principal: Principal, team_id: UUID, user_id: UUID, *, role: str) -> dict[str, Any]:
    """Give a member another role.

    Raises:
        MissingError, NotAllowedError: there is no such team or member, or the person does not own the team.
        LastOwnerError: nobody would own it any more.
    """
    with transaction():
        models.lock(team_id)
        _check_shared(get_team(principal, team_id, Permission.MANAGE).team)
        _change_role(principal, _membership(team_id, user_id), role)
    return _member_values(_membership(team_id, user_id))


def remove_member(principal: Principal, team_id: UUID, user_id: UUID) -> None:
    """Take somebody out of a team; raises as :func:`change_role` does."""
    with transaction():
        models.lock(team_id)
        _check_shared(get_team(principal, team_id, Permission.MANAGE).team)
        _remove(principal, _membership(team_id, user_id))


def list_members_as_administrator(team_id: UUID) -> list[dict[str, Any]]:
    """Everybody in a team, for who runs the server; raises MissingError, ConflictError for a personal one."""
    _check_shared(_any_team(team_id))
    return people_in(team_id)


def set_member_as_administrator(principal: Principal, team_id: UUID, user_id: UUID, *, role: str) -> dict[str, Any]:
    """Let somebody into a team, or give a member another role, for who runs the server.

    Raises:
        MissingError: there is no such team, or nobody who can sign in has this id.
        ConflictError: it is a personal team, or has very many members.
        LastOwnerError: nobody would own it any more.
    """
    with transaction():
        models.lock(team_id)
        _check_shared(_any_team(team_id))
        membership = models.membership_of(team_id, user_id)
        if membership is not None:
            _change_role(principal, membership, role)
        else:
            _hold_person(user_id)
            _check_room(team_id)
            models.join(team_id, user_id, role, clock.now())
            joined = {"user_id": str(user_id), "role": role}
            audit.record("team.joined_by_administrator", actor=principal, target=("team", team_id), data=joined)
    return _member_values(_membership(team_id, user_id))


def remove_member_as_administrator(principal: Principal, team_id: UUID, user_id: UUID) -> None:
    """Take somebody out of a team; raises as :func:`set_member_as_administrator` does."""
    with transaction():
        models.lock(team_id)
        _check_shared(_any_team(team_id))
        _remove(principal, _membership(team_id, user_id))


def leave_team(principal: Principal, team_id: UUID) -> None:
    """Leave a team; raises MissingError, ConflictError for the personal one, LastOwnerError."""
    with transaction():
        models.lock(team_id)
        _check_shared(get_team(principal, team_id).team)
        check_other_owner(team_id, principal.user_id)
        models.leave(team_id, principal.user_id)
        audit.record("team.left", actor=principal, target=("team", team_id))


def check_other_owner(team_id: UUID, user_id: UUID) -> None:
    """Make sure that a team, which the caller has locked, is owned by somebody active besides this person.

    Raises:
        LastOwnerError: this person is the last one.
    """
    if models.active_owner_ids(team_id) == {user_id}:
        raise LastOwnerError("This is the last owner of the team; make somebody else an owner first.")


def sole_ownerships(user_id: UUID) -> list[Team]:
    """The shared teams that a person alone owns; locks them until the caller's transaction ends."""
    alone = []
    for team_id in models.shared_team_ids_owned_by(user_id):
        models.lock(team_id)
        if models.active_owner_ids(team_id) <= {user_id}:
            alone.append(Team.get_by_id(team_id))
    return alone


def join_team(team_id: UUID, user_id: UUID, role: str, now: datetime) -> bool:
    """Let somebody who was invited in, in the caller's transaction; False where the team is gone."""
    models.lock(team_id)
    if Team.get_or_none(Team.id == team_id, Team.deleted_at.is_null()) is None:
        return False
    _check_room(team_id)
    if not models.join(team_id, user_id, role, now):
        raise ConflictError("You are in this team already; ask one of its owners for another role.")
    audit.record("team.joined", actor=user_id, target=("team", team_id), data={"role": role})
    return True


def _check_room(team_id: UUID) -> None:
    if models.member_counts([team_id])[team_id] >= MOST_MEMBERS:
        raise ConflictError(f"The team has {MOST_MEMBERS} members already; take somebody out first.")


def is_owner(team_id: UUID, user_id: UUID) -> bool:
    """Whether somebody who can sign in owns a team."""
    return user_id in models.active_owner_ids(team_id)


def hold(team_id: UUID) -> None:
    """Let nobody else change or delete a team until the caller's transaction ends."""
    models.lock(team_id)


def people_in(team_id: UUID) -> list[dict[str, Any]]:
    """Everybody in a team, whoever asks; for what has been allowed already."""
    return [_member_values(one) for one in models.members_of(team_id)]


def check_may_invite(principal: Principal, team_id: UUID) -> None:
    """Raise MissingError, NotAllowedError or ConflictError unless the person may let others into the team."""
    _check_shared(get_team(principal, team_id, Permission.MANAGE).team)


def forget_person(resources: Resources, user_id: UUID, asked_by: UUID) -> None:
    """Let a person who is deleted be in no team any more; the personal team goes with what is in it.

    In the caller's transaction, which has made sure that no team loses its last owner.
    """
    personal = Team.get_or_none(Team.personal_of == user_id, Team.deleted_at.is_null())
    if personal is not None:
        personal.deleted_at = clock.now()
        personal.save(only=[Team.deleted_at])
        jobs.submit(resources.queue, CLEARING_JOB, Lane.QUICK, personal.id, asked_by)
    delete_rows(Membership, Membership.user == user_id)


def clear(team_id: UUID) -> None:
    """Remove the row of a deleted team whose projects are gone."""
    delete_rows(Team, Team.id == team_id)


def clear_again(resources: Resources, before: datetime) -> None:
    """Have teams cleared up that were deleted before then and are still there."""
    for team_id in models.teams_deleted_before(before):
        with transaction():
            jobs.submit(resources.queue, CLEARING_JOB, Lane.QUICK, team_id)


def page_of_teams(query: str, page: int, limit: int) -> tuple[list[Team], int]:
    """One page of the shared teams whose name has a text in it, by name, and how many there are in all."""
    return models.page_of_teams(query, page, limit)


def member_counts(team_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many belong to each of these teams."""
    return models.member_counts(team_ids)


def check_exists(team_id: UUID) -> None:
    """Raise MissingError unless there is such a team, whoever asks."""
    _any_team(team_id)


def names_of_teams(team_ids: set[UUID]) -> dict[UUID, str]:
    """What these teams are called."""
    return {one.id: one.name for one in Team.select().where(Team.id.in_(list(team_ids)))}


def _hold_person(user_id: UUID) -> None:
    try:
        accounts.hold_active(user_id)
    except NotSignedInError:
        raise MissingError("Nobody who can sign in has this id; search for the person again.") from None


def _any_team(team_id: UUID) -> Team:
    team: Team | None = Team.get_or_none(Team.id == team_id, Team.deleted_at.is_null())
    if team is None:
        raise MissingError(_MISSING)
    return team


def _change_role(principal: Principal, membership: Membership, role: str) -> None:
    """In the caller's transaction, which has locked the team."""
    team_id, user_id = membership.team_id, membership.user_id
    if role != Role.OWNER:
        check_other_owner(team_id, user_id)
    membership.role = role
    membership.save(only=[Membership.role])
    changed = {"user_id": str(user_id), "role": role}
    audit.record("team.role_changed", actor=principal, target=("team", team_id), data=changed)


def _remove(principal: Principal, membership: Membership) -> None:
    """In the caller's transaction, which has locked the team."""
    team_id, user_id = membership.team_id, membership.user_id
    check_other_owner(team_id, user_id)
    models.leave(team_id, user_id)
    data = {"user_id": str(user_id)}
    audit.record("team.member_removed", actor=principal, target=("team", team_id), data=data)


def _membership(team_id: UUID, user_id: UUID) -> Membership:
    membership = models.membership_of(team_id, user_id)
    if membership is None:
        raise MissingError(_NO_MEMBER)
    return membership


def _check_shared(team: Team) -> None:
    if team.personal_of_id is not None:
        raise ConflictError("This is a personal team, which has one member; make a team to work with others.")


def _member_values(membership: Membership) -> dict[str, Any]:
    user = membership.user
    return {
        "user_id": user.id,
        "name": accounts.shown_name(user),
        "email": user.email,
        "role": membership.role,
        "is_active": user.is_active,
        "joined_at": membership.created_at,
    }
