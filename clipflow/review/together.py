"""Reviewing together: who is looking, what was done by whom, and what a guest of a link gets to see."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from clipflow.analysis import decisions
from clipflow.analysis import models as analysis_models
from clipflow.analysis import service as analyses
from clipflow.core import clock
from clipflow.core.errors import NotAllowedError
from clipflow.core.principal import Principal, PrincipalKind
from clipflow.links import service as links
from clipflow.media import models as media_models
from clipflow.projects import service as projects
from clipflow.review import models

# A page says it every five seconds.
_PRESENT_FOR = timedelta(seconds=15)
_FORGOTTEN_AFTER = timedelta(days=1)
_MOST_RECORDINGS = 500


def note_presence(principal: Principal, analysis_id: UUID) -> dict[str, Any]:
    """Note that somebody is looking; returns who else is, and which version there is by now.

    Raises:
        MissingError: there is no such analysis.
    """
    analysis, now = analyses.find_analysis(principal, analysis_id), clock.now()
    models.note_presence(analysis_id, principal.user_id, now)
    others = [one for one in models.present_since(analysis_id, now - _PRESENT_FOR) if one != principal.user_id]
    names = links.names_of(others, principal)
    people = [{"id": one, "name": names[one]} for one in others if one in names]
    return {"version": analysis.version, "people": people}


def list_history(principal: Principal, analysis_id: UUID, *, before: int | None, limit: int) -> dict[str, Any]:
    """What was decided, the last first: when, by whom, from what to what; raises MissingError."""
    analyses.find_analysis(principal, analysis_id)
    found = decisions.page_of_changes(analysis_id, before, limit + 1)
    shown = found[:limit]
    names = links.names_of({one.user_id for one in shown if one.user_id is not None}, principal)
    return {
        "changes": [_change_values(one, names) for one in shown],
        "next": shown[-1].id if len(found) > limit else None,
    }


def show_session(principal: Principal) -> dict[str, Any]:
    """What the guest of a link gets to see: the project's name and the recordings.

    Raises:
        NotAllowedError: it is no guest who asks.
        MissingError: the link has just ended.
    """
    if principal.kind is not PrincipalKind.GUEST or principal.project_ids is None:
        raise NotAllowedError("This is for guests of a review link; open one first.")
    [project_id] = principal.project_ids
    project = projects.get_project(principal, project_id)
    found = media_models.recordings_in(project_id, principal.media_ids, _MOST_RECORDINGS)
    current = analysis_models.current_completed_of([one.id for one in found])
    recordings = [
        {
            "id": one.id, "title": one.title, "duration_seconds": one.duration_seconds, "created_at": one.created_at,
            "analysis_id": current.get(one.id),
        }
        for one in found
    ]  # fmt: skip
    return {**links.guest_session(principal), "project": {"name": project.name}, "recordings": recordings}


def list_guests(principal: Principal, project_id: UUID, link_id: UUID) -> list[dict[str, Any]]:
    """Who has opened a link, and how much each has decided; raises MissingError or NotAllowedError."""
    guests = links.guests_of(principal, project_id, link_id)
    counts = decisions.counts_by_maker(project_id)
    return [
        {
            "id": one.id, "name": one.name, "opened_at": one.created_at, "last_seen_at": one.last_seen_at,
            "decision_count": counts.get(one.id, 0),
        }
        for one in guests
    ]  # fmt: skip


def forget_old(now: datetime) -> int:
    """Forget who has looked long ago; returns how many rows."""
    return models.forget_before(now - _FORGOTTEN_AFTER)


def _change_values(change: decisions.DecisionChange, names: dict[UUID, str]) -> dict[str, Any]:
    by = None
    if change.user_id is not None:
        by = {"id": change.user_id, "name": names.get(change.user_id), "kind": change.actor_kind or "person"}
    return {
        "at": change.decided_at, "version": change.version, "start_ms": change.start_ms, "end_ms": change.end_ms,
        "before": change.action_before, "after": change.action or "auto", "by": by,
    }  # fmt: skip
