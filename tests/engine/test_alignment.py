"""Sound is decoded in step with the picture, to the millisecond, in every container."""

import wave
from pathlib import Path

import numpy as np
import pytest

from clipflow.engine import MediaLimits, probe
from clipflow.engine.decode import SAMPLE_RATE, PcmDecoder, SoundSource
from tests.conftest import MakeMedia

CLICKS_S = (1.0, 3.0, 5.0)
TOLERANCE_S = 0.003
PICTURE = ("-f", "lavfi", "-i", "testsrc=size=64x64:rate=25:duration=6")
MAPPED = ("-map", "0:v", "-map", "1:a")
FORMS = {
    "mkv": ("a.mkv", "libx264", "aac"),
    "mpeg transport stream": ("a.ts", "libx264", "aac"),
    "mpeg transport stream, mpeg2": ("a.ts", "mpeg2video", "mp2"),
    "mpeg program stream": ("a.mpg", "mpeg2video", "mp2"),
    "flv": ("a.flv", "libx264", "aac"),
    "mov": ("a.mov", "libx264", "aac"),
}


@pytest.fixture(scope="module")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of silence with a click at each of CLICKS_S."""
    rate = 44_100
    samples = np.zeros(rate * 6, dtype="<i2")
    for at_s in CLICKS_S:
        samples[round(at_s * rate) : round(at_s * rate) + 200] = 30_000
    target = tmp_path_factory.mktemp("clicks") / "clicks.wav"
    with wave.open(str(target), "wb") as file:
        file.setparams((1, 2, rate, samples.size, "NONE", ""))
        file.writeframes(samples.tobytes())
    return target


def heard_s(path: Path) -> list[float]:
    """The times of the clicks in what the engine decodes."""
    with PcmDecoder(SoundSource(path, probe(path), 0), MediaLimits(), lambda: False) as decoder:
        sound = np.concatenate([block.copy() for block in decoder.blocks()]).astype(np.int32)
    loud = np.flatnonzero(np.abs(sound) > 4000)
    first_of_each = loud[np.diff(loud, prepend=-SAMPLE_RATE) > SAMPLE_RATE // 2]
    return [float(sample) / SAMPLE_RATE for sample in first_of_each]


@pytest.mark.parametrize("form", FORMS)
def test_sound_is_in_step_with_the_picture(form: str, clicks: Path, make_media: MakeMedia) -> None:
    name, picture, sound = FORMS[form]
    video = make_media(name, *PICTURE, "-i", clicks, *MAPPED, "-c:v", picture, "-c:a", sound)
    assert heard_s(video) == pytest.approx(CLICKS_S, abs=TOLERANCE_S)


@pytest.mark.parametrize("form", FORMS)
def test_sound_that_starts_late_stays_in_step(form: str, clicks: Path, make_media: MakeMedia) -> None:
    name, picture, sound = FORMS[form]
    video = make_media(
        f"late-{name}", *PICTURE, "-itsoffset", "1.5", "-i", clicks, *MAPPED, "-c:v", picture, "-c:a", sound
    )
    assert heard_s(video) == pytest.approx([at_s + 1.5 for at_s in CLICKS_S], abs=TOLERANCE_S)


def test_sound_is_in_step_where_no_edit_list_hides_the_run_in(clicks: Path, make_media: MakeMedia) -> None:
    encoded = ("-c:v", "libx264", "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov")
    video = make_media("fragments.mp4", *PICTURE, "-i", clicks, *MAPPED, *encoded)
    assert heard_s(video) == pytest.approx(CLICKS_S, abs=TOLERANCE_S)


@pytest.mark.parametrize("layout", ["stereo", "5.1"])
def test_sound_after_a_gap_of_an_hour_is_where_it_belongs(layout: str, clicks: Path, make_media: MakeMedia) -> None:
    gap = f"aformat=channel_layouts={layout},asetpts=PTS+gte(T\\,4)*3600/TB"
    recording = make_media(f"gap-{layout}.mov", "-i", clicks, "-af", gap, "-c:a", "aac")
    assert heard_s(recording) == pytest.approx([1.0, 3.0, 3605.0], abs=TOLERANCE_S)


@pytest.mark.parametrize("name", ["plain.ts", "plain.mpg"])
def test_it_gives_no_false_alarm_about_the_length_of_streams(name: str, clicks: Path, make_media: MakeMedia) -> None:
    video = make_media(name, *PICTURE, "-i", clicks, *MAPPED, "-c:v", "mpeg2video", "-c:a", "mp2")
    assert probe(video).warnings == ()
