"""The table of personal tokens."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import CharField, ForeignKeyField, JSONField

from clipflow.accounts.models import User
from clipflow.core.db import BaseModel, IdField, UtcDateTimeField, delete_rows


class PersonalToken(BaseModel):
    """A personal token, of which only the SHA-256 is kept; without ``expires_at`` it is good for ever.

    ``project_ids`` are the only projects that it gets to; None means all that the person may see.
    """

    user_id: UUID
    id = IdField()
    user = ForeignKeyField(User, on_delete="CASCADE", backref="tokens")
    name = CharField(max_length=100)
    token_hash = CharField(max_length=64, unique=True)
    scopes = JSONField()
    project_ids = JSONField(null=True)
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField(null=True)
    last_used_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "personal_tokens"


def find_valid(token_hash: str, now: datetime) -> PersonalToken | None:
    """A token that counts, of somebody who can sign in; or None."""
    found: PersonalToken | None = (
        PersonalToken.select()
        .join(User)
        .where(
            PersonalToken.token_hash == token_hash,
            User.is_active == True,  # noqa: E712
            PersonalToken.expires_at.is_null() | (PersonalToken.expires_at > now),
        )
        .first()
    )
    return found


def note_use(token_id: UUID, now: datetime, since: datetime) -> None:
    """Write down that a token is used, unless that was done since a moment."""
    is_old = PersonalToken.last_used_at.is_null() | (PersonalToken.last_used_at < since)
    PersonalToken.update(last_used_at=now).where(PersonalToken.id == token_id, is_old).execute()


def tokens_of(user_id: UUID) -> list[PersonalToken]:
    """Somebody's tokens, the newest first."""
    newest_first = PersonalToken.created_at.desc(), PersonalToken.id
    return list(PersonalToken.select().where(PersonalToken.user == user_id).order_by(*newest_first))


def valid_tokens_of(user_ids: Iterable[UUID], now: datetime) -> list[PersonalToken]:
    """The tokens of these people that have not run out."""
    is_valid = PersonalToken.expires_at.is_null() | (PersonalToken.expires_at > now)
    return list(PersonalToken.select().where(PersonalToken.user.in_(list(user_ids)), is_valid))


def delete_own(user_id: UUID, token_id: UUID) -> bool:
    """Delete one of somebody's tokens; False where there is none (any more)."""
    return delete_rows(PersonalToken, PersonalToken.id == token_id, PersonalToken.user == user_id) == 1


def delete_all_of(user_id: UUID) -> None:
    """Delete all of somebody's tokens."""
    delete_rows(PersonalToken, PersonalToken.user == user_id)


def delete_expired(before: datetime) -> int:
    """Forget tokens that have run out before then."""
    expired: Any = PersonalToken.expires_at < before
    return delete_rows(PersonalToken, expired)
