"""A person's decisions laid over automatic segments: pure, and kept apart from them, so that a retune keeps them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Self

from clipflow.engine.segments import Action, Segment, SegmentType


class DecidedBy(StrEnum):
    """Who has said what becomes of a segment."""

    AUTO = "auto"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person wants with a stretch, in milliseconds; an ``action`` of None takes earlier decisions back."""

    start_ms: int
    end_ms: int
    action: Action | None
    note: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start_ms < self.end_ms:
            raise ValueError("a decision starts at 0 or later and ends after its start")

    def between(self, start_ms: int, end_ms: int) -> Self:
        """The part of the decision between two times."""
        return type(self)(max(self.start_ms, start_ms), min(self.end_ms, end_ms), self.action, self.note)


class ReviewedSegment(NamedTuple):
    """A segment with the person's word on it; see :class:`~clipflow.engine.segments.Segment`."""

    start_ms: int
    end_ms: int
    type: SegmentType
    confidence: float
    level_db: float
    action: Action
    reason: str
    decided_by: DecidedBy
    note: str | None


def merge_decisions(earlier: Sequence[Decision], changes: Iterable[Decision]) -> tuple[Decision, ...]:
    """Decisions in the order of time without overlap; where two speak of the same stretch, the later change counts.

    Args:
        earlier: in the order of time, without overlap.
        changes: in the order they were made; each costs a search by halving.
    """
    merged = list(earlier)
    starts_ms = [one.start_ms for one in merged]
    for change in changes:
        first = max(0, bisect_right(starts_ms, change.start_ms) - 1)
        if first < len(merged) and merged[first].end_ms <= change.start_ms:
            first += 1
        last = bisect_left(starts_ms, change.end_ms)
        parts = [part for one in merged[first:last] for part in _without(one, change)]
        if change.action is not None:
            parts = sorted([*parts, change], key=lambda one: one.start_ms)
        merged[first:last] = parts
        starts_ms[first:last] = [one.start_ms for one in parts]
    return tuple(merged)


def apply_decisions(segments: Iterable[Segment], decisions: Sequence[Decision]) -> list[ReviewedSegment]:
    """Split segments at the edges of the decisions and put the decided action on the parts inside.

    Args:
        segments: tile the recording.
        decisions: in the order of time, without overlap.
    """
    reviewed: list[ReviewedSegment] = []
    first = 0
    for segment in segments:
        while first < len(decisions) and decisions[first].end_ms <= segment.start_ms:
            first += 1
        reviewed.extend(_split(segment, decisions, first))
    return reviewed


def _without(decision: Decision, hole: Decision) -> Iterator[Decision]:
    if decision.start_ms < hole.start_ms:
        yield decision.between(decision.start_ms, min(decision.end_ms, hole.start_ms))
    if decision.end_ms > hole.end_ms:
        yield decision.between(max(decision.start_ms, hole.end_ms), decision.end_ms)


def _split(segment: Segment, decisions: Sequence[Decision], first: int) -> Iterator[ReviewedSegment]:
    position_ms = segment.start_ms
    for number in range(first, len(decisions)):
        decision = decisions[number]
        if decision.start_ms >= segment.end_ms:
            break
        part = decision.between(segment.start_ms, segment.end_ms)
        if position_ms < part.start_ms:
            yield _automatic(segment, position_ms, part.start_ms)
        yield _decided(segment, part)
        position_ms = part.end_ms
    if position_ms < segment.end_ms:
        yield _automatic(segment, position_ms, segment.end_ms)


def _automatic(segment: Segment, start_ms: int, end_ms: int) -> ReviewedSegment:
    return ReviewedSegment(start_ms, end_ms, *segment[2:], DecidedBy.AUTO, None)


def _decided(segment: Segment, decision: Decision) -> ReviewedSegment:
    assert decision.action is not None, "a decision that takes others back is merged, not applied"
    return ReviewedSegment(
        decision.start_ms, decision.end_ms, segment.type, segment.confidence, segment.level_db,
        decision.action, "decided by a person", DecidedBy.USER, decision.note,
    )  # fmt: skip
