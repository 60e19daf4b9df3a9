"""Which track and which channels are listened to."""

import struct
from pathlib import Path

import numpy as np
import pytest

from clipflow.engine import AnalysisOptions, InvalidOptionError, analyze, probe
from clipflow.engine.decode import SAMPLE_RATE
from tests.conftest import SAMPLE, MakeMedia, Truth

HEAD = ("-t", "11", "-i", SAMPLE)


@pytest.fixture(scope="module")
def mono(make_media: MakeMedia) -> np.ndarray:  # type: ignore[type-arg]
    """Eleven seconds of the sample with two stretches of speech, at 16 kHz."""
    content = make_media("mono.wav", *HEAD, "-vn", "-ar", str(SAMPLE_RATE), "-ac", "1").read_bytes()
    return np.frombuffer(content[content.find(b"data") + 8 :], dtype="<i2")


def wav(target: Path, channels: list[np.ndarray]) -> Path:  # type: ignore[type-arg]
    """A plain WAV file, which names no layout of its channels."""
    data = np.stack(channels, axis=1).astype("<i2").tobytes()
    count = len(channels)
    head = struct.pack("<HHIIHH", 1, count, SAMPLE_RATE, SAMPLE_RATE * count * 2, count * 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", len(data)) + data
    target.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return target


def timecode(size: int) -> np.ndarray:  # type: ignore[type-arg]
    """Linear timecode at 25 frames a second: 2,000 bits a second, polarity changes once or twice a bit."""
    random = np.random.default_rng(5)
    halves: list[int] = []
    level = 6000
    for one in random.integers(0, 2, size // 8 + 1):
        level = -level
        halves.append(level)
        level = -level if one else level
        halves.append(level)
    return np.repeat(halves, 4)[:size].astype(np.int16)


def kept_s(path: Path, options: AnalysisOptions | None = None) -> float:
    return sum(one.end_ms - one.start_ms for one in analyze(path, options).segments if one.type == "speech") / 1000


def codes(path: Path, options: AnalysisOptions | None = None) -> set[str]:
    return {warning.code for warning in analyze(path, options).info.warnings}


@pytest.fixture
def spoken_s(truth: Truth) -> float:
    return sum(end - start for start, end in truth.speech[:2]) / 1000


@pytest.mark.parametrize(("channels", "at"), [(3, 1), (4, 0), (6, 3), (10, 3), (10, 9)])
def test_the_lone_microphone_among_many_channels_is_heard(
    channels: int,
    at: int,
    mono: np.ndarray,
    tmp_path: Path,
    spoken_s: float,  # type: ignore[type-arg]
) -> None:
    file = wav(tmp_path / "poly.wav", [mono if number == at else np.zeros_like(mono) for number in range(channels)])
    assert kept_s(file) >= 0.95 * spoken_s
    assert codes(file) == {"UNKNOWN_CHANNEL_LAYOUT"}


def test_channels_that_cancel_each_other_out_are_told_and_one_is_heard(
    mono: np.ndarray,
    tmp_path: Path,
    spoken_s: float,  # type: ignore[type-arg]
) -> None:
    file = wav(tmp_path / "inverted.wav", [mono, -mono])
    assert kept_s(file) >= 0.95 * spoken_s
    assert codes(file) == {"CHANNELS_CANCEL"}


def test_timecode_on_a_channel_is_told_and_left_out(
    mono: np.ndarray,
    tmp_path: Path,
    spoken_s: float,  # type: ignore[type-arg]
) -> None:
    file = wav(tmp_path / "ltc.wav", [mono, timecode(mono.size)])
    assert kept_s(file) >= 0.95 * spoken_s
    assert codes(file) == {"TIMECODE_CHANNEL"}


def test_an_ordinary_stereo_recording_is_mixed_without_a_word(make_media: MakeMedia) -> None:
    assert codes(make_media("stereo.m4a", *HEAD, "-vn", "-ac", "2")) == set()


def test_auto_takes_the_channel_with_the_loudest_speech(
    mono: np.ndarray,
    tmp_path: Path,
    spoken_s: float,  # type: ignore[type-arg]
) -> None:
    loud_noise = (np.random.default_rng(2).standard_normal(mono.size) * 6000).astype(np.int16)
    file = wav(tmp_path / "noise.wav", [loud_noise, mono // 2, mono // 8])
    options = AnalysisOptions(audio_channel="auto")
    (warning,) = [one for one in analyze(file, options).info.warnings if one.code == "CHANNEL_CHOSEN"]
    assert warning.message.startswith("Channel 1 of 3")
    assert kept_s(file, options) >= 0.95 * spoken_s


def test_a_named_channel_alone_is_heard(mono: np.ndarray, tmp_path: Path) -> None:  # type: ignore[type-arg]
    file = wav(tmp_path / "left.wav", [mono, np.zeros_like(mono)])
    assert kept_s(file, AnalysisOptions(audio_channel="1")) == 0
    assert kept_s(file, AnalysisOptions(audio_channel="0")) > 5


@pytest.mark.parametrize("channel", ["2", "63"])
def test_a_channel_that_is_not_there_is_refused(channel: str, mono: np.ndarray, tmp_path: Path) -> None:  # type: ignore[type-arg]
    with pytest.raises(InvalidOptionError, match="does not exist: the track has channels 0 to 1"):
        analyze(wav(tmp_path / "two.wav", [mono, mono]), AnalysisOptions(audio_channel=channel))


@pytest.mark.parametrize("channel", ["left", "-1", "64", "", "1.0"])
def test_what_names_no_channel_is_refused(channel: str) -> None:
    with pytest.raises(InvalidOptionError, match="audio_channel must be mix, auto or a channel's number"):
        AnalysisOptions(audio_channel=channel)


def two_tracks(make_media: MakeMedia, name: str, first: str, *dispositions: str) -> Path:
    """A track that is made, and one with speech."""
    return make_media(
        name, "-f", "lavfi", "-t", "11", "-i", first, *HEAD, "-map", "0:a", "-map", "1:a", "-c:a", "flac", *dispositions
    )


def test_the_track_that_is_flagged_as_default_is_analysed(make_media: MakeMedia) -> None:
    file = two_tracks(make_media, "flag.mkv", "sine=300", "-disposition:a:0", "0", "-disposition:a:1", "default")
    analysis = analyze(file)
    assert analysis.audio_track == 1
    (warning,) = [one for one in analysis.info.warnings if one.code == "SEVERAL_AUDIO_TRACKS"]
    assert "Audio track 1" in warning.message
    assert "the others are 0 (" in warning.message


def test_a_silent_default_track_is_passed_over(make_media: MakeMedia) -> None:
    file = two_tracks(
        make_media, "silent.mkv", "anullsrc=r=48000:cl=stereo", "-disposition:a:0", "default", "-disposition:a:1", "0"
    )
    assert analyze(file).audio_track == 1


def test_a_named_track_is_analysed_even_if_it_is_silent(make_media: MakeMedia) -> None:
    file = two_tracks(
        make_media, "silent.mkv", "anullsrc=r=48000:cl=stereo", "-disposition:a:0", "default", "-disposition:a:1", "0"
    )
    assert analyze(file, AnalysisOptions(audio_track=0)).audio_track == 0


def test_a_track_that_nothing_can_decode_is_named(make_media: MakeMedia, tmp_path: Path) -> None:
    both = ("-map", "0:a", "-map", "0:a", "-c:a", "aac")
    content = bytearray(make_media("two.mov", *HEAD, *both, "-map_chapters", "-1").read_bytes())
    at = content.rfind(b"stsd")
    end = at - 4 + struct.unpack(">I", content[at - 4 : at])[0]
    content[at:end] = bytes(content[at:end]).replace(b"mp4a", b"apac").replace(b"esds", b"free")
    file = tmp_path / "apac.mov"
    file.write_bytes(content)
    info = probe(file)
    assert [one.is_decodable for one in info.audio_streams] == [True, False]
    assert {"UNREADABLE_AUDIO_TRACK", "SEVERAL_AUDIO_TRACKS"} == {one.code for one in info.warnings}
    assert analyze(file).audio_track == 0


def test_nothing_found_in_a_longer_recording_is_a_warning_that_says_what_to_try(make_media: MakeMedia) -> None:
    hum = make_media("hum.wav", "-f", "lavfi", "-t", "12", "-i", "sine=100")
    (warning,) = [one for one in analyze(hum).info.warnings if one.code == "NO_SPEECH_FOUND"]
    assert "try another audio track" in warning.message


def test_speech_hardly_above_the_room_is_a_warning(make_media: MakeMedia) -> None:
    noisy = make_media(
        "noisy.wav", "-i", SAMPLE, "-f", "lavfi", "-i", "anoisesrc=c=pink:a=0.2:r=48000:s=3", "-filter_complex",
        "[0:a][1:a]amix=duration=first:normalize=0", "-vn",
    )  # fmt: skip
    analysis = analyze(noisy)
    assert analysis.loudness.speech_db is not None
    assert analysis.loudness.speech_db - analysis.loudness.room_db < 12
    assert "SPEECH_NEAR_ROOM" in {one.code for one in analysis.info.warnings}
