"""Every format, for every kind of recording: written, read back, exact."""

import csv
import io
import json
import re
import shutil
import subprocess
import tracemalloc
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest

from clipflow.engine import (
    FORMATS,
    ExportFormat,
    FaultyExportError,
    FormatKind,
    UnknownFormatError,
    UnsuitableFormatError,
    export_format,
)
from clipflow.engine.exporters.media_paths import media_path, media_url
from clipflow.engine.exporters.readback import clip_edges, largest_error_frames
from tests.engine.exports.conftest import (
    RATES,
    STEREO,
    SURROUND,
    TWO_TRACKS,
    Piece,
    pieces,
    recording,
    text_of,
    timeline_of,
    written,
)

DROP_FRAME = Fraction(30_000, 1001)
# What is said has tests of its own, in transcript/test_captions.py.
CUT_LISTS = [name for name, form in FORMATS.items() if not (form.needs_words or form.needs_cues)]
XML_FORMATS = ("fcpxml", "xmeml", "mlt", "kdenlive")
TIMECODES = ("00:00:00:00", "14:23:10;12")
NASTY = "a & b <c> \"d\" 'e' {f}\n\tg \u202e😀 =1+1 \x07\ud800 ]]> -->"


def start_timecode(rate: Fraction, timecode: str) -> str:
    """Drop-frame exists at two rates only."""
    return timecode if rate.denominator == 1001 and round(rate) in (30, 60) else timecode.replace(";", ":")


@pytest.mark.exhaustive
@pytest.mark.parametrize("channels", [STEREO, SURROUND, TWO_TRACKS], ids=["stereo", "surround", "two tracks"])
@pytest.mark.parametrize("timecode", TIMECODES)
@pytest.mark.parametrize("rate", RATES.values(), ids=list(RATES))
@pytest.mark.parametrize("name", CUT_LISTS)
def test_no_edge_is_further_than_half_a_frame_away_at_any_rate(
    name: str, rate: Fraction, timecode: str, channels: tuple[int, ...]
) -> None:
    check_exactness(name, rate, timecode, channels)


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001)], ids=str)
@pytest.mark.parametrize("name", CUT_LISTS)
def test_no_edge_is_further_than_half_a_frame_away(name: str, rate: Fraction) -> None:
    check_exactness(name, rate, TIMECODES[-1], TWO_TRACKS)


def check_exactness(name: str, rate: Fraction, timecode: str, channels: tuple[int, ...]) -> None:
    info = recording(rate, seconds=800.0, timecode=start_timecode(rate, timecode), channels=channels)
    for count in (1, 3, 300):
        _, report = written(timeline_of(pieces(count), info), name)
        assert report.clips == count
        assert report.largest_error_frames <= 0.5
        assert (report.frame_rate, report.start_timecode) == (rate, start_timecode(rate, timecode))
        assert report.is_drop_frame is (";" in start_timecode(rate, timecode))


@pytest.mark.parametrize("channels", [(1,), STEREO, SURROUND, TWO_TRACKS])
@pytest.mark.parametrize("name", CUT_LISTS)
def test_sound_alone_is_exact_too(name: str, channels: tuple[int, ...]) -> None:
    for count in (1, 3, 300):
        info = recording(has_picture=False, seconds=800.0, channels=channels, sample_rate=44_100)
        _, report = written(timeline_of(pieces(count), info), name)
        assert report.largest_error_frames <= 0.5


def test_fcpxml_of_sound_alone_has_an_asset_without_picture_in_a_sequence_with_a_format() -> None:
    root = ElementTree.fromstring(text_of(timeline_of(pieces(2), recording(has_picture=False)), "fcpxml"))  # noqa: S314
    asset, clips = root.find("resources/asset"), list(root.iter("asset-clip"))
    assert asset is not None
    assert (asset.get("hasVideo"), asset.get("format"), asset.get("hasAudio")) == (None, None, "1")
    assert {clip.get("format") for clip in clips} == {None}
    assert root.find("resources/format").get("width") == "1920"  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["edl", "xmeml", "fcpxml"])
def test_a_format_that_cannot_hold_a_rate_says_what_to_do(name: str) -> None:
    with pytest.raises(UnsuitableFormatError, match=r"12\.5.*choose"):
        text_of(timeline_of(pieces(1), recording(Fraction(25, 2))), name)


@pytest.mark.parametrize("name", [name for name in CUT_LISTS if name not in ("edl", "xmeml", "fcpxml")])
def test_a_variable_rate_is_written_as_its_average(name: str) -> None:
    timeline = timeline_of(pieces(20), recording(Fraction(2_987, 100), is_variable=True))
    _, report = written(timeline, name)
    assert report.largest_error_frames <= 0.5
    assert "VARIABLE_FRAME_RATE" in {warning.code for warning in report.warnings}


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", CUT_LISTS)
def test_three_thousand_clips_take_little_memory(name: str) -> None:
    info = recording(DROP_FRAME, seconds=8_000.0, timecode="14:23:10;12")
    timeline = timeline_of(pieces(3_000), info)
    tracemalloc.start()
    content, report = written(timeline, name)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (report.clips, peak_bytes < 100e6, len(content) < 100e6) == (3_000, True, True)
    assert report.largest_error_frames <= 0.5


@pytest.mark.parametrize("name", CUT_LISTS)
def test_nothing_kept_is_an_empty_list(name: str) -> None:
    content, report = written(timeline_of([]), name)
    assert (report.clips, report.kept_ms, report.cuts) == (0, 0, 1)
    assert {warning.code for warning in report.warnings} == {"NOTHING_KEPT"}
    if name in XML_FORMATS:
        ElementTree.fromstring(content)  # noqa: S314
    if name in ("otio", "llc", "json"):
        json.loads(content)


@pytest.mark.parametrize("name", CUT_LISTS)
def test_odd_names_and_notes_do_no_harm(name: str) -> None:
    kept = [Piece(0, 1000, note=NASTY), Piece(2000, 3000, note="n" * 300)]
    for file_name in (f"{NASTY}.mp4", "n" * 300 + ".mp4", "-rf.mp4", "=cmd|' /C calc'!A0.mp4"):
        content, report = written(timeline_of(kept, name=file_name, folder="/a & b/<c>"), name)
        assert report.clips == 2
        assert not set(report.file_name) & set('/\\<>:"|?*\n\x07')
        if name in XML_FORMATS:
            ElementTree.fromstring(content)  # noqa: S314
        if name in ("edl", "csv", "audacity", "chapters"):
            assert b"\x07" not in content


@pytest.mark.skipif(shutil.which("xmllint") is None, reason="xmllint is not installed")
@pytest.mark.parametrize("name", XML_FORMATS)
def test_xmllint_finds_xml_well_formed(name: str, tmp_path: Path) -> None:
    file = tmp_path / "cut.xml"
    file.write_bytes(written(timeline_of([*pieces(3), Piece(50_000, 51_000, note=NASTY)], name=NASTY), name)[0])
    done = subprocess.run(["xmllint", "--noout", "--nonet", file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownFormatError, match="edl, fcpxml, xmeml, otio, mlt, kdenlive, llc, csv, json"):
        export_format("aaf")


@pytest.mark.parametrize("name", CUT_LISTS)
def test_a_file_that_says_something_else_is_found_out(name: str) -> None:
    timeline, other = timeline_of(pieces(3)), timeline_of(pieces(4))
    text = text_of(other, name)
    with pytest.raises(FaultyExportError):
        largest_error_frames(clip_edges(timeline), FORMATS[name].read(text, timeline))


def test_the_same_cut_gives_the_same_bytes() -> None:
    for name in CUT_LISTS:
        assert written(timeline_of(pieces(1_500)), name)[0] == written(timeline_of(pieces(1_500)), name)[0]


class TestEdl:
    """CMX3600."""

    def test_it_counts_drop_frames_as_the_source_does(self) -> None:
        text = text_of(timeline_of([Piece(60_000, 62_000)], recording(DROP_FRAME, timecode="14:23:10;12")), "edl")
        assert text.startswith("TITLE: talk\nFCM: DROP FRAME\n")
        assert "001  AX       AA/V  C        14:24:10;12 14:24:12;12 01:00:00;00 01:00:02;00\n" in text

    @pytest.mark.parametrize(
        ("channels", "has_picture", "named"),
        [((), True, "V "), ((1,), True, "B "), ((2,), True, "AA/V "), ((1,), False, "A "), ((2,), False, "AA ")],
    )
    def test_it_names_the_channels(self, channels: tuple[int, ...], has_picture: bool, named: str) -> None:
        info = recording(channels=channels, has_picture=has_picture)
        assert f"AX       {named}" in text_of(timeline_of(pieces(1), info), "edl")

    def test_it_names_a_third_and_a_fourth_channel_in_a_line_of_their_own(self) -> None:
        assert "\nAUD  3\n" in text_of(timeline_of(pieces(1), recording(channels=TWO_TRACKS)), "edl")
        content, report = written(timeline_of(pieces(1), recording(channels=SURROUND)), "edl")
        assert b"\nAUD  3    4\n" in content
        assert [warning.code for warning in report.warnings] == ["CHANNELS_LEFT_OUT"]

    def test_more_than_999_events_come_as_numbered_parts(self) -> None:
        content, report = written(timeline_of(pieces(2_000), recording(seconds=6_000.0)), "edl")
        assert (report.parts, report.mime_type, report.file_name) == (3, "application/zip", "talk-cut.zip")
        assert [warning.code for warning in report.warnings] == ["MANY_EVENTS"]
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.namelist() == [f"talk part {number} of 3.edl" for number in (1, 2, 3)]
            texts = [archive.read(name).decode() for name in archive.namelist()]
        numbers = [re.findall(r"^(\d{3})  ", text, re.MULTILINE) for text in texts]
        assert [len(one) for one in numbers] == [999, 999, 2]
        assert numbers[1][0] == "001"

    def test_parts_of_a_long_name_have_names_of_their_own(self) -> None:
        timeline = timeline_of(pieces(2_000), recording(seconds=6_000.0), name="n" * 300 + ".mp4")
        with zipfile.ZipFile(io.BytesIO(written(timeline, "edl")[0])) as archive:
            assert len(set(archive.namelist())) == 3

    @pytest.mark.parametrize("rate", [DROP_FRAME, Fraction(25)])
    @pytest.mark.parametrize("timecode", ["23:58:00:00", "00:00:00:00"])
    def test_it_is_exact_beyond_a_day(self, rate: Fraction, timecode: str) -> None:
        info = recording(rate, seconds=110_000.0, timecode=timecode)
        kept = [Piece(n * 1_000_000 + n, n * 1_000_000 + 900_000) for n in range(109)]
        assert written(timeline_of(kept, info), "edl")[1].largest_error_frames <= 0.5

    def test_a_clip_across_midnight_is_two_events(self) -> None:
        info = recording(Fraction(25), timecode="23:59:50:00")
        _, report = written(timeline_of([Piece(5_000, 15_000)], info), "edl")
        assert report.largest_error_frames == 0
        text = text_of(timeline_of([Piece(5_000, 15_000), Piece(20_000, 21_000)], info), "edl")
        assert re.findall(r"^\d{3}  AX .*?C +(.*)$", text, re.MULTILINE) == [
            "23:59:55:00 00:00:00:00 01:00:00:00 01:00:05:00",
            "00:00:00:00 00:00:05:00 01:00:05:00 01:00:10:00",
            "00:00:10:00 00:00:11:00 01:00:10:00 01:00:11:00",
        ]


class TestFcpxml:
    """Final Cut Pro."""

    def test_clips_lie_within_the_source_timecode(self) -> None:
        info = recording(DROP_FRAME, timecode="14:23:10;12")
        root = ElementTree.fromstring(text_of(timeline_of(pieces(3), info), "fcpxml"))  # noqa: S314
        asset, clip = root.find("resources/asset"), root.find(".//asset-clip")
        assert asset is not None
        assert clip is not None
        assert asset.get("start") == clip.get("start") == f"{1_552_158 * 1001}/30000s"
        assert clip.get("offset") == "0/30000s"
        assert clip.get("tcFormat") == "DF"

    def test_each_of_several_tracks_is_carried(self) -> None:
        text = text_of(timeline_of(pieces(1), recording(channels=TWO_TRACKS)), "fcpxml")
        assert 'audioSources="3" audioChannels="1"' in text
        alike = text_of(timeline_of(pieces(1), recording(channels=(2, 2))), "fcpxml")
        assert 'audioSources="2" audioChannels="2"' in alike
        assert 'srcCh="1" role="dialogue.dialogue-1"' in text
        assert 'srcCh="2, 3" role="dialogue.dialogue-2"' in text


class TestCsv:
    """Spreadsheets."""

    @pytest.mark.parametrize("note", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1"])
    def test_a_note_is_no_formula(self, note: str) -> None:
        text = text_of(timeline_of([Piece(0, 1000, note=note)]), "csv")
        [[start, end, name]] = csv.reader(io.StringIO(text))
        assert (start, end) == ("0.000000", "1.000000")
        assert name[0] not in "=+-@\t"


@pytest.mark.parametrize(
    ("folder", "path", "url"),
    [
        ("", "a b#ü.mp4", "a%20b%23%C3%BC.mp4"),
        ("/Volumes/My Footage", "/Volumes/My Footage/a b#ü.mp4", "file:///Volumes/My%20Footage/a%20b%23%C3%BC.mp4"),
        ("/Volumes/", "/Volumes/a b#ü.mp4", "file:///Volumes/a%20b%23%C3%BC.mp4"),
        ("C:\\Clips", "C:\\Clips\\a b#ü.mp4", "file:///C:/Clips/a%20b%23%C3%BC.mp4"),
        ("\\\\server\\share", "\\\\server\\share\\a b#ü.mp4", "file://server/share/a%20b%23%C3%BC.mp4"),
        ("footage", "footage/a b#ü.mp4", "footage/a%20b%23%C3%BC.mp4"),
        ("/", "/a b#ü.mp4", "file:///a%20b%23%C3%BC.mp4"),
    ],
)
def test_the_recording_is_where_the_editor_finds_it(folder: str, path: str, url: str) -> None:
    source = timeline_of([], name="a b#ü.mp4", folder=folder).source
    assert (media_path(source), media_url(source)) == (path, url)


@pytest.mark.parametrize("name", CUT_LISTS)
def test_an_export_that_is_further_off_is_not_handed_out(name: str) -> None:
    timeline = timeline_of(pieces(3))
    shifted = replace(timeline, clips=tuple(replace(one, start_ms=one.start_ms + 50) for one in timeline.clips))
    with pytest.raises(FaultyExportError, match="frames off"):
        written(shifted, name)


def test_pixels_that_are_not_square_stay_what_they_are() -> None:
    info = recording()
    assert info.video is not None
    wide = replace(info, video=replace(info.video, width=720, height=576, pixel_aspect=Fraction(64, 45)))
    timeline = timeline_of(pieces(1), wide)
    assert 'sample_aspect_num="64" sample_aspect_den="45" display_aspect_num="16" display_aspect_den="9"' in text_of(
        timeline, "mlt"
    )
    assert 'paspH="64" paspV="45"' in text_of(timeline, "fcpxml")


def test_a_name_with_a_colon_is_no_protocol() -> None:
    command = written(timeline_of(pieces(1), name="12:30 talk.mov", folder=""), "ffmpeg")[1].command
    assert command is not None
    assert command.startswith("ffmpeg -i './12:30 talk.mov' ")


class TestNotes:
    """What people have written about a clip is in the file, or it is said that it is not."""

    KEPT = (Piece(0, 1000, note="the opening"), Piece(2000, 3000), Piece(4000, 5000, note="ends late"))

    @pytest.mark.parametrize("name", [name for name, one in FORMATS.items() if one.holds_notes])
    def test_they_are_in_the_formats_that_hold_them(self, name: str) -> None:
        content, report = written(timeline_of(list(self.KEPT)), name)
        assert "the opening" in content.decode()
        assert "ends late" in content.decode()
        assert "NOTES_LEFT_OUT" not in {one.code for one in report.warnings}

    @pytest.mark.parametrize(
        "name",
        [name for name, one in FORMATS.items() if not one.holds_notes and one.kind is not FormatKind.CAPTIONS],
    )
    def test_their_loss_is_said(self, name: str) -> None:
        content, report = written(timeline_of(list(self.KEPT)), name)
        assert "the opening" not in content.decode()
        [warning] = [one for one in report.warnings if one.code == "NOTES_LEFT_OUT"]
        assert warning.message.startswith("2 notes are not in this format")

    def test_nothing_is_said_where_nobody_wrote_any(self) -> None:
        _, report = written(timeline_of([Piece(0, 1000)]), "mlt")
        assert "NOTES_LEFT_OUT" not in {one.code for one in report.warnings}


@pytest.mark.parametrize("form", [one for one in FORMATS.values() if one.kind is FormatKind.EDITOR])
def test_a_format_of_an_editor_says_how_it_is_opened(form: ExportFormat) -> None:
    assert len(form.import_steps) == 3
