"""The table of projects."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import CharField, ForeignKeyField, IntegerField, JSONField, TextField, fn

from clipflow.accounts.models import User
from clipflow.core.db import BaseModel, IdField, PreparedQuery, Slot, UtcDateTimeField, shown_id, shown_moment


class ProjectStatus(StrEnum):
    """Follows the project's analyses."""

    CREATED = "created"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class Project(BaseModel):
    """A project; with ``deleted_at`` it is gone for everybody, and a job clears up what belongs to it.

    ``settings`` are the options that its analyses begin with, under the API's names.
    """

    owner_id: UUID
    id = IdField()
    owner = ForeignKeyField(User, on_delete="CASCADE", backref="projects")
    name = CharField(max_length=200)
    description = TextField(default="")
    settings = JSONField(default=dict)
    status = CharField(max_length=20, default=ProjectStatus.CREATED)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()
    deleted_at = UtcDateTimeField(null=True)

    class Meta:
        """A person's projects are listed newest first."""

        table_name = "projects"
        indexes = ((("owner", "created_at", "id"), False),)


def owned_by(user_id: UUID) -> Any:
    """The condition that a project belongs to a person and is not deleted."""
    return (Project.owner == user_id) & Project.deleted_at.is_null()


def project_of(user_id: UUID, project_id: UUID) -> Project | None:
    """The person's project, or None."""
    return Project.get_or_none(Project.id == project_id, owned_by(user_id))


def _listed(with_status: bool) -> Any:
    wanted = (Project.owner == Slot(0, User.id)) & Project.deleted_at.is_null()
    return wanted & (Project.status == Slot(1, Project.status)) if with_status else wanted


def _page(with_status: bool) -> PreparedQuery:
    shown = (Project.id, Project.name, Project.description, Project.status, Project.created_at, Project.updated_at)
    return PreparedQuery(
        lambda: (
            Project.select(*shown)
            .where(_listed(with_status))
            .order_by(Project.created_at.desc(), Project.id.desc())
            .limit(Slot(2, _WHOLE_NUMBER))
            .offset(Slot(3, _WHOLE_NUMBER))
        )
    )


def _count(with_status: bool) -> PreparedQuery:
    return PreparedQuery(lambda: Project.select(fn.COUNT(Project.id)).where(_listed(with_status)))


_WHOLE_NUMBER = IntegerField()
_PAGES = {with_status: _page(with_status) for with_status in (False, True)}
_COUNTS = {with_status: _count(with_status) for with_status in (False, True)}


def page_of_projects(user_id: UUID, status: str | None, page: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """One page of a person's projects, newest first, as the API shows them, and how many there are in all."""
    with_status = status is not None
    offset = (page - 1) * limit
    # One more than is shown tells whether this is the last page; most people have only one, and nothing to count.
    rows = _PAGES[with_status].rows(user_id, status, limit + 1, offset)
    if len(rows) <= limit and (rows or page == 1):
        total = offset + len(rows)
    else:
        [(total,)] = _COUNTS[with_status].rows(user_id, status)
    return [_shown(row) for row in rows[:limit]], int(total)


def _shown(row: tuple[Any, ...]) -> dict[str, Any]:
    project_id, name, description, status, created_at, updated_at = row
    return {
        "id": shown_id(project_id), "name": name, "description": description, "status": status,
        "created_at": shown_moment(created_at), "updated_at": shown_moment(updated_at),
    }  # fmt: skip


def lock(project_id: UUID) -> None:
    """Let nobody else change the project until the transaction ends."""
    Project.update(updated_at=Project.updated_at).where(Project.id == project_id).execute()


def projects_deleted_before(moment: datetime) -> list[UUID]:
    """Projects that were deleted before then and are still there."""
    rows: Any = Project.select(Project.id).where(Project.deleted_at < moment).tuples()
    return [project_id for (project_id,) in rows]


def set_status(project_id: UUID, status: str, now: datetime) -> None:
    """Write down what the project's analyses come to."""
    Project.update(status=status, updated_at=now).where(Project.id == project_id, Project.status != status).execute()
