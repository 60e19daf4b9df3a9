"""The rules of the library: what somebody finds, and what counts as a view."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from clipflow.accounts import service as accounts
from clipflow.analysis.models import UNFINISHED, AnalysisResult
from clipflow.categories import models as category_models
from clipflow.core import clock
from clipflow.core.db import transaction
from clipflow.core.principal import Permission, Principal
from clipflow.core.searching import searchable
from clipflow.library import models
from clipflow.library.models import Wanted
from clipflow.media import service as media_service
from clipflow.media.access import visible_recordings
from clipflow.media.models import MediaFile, MediaState
from clipflow.projects import models as project_models
from clipflow.renditions import models as rendition_models
from clipflow.renditions.models import RenditionKind
from clipflow.teams import service as teams

STATUSES = ("checking", "refused", "new", "working", "failed", "ready", "reviewed")
_LEAST_QUERY = 2
# Around what was found, on either side.
_SNIPPET = 60
_VIEWS_KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What the rows of a page need besides the recordings."""

    names: Mapping[UUID, str]
    categories: Mapping[UUID, Any]
    projects: Mapping[UUID, Any]
    current: Mapping[UUID, AnalysisResult]
    finished: Mapping[UUID, AnalysisResult]
    transcribed: set[UUID]
    pictured: set[UUID]
    snippets: Mapping[UUID, str]


def list_recordings(
    principal: Principal, wanted: Wanted, sort: str, *, is_descending: bool, page: int, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """A page of everything that the person may see, and how many there are in all."""
    query = searchable(wanted.query)
    wanted = replace(wanted, query=query if len(query) >= _LEAST_QUERY else "")
    visible = visible_recordings(principal, Permission.VIEW)
    found, total = models.page_of_recordings(visible, wanted, sort, is_descending=is_descending, page=page, limit=limit)
    beside = _beside(found, wanted.query)
    # One whose project was removed in this moment is left out.
    return [_row(one, beside) for one in found if one.project_id in beside.projects], total


def list_choices(principal: Principal) -> dict[str, Any]:
    """What the library can be narrowed to: the person's teams and projects, and who has uploaded anything."""
    visible = visible_recordings(principal, Permission.VIEW)
    uploaders = accounts.names_of(models.people_in(visible))
    return {
        "teams": [{"id": own.team.id, "name": own.team.name} for own in teams.list_teams(principal)],
        "uploaders": sorted(
            ({"id": user_id, "name": name} for user_id, name in uploaders.items()), key=lambda one: str(one["name"])
        ),
    }


def note_view(principal: Principal, media_id: UUID) -> None:
    """Count that somebody looks at a recording, once a day in UTC; raises MissingError."""
    media_service.get_media(principal, media_id)
    with transaction():
        models.count_view(media_id, principal.user_id, clock.now().date().isoformat())


def forget_old(now: datetime) -> int:
    """Forget who has looked at what; how often stays."""
    return models.forget_views_before((now - _VIEWS_KEPT).date().isoformat())


def _beside(found: list[MediaFile], query: str) -> _Beside:
    ids = [one.id for one in found]
    finished = models.finished_analyses(ids)
    analysis_ids = [one.id for one in finished.values()]
    pictures = rendition_models.renditions_of(ids)
    said = models.texts_of(analysis_ids) if query else {}
    return _Beside(
        names=accounts.names_of({one.uploaded_by_id for one in found if one.uploaded_by_id}),
        categories=category_models.by_ids({one.category_id for one in found if one.category_id}),
        projects=project_models.with_teams({one.project_id for one in found}),
        current=models.current_analyses(ids),
        finished=finished,
        transcribed=models.with_transcript(analysis_ids),
        pictured={
            one.media_file_id for one in pictures if one.kind == RenditionKind.THUMBNAIL and one.storage_key is not None
        },
        snippets={one: snippet_of(text, query) for one, text in said.items() if query in text},
    )


def _row(media: MediaFile, beside: _Beside) -> dict[str, Any]:
    finished, project = beside.finished.get(media.id), beside.projects[media.project_id]
    category = beside.categories.get(media.category_id) if media.category_id else None
    summary = finished.summary if finished is not None else None
    silence = None
    if summary and summary["duration_ms"]:
        silence = round((summary["removed_ms"] + summary["suggested_ms"]) / summary["duration_ms"], 4)
    return {
        "id": media.id,
        "title": media.title,
        "description": media.description,
        "original_filename": media.original_filename,
        "thumbnail_url": f"/api/v1/media/{media.id}/thumbnail" if media.id in beside.pictured else None,
        "duration_seconds": media.duration_seconds,
        "file_size": media.file_size,
        "has_picture": bool(media.media_info and media.media_info["video"]),
        "category": None if category is None else {"id": category.id, "name": category.name, "slug": category.slug},
        "uploader": _named(media.uploaded_by_id, beside.names),
        "project": {"id": project.id, "name": project.name},
        "team": {"id": project.team_id, "name": project.team.name},
        "view_count": media.view_count,
        "status": _status(media, beside.current.get(media.id)),
        "processing_status": media.processing_status,
        "analysis_id": None if finished is None else finished.id,
        "silence_share": silence,
        "has_transcript": finished is not None and finished.id in beside.transcribed,
        "snippet": None if finished is None else beside.snippets.get(finished.id),
        "created_at": media.created_at,
    }


def _named(user_id: UUID | None, names: Mapping[UUID, str]) -> dict[str, Any] | None:
    return None if user_id is None else {"id": user_id, "name": names.get(user_id, "")}


def _status(media: MediaFile, current: AnalysisResult | None) -> str:
    if media.state != MediaState.READY:
        return str(media.state)
    if current is None:
        return "new"
    if current.status in UNFINISHED:
        return "working"
    if current.status != "completed":
        return "failed"
    return "ready" if current.reviewed_at is None else "reviewed"


def snippet_of(text: str, query: str) -> str:
    """Some words on either side of what was found in a text as it is searched."""
    place = text.index(query)
    start, end = max(0, place - _SNIPPET), min(len(text), place + len(query) + _SNIPPET)
    words = text[start:end].split(" ")
    # Half words at the ends are left out.
    words = words[1 if start > 0 and len(words) > 1 else 0 :]
    words = words[: -1 if end < len(text) and len(words) > 1 else None]
    return f"{'… ' if start > 0 else ''}{' '.join(words)}{' …' if end < len(text) else ''}"
