"""Tracks: the grid, the file, and what comes back from it."""

import os
import struct
from pathlib import Path

import numpy as np
import pytest

from clipflow.engine import AnalysisOptions, Tracks, TracksFileError, analyze, segment
from clipflow.engine.tracks import TracksBuilder, compensate_latency
from tests.conftest import SAMPLE


@pytest.fixture(scope="module")
def tracks() -> Tracks:
    return analyze(SAMPLE).tracks


def test_it_has_one_value_of_each_kind_for_10_ms(tracks: Tracks) -> None:
    assert tracks.duration_ms == 57_400
    assert tracks.speech.shape == tracks.level_db.shape == (5740,)
    assert tracks.peaks.shape == (5740, 2)


def test_its_values_are_in_their_ranges(tracks: Tracks) -> None:
    assert 0 <= tracks.speech.min() < 0.1
    assert 0.9 < tracks.speech.max() <= 1
    assert -127.5 <= tracks.level_db.min() < -60
    assert -25 < tracks.level_db.max() <= 0
    assert (tracks.peaks[:, 0] <= tracks.peaks[:, 1]).all()


def test_it_comes_back_from_a_file_as_it_was(tracks: Tracks, tmp_path: Path) -> None:
    tracks.save(tmp_path / "a.tracks")
    loaded = Tracks.load(tmp_path / "a.tracks")
    assert loaded.duration_ms == tracks.duration_ms
    for name in ("speech_codes", "level_codes", "peaks"):
        assert np.array_equal(getattr(loaded, name), getattr(tracks, name))


@pytest.mark.parametrize(
    "options", [AnalysisOptions(), AnalysisOptions(min_silence_duration_ms=700, keep_pause_ms=150)]
)
def test_segmenting_saved_tracks_equals_a_fresh_analysis(options: AnalysisOptions, tmp_path: Path) -> None:
    fresh = analyze(SAMPLE, options)
    fresh.tracks.save(tmp_path / "a.tracks")
    assert tuple(segment(Tracks.load(tmp_path / "a.tracks"), options)) == fresh.segments


def test_an_hour_stays_below_2_mb(tmp_path: Path) -> None:
    bins = 360_000
    hour = Tracks(3_600_000, np.zeros(bins, np.uint16), np.zeros(bins, np.uint8), np.zeros((bins, 2), np.int8))
    hour.save(tmp_path / "hour.tracks")
    assert (tmp_path / "hour.tracks").stat().st_size < 2_000_000


def test_its_arrays_cannot_be_written_to(tracks: Tracks) -> None:
    with pytest.raises(ValueError, match="read-only"):
        tracks.speech_codes[0] = 1


def test_it_refuses_arrays_of_another_length() -> None:
    with pytest.raises(ValueError, match="a recording of 95 ms has 10 bins on every track"):
        Tracks(95, np.zeros(9, np.uint16), np.zeros(10, np.uint8), np.zeros((10, 2), np.int8))


def test_saving_leaves_no_other_file(tracks: Tracks, tmp_path: Path) -> None:
    tracks.save(tmp_path / "a.tracks")
    tracks.save(tmp_path / "a.tracks")
    assert [path.name for path in tmp_path.iterdir()] == ["a.tracks"]


def test_a_saved_file_has_ordinary_permissions(tracks: Tracks, tmp_path: Path) -> None:
    tracks.save(tmp_path / "a.tracks")
    (tmp_path / "other").touch()
    assert (tmp_path / "a.tracks").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_saving_follows_a_link_instead_of_replacing_it(tracks: Tracks, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target.tracks")
    tracks.save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert Tracks.load(tmp_path / "target.tracks").duration_ms == tracks.duration_ms


def test_saving_to_a_device_does_not_replace_it(tracks: Tracks) -> None:
    tracks.save(os.devnull)
    assert Path(os.devnull).is_char_device()


def test_a_failed_save_leaves_nothing(tracks: Tracks, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        tracks.save(tmp_path / "missing" / "a.tracks")
    assert list(tmp_path.iterdir()) == []


def test_a_save_that_fails_at_the_last_step_leaves_nothing(tracks: Tracks, tmp_path: Path) -> None:
    name = "x" * 256  # Longer than a file name may be, which the temporary name is not.
    with pytest.raises(OSError, match="too long"):
        tracks.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


DAMAGES = {
    "nothing": (lambda content: b"", "holds no ClipFlow tracks"),
    "another kind of file": (lambda content: b"RIFF" + content[4:], "holds no ClipFlow tracks"),
    "another version": (lambda content: content[:8] + b"\x09\x00" + content[10:], "written by another version"),
    "half of it": (lambda content: content[: len(content) // 2], "is damaged"),
    "a changed byte": (lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:], "is damaged"),
    "another length": (lambda content: content[:12] + struct.pack("<I", 1) + content[16:], "is damaged"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_it_refuses_a_damaged_file(damage: str, tracks: Tracks, tmp_path: Path) -> None:
    change, sentence = DAMAGES[damage]
    tracks.save(tmp_path / "a.tracks")
    (tmp_path / "a.tracks").write_bytes(change((tmp_path / "a.tracks").read_bytes()))
    with pytest.raises(TracksFileError, match=sentence):
        Tracks.load(tmp_path / "a.tracks")


def test_it_refuses_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(TracksFileError, match="cannot be read"):
        Tracks.load(tmp_path / "nothing.tracks")


def test_it_reads_probabilities_one_frame_later() -> None:
    probabilities = np.zeros(20, dtype=np.float32)
    probabilities[10] = 1  # Its middle is at 336 ms; it speaks of the sound at 304 ms.
    codes = compensate_latency(probabilities, 64)
    assert abs(int(codes.argmax()) * 10 + 5 - 304) <= 5
    assert np.flatnonzero(codes).tolist() == [27, 28, 29, 30, 31, 32, 33]


def test_it_holds_the_last_probability_to_the_end() -> None:
    assert (compensate_latency(np.full(3, 0.5, dtype=np.float32), 9) == 32768).all()


def test_it_compensates_long_recordings_as_short_ones() -> None:
    probabilities = np.random.default_rng(1).random(30_000, dtype=np.float32)
    whole = compensate_latency(probabilities, 90_000)
    # 160 ms are a whole number of frames and of bins.
    assert np.array_equal(compensate_latency(probabilities[21_000:], 20_000), whole[67_200:87_200])


def test_what_the_sound_does_not_reach_is_silence() -> None:
    builder = TracksBuilder()
    builder.add(np.ones(2, np.float32), (np.full(5, 20, np.uint8), np.full((5, 2), 9, np.int8)))
    tracks = builder.build(100)
    assert tracks.speech.tolist() == [1] * 5 + [0] * 5
    assert tracks.level_db.tolist() == [-10] * 5 + [-127.5] * 5
    assert tracks.peaks[5:].tolist() == [[0, 0]] * 5


def test_sound_beyond_the_end_of_the_recording_is_left_out() -> None:
    builder = TracksBuilder()
    builder.add(np.ones(2, np.float32), (np.zeros(6, np.uint8), np.zeros((6, 2), np.int8)))
    assert len(builder.build(40).speech_codes) == 4


def test_it_writes_peaks_in_the_audiowaveform_format(tracks: Tracks) -> None:
    content = tracks.to_audiowaveform()
    version, flags, sample_rate, samples_per_pixel, length, channels = struct.unpack_from("<iIiiIi", content)
    assert (version, flags, sample_rate, samples_per_pixel, channels) == (2, 1, 16_000, 160, 1)
    assert length == 5740
    assert content[24:] == tracks.peaks.tobytes()
