"""Levels and peaks on the 10 ms grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipflow.engine.levels import BIN_SAMPLES, LevelMeter


def test_it_measures_a_full_scale_square_wave_as_0_db() -> None:
    wave = np.tile(np.array([32767, -32767], dtype=np.int16), BIN_SAMPLES // 2)
    codes, peaks = LevelMeter().feed(wave)
    assert codes.tolist() == [0]
    assert peaks.tolist() == [[-127, 127]]


def test_it_measures_a_sine_three_decibels_below_its_peak() -> None:
    sine = np.rint(32767 * np.sin(2 * np.pi * 1000 * np.arange(BIN_SAMPLES) / 16_000)).astype(np.int16)
    codes, _ = LevelMeter().feed(sine)
    assert codes[0] / -2 == pytest.approx(-3.01, abs=0.25)


def test_it_gives_digital_silence_the_lowest_level() -> None:
    codes, peaks = LevelMeter().feed(np.zeros(BIN_SAMPLES * 3, dtype=np.int16))
    assert codes.tolist() == [255] * 3
    assert peaks.tolist() == [[0, 0]] * 3


def test_it_rounds_peaks_towards_the_centre_line() -> None:
    quiet = np.zeros(BIN_SAMPLES, dtype=np.int16)
    quiet[:4] = (-255, 255, -256, 256)
    _, peaks = LevelMeter().feed(quiet)
    assert peaks.tolist() == [[-1, 1]]


def test_it_reaches_the_full_8_bit_range() -> None:
    extreme = np.array([-32768, 32767] * (BIN_SAMPLES // 2), dtype=np.int16)
    _, peaks = LevelMeter().feed(extreme)
    assert peaks.tolist() == [[-128, 127]]


def test_it_measures_the_last_bin_over_the_samples_it_has() -> None:
    meter = LevelMeter()
    meter.feed(np.array([16_384, -16_384] * (BIN_SAMPLES // 2 + 8), dtype=np.int16))
    codes, peaks = meter.finish()
    assert codes[0] / -2 == -6
    assert peaks.tolist() == [[-64, 64]]


def test_it_does_not_count_a_constant_offset() -> None:
    sine = 3000 * np.sin(2 * np.pi * 500 * np.arange(16_000) / 16_000)
    plain, _ = LevelMeter().feed(np.rint(sine).astype(np.int16))
    moved, _ = LevelMeter().feed(np.rint(sine + 6000).astype(np.int16))
    assert np.abs(plain.astype(int) - moved).max() <= 1


@given(st.lists(st.integers(0, 700), max_size=12))
def test_it_does_not_matter_how_the_sound_is_cut_into_pieces(sizes: list[int]) -> None:
    sound = np.random.default_rng(3).integers(-3000, 3000, sum(sizes)).astype(np.int16)
    whole, pieces = LevelMeter(), LevelMeter()
    expected = [whole.feed(sound), whole.finish()]
    found = [pieces.feed(piece) for piece in np.split(sound, np.cumsum(sizes))] + [pieces.finish()]
    for kind in (0, 1):
        assert np.array_equal(
            np.concatenate([part[kind] for part in expected]), np.concatenate([part[kind] for part in found])
        )
