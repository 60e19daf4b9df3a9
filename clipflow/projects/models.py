"""The table of projects."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import CharField, ForeignKeyField, IntegrityError, JSONField, TextField

from clipflow.accounts.models import User
from clipflow.core.db import BaseModel, IdField, UtcDateTimeField, hold_rows, subquery, transaction
from clipflow.teams.models import Team


class ProjectStatus(StrEnum):
    """Follows the project's analyses."""

    CREATED = "created"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class Project(BaseModel):
    """A project; with ``deleted_at`` it is gone for everybody, and a job clears up what belongs to it.

    ``settings`` are the options that its analyses begin with, under the API's names. ``creator`` is who made
    it, which gives no rights; those come from the team and from shares.
    """

    creator_id: UUID
    team_id: UUID
    id = IdField()
    creator = ForeignKeyField(User, column_name="owner_id", on_delete="CASCADE", backref="projects")
    team = ForeignKeyField(Team, on_delete="CASCADE", backref="projects")
    name = CharField(max_length=200)
    description = TextField(default="")
    settings = JSONField(default=dict)
    status = CharField(max_length=20, default=ProjectStatus.CREATED)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()
    deleted_at = UtcDateTimeField(null=True)

    class Meta:
        """A team's projects are listed newest first."""

        table_name = "projects"
        indexes = ((("creator", "created_at", "id"), False), (("team", "created_at", "id"), False))


class ProjectShare(BaseModel):
    """Somebody's role for one project alone, whatever team it belongs to."""

    project_id: UUID
    user_id: UUID
    id = IdField()
    project = ForeignKeyField(Project, on_delete="CASCADE", backref="shares")
    user = ForeignKeyField(User, on_delete="CASCADE", backref="project_shares")
    role = CharField(max_length=20)
    created_at = UtcDateTimeField()

    class Meta:
        """A project is shared with a person once."""

        table_name = "project_shares"
        indexes = ((("project", "user"), True), (("user", "role"), False))


def shared_with(user_id: UUID, roles: list[str]) -> Any:
    """The ids of the projects that are shared with a person in one of these roles, as a query."""
    return subquery("SELECT project_id FROM project_shares WHERE user_id = ? AND role IN ?", user_id, roles)


def role_shared(project_id: UUID, user_id: UUID) -> str | None:
    """In which role a project is shared with somebody; None where it is not."""
    share = ProjectShare.get_or_none(ProjectShare.project == project_id, ProjectShare.user == user_id)
    return None if share is None else share.role


def shares_of(project_id: UUID) -> list[ProjectShare]:
    """With whom a project is shared, with their accounts."""
    return list(
        ProjectShare.select(ProjectShare, User)
        .join(User)
        .where(ProjectShare.project == project_id)
        .order_by(ProjectShare.created_at, ProjectShare.id)
    )


def share(project_id: UUID, user_id: UUID, role: str, now: datetime) -> bool:
    """Share a project with somebody; False where it is already."""
    try:
        with transaction():
            ProjectShare.create(project=project_id, user=user_id, role=role, created_at=now)
    except IntegrityError:
        return False
    return True


def projects_of_team(team_id: UUID) -> list[Project]:
    """A team's projects that are not deleted."""
    return list(Project.select().where(Project.team == team_id, Project.deleted_at.is_null()))


def projects_of_personal_team(user_id: UUID) -> list[Project]:
    """The projects in the team that a person has alone."""
    personal = Team.select(Team.id).where(Team.personal_of == user_id)
    return list(Project.select().where(Project.team.in_(personal), Project.deleted_at.is_null()))


def find_project(project_id: UUID, allowed: Any) -> Project | None:
    """A project that fulfils a condition, or None."""
    return Project.get_or_none(Project.id == project_id, allowed)


def page_of_projects(
    allowed: Any, page: int, limit: int, *, status: str | None = None, team_id: UUID | None = None
) -> tuple[list[Project], int]:
    """One page of the projects that fulfil a condition, newest first, and how many there are in all."""
    query = Project.select().where(allowed)
    if status is not None:
        query = query.where(Project.status == status)
    if team_id is not None:
        query = query.where(Project.team == team_id)
    newest_first = query.order_by(Project.created_at.desc(), Project.id.desc())
    return list(newest_first.paginate(page, limit)), int(query.count())


def deleted_teams_without_projects() -> list[UUID]:
    """Deleted teams of which no project is left, not even one that is being cleared up."""
    with_projects = Project.select(Project.team)
    rows: Any = Team.select(Team.id).where(Team.deleted_at.is_null(False), Team.id.not_in(with_projects)).tuples()
    return [team_id for (team_id,) in rows]


def lock(project_id: UUID) -> None:
    """Let nobody else change the project until the transaction ends."""
    hold_rows(Project.updated_at, Project.id == project_id)


def projects_deleted_before(moment: datetime) -> list[UUID]:
    """Projects that were deleted before then and are still there."""
    rows: Any = Project.select(Project.id).where(Project.deleted_at < moment).tuples()
    return [project_id for (project_id,) in rows]


def set_status(project_id: UUID, status: str, now: datetime) -> None:
    """Write down what the project's analyses come to."""
    Project.update(status=status, updated_at=now).where(Project.id == project_id, Project.status != status).execute()


def with_teams(project_ids: Iterable[UUID]) -> dict[UUID, Project]:
    """These projects with their teams, by their ids."""
    found = Project.select(Project, Team).join(Team).where(Project.id.in_(list(project_ids)))
    return {one.id: one for one in found}
