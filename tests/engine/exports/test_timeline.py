"""Segments become clips of whole frames."""

import time
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipflow.engine import Action, Include, TimecodeError, Timeline
from clipflow.engine.timebase import (
    DROP_FRAME_RATES,
    frame_at,
    frame_of_timecode,
    frames_a_day,
    standard_rate_of,
    timecode_at,
)
from tests.engine.exports.conftest import RATES, Piece, frames_of, pieces, recording, timeline_of

DROP_FRAME = Fraction(30_000, 1001)


def codes(timeline: Timeline) -> set[str]:
    return {warning.code for warning in timeline.warnings}


@pytest.mark.parametrize("rate", RATES.values(), ids=list(RATES))
def test_an_edge_goes_to_the_nearest_frame_however_late_it_is(rate: Fraction) -> None:
    for time_ms in (0, 1, 999, 3_600_000, 35_999_999):
        assert abs(frame_at(time_ms, rate) - Fraction(time_ms, 1000) * rate) <= Fraction(1, 2)


@pytest.mark.parametrize("rate", DROP_FRAME_RATES)
def test_a_day_of_drop_frame_timecode_has_no_gap_and_no_repetition(rate: Fraction) -> None:
    day = frames_a_day(rate, True)
    for frame in (0, 1799, 1800, 17_981, 17_982, day - 1):
        assert frame_of_timecode(timecode_at(frame, rate, True), rate) == frame
    assert timecode_at(day, rate, True) == "00:00:00;00"


def test_drop_frame_timecode_keeps_to_the_clock() -> None:
    assert timecode_at(107_892, DROP_FRAME, True) == "01:00:00;00"
    assert timecode_at(1800, DROP_FRAME, True) == "00:01:00;02"


@pytest.mark.parametrize(
    ("timecode", "rate"),
    [
        ("14:23:10;12", 25),
        ("00:00:00:25", 25),
        ("nonsense", 25),
        ("25:00:00:00", 25),
        ("10:60:00:00", 25),
        ("14:23:00;00", DROP_FRAME),
    ],
)
def test_it_refuses_a_timecode_that_does_not_exist(timecode: str, rate: int | Fraction) -> None:
    with pytest.raises(TimecodeError):
        frame_of_timecode(timecode, Fraction(rate))


@pytest.mark.parametrize(
    ("text", "rate"), [("25", 25), ("29.97", DROP_FRAME), ("30000/1001", DROP_FRAME), ("23.98", Fraction(24_000, 1001))]
)
def test_it_takes_a_rate_as_people_write_it(text: str, rate: Fraction) -> None:
    assert standard_rate_of(text) == rate


@pytest.mark.parametrize("text", ["0", "-25", "12.5", "1/0", "x", "", "1e99", "1e99999999", "1_0", "٢٥"])
def test_it_takes_no_other_rate(text: str) -> None:
    assert standard_rate_of(text) is None


def test_neighbours_are_one_clip() -> None:
    timeline = timeline_of([Piece(0, 1000), Piece(1000, 2000), Piece(3000, 4000)])
    assert frames_of(timeline) == [(0, 50), (75, 100)]
    assert [clip.record_frame for clip in timeline.clips] == [0, 50]


def test_clips_that_touch_after_rounding_are_one() -> None:
    assert frames_of(timeline_of([Piece(0, 1000), Piece(1005, 2000)])) == [(0, 50)]


def test_overlapping_pieces_are_merged() -> None:
    assert frames_of(timeline_of([Piece(0, 1000), Piece(500, 800), Piece(900, 2000)])) == [(0, 50)]


def test_a_piece_shorter_than_a_frame_falls_away_with_a_warning() -> None:
    timeline = timeline_of([Piece(0, 1000), Piece(2000, 2010)])
    assert frames_of(timeline) == [(0, 25)]
    assert codes(timeline) == {"SHORT_CLIPS_DROPPED"}


def test_clips_stay_within_the_picture() -> None:
    timeline = timeline_of([Piece(9_000, 12_000)], recording(seconds=10.0))
    assert frames_of(timeline) == [(225, 250)]
    assert codes(timeline) == set()


def test_nothing_kept_is_an_empty_timeline_with_a_warning() -> None:
    timeline = timeline_of([Piece(0, 1000, Action.REMOVE)])
    assert timeline.clips == ()
    assert codes(timeline) == {"NOTHING_KEPT"}


def test_suggestions_stay_unless_they_are_left_out() -> None:
    suggested = [Piece(0, 1000), Piece(1000, 2000, Action.SUGGEST_REMOVE), Piece(2000, 3000, Action.REMOVE)]
    assert frames_of(timeline_of(suggested)) == [(0, 50)]
    assert frames_of(timeline_of(suggested, include=Include.KEEP)) == [(0, 25)]


def test_it_starts_at_the_timecode_of_the_source() -> None:
    source = timeline_of([], recording(DROP_FRAME, timecode="14:23:10;12")).source
    assert (source.start_frame, source.is_drop_frame) == (frame_of_timecode("14:23:10;12", DROP_FRAME), True)


def test_a_timecode_that_cannot_be_is_left_out_with_a_warning() -> None:
    timeline = timeline_of([Piece(0, 1000)], recording(Fraction(25), timecode="14:23:10;12"))
    assert (timeline.source.start_frame, timeline.source.is_drop_frame) == (0, False)
    assert codes(timeline) == {"TIMECODE_IGNORED"}


def test_a_variable_rate_comes_with_the_command_that_makes_it_constant() -> None:
    timeline = timeline_of([Piece(0, 1000)], recording(Fraction(2_987, 100), is_variable=True), name="it's.mp4")
    [warning] = timeline.warnings
    assert warning.code == "VARIABLE_FRAME_RATE"
    assert "ffmpeg -i 'it'\\''s.mp4' " in warning.message
    assert "-fps_mode cfr -r 30000/1001" in warning.message
    assert timeline.source.frame_rate == Fraction(2_987, 100)


def test_an_odd_rate_comes_with_a_warning() -> None:
    assert codes(timeline_of([Piece(0, 1000)], recording(Fraction(12)))) == {"NON_STANDARD_FRAME_RATE"}


def test_sound_alone_is_counted_at_the_rate_of_the_project() -> None:
    timeline = timeline_of([Piece(0, 1000)], recording(has_picture=False))
    assert (timeline.source.frame_rate, timeline.source.picture, codes(timeline)) == (30, None, {"AUDIO_ONLY"})


def test_parts_keep_their_place_in_the_whole_cut() -> None:
    timeline = timeline_of(pieces(10))
    parts = timeline.parts(4)
    assert [len(part.clips) for part in parts] == [4, 4, 2]
    assert tuple(clip for part in parts for clip in part.clips) == timeline.clips
    assert parts[1].title == "talk part 2 of 3"


@given(
    edges=st.lists(st.integers(0, 200_000), max_size=60, unique=True).map(sorted),
    rate=st.sampled_from(list(RATES.values())),
)
def test_no_edge_is_further_than_half_a_frame_from_its_wish(edges: list[int], rate: Fraction) -> None:
    kept = [Piece(start, end) for start, end in zip(edges[0::2], edges[1::2], strict=False)]
    timeline = timeline_of(kept, recording(rate, seconds=200.0))
    for clip in timeline.clips:
        for frame, wish_ms in ((clip.start_frame, clip.start_ms), (clip.end_frame, clip.end_ms)):
            assert abs(frame - Fraction(wish_ms, 1000) * rate) <= Fraction(1, 2)
    spans = frames_of(timeline)
    assert all(start < end for start, end in spans)
    assert all(before[1] < after[0] for before, after in pairwise(spans))


def test_a_note_over_several_segments_is_there_once() -> None:
    kept = [Piece(0, 1000, note="intro"), Piece(1000, 2000, note="intro"), Piece(2000, 3000, note="and more")]
    assert [clip.note for clip in timeline_of(kept).clips] == ["intro; and more"]


def test_twenty_thousand_noted_decisions_are_joined_at_once() -> None:
    began_s = time.process_time()
    [clip] = timeline_of([Piece(n * 4, n * 4 + 4, note=f"note {n}") for n in range(20_000)]).clips
    assert clip.note.endswith("; note 19999")
    assert time.process_time() - began_s < 5


@pytest.mark.parametrize("rate", [*RATES.values(), Fraction(48), Fraction(48_000, 1001)])
def test_timecode_without_dropped_frames_reaches_the_end_of_the_day(rate: Fraction) -> None:
    day = frames_a_day(rate, False)
    for frame in (0, day // 2, day - 2_000, day - 1):
        assert frame_of_timecode(timecode_at(frame, rate, False), rate) == frame
    assert timecode_at(day - 1, rate, False) == f"23:59:59:{round(rate) - 1}"


def test_a_picture_that_starts_late_comes_with_a_warning() -> None:
    info = recording(Fraction(25))
    assert info.video is not None
    late = replace(info, video=replace(info.video, start_s=0.5))
    assert codes(timeline_of([Piece(0, 1000)], late)) == {"VIDEO_STARTS_LATE"}


def test_an_odd_rate_is_converted_to_a_multiple() -> None:
    [warning] = timeline_of([Piece(0, 1000)], recording(Fraction(25, 2))).warnings
    assert " -r 25 " in warning.message
