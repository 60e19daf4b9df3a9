"""What the rules of segmentation mean, rule by rule, and what holds for every recording."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipflow.engine import (
    Action,
    AnalysisOptions,
    ReasonCode,
    Segment,
    SegmentType,
    Summary,
    Tracks,
    segment,
    summarise,
)
from clipflow.engine.tracks import BIN_MS, PROBABILITY_STEPS

Stretch = tuple[int, float, float]  # Length in ms, speech probability, level in dBFS.


def tracks_of(*stretches: Stretch, duration_ms: int | None = None) -> Tracks:
    """Tracks whose speech probability and level are constant over each stretch."""
    bins = [length_ms // BIN_MS for length_ms, _, _ in stretches]
    speech = np.repeat([probability for _, probability, _ in stretches], bins)
    level_db = np.repeat([level for _, _, level in stretches], bins)
    return Tracks(
        duration_ms=sum(bins) * BIN_MS if duration_ms is None else duration_ms,
        speech_codes=np.rint(speech * PROBABILITY_STEPS).astype(np.uint16),
        level_codes=np.rint(-2 * level_db).astype(np.uint8),
        peaks=np.zeros((sum(bins), 2), dtype=np.int8),
    )


def speech(length_ms: int, probability: float = 0.9, level_db: float = -20) -> Stretch:
    return length_ms, probability, level_db


def silence(length_ms: int, probability: float = 0.0, level_db: float = -70) -> Stretch:
    return length_ms, probability, level_db


def spans(segments: list[Segment]) -> list[tuple[int, int, str]]:
    return [(one.start_ms, one.end_ms, one.action.value) for one in segments]


BARE = AnalysisOptions(speech_pad_start_ms=0, speech_pad_end_ms=0)


def bare(**options: float) -> AnalysisOptions:
    return AnalysisOptions(**{"speech_pad_start_ms": 0, "speech_pad_end_ms": 0, **options})  # type: ignore[arg-type]


def test_it_keeps_speech_and_removes_silence() -> None:
    segments = segment(tracks_of(silence(1000), speech(2000), silence(500)), BARE)
    assert spans(segments) == [(0, 1000, "remove"), (1000, 3000, "keep"), (3000, 3500, "remove")]
    assert [one.type for one in segments] == [SegmentType.SILENCE, SegmentType.SPEECH, SegmentType.SILENCE]


@pytest.mark.parametrize(("aggressiveness", "enter"), [(1, 0.35), (2, 0.5), (3, 0.65)])
def test_it_keeps_speech_from_the_threshold_of_the_aggressiveness_on(aggressiveness: int, enter: float) -> None:
    options = bare(vad_aggressiveness=aggressiveness)
    assert spans(segment(tracks_of(silence(500), speech(500, enter), silence(500)), options))[1][2] == "keep"
    assert spans(segment(tracks_of(silence(500), speech(500, enter - 0.01), silence(500)), options))[1][2] != "keep"


def test_it_ends_speech_only_below_the_exit_threshold() -> None:
    fading = tracks_of(silence(500), speech(500, 0.9), speech(500, 0.51), silence(500, 0.49))
    assert spans(segment(fading, BARE))[1] == (500, 1500, "keep")


def test_it_does_not_begin_speech_between_the_thresholds() -> None:
    rising = tracks_of(silence(500), speech(500, 0.6, -45), speech(500, 0.9), silence(500))
    assert spans(segment(rising, BARE))[1:3] == [(500, 1000, "suggest_remove"), (1000, 1500, "keep")]


def test_it_suggests_the_removal_of_what_might_be_speech() -> None:
    doubtful = tracks_of(speech(1000), silence(1000), speech(600, 0.4, -45), silence(1000), speech(1000))
    segments = segment(doubtful, BARE)
    assert spans(segments)[1:4] == [(1000, 2000, "remove"), (2000, 2600, "suggest_remove"), (2600, 3600, "remove")]
    assert (segments[2].reason_code, segments[2].reason) == (ReasonCode.MAYBE_SPEECH, "might be speech")


def test_it_removes_what_is_surely_no_speech() -> None:
    recording = tracks_of(speech(1000), silence(1000), silence(600, 0.19), silence(1000), speech(1000))
    assert spans(segment(recording, BARE))[1] == (1000, 3600, "remove")


def test_short_doubt_beside_speech_belongs_to_it() -> None:
    fading = tracks_of(silence(1000), speech(1000), silence(300, 0.2, -30), silence(1000), speech(1000))
    assert spans(segment(fading, BARE))[1:3] == [(1000, 2300, "keep"), (2300, 3300, "remove")]


def test_doubt_no_louder_than_the_room_is_the_room() -> None:
    hum, word = silence(600, 0.4, level_db=-55), silence(600, 0.4, level_db=-42)
    room = silence(1000, level_db=-55)
    assert spans(segment(tracks_of(speech(1000), room, hum, room, speech(1000)), BARE))[1] == (1000, 3600, "remove")
    assert spans(segment(tracks_of(speech(1000), room, word, room, speech(1000)), BARE))[2][2] == "suggest_remove"


def test_it_only_suggests_the_removal_of_speech_shorter_than_the_minimum() -> None:
    recording = tracks_of(silence(500), speech(240, 0.9, -45), silence(500), speech(250, 0.9, -45), silence(500))
    assert spans(segment(recording, bare(min_speech_duration_ms=250))) == [
        (0, 500, "remove"), (500, 740, "suggest_remove"), (740, 1240, "remove"),
        (1240, 1490, "keep"), (1490, 1990, "remove"),
    ]  # fmt: skip


def test_it_bridges_silence_shorter_than_the_minimum() -> None:
    recording = tracks_of(speech(500), silence(290), speech(500), silence(300), speech(500))
    kept = [one for one in spans(segment(recording, bare(min_silence_duration_ms=300))) if one[2] == "keep"]
    assert kept == [(0, 1290, "keep"), (1590, 2090, "keep")]


def test_it_drops_short_noises_before_it_bridges_silences() -> None:
    click = speech(50, level_db=-70)
    clicks = tracks_of(silence(1000), click, silence(200), click, silence(200), click, silence(1000))
    assert [action for *_, action in spans(segment(clicks, BARE))] == ["remove"]


def test_it_pads_speech_before_and_after() -> None:
    recording = tracks_of(silence(1000), speech(1000), silence(1000))
    padded = segment(recording, AnalysisOptions(speech_pad_start_ms=70, speech_pad_end_ms=150))
    assert spans(padded)[1] == (930, 2150, "keep")


def test_it_does_not_pad_beyond_the_recording() -> None:
    padded = segment(tracks_of(silence(50), speech(1000), silence(50)), AnalysisOptions())
    assert spans(padded) == [(0, 1100, "keep")]


def test_it_joins_speech_whose_pads_meet() -> None:
    recording = tracks_of(speech(500), silence(350), speech(500))
    options = AnalysisOptions(min_silence_duration_ms=300, speech_pad_start_ms=200, speech_pad_end_ms=200)
    assert spans(segment(recording, options)) == [(0, 1350, "keep")]


def test_it_shares_no_more_than_the_gap_between_pads() -> None:
    recording = tracks_of(speech(500), silence(400), speech(500))
    options = AnalysisOptions(min_silence_duration_ms=300, speech_pad_start_ms=150, speech_pad_end_ms=200)
    assert spans(segment(recording, options)) == [(0, 700, "keep"), (700, 750, "remove"), (750, 1400, "keep")]


def test_it_removes_the_tone_of_a_room_however_loud_it_is() -> None:
    room = silence(2000, level_db=-30)
    one = segment(tracks_of(speech(1000), room, speech(1000), room, speech(1000)), BARE)[1]
    assert (one.type, one.action, one.reason_code) == (SegmentType.SILENCE, Action.REMOVE, ReasonCode.ROOM_NOISE)


@pytest.mark.parametrize(("above_room_db", "action"), [(12, "suggest_remove"), (20, "remove"), (0, "suggest_remove")])
def test_it_suggests_the_removal_of_sound_that_stands_out_from_the_room(above_room_db: float, action: str) -> None:
    room, car = silence(2000, level_db=-50), silence(2000, level_db=-34)
    recording = tracks_of(speech(1000), room, car, room, speech(1000, level_db=-10))
    assert [one[2] for one in spans(segment(recording, bare(above_room_db=above_room_db)))].count("suggest_remove") == (
        1 if action == "suggest_remove" else 0
    )


def test_without_the_room_only_the_level_threshold_counts() -> None:
    room = silence(2000, level_db=-30)
    recording = tracks_of(speech(1000), room, speech(1000), room, speech(1000))
    assert spans(segment(recording, bare(above_room_db=0)))[1] == (1000, 3000, "suggest_remove")
    assert spans(segment(recording, bare(above_room_db=0, silence_threshold_db=-29)))[1] == (1000, 3000, "remove")


def test_what_is_not_louder_than_the_threshold_is_never_suggested() -> None:
    recording = tracks_of(speech(1000), silence(2000), silence(500, level_db=-40), silence(2000), speech(1000))
    assert spans(segment(recording, bare(silence_threshold_db=-40)))[1] == (1000, 5500, "remove")


def test_it_follows_a_room_that_becomes_louder() -> None:
    quiet, street = silence(3000, level_db=-60), silence(3000, level_db=-35)
    recording = tracks_of(*[speech(3000), quiet] * 20, *[speech(3000), street] * 20)
    suggested = [one for one in spans(segment(recording, BARE)) if one[2] == "suggest_remove"]
    assert len(suggested) <= 3  # While the room changes.


def test_music_before_the_talk_is_no_room() -> None:
    music, room = silence(60_000, level_db=-20), silence(3000, level_db=-60)
    first = segment(tracks_of(music, *[speech(3000), room] * 10), BARE)[0]
    assert (first.action, first.reason_code) == (Action.SUGGEST_REMOVE, ReasonCode.MUSIC_LIKE)


def test_it_suggests_a_slammed_door_and_removes_the_silence_around_it() -> None:
    room = silence(60_000)
    segments = segment(tracks_of(speech(1000), room, silence(200, level_db=-10), room, speech(1000)), BARE)
    assert [one.action.value for one in segments] == ["keep", "remove", "suggest_remove", "remove", "keep"]
    door = segments[2]
    assert (door.reason_code, door.end_ms - door.start_ms < 600) == (ReasonCode.LOUD_EVENT, True)
    assert door.start_ms <= 61_000
    assert door.end_ms >= 61_200


def test_applause_stands_out_of_a_room_that_is_nearly_as_loud_and_a_car_that_passes_does_not() -> None:
    room = silence(3000, level_db=-36)
    applause = silence(2000, level_db=-28)
    car = [silence(500, level_db=-36 + rise) for rise in (2, 4, 6, 8, 8, 6, 4, 2)]
    talk = speech(3000, level_db=-26)
    assert "suggest_remove" in {one[2] for one in spans(segment(tracks_of(talk, room, applause, room, talk), BARE))}
    assert "suggest_remove" not in {one[2] for one in spans(segment(tracks_of(talk, room, *car, room, talk), BARE))}


def test_it_measures_a_short_segment_as_a_whole() -> None:
    recording = tracks_of(speech(500, level_db=-20), silence(500, level_db=-50), silence(500, level_db=-60))
    assert segment(recording, BARE)[1].level_db == pytest.approx(10 * np.log10((1e-5 + 1e-6) / 2), abs=0.1)


def test_it_gives_the_mean_probability_as_confidence() -> None:
    first, second = segment(tracks_of(speech(1000, 0.8), silence(1000, 0.1)), BARE)
    assert (first.confidence, second.confidence) == (pytest.approx(0.8, abs=1e-3), pytest.approx(0.9, abs=1e-3))


def test_it_leaves_a_pause_of_the_wanted_length_between_words() -> None:
    recording = tracks_of(silence(1000), speech(1000), silence(2000), speech(1000), silence(1000))
    kept = segment(recording, bare(keep_pause_ms=500))
    assert spans(kept) == [
        (0, 1000, "remove"),
        (1000, 2000, "keep"),
        (2000, 2250, "keep"),
        (2250, 3750, "remove"),
        (3750, 4000, "keep"),
        (4000, 5000, "keep"),
        (5000, 6000, "remove"),
    ]
    assert kept[2].type is SegmentType.SILENCE


def test_it_keeps_a_whole_silence_that_is_no_longer_than_the_pause() -> None:
    recording = tracks_of(speech(1000), silence(400), speech(1000))
    assert spans(segment(recording, bare(keep_pause_ms=400)))[1] == (1000, 1400, "keep")


def test_it_leaves_the_pause_beside_a_suggestion_as_well() -> None:
    recording = tracks_of(speech(1000), silence(2000, level_db=-20), speech(1000))
    assert spans(segment(recording, bare(keep_pause_ms=500, above_room_db=0)))[1:4] == [
        (1000, 1250, "keep"), (1250, 2750, "suggest_remove"), (2750, 3000, "keep")]  # fmt: skip


def test_it_splits_a_pause_of_one_millisecond() -> None:
    recording = tracks_of(speech(1000), silence(400), speech(1000))
    assert [one[:2] for one in spans(segment(recording, bare(keep_pause_ms=1)))] == [
        (0, 1000), (1000, 1399), (1399, 1400), (1400, 2400)]  # fmt: skip


def test_it_ends_with_the_recording_when_the_last_bin_is_not_full() -> None:
    assert spans(segment(tracks_of(silence(100), duration_ms=93), BARE)) == [(0, 93, "remove")]


def test_it_finds_nothing_in_a_recording_without_length() -> None:
    assert segment(tracks_of()) == []


def test_it_adds_up_what_becomes_of_the_recording() -> None:
    recording = tracks_of(silence(1000), speech(2000), silence(2000), speech(600, 0.4, -45), silence(400))
    assert summarise(segment(recording, BARE)) == Summary(
        duration_ms=6000, kept_ms=2000, removed_ms=3400, suggested_ms=600, suggestions=1, cuts=3
    )


stretches = st.lists(
    st.tuples(st.integers(1, 120).map(lambda bins: bins * BIN_MS), st.floats(0, 1), st.floats(-127, 0)),
    min_size=1,
    max_size=40,
)
any_options = st.builds(
    AnalysisOptions,
    vad_aggressiveness=st.integers(1, 3),
    min_silence_duration_ms=st.integers(50, 1500),
    min_speech_duration_ms=st.integers(0, 1000),
    speech_pad_start_ms=st.integers(0, 500),
    speech_pad_end_ms=st.integers(0, 500),
    silence_threshold_db=st.floats(-90, 0),
    above_room_db=st.floats(0, 60),
    keep_pause_ms=st.integers(0, 2000),
)


@given(stretches, any_options, st.integers(0, 9))
@settings(deadline=None, max_examples=200)
def test_segments_always_tile_the_recording(parts: list[Stretch], options: AnalysisOptions, missing_ms: int) -> None:
    whole = tracks_of(*parts)
    tracks = Tracks(whole.duration_ms - missing_ms, whole.speech_codes, whole.level_codes, whole.peaks)
    segments = segment(tracks, options)
    assert segments[0].start_ms == 0
    assert segments[-1].end_ms == tracks.duration_ms
    for one, following in itertools.pairwise(segments):
        assert one.start_ms < one.end_ms == following.start_ms
        assert (one.type, one.action, one.reason_code) != (following.type, following.action, following.reason_code)


talks = st.lists(
    st.tuples(st.integers(40, 300), st.floats(0.25, 1), st.integers(80, 300), st.floats(0, 0.07)),
    min_size=1,
    max_size=20,
)


@given(talks, any_options)
@settings(deadline=None, max_examples=200)
def test_more_aggressiveness_never_keeps_more_of_a_talk(
    parts: list[tuple[int, float, int, float]], options: AnalysisOptions
) -> None:
    said = [(speech(10 * length, sure, -20), silence(10 * pause, none)) for length, sure, pause, none in parts]
    tracks = tracks_of(silence(1000), *itertools.chain(*said))
    kept_ms = [summarise(segment(tracks, _with(options, vad_aggressiveness=level))).kept_ms for level in (1, 2, 3)]
    assert kept_ms == sorted(kept_ms, reverse=True)


@given(stretches, any_options)
@settings(deadline=None, max_examples=100)
def test_segmenting_leaves_the_callers_arrays_alone(parts: list[Stretch], options: AnalysisOptions) -> None:
    made = tracks_of(*parts)
    arrays = [array.copy() for array in (made.speech_codes, made.level_codes, made.peaks)]
    before = [array.copy() for array in arrays]
    segment(Tracks(made.duration_ms, *arrays), options)
    for array, original in zip(arrays, before, strict=True):
        assert np.array_equal(array, original)
        assert array.flags.writeable


def _with(options: AnalysisOptions, **changes: float) -> AnalysisOptions:
    values = {name: getattr(options, name) for name in AnalysisOptions.__dataclass_fields__}
    return AnalysisOptions(**{**values, **changes})
