"""Tables of what people have decided over the segments of an analysis: what counts, and what was done when."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from peewee import CharField, CompositeKey, ForeignKeyField, IntegerField, TextField, UUIDField, chunked

from clipflow.analysis.models import AnalysisResult
from clipflow.core.db import BaseModel, UtcDateTimeField
from clipflow.engine import Action, Decision

_ROWS_AT_ONCE = 500
_MOST_REMEMBERED = 20_000
_FORGETS_EVERY = 100
# Looked up, because an enumeration takes its time and eight hours have thousands of decisions.
_ACTIONS = {one.value: one for one in Action}


class StoredDecision(BaseModel):
    """What counts for a stretch; those of one analysis do not overlap."""

    analysis = ForeignKeyField(AnalysisResult, on_delete="CASCADE")
    start_ms = IntegerField()
    end_ms = IntegerField()
    action = CharField(max_length=20)
    note = TextField(null=True)
    # Earlier versions stored neither person nor time.
    user_id = UUIDField(null=True)
    decided_at = UtcDateTimeField(null=True)

    class Meta:
        """Found by analysis, in the order of time."""

        table_name = "decisions"
        primary_key = CompositeKey("analysis", "start_ms")


class DecisionChange(BaseModel):
    """What somebody has done to a stretch, and which version of the analysis came of it; ``action`` None takes back."""

    analysis = ForeignKeyField(AnalysisResult, on_delete="CASCADE")
    version = IntegerField()
    start_ms = IntegerField()
    end_ms = IntegerField()
    action = CharField(max_length=20, null=True)
    user_id = UUIDField(null=True)
    decided_at = UtcDateTimeField(null=True)

    class Meta:
        """Only added to; the oldest are forgotten, see ``AnalysisResult.changes_since``."""

        table_name = "decision_changes"
        indexes = ((("analysis", "version"), False),)


def stored_decisions(analysis_id: UUID) -> list[Decision]:
    """All decisions, in the order of time, without their person and moment."""
    fields = StoredDecision.start_ms, StoredDecision.end_ms, StoredDecision.action, StoredDecision.note
    rows: Any = _of(analysis_id, *fields).tuples()
    return [Decision(start_ms, end_ms, _ACTIONS[action], note) for start_ms, end_ms, action, note in rows]


def decisions_between(analysis_id: UUID, start_ms: int, end_ms: int) -> list[Decision]:
    """The decisions that reach into a window of time, whole, in the order of time."""
    fields = (
        StoredDecision.start_ms, StoredDecision.end_ms, StoredDecision.action, StoredDecision.note,
        StoredDecision.user_id, StoredDecision.decided_at,
    )  # fmt: skip
    reach_in = (StoredDecision.start_ms < end_ms) & (StoredDecision.end_ms > start_ms)
    rows: Any = _of(analysis_id, *fields).where(reach_in).tuples()
    return [Decision(start, end, _ACTIONS[action], *rest) for start, end, action, *rest in rows]


def replace_decisions(analysis_id: UUID, old: Iterable[Decision], new: Iterable[Decision]) -> None:
    """Put decisions in the place of others; those that are among both are not touched."""
    before, after = set(old), set(new)
    for starts_ms in chunked([one.start_ms for one in before - after], _ROWS_AT_ONCE):
        gone = (StoredDecision.analysis == analysis_id) & StoredDecision.start_ms.in_(starts_ms)
        StoredDecision.delete().where(gone).execute()
    for decisions in chunked(after - before, _ROWS_AT_ONCE):
        StoredDecision.insert_many([_row(analysis_id, one) for one in decisions]).execute()


def remember_changes(analysis_id: UUID, version: int, changes: Sequence[Decision]) -> None:
    """Write down what was done, and that this version came of it; the oldest is forgotten once there is too much."""
    for some in chunked(changes, _ROWS_AT_ONCE):
        rows = [{**_row(analysis_id, one), "version": version} for one in some]
        for row in rows:
            del row["note"]
        DecisionChange.insert_many(rows).execute()
    if version % _FORGETS_EVERY == 0 or len(changes) >= _FORGETS_EVERY:
        _forget_old_changes(analysis_id)


def changes_after(analysis_id: UUID, version: int, start_ms: int, end_ms: int) -> list[tuple[int, int]]:
    """Where something was done since a version, within a window of time: start and end in milliseconds."""
    rows: Any = (
        DecisionChange.select(DecisionChange.start_ms, DecisionChange.end_ms)
        .where(
            DecisionChange.analysis == analysis_id,
            DecisionChange.version > version,
            DecisionChange.start_ms < end_ms,
            DecisionChange.end_ms > start_ms,
        )
        .tuples()
    )
    return list(rows)


def _of(analysis_id: UUID, *fields: Any) -> Any:
    return (
        StoredDecision.select(*fields).where(StoredDecision.analysis == analysis_id).order_by(StoredDecision.start_ms)
    )


def _row(analysis_id: UUID, one: Decision) -> dict[str, Any]:
    return {
        "analysis": analysis_id, "start_ms": one.start_ms, "end_ms": one.end_ms, "action": one.action,
        "note": one.note, "user_id": one.made_by, "decided_at": one.made_at,
    }  # fmt: skip


def _forget_old_changes(analysis_id: UUID) -> None:
    of_analysis = DecisionChange.analysis == analysis_id
    newest_first = DecisionChange.select(DecisionChange.version).where(of_analysis).order_by(-DecisionChange.version)
    oldest: Any = newest_first.offset(_MOST_REMEMBERED).limit(1).tuples().first()
    if oldest is None:
        return
    DecisionChange.delete().where(of_analysis, DecisionChange.version <= oldest[0]).execute()
    AnalysisResult.update(changes_since=oldest[0]).where(AnalysisResult.id == analysis_id).execute()
