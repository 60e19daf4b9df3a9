"""Cut lists rendered for real: each picture carries its number, and the sound its time."""

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from clipflow.engine import Timeline, build_timeline, probe
from tests.conftest import MakeMedia
from tests.engine.exports.conftest import Piece, text_of

SECONDS, SAMPLE_RATE = 12, 48_000
BITS, BLOCK = 12, 20
WIDTH, HEIGHT = BITS * BLOCK, 32
# MLT seeks sound by whole packets of the recording, here of 1,024 samples.
MELT_TOLERANCE_S = 1024 / SAMPLE_RATE
needs_melt = pytest.mark.skipif(shutil.which("melt") is None, reason="melt is not installed")


def coded_recording(make_media: MakeMedia, rate: str, channels: int = 2, tracks: int = 1, *more: str) -> Path:
    """A picture with its number as black and white blocks; a sound that rises from silence to full scale."""
    blocks = f"geq=lum='255*mod(floor(N/pow(2,floor(X/{BLOCK}))),2)':cb=128:cr=128"
    picture = f"color=black:s={WIDTH}x{HEIGHT}:r={rate}:d={SECONDS},{blocks}"
    sound = f"aevalsrc='{'|'.join([f't/{SECONDS}'] * channels)}':s={SAMPLE_RATE}:d={SECONDS}"
    maps = ["-map", "0:v", *["-map", "1:a"] * tracks]
    return make_media(
        "coded.mov", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, *maps, "-c:v", "libx264", "-g", "50",
        "-bf", "2", "-crf", "5", "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le", *more,
    )  # fmt: skip


def picture_numbers(file: Path) -> list[int]:
    command = [
        "ffmpeg", "-v", "error", "-i", str(file), "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "rawvideo",
        "-pix_fmt", "gray", "-",
    ]  # fmt: skip
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    pictures = np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH)
    bits = pictures[:, HEIGHT // 2, BLOCK // 2 :: BLOCK] > 128
    return [int(number) for number in (bits << np.arange(BITS)).sum(axis=1)]


def sound_times_s(file: Path, track: int = 0) -> npt.NDArray[np.float64]:
    """The moment of the recording that each sample of the first channel was taken from."""
    command = [
        "ffmpeg", "-v", "error", "-i", str(file), "-map", f"0:a:{track}", "-af", "pan=mono|c0=c0", "-f", "s16le", "-",
    ]  # fmt: skip
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    times: npt.NDArray[np.float64] = np.frombuffer(raw, np.int16) / 32_767 * SECONDS
    return times


def cut_of(recording: Path, count: int, shortest_ms: int = 45) -> Timeline:
    """A cut of this many clips at odd times."""
    every_ms = (SECONDS * 1000 - 500) // count
    length_ms = max(shortest_ms, every_ms // 2)
    starts_ms = [number * every_ms + 137 + number % 7 for number in range(count)]
    kept = [Piece(start_ms, start_ms + length_ms + start_ms % 11) for start_ms in starts_ms]
    return build_timeline(kept, probe(recording), recording.name, folder=str(recording.parent))


def render_by_melt(timeline: Timeline, name: str, folder: Path) -> Path:
    source, result = folder / f"cut.{name}", folder / f"{name}.mkv"
    source.write_text(text_of(timeline, name), encoding="utf-8")
    command = [
        "melt", str(source), "-consumer", f"avformat:{result}", "vcodec=ffv1", "acodec=pcm_s16le", "real_time=-1",
        "terminate_on_pause=1",
    ]  # fmt: skip
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    return result


def render_by_ffmpeg(timeline: Timeline, folder: Path) -> Path:
    script, result = folder / "cut.filter", folder / "ffmpeg.mkv"
    script.write_text(text_of(timeline, "ffmpeg"), encoding="utf-8")
    recording = Path(timeline.source.folder) / timeline.source.name
    maps = [["-map", f"[a{number}]"] for number in range(len(timeline.source.sounds))]
    pictures = ["-map", "[v]", "-c:v", "ffv1"] if timeline.source.picture else []
    command = [
        "ffmpeg", "-v", "error", "-i", str(recording), "-filter_complex_script", str(script), *pictures,
        *(word for one in maps for word in one), "-c:a", "pcm_s16le", str(result),
    ]  # fmt: skip
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    return result


def assert_pictures_are_right(timeline: Timeline, rendered: Path) -> None:
    wanted = [frame for clip in timeline.clips for frame in range(clip.start_frame, clip.end_frame)]
    assert picture_numbers(rendered) == wanted


def assert_sound_is_in_step(timeline: Timeline, rendered: Path, tolerance_s: float, track: int = 0) -> None:
    """In the middle of each picture, the sound is that of the recording there."""
    rate, times_s = timeline.source.frame_rate, sound_times_s(rendered, track)
    assert abs(times_s.size / SAMPLE_RATE - float(timeline.frames / rate)) <= 1 / float(rate)
    for clip in timeline.clips:
        for offset in {0, clip.frames // 2, clip.frames - 1}:
            middle = (clip.record_frame + offset + Fraction(1, 2)) / rate
            wanted_s = float((clip.start_frame + offset + Fraction(1, 2)) / rate)
            assert abs(times_s[int(middle * SAMPLE_RATE)] - wanted_s) <= tolerance_s


@needs_melt
@pytest.mark.parametrize("name", ["mlt", "kdenlive"])
@pytest.mark.parametrize(("rate", "count"), [("25", 3), ("30000/1001", 60), ("60", 20)])
def test_melt_renders_the_right_pictures_with_their_sound(
    name: str, rate: str, count: int, make_media: MakeMedia, tmp_path: Path
) -> None:
    timeline = cut_of(coded_recording(make_media, rate), count)
    rendered = render_by_melt(timeline, name, tmp_path)
    assert_pictures_are_right(timeline, rendered)
    assert_sound_is_in_step(timeline, rendered, MELT_TOLERANCE_S)


@needs_melt
@pytest.mark.parametrize("name", ["mlt", "kdenlive"])
def test_melt_mixes_all_audio_tracks(name: str, make_media: MakeMedia, tmp_path: Path) -> None:
    """A low tone on one track, a high one on the other."""
    picture = coded_recording(make_media, "25")
    tones = [f"aevalsrc='0.3*sin({hertz}*2*PI*t)':s={SAMPLE_RATE}:d={SECONDS}" for hertz in (440, 2000)]
    inputs = [word for tone in tones for word in ("-f", "lavfi", "-i", tone)]
    maps = ["-map", "0:v", "-map", "1:a", "-map", "2:a", "-c:v", "copy", "-c:a", "pcm_s16le"]
    timeline = cut_of(make_media("tones.mov", "-i", picture, *inputs, *maps), 3)
    rendered = render_by_melt(timeline, name, tmp_path)
    assert_pictures_are_right(timeline, rendered)
    spectrum = np.abs(np.fft.rfft(sound_times_s(rendered)[:SAMPLE_RATE]))
    assert spectrum[440] > 100 * np.median(spectrum)
    assert spectrum[2000] > 100 * np.median(spectrum)


@needs_melt
def test_melt_finds_a_recording_whose_name_has_odd_blanks(make_media: MakeMedia, tmp_path: Path) -> None:
    coded = coded_recording(make_media, "25")
    recording = tmp_path / "Screen  Recording\t3.04\u202fPM.mov"
    recording.write_bytes(coded.read_bytes())
    for name in ("mlt", "kdenlive"):
        timeline = cut_of(recording, 2)
        assert_pictures_are_right(timeline, render_by_melt(timeline, name, tmp_path))


@pytest.mark.parametrize("tracks", [1, 2])
@pytest.mark.parametrize(("rate", "count"), [("24000/1001", 3), ("30000/1001", 200), ("50", 20)])
def test_ffmpeg_runs_its_script_to_the_frame(
    rate: str, count: int, tracks: int, make_media: MakeMedia, tmp_path: Path
) -> None:
    timeline = cut_of(coded_recording(make_media, rate, 2, tracks), count)
    rendered = render_by_ffmpeg(timeline, tmp_path)
    assert_pictures_are_right(timeline, rendered)
    for track in range(tracks):
        assert_sound_is_in_step(timeline, rendered, 0.0025, track)


def test_ffmpeg_keeps_all_channels(make_media: MakeMedia, tmp_path: Path) -> None:
    timeline = cut_of(coded_recording(make_media, "25", 6), 3)
    rendered = render_by_ffmpeg(timeline, tmp_path)
    assert [stream.channels for stream in probe(rendered).audio_streams] == [6]


def test_ffmpeg_runs_its_script_on_a_file_whose_picture_starts_after_the_codecs_run_in(
    make_media: MakeMedia, tmp_path: Path
) -> None:
    coded = coded_recording(make_media, "25")
    recording = make_media("late.mkv", "-i", coded, "-c:v", "copy", "-c:a", "aac", "-b:a", "256k")
    timeline = cut_of(recording, 5)
    assert timeline.source.lead_in > 0
    rendered = render_by_ffmpeg(timeline, tmp_path)
    assert_pictures_are_right(timeline, rendered)


def test_ffmpeg_cuts_a_variable_rate_without_drift(make_media: MakeMedia, tmp_path: Path) -> None:
    coded = coded_recording(make_media, "25")
    gaps = "select='not(mod(n,7))+lt(mod(n,50),25)'"
    recording = make_media(
        "variable.mov", "-i", coded, "-vf", gaps, "-fps_mode", "vfr", "-c:v", "libx264", "-crf", "5", "-c:a", "copy"
    )
    timeline = cut_of(recording, 5)
    assert "VARIABLE_FRAME_RATE" in {warning.code for warning in timeline.warnings}
    rendered = render_by_ffmpeg(timeline, tmp_path)
    assert_sound_is_in_step(timeline, rendered, 0.0025)
    shown_s = np.array(picture_numbers(rendered)) / 25
    frames = [frame for clip in timeline.clips for frame in range(clip.start_frame, clip.end_frame)]
    wanted_s = [float(frame / timeline.source.frame_rate) for frame in frames]
    assert np.abs(shown_s - wanted_s).max() <= 7 / 25


def test_ffmpeg_cuts_sound_alone(make_media: MakeMedia, tmp_path: Path) -> None:
    recording = make_media(
        "rising.wav", "-f", "lavfi", "-i", f"aevalsrc='t/{SECONDS}':s={SAMPLE_RATE}:d={SECONDS}", "-c:a", "pcm_s16le"
    )
    timeline = cut_of(recording, 50)
    assert_sound_is_in_step(timeline, render_by_ffmpeg(timeline, tmp_path), 0.0025)


def test_ffmpeg_runs_a_script_that_keeps_nothing(make_media: MakeMedia, tmp_path: Path) -> None:
    recording = coded_recording(make_media, "25")
    timeline = build_timeline([], probe(recording), recording.name, folder=str(recording.parent))
    assert render_by_ffmpeg(timeline, tmp_path).exists()
