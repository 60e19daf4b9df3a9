"""The table of invitations."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from peewee import BooleanField, CharField, ForeignKeyField

from clipflow.accounts.models import User
from clipflow.core.db import BaseModel, IdField, UtcDateTimeField, delete_rows
from clipflow.teams.models import Team


class Invitation(BaseModel):
    """An invitation, of whose secret only the SHA-256 is kept; with an address it is for that address alone."""

    team_id: UUID | None
    invited_by_id: UUID | None
    id = IdField()
    token_hash = CharField(max_length=64, unique=True)
    email = CharField(max_length=320, null=True)
    is_admin = BooleanField(default=False)
    team = ForeignKeyField(Team, on_delete="CASCADE", null=True, backref="invitations")
    team_role = CharField(max_length=20, null=True)
    invited_by = ForeignKeyField(User, on_delete="SET NULL", null=True, backref="invitations")
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField(index=True)
    used_at = UtcDateTimeField(null=True)
    revoked_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "invitations"


def find_open(token_hash: str, now: datetime) -> Invitation | None:
    """An invitation that can be used, or None."""
    return Invitation.get_or_none(Invitation.token_hash == token_hash, _is_open(now))


def use(invitation_id: UUID, now: datetime) -> bool:
    """Use an invitation up; False where somebody else has at the same moment."""
    return bool(Invitation.update(used_at=now).where(Invitation.id == invitation_id, _is_open(now)).execute() == 1)


def revoke(now: datetime, *conditions: object) -> int:
    """Let open invitations that fulfil all conditions open nothing any more; returns how many."""
    return int(Invitation.update(revoked_at=now).where(_is_open(now), *conditions).execute())


def open_invitations(team_ids: Iterable[UUID] | None, now: datetime) -> list[Invitation]:
    """What can be used: of these teams, or all, the newest first."""
    query = Invitation.select().where(_is_open(now)).order_by(Invitation.created_at.desc(), Invitation.id)
    return list(query if team_ids is None else query.where(Invitation.team.in_(list(team_ids))))


def made_since(user_id: UUID, moment: datetime) -> int:
    """How many invitations somebody has made since then, used and revoked ones too."""
    return int(Invitation.select().where(Invitation.invited_by == user_id, Invitation.created_at >= moment).count())


def delete_expired(now: datetime) -> int:
    """Forget invitations that have run out."""
    return delete_rows(Invitation, Invitation.expires_at < now)


def forget_email(email: str) -> None:
    """Forget all invitations to an address."""
    delete_rows(Invitation, Invitation.email == email)


def _is_open(now: datetime) -> object:
    return Invitation.used_at.is_null() & Invitation.revoked_at.is_null() & (Invitation.expires_at > now)
