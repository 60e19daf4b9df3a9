"""The domains in order, low to high: what each adds to the API, the database and the worker."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import clipflow.accounts.models
import clipflow.accounts.routes
import clipflow.accounts.tasks
import clipflow.analysis.models
import clipflow.analysis.routes
import clipflow.analysis.tasks
import clipflow.exports.routes
import clipflow.jobs.models
import clipflow.media.models
import clipflow.media.routes
import clipflow.operations.routes
import clipflow.operations.tasks
import clipflow.projects.models
import clipflow.projects.routes
from clipflow.http.api import Blueprint
from clipflow.jobs.service import JobHandler, PeriodicWork
from clipflow.resources import Resources


@dataclass(frozen=True, slots=True)
class Domain:
    """What one folder of the package adds."""

    name: str
    blueprint: Blueprint | None = None
    models: tuple[type[Any], ...] = ()
    handlers: Callable[[Resources], list[JobHandler]] = field(default=lambda resources: [])
    periodic_works: Callable[[Resources], list[PeriodicWork]] = field(default=lambda resources: [])


DOMAINS = (
    Domain(
        "jobs",
        models=(
            clipflow.jobs.models.Job,
            clipflow.jobs.models.WorkerHeartbeat,
            clipflow.jobs.models.PeriodicRun,
        ),
    ),
    Domain(
        "accounts",
        clipflow.accounts.routes.blp,
        (
            clipflow.accounts.models.User,
            clipflow.accounts.models.Session,
            clipflow.accounts.models.RefreshToken,
            clipflow.accounts.models.PasswordReset,
        ),
        clipflow.accounts.tasks.handlers,
    ),
    Domain("projects", clipflow.projects.routes.blp, (clipflow.projects.models.Project,)),
    Domain(
        "media",
        clipflow.media.routes.blp,
        (clipflow.media.models.MediaFile, clipflow.media.models.PendingUpload),
    ),
    Domain(
        "analysis",
        clipflow.analysis.routes.blp,
        (
            clipflow.analysis.models.AnalysisResult,
            clipflow.analysis.models.AnalysisSegments,
            clipflow.analysis.models.AnalysisTranscript,
            clipflow.analysis.models.TranscribedPart,
        ),
        clipflow.analysis.tasks.handlers,
    ),
    Domain("exports", clipflow.exports.routes.blp),
    Domain(
        "operations",
        clipflow.operations.routes.blp,
        handlers=clipflow.operations.tasks.handlers,
        periodic_works=clipflow.operations.tasks.periodic_works,
    ),
)


def models() -> list[type[Any]]:
    """All tables, so that each comes after those it refers to."""
    return [model for domain in DOMAINS for model in domain.models]


def job_handlers(resources: Resources) -> dict[str, JobHandler]:
    """How each kind of job is done."""
    return {handler.kind: handler for domain in DOMAINS for handler in domain.handlers(resources)}


def periodic_works(resources: Resources) -> list[PeriodicWork]:
    """What is due from time to time."""
    return [work for domain in DOMAINS for work in domain.periodic_works(resources)]
