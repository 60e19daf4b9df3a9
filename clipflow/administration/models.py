"""Queries over people and everything that belongs to the server; no tables of its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import fn

from clipflow.accounts.models import User
from clipflow.audit.models import AuditEvent, AuditHorizon
from clipflow.jobs.models import UNFINISHED, Job
from clipflow.media.models import MediaFile
from clipflow.teams.models import Team

SORTS = {
    "email": User.email.asc(),
    "-email": User.email.desc(),
    "created_at": User.created_at.asc(),
    "-created_at": User.created_at.desc(),
    "last_login": User.last_login.asc(),
    "-last_login": User.last_login.desc(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleWanted:
    """Which people are wanted; empty and None mean any."""

    query: str = ""
    role: str = ""
    status: str = ""
    sort: str = "email"

    def conditions(self) -> list[Any]:
        """For a query."""
        found: list[Any] = [User.deleted_at.is_null()]
        if self.query:
            text = self.query
            found.append(User.email.contains(text) | User.full_name.contains(text) | User.username.contains(text))
        if self.role:
            found.append(User.is_admin == (self.role == "admin"))
        if self.status:
            found.append(User.is_active == (self.status == "active"))
        return found


def page_of_people(wanted: PeopleWanted, page: int, limit: int) -> tuple[list[User], int]:
    """One page of people, and how many there are in all."""
    query = User.select().where(*wanted.conditions())
    ordered = query.order_by(SORTS[wanted.sort], User.id)
    return list(ordered.paginate(page, limit)), int(query.count())


def active_administrator_ids() -> set[UUID]:
    """Who runs the server and can sign in."""
    rows: Any = User.select(User.id).where(User.is_admin == True, User.is_active == True).tuples()  # noqa: E712
    return {user_id for (user_id,) in rows}


def has_had_administrator() -> bool:
    """Whether somebody runs the server, or has: whoever is switched off or deleted since counts too."""
    made = AuditEvent.action == "account.administrator_made"
    is_there = User.select(User.id).where(User.is_admin == True).exists()  # noqa: E712
    return bool(is_there or AuditEvent.select(AuditEvent.id).where(made).exists())


def lock_set_up() -> None:
    """Let nobody else make the first administrator until the transaction ends."""
    AuditHorizon.update(before=AuditHorizon.before).execute()


def numbers_of_week(begin: datetime, end: datetime) -> dict[str, Any]:
    """What came within a time: people, recordings and hours of them, those that are deleted since left out."""
    came = (MediaFile.created_at >= begin) & (MediaFile.created_at < end) & MediaFile.deleted_at.is_null()
    sums: Any = MediaFile.select(
        fn.COUNT(MediaFile.id), fn.COALESCE(fn.SUM(MediaFile.duration_seconds), 0.0)
    ).where(came).tuples()  # fmt: skip
    [(count, seconds)] = list(sums)
    people = User.select().where(User.created_at >= begin, User.created_at < end, User.deleted_at.is_null())
    return {"new_users": people.count(), "recordings": count, "recorded_hours": round(float(seconds) / 3600, 2)}


def numbers(active_since: datetime) -> dict[str, Any]:
    """What the server holds, in numbers."""
    is_there = MediaFile.deleted_at.is_null()
    sums: Any = (
        MediaFile.select(
            fn.COUNT(MediaFile.id),
            fn.COALESCE(fn.SUM(MediaFile.duration_seconds), 0.0),
            fn.COALESCE(fn.SUM(MediaFile.file_size), 0),
        )
        .where(is_there)
        .tuples()
    )
    [(count, seconds, size)] = list(sums)
    return {
        "users": User.select().where(User.deleted_at.is_null()).count(),
        "active_users_30_days": User.select().where(User.last_login >= active_since).count(),
        "teams": Team.select().where(Team.deleted_at.is_null(), Team.personal_of.is_null()).count(),
        "recordings": count,
        "recorded_hours": round(float(seconds) / 3600, 2),
        "stored_bytes": int(size),
        "unfinished_jobs": Job.select().where(Job.status.in_(list(UNFINISHED))).count(),
    }
