"""What a recording's description means; ffprobe's answers are given as they were seen."""

from fractions import Fraction
from typing import Any

import pytest

from clipflow.engine import MediaInfo, VideoStream, probe
from clipflow.engine.media_info import describe_media
from clipflow.engine.media_warnings import with_track_warnings
from tests.conftest import SAMPLE, MakeMedia

AUDIO: dict[str, Any] = {
    "index": 1, "codec_type": "audio", "codec_name": "aac", "sample_rate": "48000", "channels": 2,
    "start_time": "0.000000", "duration": "10.000000",
}  # fmt: skip
VIDEO: dict[str, Any] = {
    "index": 0, "codec_type": "video", "codec_name": "h264", "width": 1920, "height": 1080,
    "r_frame_rate": "25/1", "avg_frame_rate": "25/1", "start_time": "0.000000", "duration": "10.000000",
}  # fmt: skip
FORMAT: dict[str, Any] = {"format_name": "mov,mp4", "duration": "10.000000", "start_time": "0.000000"}


def describe(*streams: dict[str, Any], **container: Any) -> MediaInfo:
    return describe_media({"streams": list(streams), "format": {**FORMAT, **container}}, 1000)


def video_of(**changes: Any) -> VideoStream:
    video = describe({**VIDEO, **changes}, AUDIO).video
    assert video is not None
    return video


def codes_of(make_media: MakeMedia, name: str, *arguments: str) -> set[str]:
    picture = ("-f", "lavfi", "-i", "testsrc=size=64x64:rate=25:duration=4")
    sound = ("-f", "lavfi", "-i", "sine=duration=4")
    return {warning.code for warning in probe(make_media(name, *picture, *sound, *arguments)).warnings}


def test_it_describes_the_sample() -> None:
    info = probe(SAMPLE)
    assert (info.container, info.duration_s, info.start_offset_s) == ("mov,mp4,m4a,3gp,3g2,mj2", 57.4, 0)
    assert info.file_size_bytes == SAMPLE.stat().st_size
    assert info.warnings == ()
    (audio,) = info.audio_streams
    assert (audio.codec, audio.sample_rate, audio.channels, audio.language, audio.start_s) == ("aac", 48000, 1, None, 0)
    assert info.video is not None
    assert (info.video.width, info.video.height, info.video.frame_rate) == (640, 360, Fraction(25))
    assert (info.video.start_timecode, info.video.is_drop_frame) == ("01:00:00:00", False)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("30000/1001", Fraction(30000, 1001)),
        ("2997/100", Fraction(30000, 1001)),
        ("19001/634", Fraction(30000, 1001)),
        ("24000/1001", Fraction(24000, 1001)),
        ("2398/100", Fraction(24000, 1001)),
        ("24/1", Fraction(24)),
        ("60000/1001", Fraction(60000, 1001)),
        ("50/1", Fraction(50)),
        ("15/1", Fraction(15)),
        ("12.5", Fraction(25, 2)),
    ],
)
def test_it_takes_frame_rates_as_the_exact_fractions_they_stand_for(written: str, meant: Fraction) -> None:
    video = video_of(r_frame_rate=written, avg_frame_rate=written)
    assert (video.frame_rate, video.has_variable_frame_rate) == (meant, False)


def test_it_takes_the_average_of_a_variable_rate() -> None:
    video = video_of(r_frame_rate="30/1", avg_frame_rate="2871/100")
    assert (video.frame_rate, video.has_variable_frame_rate) == (Fraction(2871, 100), True)


def test_it_does_not_call_an_odd_last_frame_a_variable_rate() -> None:
    assert not video_of(r_frame_rate="30/1", avg_frame_rate="2991/100").has_variable_frame_rate


def test_it_does_not_call_interlaced_video_a_variable_rate() -> None:
    video = video_of(r_frame_rate="50/1", avg_frame_rate="25/1", field_order="tt")
    assert (video.frame_rate, video.has_variable_frame_rate) == (Fraction(25), False)


def test_it_calls_a_rate_that_fits_no_frame_variable() -> None:
    video = video_of(r_frame_rate="90000/1", avg_frame_rate="2950/100")
    assert (video.frame_rate, video.has_variable_frame_rate) == (Fraction(59, 2), True)


@pytest.mark.parametrize("written", ["0/0", "", "N/A", "-25/1", "1/0"])
def test_it_says_when_the_frame_rate_is_unknown(written: str) -> None:
    assert video_of(r_frame_rate=written, avg_frame_rate=written).frame_rate is None


def test_it_uses_the_fitting_rate_when_there_is_no_average() -> None:
    assert video_of(r_frame_rate="2997/100", avg_frame_rate="0/0").frame_rate == Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("changes", "size", "rotation"),
    [
        ({"side_data_list": [{"side_data_type": "Display Matrix", "rotation": -90}]}, (1080, 1920), 90),
        ({"side_data_list": [{}, {"rotation": 90}]}, (1080, 1920), 270),
        ({"tags": {"rotate": "180"}}, (1920, 1080), 180),
        ({}, (1920, 1080), 0),
    ],
)
def test_it_gives_the_size_as_shown_after_rotation(
    changes: dict[str, Any], size: tuple[int, int], rotation: int
) -> None:
    video = video_of(**changes)
    assert ((video.width, video.height), video.rotation_degrees) == (size, rotation)


def test_it_does_not_take_cover_art_for_a_picture() -> None:
    cover = {**VIDEO, "codec_name": "mjpeg", "disposition": {"attached_pic": 1}}
    assert describe(AUDIO, cover).video is None


@pytest.mark.parametrize(
    ("timecode", "is_drop_frame"), [("14:23:10:12", False), ("14:23:10;12", True), ("14:23:10.12", True)]
)
def test_it_reads_the_start_timecode(timecode: str, is_drop_frame: bool) -> None:
    video = video_of(tags={"timecode": timecode})
    assert (video.start_timecode, video.is_drop_frame) == (timecode, is_drop_frame)


def test_it_reads_the_timecode_of_a_timecode_track_or_the_container() -> None:
    track = {"index": 2, "codec_type": "data", "tags": {"timecode": "10:00:00:00"}}
    from_track = describe(VIDEO, AUDIO, track).video
    from_container = describe(VIDEO, AUDIO, tags={"TIMECODE": "11:00:00:00"}).video
    assert from_track is not None
    assert from_container is not None
    assert (from_track.start_timecode, from_container.start_timecode) == ("10:00:00:00", "11:00:00:00")


def test_it_ignores_a_timecode_that_is_none() -> None:
    assert video_of(tags={"timecode": "<script>"}).start_timecode is None


def test_it_counts_from_the_first_picture_after_a_codecs_run_in() -> None:
    info = describe({**VIDEO, "start_time": "0.023"}, {**AUDIO, "start_time": "0.0"}, duration="10.023")
    assert (info.start_offset_s, info.lead_in_s) == (0.023, 0.023)
    assert info.audio_streams[0].start_s == -0.023
    assert info.duration_s == pytest.approx(10)


def test_it_counts_from_a_negative_start_of_the_sound() -> None:
    info = describe(
        {**VIDEO, "start_time": "0.000"}, {**AUDIO, "start_time": "-0.007"}, start_time="-0.007", duration="10.007"
    )
    assert (info.start_offset_s, info.lead_in_s) == (0.0, 0.007)


def test_it_counts_from_the_start_of_the_file_when_the_picture_comes_much_later() -> None:
    info = describe({**VIDEO, "start_time": "2.0"}, AUDIO)
    assert info.start_offset_s == 0
    assert info.video is not None
    assert info.video.start_s == 2


def test_it_counts_from_the_start_of_a_transport_stream() -> None:
    info = describe({**VIDEO, "start_time": "1.48"}, {**AUDIO, "start_time": "1.4"}, start_time="1.4", duration="10")
    assert info.start_offset_s == 1.48
    assert info.audio_streams[0].start_s == pytest.approx(-0.08)


def test_it_takes_the_length_from_the_streams_when_the_container_has_none() -> None:
    assert describe(VIDEO, {**AUDIO, "duration": "11.5"}, duration="N/A").duration_s == 11.5


def test_it_reads_the_length_that_matroska_keeps_in_a_tag() -> None:
    audio = {**AUDIO, "duration": "N/A", "tags": {"DURATION": "00:01:02.500000000"}}
    assert describe(audio, duration="N/A").audio_streams[0].end_s == 62.5


def test_it_knows_no_length_when_nothing_says_one() -> None:
    assert describe({**AUDIO, "duration": "N/A"}, duration="N/A").duration_s is None


@pytest.mark.parametrize("nonsense", ["nan", "inf", "-5", "1e30", "", None, [], {}])
def test_it_takes_a_nonsensical_length_for_none(nonsense: object) -> None:
    assert describe({**AUDIO, "duration": nonsense}, duration=nonsense).duration_s is None


def test_it_survives_a_description_without_anything() -> None:
    info = describe_media({}, 0)
    assert (info.audio_streams, info.video, info.duration_s) == ((), None, None)


def test_it_cleans_text_from_the_file() -> None:
    audio = {**AUDIO, "tags": {"language": "eng", "title": "\x1b[31mred\x00\n" + "x" * 500}}
    (stream,) = describe(audio).audio_streams
    assert stream.language == "eng"
    assert stream.title is not None
    assert stream.title.startswith("�[31mred��x")
    assert len(stream.title) == 100


def test_it_warns_of_a_frame_rate_that_is_no_standard_one(make_media: MakeMedia) -> None:
    assert codes_of(make_media, "odd.mp4", "-r", "20", "-c:v", "mpeg4") == {"NON_STANDARD_FRAME_RATE"}


def test_it_warns_when_sound_and_picture_differ_in_length(make_media: MakeMedia) -> None:
    assert codes_of(make_media, "uneven.mp4", "-af", "atrim=end=3.5", "-c:v", "mpeg4") == {"LENGTHS_DIFFER"}


def test_it_warns_when_the_picture_starts_late(make_media: MakeMedia) -> None:
    codes = codes_of(make_media, "late.mp4", "-vf", "setpts=PTS+0.5/TB", "-c:v", "mpeg4")
    assert "VIDEO_STARTS_LATE" in codes


def test_it_warns_of_an_unknown_frame_rate() -> None:
    unknown = describe({**VIDEO, "r_frame_rate": "0/0", "avg_frame_rate": "0/0"}, AUDIO)
    assert [warning.code for warning in with_track_warnings(unknown, 0, is_named=False).warnings] == [
        "UNKNOWN_FRAME_RATE"
    ]


def test_it_warns_of_nothing_in_an_ordinary_recording(make_media: MakeMedia) -> None:
    for name in ("fine.mp4", "fine.mkv", "fine.mov"):
        assert codes_of(make_media, name, "-c:v", "mpeg4", "-c:a", "aac") == set()


@pytest.mark.parametrize(
    ("written", "aspect"), [("64:45", Fraction(64, 45)), ("1:1", 1), ("0:1", 1), ("N/A", 1), ("1:0", 1), ("1:999", 1)]
)
def test_it_reads_the_shape_of_a_pixel(written: str, aspect: Fraction) -> None:
    assert video_of(sample_aspect_ratio=written).pixel_aspect == aspect
