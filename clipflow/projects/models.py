"""The table of projects."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import CharField, ForeignKeyField, TextField

from clipflow.accounts.models import User
from clipflow.core.db import BaseModel, IdField, UtcDateTimeField


class ProjectStatus(StrEnum):
    """Follows the project's analyses."""

    CREATED = "created"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class Project(BaseModel):
    """A project; with ``deleted_at`` it is gone for everybody, and a job clears up what belongs to it."""

    owner_id: UUID
    id = IdField()
    owner = ForeignKeyField(User, on_delete="CASCADE", backref="projects")
    name = CharField(max_length=200)
    description = TextField(default="")
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


def page_of_projects(user_id: UUID, status: str | None, page: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """One page of a person's projects, newest first, as plain values, and how many there are in all."""
    wanted = owned_by(user_id)
    if status is not None:
        wanted &= Project.status == status
    total = Project.select().where(wanted).count()
    rows: Any = (
        Project.select()
        .where(wanted)
        .order_by(Project.created_at.desc(), Project.id)
        .paginate(page, limit)
        .dicts()
    )  # fmt: skip
    return [dict(row) for row in rows], int(total)


def set_status(project_id: UUID, status: str, now: datetime) -> None:
    """Write down what the project's analyses come to."""
    Project.update(status=status, updated_at=now).where(Project.id == project_id, Project.status != status).execute()
