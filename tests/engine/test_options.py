"""Options: the defaults and ranges that the documentation promises, and clear refusals."""

import dataclasses
import math
from typing import Any

import pytest

from clipflow.engine import AnalysisOptions, InvalidOptionError, MediaLimits, option_ranges

TABLE = {
    "vad_aggressiveness": (3, 1, 3),
    "min_silence_duration_ms": (300, 50, 10_000),
    "min_speech_duration_ms": (250, 0, 5_000),
    "speech_pad_start_ms": (100, 0, 2_000),
    "speech_pad_end_ms": (100, 0, 2_000),
    "silence_threshold_db": (-40, -90, 0),
    "keep_pause_ms": (0, 0, 5_000),
    "above_room_db": (12, 0, 60),
    "audio_track": (None, 0, None),
}


def options_with(name: str, value: Any) -> AnalysisOptions:
    return AnalysisOptions(**{name: value})


def test_it_has_the_documented_defaults_and_ranges() -> None:
    defaults = dataclasses.asdict(AnalysisOptions())
    found = {name: (defaults[name], limit.minimum, limit.maximum) for name, limit in option_ranges().items()}
    assert found == TABLE


@pytest.mark.parametrize("name", TABLE)
def test_it_accepts_both_ends_of_a_range(name: str) -> None:
    _, minimum, maximum = TABLE[name]
    assert getattr(options_with(name, minimum), name) == minimum
    if maximum is not None:
        assert getattr(options_with(name, maximum), name) == maximum


@pytest.mark.parametrize("name", TABLE)
def test_it_refuses_what_is_outside_a_range_and_names_both(name: str) -> None:
    _, minimum, maximum = TABLE[name]
    outside = [minimum - 1] if maximum is None else [minimum - 1, maximum + 1]
    for value in outside:
        with pytest.raises(InvalidOptionError, match=f"^{name} must be .*{minimum:,}.*, not .*{value:,}") as refusal:
            options_with(name, value)
        assert refusal.value.option == name


@pytest.mark.parametrize("value", ["300", None, True, 300.5, math.nan])
def test_it_refuses_what_is_no_whole_number(value: object) -> None:
    with pytest.raises(InvalidOptionError, match="min_silence_duration_ms must be a whole number between 50"):
        options_with("min_silence_duration_ms", value)


@pytest.mark.parametrize("value", ["-40", math.inf, math.nan, False])
def test_it_refuses_a_level_that_is_no_number(value: object) -> None:
    with pytest.raises(InvalidOptionError, match="silence_threshold_db must be a number between -90 and 0 dB"):
        options_with("silence_threshold_db", value)


def test_it_accepts_a_level_between_whole_decibels() -> None:
    assert options_with("silence_threshold_db", -37.5).silence_threshold_db == -37.5


def test_limits_grow_with_the_recording_up_to_the_longest_that_is_allowed() -> None:
    limits = MediaLimits(max_duration_s=1000, base_s=10, cpu_s_per_media_s=0.5, wall_s_per_media_s=2)
    assert (limits.cpu_s(100), limits.wall_s(100)) == (60, 210)
    assert limits.cpu_s(None) == limits.cpu_s(99_999) == 510
