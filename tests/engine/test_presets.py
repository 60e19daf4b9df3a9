"""Presets: real options, each a way of its own."""

import pytest

from clipflow.engine import PRESETS, AnalysisOptions, Preset, option_ranges


@pytest.mark.parametrize("preset", PRESETS, ids=lambda one: one.name)
def test_it_sets_options_that_exist_and_are_allowed(preset: Preset) -> None:
    applied = preset.applied_to(AnalysisOptions())
    assert set(preset.options) <= set(option_ranges())
    assert all(getattr(applied, name) == value for name, value in preset.options.items())


def test_it_leaves_every_other_option_as_it_is() -> None:
    options = AnalysisOptions(audio_track=2, silence_threshold_db=-31.5)
    for preset in PRESETS:
        applied = preset.applied_to(options)
        assert (applied.audio_track, applied.silence_threshold_db) == (2, -31.5)


def test_no_two_are_the_same() -> None:
    assert len({preset.applied_to(AnalysisOptions()) for preset in PRESETS}) == len(PRESETS)
