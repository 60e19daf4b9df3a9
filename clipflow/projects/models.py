"""The table of projects."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import CharField, ForeignKeyField, JSONField, TextField

from clipflow.accounts.models import User
from clipflow.core.db import BaseModel, IdField, UtcDateTimeField


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


def find_project(project_id: UUID, allowed: Any) -> Project | None:
    """A project that fulfils a condition, or None."""
    return Project.get_or_none(Project.id == project_id, allowed)


def page_of_projects(allowed: Any, status: str | None, page: int, limit: int) -> tuple[list[Project], int]:
    """One page of the projects that fulfil a condition, newest first, and how many there are in all."""
    wanted = allowed if status is None else allowed & (Project.status == status)
    query = Project.select().where(wanted)
    newest_first = query.order_by(Project.created_at.desc(), Project.id.desc())
    return list(newest_first.paginate(page, limit)), int(query.count())


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
