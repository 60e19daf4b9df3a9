"""The detector hears quiet recordings as loud as ordinary ones."""

from pathlib import Path

import numpy as np
import pytest

from clipflow.engine import AnalysisOptions, analyze
from clipflow.engine.gain import LevelAdjuster, adjusted
from tests.conftest import SAMPLE, MakeMedia, Truth, assert_spans_match, speech_spans

BARE = AnalysisOptions(speech_pad_start_ms=0, speech_pad_end_ms=0)


def noise(level_db: float, seconds: float = 1.0) -> np.ndarray:  # type: ignore[type-arg]
    random = np.random.default_rng(1).standard_normal(round(16_000 * seconds))
    return np.rint(random * 32_768 * 10 ** (level_db / 20)).clip(-32_768, 32_767).astype(np.int16)


def test_an_ordinary_recording_comes_back_unchanged() -> None:
    sound = noise(-30, 40)
    assert np.array_equal(adjusted(sound), sound)


def test_a_quiet_recording_becomes_as_loud_as_an_ordinary_one() -> None:
    louder = adjusted(noise(-60, 30)).astype(np.float64)
    assert 10 * np.log10((louder**2).mean() / 32_768**2) == pytest.approx(-26, abs=1)


def test_a_pause_is_not_made_louder_than_the_speech_before_it_was() -> None:
    talk = np.concatenate((noise(-60, 2), noise(-25, 6), noise(-60, 8), noise(-25, 6)))
    assert np.array_equal(adjusted(talk), talk)


def test_quiet_speech_behind_something_loud_is_made_louder_from_its_first_moment() -> None:
    louder = adjusted(np.concatenate((noise(-15, 20), noise(-60, 20)))).astype(np.float64)
    assert 10 * np.log10((louder[20 * 16_000 : 21 * 16_000] ** 2).mean() / 32_768**2) > -30
    assert np.array_equal(louder[: 10 * 16_000], noise(-15, 20)[: 10 * 16_000])


@pytest.mark.parametrize("at_end", [True, False])
def test_quiet_speech_in_the_last_or_first_seconds_is_made_louder(at_end: bool) -> None:
    loud, quiet = [noise(-15, 20)], [part for _ in range(7) for part in (noise(-60, 0.5), noise(-80, 0.5))]
    louder = adjusted(np.concatenate(loud + quiet if at_end else quiet + loud)).astype(np.float64)
    begin_s = 20 if at_end else 0
    for second in range(begin_s, begin_s + 7):
        word = louder[second * 16_000 :][:8_000]
        assert 10 * np.log10((word**2).mean() / 32_768**2) > -30


@pytest.mark.parametrize("at_end", [True, False])
def test_the_room_before_and_behind_a_talk_is_left_as_it_is(at_end: bool) -> None:
    parts = [noise(-25, 20), noise(-60, 7)]
    talk = np.concatenate(parts if at_end else parts[::-1])
    assert np.array_equal(adjusted(talk), talk)


def test_blocks_come_back_as_one_sound() -> None:
    sound = np.concatenate((noise(-15, 20), noise(-60, 20)))
    adjuster = LevelAdjuster()
    pieces = [adjuster.feed(one) for one in np.split(sound, range(262_144, sound.size, 262_144))]
    assert sum(one.size for one in pieces) + adjuster.finish().size == sound.size


@pytest.mark.parametrize("quieter_db", [20, 40, 50])
def test_no_speech_of_a_quiet_recording_is_lost(quieter_db: int, make_media: MakeMedia, truth: Truth) -> None:
    quiet = make_media("quiet.wav", "-i", SAMPLE, "-vn", "-af", f"volume=-{quieter_db}dB", "-ar", "48000")
    kept = [(one.start_ms, one.end_ms) for one in analyze(quiet).segments if one.action == "keep"]
    spoken_ms = sum(end - start for start, end in truth.speech)
    heard_ms = sum(max(0, min(b, end) - max(a, start)) for a, b in kept for start, end in truth.speech)
    assert heard_ms >= 0.95 * spoken_ms


def test_levels_stay_those_of_the_recording(make_media: MakeMedia) -> None:
    quiet = make_media("quiet.wav", "-i", SAMPLE, "-vn", "-af", "volume=-20dB", "-ar", "48000")
    difference = analyze(SAMPLE).tracks.level_db.max() - analyze(quiet).tracks.level_db.max()
    assert difference == pytest.approx(20, abs=0.5)


def test_a_constant_offset_makes_no_silence_loud(make_media: MakeMedia, truth: Truth, tmp_path: Path) -> None:
    moved = make_media("offset.wav", "-i", SAMPLE, "-vn", "-af", "dcshift=0.015", "-ar", "48000")
    analysis = analyze(moved, BARE)
    assert_spans_match(speech_spans(analysis.segments), truth.speech)
    assert analysis.loudness.room_db < -60
