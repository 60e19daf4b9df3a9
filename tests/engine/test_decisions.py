"""A person's decisions over automatic segments."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipflow.engine import (
    Action,
    DecidedBy,
    Decision,
    ReasonCode,
    ReviewedSegment,
    Segment,
    SegmentType,
    apply_decisions,
    around,
    merge_decisions,
    summarise,
    summarise_change,
)

LENGTH_MS = 1000
AUTO = {SegmentType.SPEECH: Action.KEEP, SegmentType.SILENCE: Action.REMOVE}


def segments_between(*edges_ms: int) -> list[Segment]:
    """Speech and silence in turn, from 0 over these edges to the end."""
    bounds = [0, *edges_ms, LENGTH_MS]
    kinds = [SegmentType.SPEECH, SegmentType.SILENCE] * len(bounds)
    return [
        Segment(start, end, kind, 0.9, -20.0, AUTO[kind], str(kind), ReasonCode(kind))
        for start, end, kind in zip(bounds, bounds[1:], kinds, strict=False)
    ]


def decision(start_ms: int, end_ms: int, action: Action | None = Action.KEEP, note: str | None = None) -> Decision:
    return Decision(start_ms, end_ms, action, note)


def spans(reviewed: list[ReviewedSegment]) -> list[tuple[int, int, Action, DecidedBy]]:
    return [(one.start_ms, one.end_ms, one.action, one.decided_by) for one in reviewed]


def test_without_decisions_segments_stay_as_they_are() -> None:
    automatic = segments_between(300, 600)
    reviewed = apply_decisions(automatic, ())
    assert [one[:9] for one in reviewed] == [tuple(one) for one in automatic]
    assert {one.decided_by for one in reviewed} == {DecidedBy.AUTO}
    assert summarise(reviewed) == summarise(automatic)


def test_a_decision_splits_the_segment_it_lies_in() -> None:
    reviewed = apply_decisions(segments_between(300, 600), [decision(400, 500)])
    assert spans(reviewed) == [
        (0, 300, Action.KEEP, DecidedBy.AUTO),
        (300, 400, Action.REMOVE, DecidedBy.AUTO),
        (400, 500, Action.KEEP, DecidedBy.USER),
        (500, 600, Action.REMOVE, DecidedBy.AUTO),
        (600, 1000, Action.KEEP, DecidedBy.AUTO),
    ]


def test_a_decision_over_several_segments_merges_them() -> None:
    reviewed = apply_decisions(segments_between(300, 600), [decision(200, 700, Action.REMOVE, "one breath")])
    [merged] = [one for one in reviewed if one.decided_by is DecidedBy.USER]
    # 200 ms of speech around 300 ms of silence.
    assert merged[:4] == (200, 700, SegmentType.SILENCE, 0.9)
    assert (merged.action, merged.note) == (Action.REMOVE, "one breath")


def test_a_merged_segment_is_as_loud_as_its_loudest_part_and_as_sure_as_its_average() -> None:
    loud, quiet = segments_between(500)
    parts = [loud._replace(level_db=-10.0, confidence=1.0), quiet._replace(level_db=-60.0, confidence=0.5)]
    [merged] = apply_decisions(parts, [decision(0, LENGTH_MS)])
    assert (merged.level_db, merged.confidence) == (-10.0, 0.75)


def test_two_decisions_within_a_segment_split_it() -> None:
    reviewed = apply_decisions(segments_between(300, 600), [decision(300, 450), decision(450, 600)])
    assert [one[:2] for one in reviewed] == [(0, 300), (300, 450), (450, 600), (600, 1000)]


def test_deciding_on_both_sides_moves_an_edge() -> None:
    moved = [decision(0, 250), decision(250, 600, Action.REMOVE)]
    reviewed = apply_decisions(segments_between(300, 600), moved)
    assert [one[:3] for one in reviewed] == [
        (0, 250, SegmentType.SPEECH), (250, 600, SegmentType.SILENCE), (600, 1000, SegmentType.SPEECH),
    ]  # fmt: skip


def test_a_decision_beyond_the_last_segment_ends_with_it() -> None:
    [_, last] = apply_decisions(segments_between(), [decision(900, 2 * LENGTH_MS)])
    assert (last.start_ms, last.end_ms) == (900, LENGTH_MS)


def test_cuts_that_touch_are_one_cut() -> None:
    reviewed = apply_decisions(segments_between(300, 600), [decision(200, 700, Action.REMOVE)])
    assert summarise(reviewed).cuts == 1


def test_the_later_of_two_decisions_counts() -> None:
    merged = merge_decisions([decision(100, 500)], [decision(200, 300, Action.REMOVE, "door")])
    assert merged == (decision(100, 200), decision(200, 300, Action.REMOVE, "door"), decision(300, 500))


def test_decisions_can_be_taken_back_in_part() -> None:
    merged = merge_decisions([decision(100, 500)], [decision(200, 300, None)])
    assert merged == (decision(100, 200), decision(300, 500))


def test_ten_thousand_decisions_are_merged_at_once() -> None:
    first = [decision(number * 20, number * 20 + 10) for number in range(10_000)]
    second = [decision(number * 20 + 5, number * 20 + 15, Action.REMOVE) for number in range(10_000)]
    # In seconds or minutes if each change looked at every decision.
    assert len(merge_decisions(merge_decisions((), first), second)) == 20_000


@pytest.mark.parametrize(("start_ms", "end_ms"), [(-1, 5), (5, 5), (6, 5)])
def test_a_decision_has_a_length(start_ms: int, end_ms: int) -> None:
    with pytest.raises(ValueError, match="a decision"):
        decision(start_ms, end_ms)


edges = st.lists(st.integers(1, LENGTH_MS - 1), unique=True, max_size=12).map(sorted)
decisions = st.builds(
    lambda start, length, action: decision(start, min(LENGTH_MS, start + length), action),
    st.integers(0, LENGTH_MS - 1),
    st.integers(1, 400),
    st.sampled_from([*Action, None]),
)


@given(edges, st.lists(decisions, max_size=12), st.lists(decisions, max_size=12))
def test_they_hold_for_any_segments(at: list[int], first: list[Decision], second: list[Decision]) -> None:
    merged = merge_decisions(merge_decisions((), first), second)
    assert merged == merge_decisions((), [*first, *second])
    reviewed = apply_decisions(segments_between(*at), merged)
    assert reviewed[0].start_ms == 0
    assert reviewed[-1].end_ms == LENGTH_MS
    assert all(earlier.end_ms == later.start_ms for earlier, later in pairwise(reviewed))
    wanted: list[Action | None] = [None] * LENGTH_MS
    for one in (*first, *second):
        wanted[one.start_ms : one.end_ms] = [one.action] * (one.end_ms - one.start_ms)
    for segment in reviewed:
        inside = set(wanted[segment.start_ms : segment.end_ms])
        assert inside == ({segment.action} if segment.decided_by is DecidedBy.USER else {None})
    by_people = [one[:2] for one in reviewed if one.decided_by is DecidedBy.USER]
    assert by_people == [(one.start_ms, one.end_ms) for one in merged]


STRETCHES = st.tuples(st.integers(0, LENGTH_MS - 1), st.integers(1, LENGTH_MS)).filter(lambda one: one[0] < one[1])
DECISIONS = st.builds(
    lambda stretch, action: decision(stretch[0], stretch[1], action),
    STRETCHES,
    st.sampled_from([*Action, None]),
)


@given(
    st.sets(st.integers(1, LENGTH_MS - 1), max_size=12),
    st.lists(DECISIONS, max_size=8),
    st.lists(DECISIONS, min_size=1, max_size=4),
)
def test_a_change_is_summed_up_by_what_is_around_it(
    edges: set[int], earlier: list[Decision], changes: list[Decision]
) -> None:
    automatic = segments_between(*sorted(edges))
    stored = merge_decisions((), earlier)
    touched = around(automatic, min(one.start_ms for one in changes), max(one.end_ms for one in changes))
    nearby = [one for one in stored if one.start_ms < touched[-1].end_ms and one.end_ms > touched[0].start_ms]
    found = summarise_change(
        summarise(apply_decisions(automatic, stored)), touched, before=nearby, after=merge_decisions(nearby, changes)
    )
    assert found == summarise(apply_decisions(automatic, merge_decisions(stored, changes)))
