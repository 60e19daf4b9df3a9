"""A person's decisions laid over automatic segments: pure, and kept apart from them, so that a retune keeps them."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Self
from uuid import UUID

from clipflow.engine.segments import Action, ReasonCode, Segment, SegmentType, Summary, summarise


class DecidedBy(StrEnum):
    """Who has said what becomes of a segment."""

    AUTO = "auto"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person wants with a stretch, in milliseconds; an ``action`` of None takes earlier decisions back.

    ``made_by`` and ``made_at`` are carried along when a decision is cut into parts; they mean nothing here.
    """

    start_ms: int
    end_ms: int
    action: Action | None
    note: str | None = None
    made_by: UUID | None = None
    made_at: datetime | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start_ms < self.end_ms:
            raise ValueError("a decision starts at 0 or later and ends after its start")

    def between(self, start_ms: int, end_ms: int) -> Self:
        """The part of the decision between two times."""
        return replace(self, start_ms=max(self.start_ms, start_ms), end_ms=min(self.end_ms, end_ms))


class ReviewedSegment(NamedTuple):
    """A segment with the person's word on it; see :class:`~clipflow.engine.segments.Segment`."""

    start_ms: int
    end_ms: int
    type: SegmentType
    confidence: float
    level_db: float
    action: Action
    reason: str
    reason_code: ReasonCode
    filler_word: str | None
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
    """Lay decisions over segments: each decision becomes one segment, which cuts off what it covers of others.

    So a decision over two segments merges them, two decisions within one split it, and an edge is
    moved by deciding on both of its sides. A merged segment is of the type that most of it is, as
    loud as its loudest part, and as sure as its parts on average.

    Args:
        segments: tile the recording.
        decisions: in the order of time, without overlap.
    """
    reviewed: list[ReviewedSegment] = []
    covered: list[Segment] = []
    number = 0
    undecided = (DecidedBy.AUTO, None)
    next_ms = decisions[0].start_ms if decisions else math.inf
    for segment in segments:
        if segment.end_ms <= next_ms:
            # Most segments; a review lays decisions over thousands with each key.
            reviewed.append(ReviewedSegment._make(segment + undecided))
            continue
        position_ms = segment.start_ms
        while number < len(decisions) and decisions[number].start_ms < segment.end_ms:
            decision = decisions[number]
            if position_ms < decision.start_ms:
                reviewed.append(_automatic(segment, position_ms, decision.start_ms))
            position_ms = min(decision.end_ms, segment.end_ms)
            covered.append(segment._replace(start_ms=max(decision.start_ms, segment.start_ms), end_ms=position_ms))
            if decision.end_ms > segment.end_ms:
                break
            reviewed.append(_decided(covered, decision))
            covered = []
            number += 1
            next_ms = decisions[number].start_ms if number < len(decisions) else math.inf
        if position_ms < segment.end_ms:
            reviewed.append(_automatic(segment, position_ms, segment.end_ms))
    if covered:
        # A decision that reaches beyond the last segment ends with it.
        reviewed.append(_decided(covered, decisions[number]))
    return reviewed


def around(segments: Sequence[Segment], start_ms: int, end_ms: int) -> Sequence[Segment]:
    """The segments that a stretch touches, and the one on either side, which tell where actions change."""
    first = bisect_right(segments, start_ms, key=lambda one: one.end_ms) - 1
    last = bisect_left(segments, end_ms, key=lambda one: one.start_ms)
    return segments[max(0, first) : last + 1]


def summarise_change(
    summary: Summary, touched: Sequence[Segment], *, before: Sequence[Decision], after: Sequence[Decision]
) -> Summary:
    """What a cut comes to after a change, however long the recording is.

    Args:
        summary: of the whole recording, before.
        touched: the segments :func:`around` the change.
        before: the decisions that reach into them, before the change.
        after: the same after it.
    """
    start_ms, end_ms = touched[0].start_ms, touched[-1].end_ms

    def sums(decisions: Sequence[Decision]) -> tuple[int, ...]:
        return astuple(summarise(apply_decisions(touched, [one.between(start_ms, end_ms) for one in decisions])))

    # The first and the last stretch are the same before and after, so what they add falls away.
    figures = zip(astuple(summary), sums(before), sums(after), strict=True)
    return Summary(*(total - was + now for total, was, now in figures))


def _without(decision: Decision, hole: Decision) -> Iterator[Decision]:
    if decision.start_ms < hole.start_ms:
        yield decision.between(decision.start_ms, min(decision.end_ms, hole.start_ms))
    if decision.end_ms > hole.end_ms:
        yield decision.between(max(decision.start_ms, hole.end_ms), decision.end_ms)


def _automatic(segment: Segment, start_ms: int, end_ms: int) -> ReviewedSegment:
    return ReviewedSegment(start_ms, end_ms, *segment[2:], DecidedBy.AUTO, None)


def _decided(parts: Sequence[Segment], decision: Decision) -> ReviewedSegment:
    assert decision.action is not None, "a decision that takes others back is merged, not applied"
    filler_words = {one.filler_word for one in parts}
    return ReviewedSegment(
        parts[0].start_ms, parts[-1].end_ms, *_character_of(parts), decision.action, "decided by a person",
        ReasonCode.DECIDED, filler_words.pop() if len(filler_words) == 1 else None, DecidedBy.USER, decision.note,
    )  # fmt: skip


def _character_of(parts: Sequence[Segment]) -> tuple[SegmentType, float, float]:
    """Type, confidence and level of segments taken together."""
    if len(parts) == 1:
        return parts[0].type, parts[0].confidence, parts[0].level_db
    lengths_ms = dict.fromkeys((one.type for one in parts), 0)
    for one in parts:
        lengths_ms[one.type] += one.end_ms - one.start_ms
    # Of two that are as long, the one that comes first.
    kind = max(lengths_ms, key=lambda one: lengths_ms[one])
    sure = sum(one.confidence * (one.end_ms - one.start_ms) for one in parts) / sum(lengths_ms.values())
    return kind, round(sure, 4), max(one.level_db for one in parts)
