"""Tables of what people have decided over the segments of an analysis: what counts, and what was done when."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from peewee import CharField, CompositeKey, ForeignKeyField, IntegerField, TextField, UUIDField, fn

from clipflow.analysis.models import AnalysisResult
from clipflow.core.db import BaseModel, UtcDateTimeField, write_many
from clipflow.engine import Action, Decision

_MOST_REMEMBERED = 20_000
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
    """What somebody has done to a stretch, and which version of the analysis came of it; ``action`` None takes back.

    ``action_before`` is what counted on the stretch before: an action, ``auto`` for the engine's, or ``mixed``.
    ``actor_kind`` says whether a person, a token or a guest did it. Earlier versions stored neither.
    """

    id: Any

    analysis = ForeignKeyField(AnalysisResult, on_delete="CASCADE")
    version = IntegerField()
    start_ms = IntegerField()
    end_ms = IntegerField()
    action = CharField(max_length=20, null=True)
    user_id = UUIDField(null=True)
    decided_at = UtcDateTimeField(null=True)
    action_before = CharField(max_length=20, null=True)
    actor_kind = CharField(max_length=10, null=True)

    class Meta:
        """Only added to; the oldest are forgotten, see ``AnalysisResult.changes_since``."""

        table_name = "decision_changes"
        indexes = ((("analysis", "version"), False),)


def stored_decisions(analysis_id: UUID) -> list[Decision]:
    """All decisions, in the order of time, without their person and moment."""
    fields = StoredDecision.start_ms, StoredDecision.end_ms, StoredDecision.action, StoredDecision.note
    rows: Any = _of(analysis_id, *fields).tuples()
    return [Decision(start_ms, end_ms, _ACTIONS[action], note) for start_ms, end_ms, action, note in rows]


def decision_counts(analysis_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many decisions each of these analyses has; none for those without one."""
    wanted = StoredDecision.analysis.in_(list(analysis_ids))
    query = StoredDecision.select(StoredDecision.analysis, fn.COUNT(StoredDecision.start_ms)).where(wanted)
    rows: Any = query.group_by(StoredDecision.analysis).tuples()
    return dict(rows)


def count_of(analysis_id: UUID) -> int:
    """How many decisions an analysis has."""
    return int(StoredDecision.select().where(StoredDecision.analysis == analysis_id).count())


def decisions_between(analysis_id: UUID, start_ms: int, end_ms: int) -> list[Decision]:
    """The decisions that reach into a window of time, whole, in the order of time."""
    fields = (
        StoredDecision.start_ms, StoredDecision.end_ms, StoredDecision.action, StoredDecision.note,
        StoredDecision.user_id, StoredDecision.decided_at,
    )  # fmt: skip
    reach_in = (StoredDecision.start_ms < end_ms) & (StoredDecision.end_ms > start_ms)
    rows: Any = _of(analysis_id, *fields).where(reach_in).tuples()
    return [Decision(start, end, _ACTIONS[action], *rest) for start, end, action, *rest in rows]


@dataclass(frozen=True, slots=True)
class Edit:
    """Rows that are made ready before the transaction, so that many of them hold nobody else up."""

    analysis_id: UUID
    gone: list[tuple[Any, ...]]
    new: list[tuple[Any, ...]]
    changes: list[tuple[Any, ...]]


def prepare_edit(
    analysis_id: UUID,
    version: int,
    *,
    before: Sequence[Decision],
    after: Iterable[Decision],
    changes: Iterable[Decision],
    actor_kind: str,
) -> Edit:
    """What puts decisions in the place of others, and remembers what was done.

    Args:
        analysis_id: of the analysis.
        version: that comes of it.
        before: decisions that go, unless they are among those that come; in the order of time.
        after: decisions that come.
        changes: what was done, as somebody asked for it.
        actor_kind: whether a person, a token or a guest did it.
    """
    starts_ms = [one.start_ms for one in before]
    old, new = set(before), set(after)
    key = StoredDecision.analysis.db_value(analysis_id)
    return Edit(
        analysis_id,
        [(key, one.start_ms) for one in old - new],
        [(*_values(key, one), one.note) for one in new - old],
        [(*_values(key, one), version, _action_before(before, starts_ms, one), actor_kind) for one in changes],
    )


def carry_out(edit: Edit) -> None:
    """Change the rows, in the caller's transaction; the oldest changes are forgotten once there are too many."""
    write_many("DELETE FROM decisions WHERE analysis_id = ? AND start_ms = ?", edit.gone)
    write_many(
        "INSERT INTO decisions (analysis_id, start_ms, end_ms, action, user_id, decided_at, note) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        edit.new,
    )
    write_many(
        "INSERT INTO decision_changes (analysis_id, start_ms, end_ms, action, user_id, decided_at, version, "
        "action_before, actor_kind) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        edit.changes,
    )
    _forget_old_changes(edit.analysis_id)


def changes_after(analysis_id: UUID, version: int, start_ms: int, end_ms: int) -> list[tuple[int, int]]:
    """Where something was done since a version, within a window of time: start and end in milliseconds."""
    rows: Any = (
        DecisionChange.select(DecisionChange.start_ms, DecisionChange.end_ms)
        .where(_done_since(analysis_id, version, start_ms, end_ms))
        .tuples()
    )
    return list(rows)


def page_of_changes(analysis_id: UUID, before_id: int | None, limit: int) -> list[DecisionChange]:
    """What was done, the last first; ``before_id`` is the last one of the page before."""
    wanted = DecisionChange.analysis == analysis_id
    if before_id is not None:
        wanted &= DecisionChange.id < before_id
    return list(DecisionChange.select().where(wanted).order_by(DecisionChange.id.desc()).limit(limit))


def makers_of(analysis_id: UUID) -> dict[int, UUID]:
    """Who made the decisions that count, by the start of each in milliseconds, as far as that is known."""
    is_known = StoredDecision.user_id.is_null(is_null=False)
    query = StoredDecision.select(StoredDecision.start_ms, StoredDecision.user_id)
    rows: Any = query.where(StoredDecision.analysis == analysis_id, is_known).tuples()
    return dict(rows)


def counts_by_maker(project_id: UUID) -> dict[UUID, int]:
    """How many changes each person or guest has made in a project, of those that are remembered."""
    rows: Any = (
        DecisionChange.select(DecisionChange.user_id, fn.COUNT(DecisionChange.id))
        .join(AnalysisResult)
        .where(AnalysisResult.project == project_id, DecisionChange.user_id.is_null(is_null=False))
        .group_by(DecisionChange.user_id)
        .tuples()
    )
    return dict(rows)


def people_after(analysis_id: UUID, version: int, start_ms: int, end_ms: int) -> set[UUID]:
    """Who has done something since a version within a window of time, as far as that is known."""
    rows: Any = (
        DecisionChange.select(DecisionChange.user_id)
        .where(
            _done_since(analysis_id, version, start_ms, end_ms),
            DecisionChange.user_id.is_null(is_null=False),
        )
        .distinct()
        .tuples()
    )
    return {person_id for (person_id,) in rows}


def _done_since(analysis_id: UUID, version: int, start_ms: int, end_ms: int) -> Any:
    """The condition that something was done since a version within a window of time."""
    return (
        (DecisionChange.analysis == analysis_id)
        & (DecisionChange.version > version)
        & (DecisionChange.start_ms < end_ms)
        & (DecisionChange.end_ms > start_ms)
    )


def _of(analysis_id: UUID, *fields: Any) -> Any:
    return (
        StoredDecision.select(*fields).where(StoredDecision.analysis == analysis_id).order_by(StoredDecision.start_ms)
    )


def _values(analysis_key: Any, one: Decision) -> tuple[Any, ...]:
    """What a row of either table has, as the database takes it: a note belongs to what counts alone."""
    return (
        analysis_key, one.start_ms, one.end_ms, None if one.action is None else str(one.action),
        StoredDecision.user_id.db_value(one.made_by), StoredDecision.decided_at.db_value(one.made_at),
    )  # fmt: skip


def _action_before(before: Sequence[Decision], starts_ms: Sequence[int], change: Decision) -> str:
    """What counted on the stretch of a change: an action, ``auto``, or ``mixed`` where it was not the same all over."""
    first = max(0, bisect_right(starts_ms, change.start_ms) - 1)
    reached = [one for one in before[first : bisect_left(starts_ms, change.end_ms)] if one.end_ms > change.start_ms]
    if not reached:
        return "auto"
    covered_ms = sum(min(one.end_ms, change.end_ms) - max(one.start_ms, change.start_ms) for one in reached)
    actions = {str(one.action) for one in reached}
    is_same_all_over = len(actions) == 1 and covered_ms == change.end_ms - change.start_ms
    return actions.pop() if is_same_all_over else "mixed"


def _forget_old_changes(analysis_id: UUID) -> None:
    of_analysis = DecisionChange.analysis == analysis_id
    newest_first = DecisionChange.select(DecisionChange.version).where(of_analysis).order_by(-DecisionChange.version)
    oldest: Any = newest_first.offset(_MOST_REMEMBERED).limit(1).tuples().first()
    if oldest is None:
        return
    DecisionChange.delete().where(of_analysis, DecisionChange.version <= oldest[0]).execute()
    AnalysisResult.update(changes_since=oldest[0]).where(AnalysisResult.id == analysis_id).execute()
