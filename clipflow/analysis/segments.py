"""The segments of an analysis: stored as the engine made them, and shown with a person's decisions laid over them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from clipflow import engine
from clipflow.analysis import decisions, models
from clipflow.analysis.models import AnalysisResult
from clipflow.analysis.serialization import segment_from, stored_segments
from clipflow.core.db import transaction
from clipflow.core.errors import ConflictError, MissingError
from clipflow.engine import Decision, ReviewedSegment, Segment

# Four megabytes for each recording of eight hours.
_REMEMBERED_ANALYSES = 8
# Nobody decides so fast that all of them fail, and whoever reads is not kept for good.
_READS = 20


def automatic_segments(analysis_id: UUID) -> tuple[Segment, ...]:
    """The segments as the engine made them; none before the analysis is done."""
    revision = models.segments_revision(analysis_id)
    return () if revision is None else _read_segments(analysis_id, revision)


@lru_cache(maxsize=_REMEMBERED_ANALYSES)
def _read_segments(analysis_id: UUID, revision: UUID) -> tuple[Segment, ...]:
    """Remembered, because a review asks for them with every key, and they change with their revision alone."""
    return tuple(segment_from(one) for one in models.stored_segments(analysis_id))


def with_decisions(find: Callable[[], AnalysisResult]) -> tuple[AnalysisResult, list[Decision]]:
    """An analysis and what has been decided on it, in the order of time, both of one version.

    Args:
        find: reads the analysis; called again when somebody has decided meanwhile.
    """
    for _ in range(_READS):
        analysis = find()
        decided = decisions.stored_decisions(analysis.id)
        if models.version_of(analysis.id) == analysis.version:
            break
    return analysis, decided


def reviewed_segments(analysis_id: UUID, decided: Sequence[Decision]) -> list[ReviewedSegment]:
    """The segments with decisions laid over them."""
    return engine.apply_decisions(automatic_segments(analysis_id), decided)


def summary_of(segments: Sequence[Segment], decided: Sequence[Decision]) -> dict[str, Any]:
    """What the cut comes to, with a person's decisions."""
    return summary_of_reviewed(engine.apply_decisions(segments, decided))


def summary_of_reviewed(segments: Sequence[ReviewedSegment]) -> dict[str, Any]:
    """What the cut comes to."""
    return asdict(engine.summarise(segments))


def _save_nothing_more() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Replacement:
    """Segments that take the place of those that an analysis has.

    Attributes:
        options: that they were made with.
        segments: as the engine made them.
        filler_words_detected: where the transcript was looked through again, None where not.
        save: stores what belongs to them, in the same transaction.
    """

    options: dict[str, Any]
    segments: Sequence[Segment]
    filler_words_detected: list[dict[str, Any]] | None = None
    save: Callable[[], None] = field(default=_save_nothing_more)


def replace_segments(
    analysis_id: UUID, version: int | None, prepare: Callable[[AnalysisResult], Replacement]
) -> AnalysisResult:
    """Put other segments in the place of those of an analysis; decisions stay.

    Args:
        analysis_id: of a finished analysis.
        version: the only one that they may take the place of; None for any.
        prepare: makes the segments; called again when someone has changed the analysis meanwhile.

    Raises:
        MissingError: the analysis is gone.
        ConflictError: it has another version than was asked for.
    """
    while True:
        current = AnalysisResult.get_or_none(AnalysisResult.id == analysis_id)
        if current is None:
            raise missing_analysis()
        if version not in (None, current.version):
            raise stale_version()
        new = prepare(current)
        changes: dict[str, Any] = {
            "options": new.options,
            "summary": summary_of(new.segments, decisions.stored_decisions(analysis_id)),
        }
        if new.filler_words_detected is not None:
            changes["filler_words_detected"] = new.filler_words_detected
        with transaction():
            if not models.change_version(analysis_id, current.version, **changes):
                continue
            models.store_segments(analysis_id, stored_segments(new.segments))
            new.save()
        return AnalysisResult.get_by_id(analysis_id)


def missing_analysis() -> MissingError:
    """What is said when there is no such analysis."""
    return MissingError("There is no such analysis; check the address.")


def stale_version() -> ConflictError:
    """What is said when someone has changed the analysis meanwhile."""
    return ConflictError(
        "Someone has changed the segments meanwhile; load them again and repeat the change.",
        {"version": "Is not the current one."},
    )
