"""Tables of teams and who belongs to them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import CharField, ForeignKeyField, IntegrityError, fn

from clipflow.accounts.models import User
from clipflow.core.db import BaseModel, IdField, UtcDateTimeField, delete_rows, hold_rows, subquery, transaction
from clipflow.teams.roles import Role

LONGEST_NAME = 200


class Team(BaseModel):
    """A team; ``personal_of`` is the one member of a team that a person has alone.

    With ``deleted_at`` it is gone for everybody, and a job clears up what belongs to it.
    """

    personal_of_id: UUID | None
    id = IdField()
    name = CharField(max_length=LONGEST_NAME)
    personal_of = ForeignKeyField(User, on_delete="CASCADE", null=True, unique=True, backref="personal_teams")
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()
    deleted_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "teams"


class Membership(BaseModel):
    """Somebody's role in a team."""

    team_id: UUID
    user_id: UUID
    id = IdField()
    team = ForeignKeyField(Team, on_delete="CASCADE", backref="memberships")
    user = ForeignKeyField(User, on_delete="CASCADE", backref="memberships")
    role = CharField(max_length=20)
    created_at = UtcDateTimeField()

    class Meta:
        """A person is in a team once."""

        table_name = "memberships"
        indexes = ((("team", "user"), True), (("user", "role"), False))


def deleted_teams() -> Any:
    """The ids of the teams that are deleted and not cleared up yet, as a query."""
    return subquery("SELECT id FROM teams WHERE deleted_at IS NOT NULL")


def teams_with_roles(user_id: UUID, roles: Iterable[str]) -> Any:
    """The ids of the teams in which a person has one of these roles, as a query."""
    return subquery("SELECT team_id FROM memberships WHERE user_id = ? AND role IN ?", user_id, list(roles))


def teams_of(user_id: UUID) -> list[tuple[Team, str]]:
    """A person's teams with the role in each, the personal one first, then by name."""
    memberships = (
        Membership.select(Membership, Team)
        .join(Team)
        .where(Membership.user == user_id, Team.deleted_at.is_null())
        .order_by(Team.personal_of.is_null(), fn.LOWER(Team.name), Team.id)
    )
    return [(one.team, one.role) for one in memberships]


def membership_of(team_id: UUID, user_id: UUID) -> Membership | None:
    """Somebody's membership in a team that is not deleted, with the team; or None."""
    found: Membership | None = (
        Membership.select(Membership, Team)
        .join(Team)
        .where(Membership.team == team_id, Membership.user == user_id, Team.deleted_at.is_null())
        .first()
    )
    return found


def members_of(team_id: UUID) -> list[Membership]:
    """Everybody in a team with their accounts, owners first, then by when they came."""
    order = {role: number for number, role in enumerate(Role)}
    rows = (
        Membership.select(Membership, User)
        .join(User)
        .where(Membership.team == team_id)
        .order_by(Membership.created_at, Membership.id)
    )
    return sorted(rows, key=lambda one: order[Role(one.role)])


def member_counts(team_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many belong to each of these teams."""
    rows: Any = (
        Membership.select(Membership.team, fn.COUNT(Membership.id))
        .where(Membership.team.in_(list(team_ids)))
        .group_by(Membership.team)
        .tuples()
    )
    return dict(rows)


def page_of_teams(query: str, page: int, limit: int) -> tuple[list[Team], int]:
    """One page of the shared teams whose name has a text in it, by name, and how many there are in all."""
    found = Team.select().where(Team.personal_of.is_null(), Team.deleted_at.is_null(), Team.name.contains(query))
    return list(found.order_by(fn.LOWER(Team.name), Team.id).paginate(page, limit)), int(found.count())


def lock(team_id: UUID) -> None:
    """Let nobody else change who belongs to the team until the transaction ends."""
    hold_rows(Team.updated_at, Team.id == team_id)


def active_owner_ids(team_id: UUID) -> set[UUID]:
    """Who owns a team and can sign in."""
    rows: Any = (
        Membership.select(Membership.user)
        .join(User)
        .where(Membership.team == team_id, Membership.role == Role.OWNER, User.is_active == True)  # noqa: E712
        .tuples()
    )
    return {user_id for (user_id,) in rows}


def shared_team_ids_owned_by(user_id: UUID) -> list[UUID]:
    """The teams that are nobody's alone and that a person owns."""
    rows: Any = (
        Membership.select(Membership.team)
        .join(Team)
        .where(
            Membership.user == user_id,
            Membership.role == Role.OWNER,
            Team.personal_of.is_null(),
            Team.deleted_at.is_null(),
        )
        .order_by(Membership.team)
        .tuples()
    )
    return [team_id for (team_id,) in rows]


def personal_team_of(user_id: UUID, name: str, now: datetime) -> Team:
    """The team that a person has alone; made the first time it is asked for."""
    found = Team.get_or_none(Team.personal_of == user_id)
    if found is not None:
        return found
    try:
        with transaction():
            team = Team.create(name=name, personal_of=user_id, created_at=now, updated_at=now)
            Membership.create(team=team, user=user_id, role=Role.OWNER, created_at=now)
    except IntegrityError:
        # Another request has made it at the same moment.
        return Team.get(Team.personal_of == user_id)
    return team


def join(team_id: UUID, user_id: UUID, role: str, now: datetime) -> bool:
    """Make somebody a member; False where the person is one already."""
    try:
        with transaction():
            Membership.create(team=team_id, user=user_id, role=role, created_at=now)
    except IntegrityError:
        return False
    return True


def leave(team_id: UUID, user_id: UUID) -> None:
    """Let somebody be no member any more."""
    delete_rows(Membership, Membership.team == team_id, Membership.user == user_id)


def teams_deleted_before(moment: datetime) -> list[UUID]:
    """Teams that were deleted before then and are still there."""
    rows: Any = Team.select(Team.id).where(Team.deleted_at < moment).tuples()
    return [team_id for (team_id,) in rows]
