"""The domains in order, low to high: what each adds to the API, the database, the worker and the clearing up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import clipflow.accounts.mail_routes
import clipflow.accounts.models
import clipflow.accounts.routes
import clipflow.accounts.tasks
import clipflow.administration.routes
import clipflow.analysis.decisions
import clipflow.analysis.models
import clipflow.analysis.routes
import clipflow.analysis.service
import clipflow.analysis.tasks
import clipflow.audit.models
import clipflow.audit.routes
import clipflow.categories.models
import clipflow.categories.routes
import clipflow.configuration.models
import clipflow.configuration.routes
import clipflow.exports.routes
import clipflow.invitations.models
import clipflow.invitations.routes
import clipflow.invitations.tasks
import clipflow.jobs.models
import clipflow.library.models
import clipflow.library.routes
import clipflow.links.models
import clipflow.links.routes
import clipflow.media.checking
import clipflow.media.models
import clipflow.media.routes
import clipflow.media.service
import clipflow.notes.models
import clipflow.notes.routes
import clipflow.notes.tasks
import clipflow.oidc.models
import clipflow.oidc.routes
import clipflow.operations.routes
import clipflow.operations.tasks
import clipflow.presets.models
import clipflow.presets.routes
import clipflow.projects.models
import clipflow.projects.routes
import clipflow.projects.service
import clipflow.provider_keys.models
import clipflow.provider_keys.routes
import clipflow.quotas.models
import clipflow.quotas.routes
import clipflow.renditions.models
import clipflow.renditions.routes
import clipflow.renditions.service
import clipflow.renditions.tasks
import clipflow.review.models
import clipflow.review.routes
import clipflow.teams.models
import clipflow.teams.routes
import clipflow.tokens.models
import clipflow.tokens.routes
import clipflow.transcripts.models
import clipflow.transcripts.routes
import clipflow.transcripts.tasks
from clipflow import clearing
from clipflow.clearing import Clear
from clipflow.http.api import Blueprint
from clipflow.jobs.protocol import JobHandler, PeriodicWork
from clipflow.projects.service import Overview
from clipflow.resources import Resources


def _no_handlers(resources: Resources) -> list[JobHandler]:
    return []


def _no_periodic_works(resources: Resources) -> list[PeriodicWork]:
    return []


def _no_keys() -> set[str]:
    return set()


def _add_nothing(_shown: Any) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Domain:
    """What one folder of the package adds.

    Attributes:
        name: of the folder.
        blueprint: its routes.
        models: its tables, each after those that it refers to.
        handlers: how its jobs are done.
        periodic_works: what is due from time to time.
        clear: removes what it has of deleted recordings and projects.
        known_keys: the stored files that its rows speak of.
        add_to_overview: adds what it has to the overview of a project.
        add_to_list: adds what it has to the projects of a list, which are by their ids.
    """

    name: str
    blueprint: Blueprint | None = None
    models: tuple[type[Any], ...] = ()
    handlers: Callable[[Resources], list[JobHandler]] = field(default=_no_handlers)
    periodic_works: Callable[[Resources], list[PeriodicWork]] = field(default=_no_periodic_works)
    clear: Clear | None = None
    known_keys: Callable[[], set[str]] = field(default=_no_keys)
    add_to_overview: Callable[[Overview], None] = field(default=_add_nothing)
    add_to_list: Callable[[Mapping[UUID, dict[str, Any]]], None] = field(default=_add_nothing)


def known_keys() -> set[str]:
    """The stored files that rows speak of; any other belongs to nothing."""
    return {key for domain in DOMAINS for key in domain.known_keys()}


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
        "audit",
        clipflow.audit.routes.blp,
        (clipflow.audit.models.AuditEvent, clipflow.audit.models.AuditHorizon),
    ),
    Domain("configuration", clipflow.configuration.routes.blp, (clipflow.configuration.models.Configuration,)),
    Domain(
        "accounts",
        clipflow.accounts.routes.blp,
        (
            clipflow.accounts.models.User,
            clipflow.accounts.models.Session,
            clipflow.accounts.models.RefreshToken,
            clipflow.accounts.models.PasswordReset,
            clipflow.accounts.models.AccountMail,
            clipflow.accounts.models.RecoveryCode,
            clipflow.accounts.models.MfaChallenge,
            clipflow.accounts.models.KnownDevice,
            clipflow.accounts.models.Lockout,
        ),
        clipflow.accounts.tasks.handlers,
    ),
    Domain("teams", clipflow.teams.routes.blp, (clipflow.teams.models.Team, clipflow.teams.models.Membership)),
    Domain(
        "invitations",
        clipflow.invitations.routes.blp,
        (clipflow.invitations.models.Invitation,),
        clipflow.invitations.tasks.handlers,
    ),
    Domain("presets", clipflow.presets.routes.blp, (clipflow.presets.models.Preset,)),
    Domain(
        "projects",
        clipflow.projects.routes.blp,
        (clipflow.projects.models.Project, clipflow.projects.models.ProjectShare),
        clear=clipflow.projects.service.clear,
    ),
    Domain("tokens", clipflow.tokens.routes.blp, (clipflow.tokens.models.PersonalToken,)),
    Domain(
        "oidc",
        clipflow.oidc.routes.blp,
        (clipflow.oidc.models.OidcIdentity, clipflow.oidc.models.OidcAttempt),
    ),
    Domain("provider_keys", clipflow.provider_keys.routes.blp, (clipflow.provider_keys.models.ProviderKey,)),
    Domain(
        "quotas",
        clipflow.quotas.routes.blp,
        (clipflow.quotas.models.Usage, clipflow.quotas.models.TeamLimit),
    ),
    Domain("categories", clipflow.categories.routes.blp, (clipflow.categories.models.Category,)),
    Domain(
        "media",
        clipflow.media.routes.blp,
        (clipflow.media.models.MediaFile, clipflow.media.models.PendingUpload),
        clipflow.media.checking.handlers,
        clear=clipflow.media.service.clear,
        known_keys=clipflow.media.models.known_keys,
        add_to_overview=clipflow.media.service.add_to_overview,
        add_to_list=clipflow.media.service.add_to_list,
    ),
    Domain(
        "renditions",
        clipflow.renditions.routes.blp,
        (clipflow.renditions.models.Rendition,),
        clipflow.renditions.tasks.handlers,
        clipflow.renditions.tasks.periodic_works,
        clear=clipflow.renditions.service.clear,
        known_keys=clipflow.renditions.models.known_keys,
        add_to_overview=clipflow.renditions.service.add_to_overview,
    ),
    Domain(
        "links",
        clipflow.links.routes.blp,
        (clipflow.links.models.ReviewLink, clipflow.links.models.Guest),
    ),
    Domain(
        "analysis",
        clipflow.analysis.routes.blp,
        (
            clipflow.analysis.models.AnalysisResult,
            clipflow.analysis.models.AnalysisSegments,
            clipflow.analysis.decisions.StoredDecision,
            clipflow.analysis.decisions.DecisionChange,
        ),
        clipflow.analysis.tasks.handlers,
        clear=clipflow.analysis.service.clear,
        known_keys=clipflow.analysis.models.known_tracks_keys,
        add_to_overview=clipflow.analysis.service.add_to_overview,
    ),
    Domain(
        "transcripts",
        clipflow.transcripts.routes.blp,
        (
            clipflow.transcripts.models.AnalysisTranscript,
            clipflow.transcripts.models.TranscriptText,
            clipflow.transcripts.models.TranscribedPart,
        ),
        clipflow.transcripts.tasks.handlers,
    ),
    Domain("review", clipflow.review.routes.blp, (clipflow.review.models.Presence,)),
    Domain(
        "notes",
        clipflow.notes.routes.blp,
        (clipflow.notes.models.VideoRef, clipflow.notes.models.Note),
        periodic_works=clipflow.notes.tasks.periodic_works,
    ),
    Domain("exports", clipflow.exports.routes.blp),
    Domain("library", clipflow.library.routes.blp, (clipflow.library.models.View,)),
    Domain("administration", clipflow.administration.routes.blp),
    Domain(
        "operations",
        clipflow.operations.routes.blp,
        handlers=partial(clipflow.operations.tasks.handlers, known_keys=known_keys),
        periodic_works=clipflow.operations.tasks.periodic_works,
    ),
)


def models() -> list[type[Any]]:
    """All tables, so that each comes after those it refers to."""
    return [model for domain in DOMAINS for model in domain.models]


def job_handlers(resources: Resources) -> dict[str, JobHandler]:
    """How each kind of job is done."""
    from_the_top = [domain.clear for domain in reversed(DOMAINS) if domain.clear is not None]
    handlers = [handler for domain in DOMAINS for handler in domain.handlers(resources)]
    return {handler.kind: handler for handler in (*handlers, *clearing.handlers(resources, from_the_top))}


def periodic_works(resources: Resources) -> list[PeriodicWork]:
    """What is due from time to time."""
    return [work for domain in DOMAINS for work in domain.periodic_works(resources)]


def complete_overview(overview: Overview) -> None:
    """Add to a project what every domain has of it."""
    for domain in DOMAINS:
        domain.add_to_overview(overview)


def complete_list(entries: Mapping[UUID, dict[str, Any]]) -> None:
    """Add to the projects of a list what every domain has of them."""
    for domain in DOMAINS:
        domain.add_to_list(entries)
