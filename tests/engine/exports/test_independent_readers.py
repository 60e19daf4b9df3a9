"""What others read in our cut lists: OpenTimelineIO and its adapters, ffprobe."""

import json
import os
import subprocess
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from clipflow.engine import Timeline
from tests.engine.exports.conftest import (
    RATES,
    STEREO,
    SURROUND,
    TWO_TRACKS,
    Piece,
    frames_of,
    pieces,
    recording,
    text_of,
    timeline_of,
)

DTD = "CLIPFLOW_TEST_FCPXML_DTD"
DROP_FRAME = Fraction(30_000, 1001)
DROP_FRAME_TIMECODE = "14:23:10;12"
pytestmark = pytest.mark.exhaustive
SEVERAL = [(rate, timecode) for rate in RATES.values() for timecode in ("00:00:00:00", "14:23:10:12")]
DROPPING = [(RATES["29.97"], DROP_FRAME_TIMECODE), (RATES["59.94"], DROP_FRAME_TIMECODE)]


def clips_of(track: otio.schema.Track, timeline: Timeline, *, counts_timecode: bool = True) -> list[tuple[int, int]]:
    """First frame of each clip and the one after its last, counted from the first picture."""
    offset = timeline.source.start_frame if counts_timecode else 0
    ranges = [clip.source_range for clip in track.find_clips()]
    return [(round(one.start_time.value) - offset, round(one.end_time_exclusive().value) - offset) for one in ranges]


@pytest.mark.parametrize("count", [1, 3, 300])
@pytest.mark.parametrize(("rate", "timecode"), SEVERAL + DROPPING)
def test_the_cmx3600_adapter_reads_the_same_clips(rate: Fraction, timecode: str, count: int) -> None:
    timeline = timeline_of(pieces(count), recording(rate, seconds=800.0, timecode=timecode))
    read = otio.adapters.read_from_string(text_of(timeline, "edl"), "cmx_3600", rate=float(rate))
    videos = [track for track in read.tracks if track.kind == otio.schema.TrackKind.Video]
    assert [clips_of(track, timeline) for track in videos] == [frames_of(timeline)]
    assert {clip.name for clip in videos[0].find_clips()} == {"talk.mp4"}
    assert read.name == "talk"


@pytest.mark.parametrize("channels", [(1,), STEREO, SURROUND, TWO_TRACKS])
@pytest.mark.parametrize(("rate", "timecode"), [SEVERAL[0], SEVERAL[5], *DROPPING])
def test_the_fcp_adapter_reads_the_same_clips(rate: Fraction, timecode: str, channels: tuple[int, ...]) -> None:
    timeline = timeline_of(pieces(30), recording(rate, seconds=800.0, timecode=timecode, channels=channels))
    read = otio.adapters.read_from_string(text_of(timeline, "xmeml"), "fcp_xml")
    # The adapter takes the two sides of a stereo track, which say so as Premiere's own do, for one track.
    tracks = sum(1 if count == 2 else count for count in channels)
    assert [track.kind for track in read.tracks] == ["Video", *["Audio"] * tracks]
    for track in read.tracks:
        # The adapter adds the timecode of the recording to its offsets.
        assert clips_of(track, timeline) == frames_of(timeline)
        for clip in track.find_clips():
            assert clip.name == "talk.mp4"
            assert clip.media_reference.target_url == "file://localhost/Volumes/Footage/talk.mp4"
            assert round(clip.media_reference.available_range.start_time.value) == timeline.source.start_frame


@pytest.mark.parametrize("channels", [(1,), STEREO, SURROUND, TWO_TRACKS])
@pytest.mark.parametrize(("rate", "timecode"), SEVERAL + DROPPING)
def test_opentimelineio_reads_the_same_clips(rate: Fraction, timecode: str, channels: tuple[int, ...]) -> None:
    timeline = timeline_of(pieces(30), recording(rate, timecode=timecode, channels=channels))
    read = otio.adapters.read_from_string(text_of(timeline, "otio"), "otio_json")
    assert [track.kind for track in read.tracks] == ["Video", *["Audio"] * len(channels)]
    for track in read.tracks:
        assert clips_of(track, timeline) == frames_of(timeline)
        numbers = [clip.metadata["Resolve_OTIO"]["Link Group ID"] for clip in track.find_clips()]
        assert numbers == list(range(1, 31))
        for clip in track.find_clips():
            available = clip.media_reference.available_range
            assert available.start_time <= clip.source_range.start_time
            assert clip.source_range.end_time_exclusive() <= available.end_time_exclusive()
            assert available.start_time.rate == float(rate)


@pytest.mark.parametrize("rate", RATES.values(), ids=list(RATES))
def test_ffprobe_reads_the_chapters_of_the_cut(rate: Fraction, tmp_path: Path) -> None:
    kept = [*pieces(5), Piece(50_000, 51_000, note="a=b;c#d\\e")]
    timeline = timeline_of(kept, recording(rate))
    file = tmp_path / "chapters.txt"
    file.write_text(text_of(timeline, "chapters"), encoding="utf-8")
    command = ["ffprobe", "-v", "error", "-f", "ffmetadata", "-show_chapters", "-of", "json", str(file)]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["chapters"]
    assert [(one["start"], one["end"]) for one in found] == [
        (clip.record_frame, clip.record_end_frame) for clip in timeline.clips
    ]
    assert {Fraction(one["time_base"]) for one in found} == {1 / rate}
    assert found[-1]["tags"]["title"] == "a=b;c#d\\e"


@pytest.mark.skipif(DTD not in os.environ, reason=f"{DTD} does not say where Apple's definition of FCPXML 1.10 is")
@pytest.mark.parametrize("channels", [(1,), STEREO, SURROUND, TWO_TRACKS])
def test_fcpxml_is_valid_by_apples_definition(channels: tuple[int, ...], tmp_path: Path) -> None:
    info = recording(DROP_FRAME, timecode=DROP_FRAME_TIMECODE, channels=channels)
    file = tmp_path / "cut.fcpxml"
    file.write_text(text_of(timeline_of([*pieces(3), Piece(50_000, 51_000, note="a note")], info), "fcpxml"))
    command = ["xmllint", "--noout", "--nonet", "--dtdvalid", os.environ[DTD], str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
