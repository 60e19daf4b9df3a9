"""The table of who is looking at an analysis."""

from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import CompositeKey, ForeignKeyField, UUIDField

from clipflow.analysis.models import AnalysisResult
from clipflow.core.db import BaseModel, UtcDateTimeField, delete_rows


class Presence(BaseModel):
    """When somebody, a person or a guest, has last looked at an analysis."""

    analysis = ForeignKeyField(AnalysisResult, on_delete="CASCADE")
    actor_id = UUIDField()
    seen_at = UtcDateTimeField(index=True)

    class Meta:
        table_name = "presences"
        primary_key = CompositeKey("analysis", "actor_id")


def note_presence(analysis_id: UUID, actor_id: UUID, now: datetime) -> None:
    """Write down that somebody is looking."""
    values: dict[Any, Any] = {Presence.analysis: analysis_id, Presence.actor_id: actor_id, Presence.seen_at: now}
    Presence.insert(values).on_conflict(
        conflict_target=[Presence.analysis, Presence.actor_id], update={Presence.seen_at: now}
    ).execute()


def present_since(analysis_id: UUID, moment: datetime) -> list[UUID]:
    """Who has looked since then, in a stable order."""
    rows: Any = (
        Presence.select(Presence.actor_id)
        .where(Presence.analysis == analysis_id, Presence.seen_at >= moment)
        .order_by(Presence.actor_id)
        .tuples()
    )
    return [actor_id for (actor_id,) in rows]


def forget_before(moment: datetime) -> int:
    """Forget who has looked before then; returns how many rows."""
    return delete_rows(Presence, Presence.seen_at < moment)
