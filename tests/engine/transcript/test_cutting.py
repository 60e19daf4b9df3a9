"""How fillers are cut: joined with the silence around them, with a natural pause left, and never into a word."""

import io
import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipflow.engine import (
    Action,
    AnalysisOptions,
    FillerOptions,
    Include,
    SegmentType,
    Tracks,
    Word,
    build_timeline,
    export,
    export_format,
    make_transcript,
    segment_transcribed,
    summarise,
)
from clipflow.engine.transcript.left_out import REASON
from tests.engine.exports.conftest import recording
from tests.engine.test_segments import silence, speech, tracks_of

PADDING_MS = 50


def cut(words: list[Word], tracks: Tracks, options: AnalysisOptions | None = None) -> list[tuple[int, int, str, str]]:
    transcript = make_transcript(words, tracks, FillerOptions(), "en")
    segments = segment_transcribed(tracks, options or AnalysisOptions(), transcript, PADDING_MS)
    return [(one.start_ms, one.end_ms, one.type.value, one.action.value) for one in segments]


def test_a_filler_between_silences_is_one_cut_with_them() -> None:
    tracks = tracks_of(speech(1_000), silence(1_000), speech(400), silence(1_500), speech(1_000))
    words = [Word(0, 1_000, "then"), Word(2_000, 2_400, "um,"), Word(3_900, 4_900, "gone")]
    assert cut(words, tracks) == [
        (0, 1_100, "speech", "keep"),
        (1_100, 1_900, "silence", "remove"),
        (1_900, 2_500, "filler", "suggest_remove"),
        (2_500, 3_800, "silence", "remove"),
        (3_800, 4_900, "speech", "keep"),
    ]


def test_the_padding_never_reaches_into_a_neighbour() -> None:
    tracks = tracks_of(speech(2_400))
    words = [Word(0, 990, "then"), Word(1_000, 1_300, "um"), Word(1_310, 2_300, "gone")]
    assert [one[:2] for one in cut(words, tracks) if one[2] == "filler"] == [(1_000, 1_300)]


def test_a_filler_within_speech_leaves_a_natural_pause() -> None:
    tracks = tracks_of(speech(1_000), silence(250), speech(300), silence(250), speech(1_000))
    words = [Word(100, 1_000, "then"), Word(1_250, 1_550, "um"), Word(1_800, 2_700, "go")]
    ((start_ms, end_ms, *_),) = (one for one in cut(words, tracks) if one[2] == "filler")
    left_ms, right_ms = start_ms - 1_000, 1_800 - end_ms
    assert 60 <= left_ms <= 140
    assert 60 <= right_ms <= 140


def test_the_pause_that_is_to_be_kept_stays_when_the_filler_goes() -> None:
    tracks = tracks_of(speech(1_000), silence(1_000), speech(400), silence(1_000), speech(1_000))
    words = [Word(0, 1_000, "then"), Word(2_000, 2_400, "um"), Word(3_400, 4_400, "gone")]
    options = AnalysisOptions(keep_pause_ms=400)
    segments = cut(words, tracks, options)
    assert [one[2] for one in segments].count("filler") == 1
    kept = [(start, end) for start, end, _, action in segments if action == "keep"]
    # 100 ms of padding and half of the pause on either side.
    assert kept == [(0, 1_100), (1_100, 1_300), (3_100, 3_300), (3_300, 4_400)]


def test_an_edge_goes_to_the_quietest_moment_nearby() -> None:
    quiet_at = 1_070
    tracks = tracks_of(speech(1_000), silence(250, level_db=-20), speech(1_450))
    codes = tracks.level_codes.copy()
    codes[quiet_at // 10] = 200
    tracks = Tracks(tracks.duration_ms, tracks.speech_codes, codes, tracks.peaks)
    words = [Word(0, 1_000, "then"), Word(1_250, 1_550, "um"), Word(1_600, 2_600, "gone")]
    ((start_ms, *_),) = (one for one in cut(words, tracks) if one[2] == "filler")
    assert start_ms == quiet_at + 5


def test_fillers_side_by_side_touch_and_are_decided_on_one_by_one() -> None:
    tracks = tracks_of(speech(3_100))
    words = [Word(0, 900, "then"), Word(1_000, 1_300, "um,"), Word(1_400, 1_900, "uh,"), Word(2_000, 3_000, "gone")]
    first, second = (one for one in cut(words, tracks) if one[2] == "filler")
    assert first[1] == second[0]
    assert 1_300 <= first[1] <= 1_400


def test_a_filler_at_the_start_leaves_nothing_before_it() -> None:
    tracks = tracks_of(silence(100), speech(500), silence(100), speech(1_300))
    words = [Word(100, 600, "Um,"), Word(700, 2_000, "hello")]
    assert cut(words, tracks)[0][:3] == (0, pytest.approx(650, abs=30), "filler")


def test_speech_that_the_transcript_leaves_out_is_suggested_with_that_reason() -> None:
    tracks = tracks_of(speech(1_000), silence(1_000), speech(500), silence(1_000), speech(1_000))
    transcript = make_transcript([Word(100, 1_000, "then"), Word(3_500, 4_400, "go")], tracks, FillerOptions(), "en")
    (found,) = transcript.fillers
    assert (found.start_ms, found.end_ms, found.word, found.reason) == (2_000, 2_500, None, REASON)
    suggested = [
        one for one in segment_transcribed(tracks, AnalysisOptions(), transcript, 50) if one.type is SegmentType.FILLER
    ]
    assert [(one.start_ms, one.end_ms, one.reason, one.filler_word) for one in suggested] == [
        (1_900, 2_600, REASON, None)
    ]


@pytest.mark.parametrize("length_ms", [100, 1_600])
def test_what_is_too_short_or_too_long_is_no_left_out_hesitation(length_ms: int) -> None:
    tracks = tracks_of(speech(1_000), silence(1_000), speech(length_ms), silence(1_000), speech(1_000))
    end_ms = tracks.duration_ms
    words = [Word(100, 1_000, "then"), Word(end_ms - 900, end_ms, "go")]
    assert make_transcript(words, tracks, FillerOptions(), "en").fillers == ()


def test_a_passage_that_the_transcript_does_not_cover_is_no_hesitation() -> None:
    tracks = tracks_of(speech(1_000), *[silence(1_000), speech(900)] * 5)
    assert make_transcript([Word(0, 1_000, "then")], tracks, FillerOptions(), "en").fillers == ()


def test_a_cut_does_not_swallow_talk_that_the_transcript_lost() -> None:
    tracks = tracks_of(
        speech(1_000), silence(200), speech(5_000), silence(200), speech(400), silence(1_000), speech(500)
    )
    words = [Word(0, 1_000, "then"), Word(6_400, 6_800, "um"), Word(7_800, 8_300, "go")]
    ((start_ms, *_),) = (one for one in cut(words, tracks) if one[2] == "filler")
    assert start_ms >= 6_200


def test_a_quiet_word_is_not_cut_with_the_silence() -> None:
    tracks = tracks_of(speech(1_000), silence(500), speech(400, 0.4), silence(500), speech(1_000))
    words = [Word(0, 1_000, "then"), Word(1_500, 1_900, "softly"), Word(2_400, 3_000, "go")]
    assert not any(start < 1_900 and end > 1_500 and action != "keep" for start, end, _, action in cut(words, tracks))


TEXTS = ["um", "uh,", "like,", "so", "well,", "you", "know,", "the", "house", "is", "big.", "Er,"]


@st.composite
def spoken(draw: st.DrawFn) -> tuple[Tracks, list[Word]]:
    """Words with gaps of every size, and speech that mostly agrees with them."""
    words: list[Word] = []
    stretches = []
    now_ms = 0
    for _ in range(draw(st.integers(1, 14))):
        gap_ms = (
            draw(st.sampled_from([0, 10, 20, 60, 150, 250, 400, 1_200])) if words else draw(st.integers(0, 100)) * 10
        )
        length_ms = draw(st.integers(6, 60)) * 10
        # Now and then someone speaks whom the transcript does not hear, or speaks softly.
        if gap_ms >= 400 and draw(st.booleans()):
            stretches += [silence(gap_ms // 4 // 10 * 10), speech(gap_ms // 2 // 10 * 10)]
            gap_ms_left = gap_ms - gap_ms // 4 // 10 * 10 - gap_ms // 2 // 10 * 10
            stretches.append(silence(gap_ms_left))
        else:
            stretches.append(silence(gap_ms))
        stretches.append(speech(length_ms, draw(st.sampled_from([0.9, 0.9, 0.5, 0.4]))))
        now_ms += gap_ms
        words.append(Word(now_ms, now_ms + length_ms, draw(st.sampled_from(TEXTS))))
        now_ms += length_ms
    stretches.append(silence(draw(st.integers(0, 80)) * 10))
    return tracks_of(*[one for one in stretches if one[0]]), words


@st.composite
def options(draw: st.DrawFn) -> AnalysisOptions:
    return AnalysisOptions(
        vad_aggressiveness=draw(st.integers(1, 3)),
        min_silence_duration_ms=draw(st.sampled_from([50, 300, 1_000])),
        min_speech_duration_ms=draw(st.sampled_from([0, 250, 1_000])),
        speech_pad_start_ms=draw(st.sampled_from([0, 100, 300])),
        speech_pad_end_ms=draw(st.sampled_from([0, 100, 300])),
        keep_pause_ms=draw(st.sampled_from([0, 200, 900])),
    )


RATES = [
    Fraction(10),
    Fraction(15),
    Fraction(24_000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30_000, 1001),
    Fraction(50),
    Fraction(60),
]


@settings(max_examples=150, deadline=None)
@given(spoken(), options(), st.sampled_from(RATES), st.sampled_from(list(Include)), st.integers(0, 300))
def test_no_exported_cut_ends_inside_a_word(
    given: tuple[Tracks, list[Word]], options: AnalysisOptions, rate: Fraction, include: Include, padding_ms: int
) -> None:
    tracks, raw = given
    transcript = make_transcript(raw, tracks, FillerOptions(), "en")
    segments = segment_transcribed(tracks, options, transcript, padding_ms)
    timeline = build_timeline(
        segments,
        recording(rate, seconds=tracks.duration_ms / 1000),
        "talk.mp4",
        include=include,
        words=transcript.words,
    )
    export(timeline, export_format("json"), io.BytesIO())
    fillers = {number for one in transcript.fillers if one.word for number in range(one.first, one.last + 1)}
    kept_words = [one for number, one in enumerate(transcript.words) if one.is_placed and number not in fillers]
    for clip in timeline.clips:
        for frame in (clip.start_frame, clip.end_frame):
            if frame >= timeline.source.frames or frame == 0:
                continue
            edge_ms = frame * 1000 / rate
            for word in kept_words:
                assert not word.start_ms < edge_ms < word.end_ms, f"{edge_ms} lies inside {word}"


@settings(max_examples=100, deadline=None)
@given(spoken(), options(), st.integers(0, 300))
def test_segments_with_words_tile_the_recording(
    given: tuple[Tracks, list[Word]], options: AnalysisOptions, padding_ms: int
) -> None:
    tracks, raw = given
    segments = segment_transcribed(tracks, options, make_transcript(raw, tracks, FillerOptions(), "en"), padding_ms)
    assert segments[0].start_ms == 0
    assert segments[-1].end_ms == tracks.duration_ms
    assert all(a.end_ms == b.start_ms for a, b in itertools.pairwise(segments))
    assert all(one.start_ms < one.end_ms for one in segments)
    assert all(one.action is Action.SUGGEST_REMOVE for one in segments if one.type is SegmentType.FILLER)
    assert summarise(segments).duration_ms == tracks.duration_ms


def test_the_tracks_stay_as_they_are() -> None:
    tracks = tracks_of(speech(2_000))
    before = tracks.speech_codes.copy()
    cut([Word(0, 500, "um"), Word(600, 1_500, "yes")], tracks)
    assert np.array_equal(before, tracks.speech_codes)
