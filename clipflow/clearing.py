"""Clears up after deleted recordings and projects: every domain from the top down, the rows last.

A domain says in the registry what it clears, so that a new one does not change those below it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from uuid import UUID

from clipflow.core.db import connected
from clipflow.core.queue import Lane
from clipflow.jobs.protocol import JobHandler, JobInput, JobProgress, RetryableError
from clipflow.media import models as media_models
from clipflow.media import service as media
from clipflow.projects import service as projects
from clipflow.provider_keys import service as provider_keys
from clipflow.resources import Resources
from clipflow.teams import service as teams

# Removes what a domain has of these recordings and, unless that is None, of a whole project; may be done twice.
Clear = Callable[[Resources, list[UUID], UUID | None], None]


def handlers(resources: Resources, clears: Sequence[Clear]) -> list[JobHandler]:
    """The jobs that clear up; ``clears`` are those of the domains, from the top down."""
    return [
        JobHandler(media.CLEARING_JOB, Lane.QUICK, partial(clear_media, resources, clears)),
        JobHandler(projects.CLEARING_JOB, Lane.QUICK, partial(clear_project, resources, clears)),
        JobHandler(teams.CLEARING_JOB, Lane.QUICK, partial(clear_team, resources)),
    ]


def clear_media(resources: Resources, clears: Sequence[Clear], given: JobInput, progress: JobProgress) -> None:
    """Remove what belongs to a deleted recording."""
    with connected(), _disk_errors():
        for clear in clears:
            clear(resources, [UUID(given["subject_id"])], None)


def clear_project(resources: Resources, clears: Sequence[Clear], given: JobInput, progress: JobProgress) -> None:
    """Remove what belongs to a deleted project."""
    project_id = UUID(given["subject_id"])
    with connected(), _disk_errors():
        media_ids = [one.id for one in media_models.all_media_in(project_id)]
        for clear in clears:
            clear(resources, media_ids, project_id)
        projects.clear_empty_teams()


def clear_team(resources: Resources, given: JobInput, progress: JobProgress) -> None:
    """Delete the projects of a deleted team; the last of them takes the team along."""
    team_id = UUID(given["subject_id"])
    with connected():
        provider_keys.forget_team(team_id)
        projects.delete_projects_of_team(resources, team_id)
        projects.clear_empty_teams()


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RetryableError("SERVICE_UNAVAILABLE", f"A file could not be removed ({error.strerror}).") from error
