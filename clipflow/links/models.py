"""Tables of review links and of the guests who have opened them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import BooleanField, CharField, ForeignKeyField, IntegerField, JSONField

from clipflow.accounts.models import User
from clipflow.core.db import BaseModel, IdField, UtcDateTimeField
from clipflow.projects.models import Project
from clipflow.teams.models import Team

LONGEST_NAME = 100


class ReviewLink(BaseModel):
    """A link to a project, or to some of its recordings; of its secret only the SHA-256 is kept.

    ``media_ids`` None means all recordings of the project, those that come later too. ``version`` rises when guests
    have to open the link anew.
    """

    project_id: UUID
    created_by_id: UUID | None
    id = IdField()
    project = ForeignKeyField(Project, on_delete="CASCADE", backref="links")
    token_hash = CharField(max_length=64, unique=True)
    media_ids = JSONField(null=True)
    permission = CharField(max_length=20)
    allow_export = BooleanField(default=False)
    password_hash = CharField(max_length=100, null=True)
    version = IntegerField(default=1)
    created_by = ForeignKeyField(User, on_delete="SET NULL", null=True)
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField(index=True)
    revoked_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "review_links"


class Guest(BaseModel):
    """Somebody who has opened a link on one browser, under the name that was typed there.

    Stays after the link is over, because decisions go by that name.
    """

    link_id: UUID
    id = IdField()
    link = ForeignKeyField(ReviewLink, on_delete="CASCADE", backref="guests")
    link_version = IntegerField()
    secret_hash = CharField(max_length=64, unique=True)
    name = CharField(max_length=LONGEST_NAME)
    created_at = UtcDateTimeField()
    last_seen_at = UtcDateTimeField()

    class Meta:
        table_name = "guests"


def find_open(token_hash: str, now: datetime) -> ReviewLink | None:
    """A link that opens something, or None."""
    found: ReviewLink | None = (
        ReviewLink.select()
        .join(Project)
        .join(Team)
        .where(
            ReviewLink.token_hash == token_hash, _is_open(now), Project.deleted_at.is_null(), Team.deleted_at.is_null()
        )
        .first()
    )
    return found


def guest_behind(secret_hash: str, now: datetime) -> Guest | None:
    """A guest whose link still opens something as it did when the guest came, with the link; or None."""
    found: Guest | None = (
        Guest.select(Guest, ReviewLink)
        .join(ReviewLink)
        .where(Guest.secret_hash == secret_hash, _is_open(now), Guest.link_version == ReviewLink.version)
        .first()
    )
    return found


def note_seen(guest_id: UUID, now: datetime) -> None:
    """Write down that a guest was here."""
    Guest.update(last_seen_at=now).where(Guest.id == guest_id).execute()


def open_links(project_id: UUID, now: datetime) -> list[ReviewLink]:
    """The links to a project that open something, the newest first."""
    query = ReviewLink.select().where(ReviewLink.project == project_id, _is_open(now))
    return list(query.order_by(ReviewLink.created_at.desc(), ReviewLink.id))


def find_link(project_id: UUID, link_id: UUID) -> ReviewLink | None:
    """A link to a project, also one that is over; or None."""
    return ReviewLink.get_or_none(ReviewLink.id == link_id, ReviewLink.project == project_id)


def change(project_id: UUID, link_id: UUID, now: datetime, **values: Any) -> bool:
    """Change some values of a link that opens something; False where there is no such link (any more)."""
    wanted = (ReviewLink.id == link_id) & (ReviewLink.project == project_id) & _is_open(now)
    return bool(ReviewLink.update(**values).where(wanted).execute() == 1)


def revoke(now: datetime, *conditions: Any) -> int:
    """Let the open links that fulfil all conditions open nothing any more; returns how many."""
    return int(ReviewLink.update(revoked_at=now).where(_is_open(now), *conditions).execute())


def guests_of(link_id: UUID) -> list[Guest]:
    """Who has opened a link, the last one first."""
    return list(Guest.select().where(Guest.link == link_id).order_by(Guest.last_seen_at.desc(), Guest.id))


def guest_names(ids: Iterable[UUID]) -> dict[UUID, str]:
    """What these guests have called themselves; who is no guest is missing."""
    rows: Any = Guest.select(Guest.id, Guest.name).where(Guest.id.in_(list(ids))).tuples()
    return dict(rows)


def _is_open(now: datetime) -> Any:
    return ReviewLink.revoked_at.is_null() & (ReviewLink.expires_at > now)
