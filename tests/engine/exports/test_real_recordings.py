"""What cut lists say of recordings that are not plain: fields, pixels, colour, clocks, slow pictures, captions."""

import csv
import io
import json
from dataclasses import replace
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

import pytest

from clipflow.engine import MediaInfo, Timeline, Timing, UnsuitableFormatError, Word
from clipflow.engine.media_info import Colour, FieldOrder
from clipflow.engine.transcript.cues import Cue
from tests.engine.exports.conftest import Piece, frames_of, pieces, recording, text_of, timeline_of, written

HLG = Colour("bt2020", "arib-std-b67", "bt2020nc")


def with_picture(info: MediaInfo | None = None, **changes: Any) -> MediaInfo:
    info = info or recording()
    assert info.video is not None
    return replace(info, video=replace(info.video, **changes))


PAL = with_picture(width=720, height=576, pixel_aspect=Fraction(64, 45), field_order=FieldOrder.UPPER_FIRST)


def xml_of(timeline: Timeline, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(text_of(timeline, name))  # noqa: S314  our own


class TestPicture:
    """Field order, pixel aspect, colour."""

    def test_premiere_reads_fields_and_pixels(self) -> None:
        for one in xml_of(timeline_of(pieces(1), PAL), "xmeml").iter("samplecharacteristics"):
            if one.find("width") is not None:
                assert [one.findtext(name) for name in ("anamorphic", "fielddominance")] == ["TRUE", "upper"]

    def test_final_cut_reads_fields_pixels_and_colour(self) -> None:
        form = xml_of(timeline_of(pieces(1), PAL), "fcpxml").find("resources/format")
        assert form is not None
        assert [form.get(name) for name in ("fieldOrder", "paspH", "paspV")] == ["upper first", "64", "45"]
        hdr = xml_of(timeline_of(pieces(1), with_picture(colour=HLG)), "fcpxml").find("resources/format")
        assert hdr is not None
        assert hdr.get("colorSpace") == "9-18-9 (Rec. 2020 HLG)"

    @pytest.mark.parametrize("name", ["mlt", "kdenlive"])
    def test_the_profile_of_mlt_is_that_of_the_picture(self, name: str) -> None:
        profile = xml_of(timeline_of(pieces(1), PAL), name).find("profile")
        assert profile is not None
        wanted = {"width": "720", "height": "576", "progressive": "0", "colorspace": "601", "sample_aspect_num": "64"}
        assert {key: profile.get(key) for key in wanted} == wanted

    @pytest.mark.parametrize("name", ["mlt", "kdenlive"])
    def test_no_two_sizes_share_a_description_of_their_profile(self, name: str) -> None:
        sizes = ((1080, 1920), (1082, 1920), (640, 360))
        profiles = [
            xml_of(timeline_of(pieces(1), with_picture(width=width, height=height)), name).find("profile")
            for width, height in sizes
        ]
        descriptions = {profile.get("description") for profile in profiles if profile is not None}
        assert len(descriptions) == len(sizes)
        assert "automatic" not in descriptions

    def test_kdenlive_is_told_the_name_of_its_own_profile(self) -> None:
        text = text_of(timeline_of(pieces(1), recording(Fraction(30_000, 1001))), "kdenlive")
        assert ">atsc_1080p_2997<" in text
        _, report = written(
            timeline_of(pieces(1), with_picture(recording(Fraction(30_000, 1001)), width=1082)), "kdenlive"
        )
        assert "NON_STANDARD_PROFILE" in {warning.code for warning in report.warnings}


class TestMlt:
    """What Shotcut and Kdenlive need beside what MLT needs."""

    def test_shotcut_finds_its_black_background_below_everything(self) -> None:
        root = xml_of(timeline_of(pieces(3), recording(channels=(2, 2))), "mlt")
        tracks = [track.get("producer") for track in root.iter("track")]
        assert tracks[0] == "background"
        assert len(list(root.iter("transition"))) == len(tracks) - 1

    def test_kdenlive_finds_no_chain_on_a_track_and_mixes_of_its_own(self) -> None:
        root = xml_of(timeline_of(pieces(3), recording(channels=(2, 2))), "kdenlive")
        chains = {chain.get("id") for chain in root.iter("chain")}
        lists = [one for one in root.iter("playlist") if one.get("id") != "main_bin"]
        assert not chains & {entry.get("producer") for one in lists for entry in one.iter("entry")}
        for mix in root.iter("transition"):
            found = {one.get("name"): one.text for one in mix.iter("property")}
            if found["mlt_service"] == "mix":
                assert (found["kdenlive_id"], found["internal_added"]) == ("mix", "237")

    @pytest.mark.parametrize("name", ["mlt", "kdenlive"])
    def test_surround_stays_surround(self, name: str) -> None:
        text = text_of(timeline_of(pieces(1), recording(channels=(6,))), name)
        assert 'udioChannels">6<' in text


class TestSound:
    """Tracks and channels."""

    def test_an_otio_clip_says_which_track_it_plays(self) -> None:
        cut = json.loads(text_of(timeline_of(pieces(1), recording(channels=(2, 1))), "otio"))
        sounds = [track for track in cut["tracks"]["children"] if track["kind"] == "Audio"]
        assert [track["metadata"]["Resolve_OTIO"]["Audio Type"] for track in sounds] == ["Stereo", "Mono"]
        channels = [track["children"][0]["metadata"]["Resolve_OTIO"]["Channels"] for track in sounds]
        assert [[one["Source Track ID"] for one in track] for track in channels] == [[0, 0], [1]]

    def test_premiere_is_told_of_stereo_pairs(self) -> None:
        root = xml_of(timeline_of(pieces(1)), "xmeml")
        stereo = [one for one in root.iter("track") if one.get("premiereTrackType") == "Stereo"]
        assert len(stereo) == 2
        assert {clip.get("premiereChannelType") for track in stereo for clip in track.iter("clipitem")} == {"stereo"}

    def test_ffmpeg_leaves_out_a_track_that_nothing_decodes_and_says_so(self) -> None:
        info = recording(channels=(2, 4))
        sounds = (info.audio_streams[0], replace(info.audio_streams[1], codec="unknown"))
        content, _ = written(timeline_of(pieces(1), replace(info, audio_streams=sounds)), "ffmpeg")
        assert b"[0:1]" in content or b"[0:a:0]" in content
        assert b"[0:2]" not in content
        assert b"[0:a:1]" not in content


class TestClocks:
    """From where each format counts."""

    @pytest.mark.parametrize("name", ["csv", "audacity"])
    def test_what_counts_as_ffmpeg_does_counts_the_lead_in(self, name: str) -> None:
        info = replace(recording(), lead_in_s=0.08)
        text = text_of(timeline_of([Piece(1_000, 2_000)], info), name)
        first = next(csv.reader(io.StringIO(text), delimiter="," if name == "csv" else "\t"))
        assert [float(one) for one in first[:2]] == pytest.approx([1.08, 2.08])

    def test_losslesscut_counts_the_lead_in_too(self) -> None:
        text = text_of(timeline_of([Piece(1_000, 2_000)], replace(recording(), lead_in_s=0.08)), "llc")
        assert "1.08" in text

    def test_broadcast_wave_counts_from_its_time_reference(self) -> None:
        info = replace(recording(has_picture=False), time_reference_samples=36_000 * 48_000)
        _, report = written(timeline_of(pieces(1), info), "edl")
        assert report.start_timecode == "10:00:00:00"

    def test_an_event_across_midnight_is_two(self) -> None:
        info = recording(timecode="23:59:58:00")
        lines = text_of(timeline_of([Piece(1_000, 4_000)], info), "edl").splitlines()
        events = [line.split() for line in lines if line[:3].isdigit()]
        assert [event[-4:-2] for event in events] == [["23:59:59:00", "00:00:00:00"], ["00:00:00:00", "00:00:02:00"]]

    def test_a_variable_rate_is_counted_at_its_nominal_one(self) -> None:
        info = with_picture(
            frame_rate=Fraction(2_702, 100), has_variable_frame_rate=True, nominal_frame_rate=Fraction(30)
        )
        _, report = written(timeline_of(pieces(2), info), "fcpxml")
        assert report.frame_rate == 30
        (warning,) = [one for one in report.warnings if one.code == "VARIABLE_FRAME_RATE"]
        assert "-r 30" in warning.message

    def test_final_cut_takes_standard_rates_only(self) -> None:
        with pytest.raises(UnsuitableFormatError, match="27"):
            written(timeline_of(pieces(2), recording(Fraction(2_702, 100), is_variable=True)), "fcpxml")


class TestSlowAndShortPictures:
    """A still at one frame a second, a picture that ends before the sound."""

    def test_edges_at_a_low_rate_go_outwards(self) -> None:
        timeline = timeline_of([Piece(1_690, 5_800), Piece(8_460, 11_530)], recording(Fraction(1), seconds=20.0))
        assert frames_of(timeline) == [(1, 6), (8, 12)]

    def test_the_report_says_how_far_an_edge_is_off_in_milliseconds(self) -> None:
        _, report = written(timeline_of([Piece(1_690, 5_800)], recording(Fraction(1), seconds=20.0)), "csv")
        assert report.largest_error_ms == pytest.approx(690, abs=1)

    def test_the_sound_goes_on_after_the_last_picture(self) -> None:
        info = recording(seconds=20.0)
        assert info.video is not None
        info = replace(info, video=replace(info.video, end_s=6.0))
        timeline = timeline_of([Piece(1_000, 4_000), Piece(10_000, 12_000)], info)
        assert frames_of(timeline) == [(25, 100), (250, 300)]
        assert "PICTURE_ENDS_EARLY" in {warning.code for warning in timeline.warnings}


class TestCaptions:
    """Captions as they were imported."""

    CUES = (
        Cue(1_000, 3_000, ("<i>Good</i> morning,", "everyone.")),
        Cue(4_000, 5_000, ("Cut out",)),
        Cue(5_500, 7_000, ("<v Anna>Half of it</v>",)),
    )

    def captions(self, name: str) -> str:
        timeline = replace(timeline_of([Piece(1_000, 3_000), Piece(6_000, 8_000)]), cues=self.CUES)
        return text_of(timeline, name)

    def test_they_keep_their_lines_and_italics_and_are_cut_along(self) -> None:
        assert self.captions("srt-captions") == (
            "1\n00:00:00,000 --> 00:00:02,000\n<i>Good</i> morning,\neveryone.\n\n"
            "2\n00:00:02,000 --> 00:00:03,000\nHalf of it\n\n"
        )

    def test_webvtt_keeps_who_speaks(self) -> None:
        assert "00:00:02.000 --> 00:00:03.000\n<v Anna>Half of it</v>" in self.captions("vtt-captions")

    def test_without_captions_it_says_what_to_do(self) -> None:
        with pytest.raises(UnsuitableFormatError, match="import SRT"):
            text_of(timeline_of(pieces(1)), "srt-captions")

    @pytest.mark.parametrize("name", ["srt", "vtt", "srt-source"])
    def test_words_of_which_none_has_its_place_make_no_empty_file(self, name: str) -> None:
        lost = replace(timeline_of(pieces(1)), words=(Word(0, 10, "lost", Timing.UNPLACED),))
        with pytest.raises(UnsuitableFormatError):
            text_of(lost, name)
