"""The rules of projects."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from clipflow.accounts import service as accounts
from clipflow.audit import service as audit
from clipflow.core import clock
from clipflow.core.db import delete_rows, transaction
from clipflow.core.errors import MissingError, NotAllowedError
from clipflow.core.principal import Permission, Principal
from clipflow.core.queue import Lane
from clipflow.jobs import service as jobs
from clipflow.presets import service as presets
from clipflow.presets.models import PresetKind
from clipflow.projects import access, models
from clipflow.projects.access import require, visible
from clipflow.projects.models import Project
from clipflow.resources import Resources
from clipflow.teams import service as teams

# Every domain clears what it has; see clipflow/clearing.py.
CLEARING_JOB = "clear_deleted_project"


def list_projects(
    principal: Principal, *, page: int, limit: int, status: str | None = None, team_id: UUID | None = None
) -> tuple[list[Project], int]:
    """One page of the projects that may be seen, newest first, and how many there are in all."""
    return models.page_of_projects(visible(principal, Permission.VIEW), page, limit, status=status, team_id=team_id)


def create_project(
    principal: Principal,
    *,
    name: str,
    description: str = "",
    settings: dict[str, Any] | None = None,
    team_id: UUID | None = None,
) -> Project:
    """Make a project in a team, by default the personal one.

    Without settings it begins with the team's default preset where there is one, otherwise with the person's own.

    Raises:
        MissingError, NotAllowedError: the person is not in the team, or may not make projects in it.
    """
    if principal.project_ids is not None:
        raise NotAllowedError("This token is for some projects alone; make one for all projects.")
    now = clock.now()
    with transaction():
        accounts.hold_active(principal.user_id)
        if team_id is None:
            team_id = teams.personal_team(principal).id
        else:
            teams.get_team(principal, team_id, Permission.EDIT)
        if settings is None:
            settings = _first_settings(principal, team_id)
        return Project.create(
            creator=principal.user_id, team=team_id, name=name, description=description, settings=settings,
            created_at=now, updated_at=now,
        )  # fmt: skip


def _first_settings(principal: Principal, team_id: UUID) -> dict[str, Any]:
    if presets.default_settings(team_id, PresetKind.ANALYSIS):
        # Left to the preset, so that changing it changes what the project's analyses begin with.
        return {}
    own: dict[str, Any] = accounts.get_user(principal).settings.get("analysis_options", {})
    return own


def list_presets(principal: Principal, project_id: UUID, kind: str | None = None) -> list[dict[str, Any]]:
    """The presets that can be chosen in a project: those of its team. Raises MissingError."""
    return presets.presets_of_team(get_project(principal, project_id).team_id, kind)


def get_project(principal: Principal, project_id: UUID, permission: Permission = Permission.VIEW) -> Project:
    """A project; raises MissingError where it may not be seen, NotAllowedError where this may not be done with it."""
    require(principal, project_id, permission)
    project = models.find_project(project_id, visible(principal, permission))
    if project is None:
        # It was deleted a moment ago.
        raise MissingError("There is no such project (any more); check the address.")
    return project


@dataclass(slots=True)
class Overview:
    """A project with a page of its recordings, to which the domains above add what they have.

    Attributes:
        project: its values.
        viewer: who looks at it.
        page: which page, from 1.
        limit: recordings of a page.
        media_id: the only recording that is wanted, where there is one.
        recordings: of this page.
        total: recordings in all.
    """

    project: dict[str, Any]
    viewer: Principal
    page: int
    limit: int
    media_id: UUID | None = None
    recordings: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0


def project_values(principal: Principal, project_id: UUID) -> dict[str, Any]:
    """A project as plain values, to which other domains add what they have of it; raises MissingError."""
    project = get_project(principal, project_id)
    return {**project_row(project), "permissions": access.permissions_for(principal, project)}


def permissions_for(principal: Principal, project: Project) -> list[str]:
    """What a principal may do with a project that it may see."""
    return access.permissions_for(principal, project)


def project_row(project: Project) -> dict[str, Any]:
    """A project's own values."""
    return {**project.__data__, "team_id": project.team_id}


def update_project(principal: Principal, project_id: UUID, changes: dict[str, Any]) -> Project:
    """Change name, description or settings; raises MissingError or NotAllowedError."""
    with transaction():
        project = get_project(principal, project_id, Permission.MANAGE)
        for name, value in changes.items():
            setattr(project, name, value)
        project.updated_at = clock.now()
        project.save(only=[Project.name, Project.description, Project.settings, Project.updated_at])
    return project


def clear(resources: Resources, media_ids: list[UUID], project_id: UUID | None) -> None:
    """Remove the row of a deleted project."""
    if project_id is not None:
        delete_rows(Project, Project.id == project_id)


def clear_again(resources: Resources, before: datetime) -> None:
    """Have projects cleared up that were deleted before then and are still there."""
    for project_id in models.projects_deleted_before(before):
        with transaction():
            jobs.submit(resources.queue, CLEARING_JOB, Lane.QUICK, project_id)


def delete_project(resources: Resources, principal: Principal, project_id: UUID) -> None:
    """Delete a project at once for everybody; its running jobs and files follow within seconds.

    Raises:
        MissingError, NotAllowedError: it may not be seen, or not be deleted.
    """
    with transaction():
        _mark_deleted(resources, get_project(principal, project_id, Permission.MANAGE), principal.user_id)
        audit.record("project.deleted", actor=principal, target=("project", project_id))


def delete_projects_of_team(resources: Resources, team_id: UUID) -> None:
    """Delete all projects of a team that is deleted."""
    for project in models.projects_of_team(team_id):
        with transaction():
            _mark_deleted(resources, project, None)


def clear_empty_teams() -> None:
    """Remove the rows of deleted teams whose projects are gone."""
    for team_id in models.deleted_teams_without_projects():
        teams.clear(team_id)


def _mark_deleted(resources: Resources, project: Project, asked_by: UUID | None) -> None:
    project.deleted_at = clock.now()
    project.save(only=[Project.deleted_at])
    jobs.submit(resources.queue, CLEARING_JOB, Lane.QUICK, project.id, asked_by)
