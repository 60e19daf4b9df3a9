"""The right segments come out of every kind of recording that people have."""

import subprocess
from pathlib import Path

import pytest

from clipflow.engine import Action, AnalysisOptions, SegmentType, analyze, probe
from tests.conftest import SAMPLE, MakeMedia, Span, Truth, assert_spans_match, speech_spans

WITHOUT_PADDING = AnalysisOptions(speech_pad_start_ms=0, speech_pad_end_ms=0)
# The first 22 seconds of the sample, in the middle of a pause, and a picture of that length.
HEAD = ("-t", "22", "-i", SAMPLE)
HEAD_SPANS = 6
PICTURE = ("-f", "lavfi", "-i", "testsrc=size=64x64:rate=25:duration=22")


def spans_of(path: Path, options: AnalysisOptions = WITHOUT_PADDING) -> list[Span]:
    return speech_spans(analyze(path, options).segments)


def warning_codes(path: Path) -> set[str]:
    return {warning.code for warning in analyze(path).info.warnings}


def test_it_finds_the_speech_of_the_sample(truth: Truth) -> None:
    assert_spans_match(spans_of(SAMPLE), truth.speech)


def test_it_proposes_the_right_action_for_each_part_of_the_sample() -> None:
    actions = [one.action for one in analyze(SAMPLE).segments if one.type is SegmentType.SILENCE]
    suggested = [number for number, action in enumerate(actions) if action is Action.SUGGEST_REMOVE]
    assert len(actions) == 16
    assert suggested == [8, 12]  # The music and the noise, each with silence before and after it.


AUDIO_FORMATS = {
    "mp3": ("a.mp3", "-c:a", "libmp3lame", "-b:a", "96k"),
    "m4a": ("a.m4a", "-c:a", "copy"),
    "flac": ("a.flac", "-c:a", "flac"),
    "ogg": ("a.ogg", "-c:a", "libvorbis"),
    "wav 8 kHz mono": ("a.wav", "-ar", "8000", "-ac", "1", "-c:a", "pcm_s16le"),
    "wav 96 kHz 24 bit": ("a.wav", "-ar", "96000", "-c:a", "pcm_s24le"),
    "wav 5.1": ("a.wav", "-af", "pan=5.1|FC=c0", "-c:a", "pcm_s16le"),
    "aiff": ("a.aiff", "-c:a", "pcm_s24be"),
    "aifc": ("a.aifc", "-c:a", "pcm_mulaw", "-f", "aiff"),
    "caf": ("a.caf", "-c:a", "alac"),
    "w64": ("a.w64", "-c:a", "pcm_s16le"),
    "au": ("a.au", "-c:a", "pcm_s16be"),
    "wavpack": ("a.wv", "-c:a", "wavpack"),
    "tta": ("a.tta", "-c:a", "tta"),
    "g722": ("a.wav", "-c:a", "g722", "-ar", "16000"),
    "g726": ("a.wav", "-c:a", "g726", "-ar", "8000", "-ac", "1", "-b:a", "32k"),
}


@pytest.mark.parametrize("form", AUDIO_FORMATS)
def test_it_finds_the_speech_in_audio_files(form: str, make_media: MakeMedia, truth: Truth) -> None:
    name, *encoding = AUDIO_FORMATS[form]
    assert_spans_match(spans_of(make_media(name, *HEAD, "-vn", *encoding)), truth.speech[:HEAD_SPANS])


def test_it_finds_the_speech_in_a_bare_aac_stream(make_media: MakeMedia, truth: Truth) -> None:
    run_in_ms = 21  # The encoder's run-in of 1,024 samples is part of such a file: nothing says to skip it.
    moved = [(start + run_in_ms, end + run_in_ms) for start, end in truth.speech[:HEAD_SPANS]]
    assert_spans_match(spans_of(make_media("a.aac", *HEAD, "-vn", "-c:a", "copy")), moved)


VIDEO_FORMATS = {
    "mov": ("v.mov", "-c:v", "mpeg4", "-c:a", "pcm_s16le"),
    "mkv": ("v.mkv", "-c:v", "mpeg4", "-c:a", "copy"),
    "avi": ("v.avi", "-c:v", "mpeg4", "-c:a", "libmp3lame"),
    "flv": ("v.flv", "-c:v", "flv", "-c:a", "copy"),
    "mpeg transport stream": ("v.ts", "-c:v", "mpeg2video", "-c:a", "copy"),
    "mpeg program stream": ("v.mpg", "-c:v", "mpeg2video", "-c:a", "mp2"),
    "wmv": ("v.wmv", "-c:v", "wmv2", "-c:a", "wmav2"),
    "mxf": ("v.mxf", "-c:v", "mpeg2video", "-c:a", "pcm_s16le", "-ar", "48000"),
    "3gp": ("v.3gp", "-c:v", "mpeg4", "-c:a", "copy"),
    "huffyuv": ("v.avi", "-c:v", "huffyuv", "-c:a", "pcm_s16le"),
    "cinepak": ("v.mov", "-s", "160x88", "-r", "2", "-c:v", "cinepak", "-c:a", "pcm_s16le"),
    "utvideo": ("v.avi", "-c:v", "utvideo", "-c:a", "pcm_s16le"),
}


@pytest.mark.parametrize("form", VIDEO_FORMATS)
def test_it_finds_the_speech_in_video_files(form: str, make_media: MakeMedia, truth: Truth) -> None:
    name, *encoding = VIDEO_FORMATS[form]
    video = make_media(name, *PICTURE, *HEAD, "-map", "0:v", "-map", "1:a", *encoding)
    assert_spans_match(spans_of(video), truth.speech[:HEAD_SPANS])


def test_it_measures_the_length_of_a_browser_recording_that_has_none(
    make_media: MakeMedia, tmp_path: Path, truth: Truth
) -> None:
    picture = ("-f", "lavfi", "-i", "color=size=16x16:rate=5:duration=22")
    encoded = make_media("v.webm", *picture, *HEAD, "-map", "0:v", "-map", "1:a", "-c:v", "libvpx",
                         "-deadline", "realtime", "-c:a", "libopus", "-live", "1", "-f", "webm")  # fmt: skip
    analysis = analyze(encoded, WITHOUT_PADDING)
    assert_spans_match(speech_spans(analysis.segments), truth.speech[:HEAD_SPANS])
    assert abs(analysis.tracks.duration_ms - 22_000) < 100


def test_it_analyses_the_chosen_track_of_several(make_media: MakeMedia, truth: Truth) -> None:
    video = make_media("two.mkv", "-f", "lavfi", "-i", "sine=frequency=300:duration=22", *HEAD,
                       "-map", "0:a", "-map", "1:a", "-c:a:0", "flac", "-c:a:1", "copy")  # fmt: skip
    first = AnalysisOptions(speech_pad_start_ms=0, speech_pad_end_ms=0, audio_track=0)
    assert spans_of(video, first) == []
    second = AnalysisOptions(speech_pad_start_ms=0, speech_pad_end_ms=0, audio_track=1)
    assert_spans_match(spans_of(video, second), truth.speech[:HEAD_SPANS])
    assert "SEVERAL_AUDIO_TRACKS" in warning_codes(video)


def test_it_keeps_the_times_of_the_picture_when_the_sound_starts_late(make_media: MakeMedia, truth: Truth) -> None:
    late = ("-itsoffset", "1.5", "-t", "23.5", "-i", SAMPLE, "-map", "0:v", "-map", "1:a")
    video = make_media("late.mov", *PICTURE, *late, "-c:v", "mpeg4", "-c:a", "copy")
    assert_spans_match(spans_of(video), [(start + 1500, end + 1500) for start, end in truth.speech[:HEAD_SPANS]])
    assert "AUDIO_STARTS_LATE" in warning_codes(video)


@pytest.mark.parametrize("gap_ms", [60, 700, 5000, 100_000])
def test_it_keeps_the_times_of_the_picture_across_a_gap_in_the_sound(
    gap_ms: int, make_media: MakeMedia, truth: Truth
) -> None:
    gap_at_s = 12.5
    video = make_media("gap.mov", *PICTURE, *HEAD, "-map", "0:v", "-map", "1:a", "-af",
                       f"asetpts=PTS+gte(T\\,{gap_at_s})*{gap_ms / 1000}/TB", "-c:v", "mpeg4",
                       "-c:a", "aac")  # fmt: skip
    spans = truth.speech[:HEAD_SPANS]
    moved = [(a + gap_ms, b + gap_ms) if a > gap_at_s * 1000 else (a, b) for a, b in spans]
    assert_spans_match(spans_of(video), moved)


def test_it_takes_the_first_picture_as_time_zero_when_a_codec_starts_with_a_run_in(
    make_media: MakeMedia,
) -> None:
    video = make_media("v.mkv", *PICTURE, *HEAD, "-map", "0:v", "-map", "1:a", "-c:v", "mpeg4", "-c:a", "copy")
    info = probe(video)
    assert 0 < info.lead_in_s < 0.1
    assert info.video is not None
    assert info.video.start_s == 0


def test_it_warns_of_a_variable_frame_rate_and_still_finds_the_speech(make_media: MakeMedia, truth: Truth) -> None:
    video = make_media("vfr.mp4", *PICTURE, *HEAD, "-map", "0:v", "-map", "1:a", "-vf",
                       "select='not(between(mod(n,10),3,5))'", "-vsync", "vfr",
                       "-c:v", "mpeg4", "-c:a", "copy")  # fmt: skip
    assert_spans_match(spans_of(video), truth.speech[:HEAD_SPANS])
    assert "VARIABLE_FRAME_RATE" in warning_codes(video)


def test_it_calls_pure_silence_one_removed_segment(make_media: MakeMedia) -> None:
    (one,) = analyze(make_media("s.wav", "-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", "3.05")).segments
    assert (one.start_ms, one.end_ms, one.action) == (0, 3050, Action.REMOVE)


def test_it_calls_pure_speech_one_kept_segment(make_media: MakeMedia, truth: Truth) -> None:
    start, end = (edge / 1000 for edge in truth.speech[0])
    speech = make_media("speech.wav", "-ss", f"{start + 0.2}", "-t", f"{end - start - 0.4}", "-i", SAMPLE, "-vn")
    (one,) = analyze(speech).segments
    assert (one.type, one.action, one.start_ms) == (SegmentType.SPEECH, Action.KEEP, 0)


def test_it_analyses_a_recording_of_50_ms(make_media: MakeMedia) -> None:
    (one,) = analyze(make_media("short.wav", "-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", "0.05")).segments
    assert (one.start_ms, one.end_ms) == (0, 50)


def test_it_analyses_what_can_be_read_of_a_recording_that_was_cut_in_half(tmp_path: Path, truth: Truth) -> None:
    half = tmp_path / "half.mp4"
    content = SAMPLE.read_bytes()
    half.write_bytes(content[: len(content) // 2])
    analysis = analyze(half, WITHOUT_PADDING)
    found = speech_spans(analysis.segments)
    assert "ENDS_EARLY" in {warning.code for warning in analysis.info.warnings}
    assert 20_000 < analysis.tracks.duration_ms < 40_000
    assert_spans_match(found[:4], truth.speech[:4])


HALVED = {
    "mkv": ("ENDS_EARLY", "-c:a", "copy"),
    "flac": ("ENDS_EARLY", "-c:a", "flac"),
    # A wav file's length is worked out from what is there; only its last packet gives it away.
    "wav": ("DAMAGED_SOUND", "-c:a", "pcm_s24le"),
}


@pytest.mark.parametrize("ending", HALVED)
def test_it_warns_of_half_a_recording_in_other_containers(ending: str, make_media: MakeMedia, tmp_path: Path) -> None:
    expected, *encoding = HALVED[ending]
    whole = make_media(f"w.{ending}", *HEAD, "-vn", *encoding).read_bytes()
    half = tmp_path / f"half.{ending}"
    half.write_bytes(whole[: len(whole) // 2 - 1])
    analysis = analyze(half)
    assert 5_000 < analysis.tracks.duration_ms < 17_000
    assert expected in {warning.code for warning in analysis.info.warnings}


def test_chapters_that_reach_beyond_a_cut_recording_do_not_make_it_longer(make_media: MakeMedia) -> None:
    # The chapters of the sample are kept as they are while its sound and picture are cut.
    file = make_media("cut.mp4", "-t", "12", "-i", SAMPLE, "-map", "0:v", "-map", "0:a", "-c", "copy")
    assert length_of(file) > 50
    assert analyze(file).tracks.duration_ms == pytest.approx(12_000, abs=100)


def test_it_lets_the_recording_end_with_the_picture_when_the_sound_is_shorter(make_media: MakeMedia) -> None:
    video = make_media("short-sound.mp4", *PICTURE, "-t", "12", "-i", SAMPLE, "-map", "0:v", "-map", "1:a",
                       "-c:v", "mpeg4", "-c:a", "copy")  # fmt: skip
    analysis = analyze(video)
    assert analysis.segments[-1].end_ms == analysis.tracks.duration_ms == 22_000
    assert {warning.code for warning in analysis.info.warnings} == {"LENGTHS_DIFFER"}


def test_it_does_not_end_after_the_picture_because_of_a_codecs_padding() -> None:
    assert analyze(SAMPLE).tracks.duration_ms == round(length_of(SAMPLE) * 1000)


def length_of(file: Path) -> float:
    """What the container says, in seconds."""
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(file)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.parametrize("name", ["memo.ac3", "memo.eac3"])
def test_dolby_as_it_comes_from_cameras_and_discs_is_read(name: str, make_media: MakeMedia, truth: Truth) -> None:
    # Its encoder writes 256 samples before the first one, which nothing says to skip.
    assert_spans_match(spans_of(make_media(name, *HEAD, "-vn", "-ac", "1")), truth.speech[:HEAD_SPANS])


@pytest.mark.parametrize("name", ["cut.wav", "cut.aiff"])
def test_a_header_that_announces_more_sound_than_there_is_is_a_warning(
    name: str, make_media: MakeMedia, tmp_path: Path
) -> None:
    whole = make_media(f"whole-{name}", *HEAD, "-vn").read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    (warning,) = [one for one in analyze(tmp_path / name).info.warnings if one.code == "ENDS_EARLY"]
    assert "announces 22.0 s" in warning.message


@pytest.mark.parametrize("size", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x00"])
def test_a_header_that_does_not_know_its_length_is_none_that_lies(
    size: bytes, make_media: MakeMedia, tmp_path: Path
) -> None:
    content = bytearray(make_media("streamed.wav", *HEAD, "-vn").read_bytes())
    at = content.find(b"data")
    content[at + 4 : at + 8] = size
    file = tmp_path / "streamed-from-a-recorder.wav"
    file.write_bytes(content)
    analysis = analyze(file)
    assert analysis.info.duration_s == pytest.approx(22, abs=0.1)
    assert "ENDS_EARLY" not in {one.code for one in analysis.info.warnings}


def test_a_picture_that_ends_early_does_not_end_the_recording(make_media: MakeMedia, truth: Truth) -> None:
    picture = ("-f", "lavfi", "-i", "testsrc=size=64x64:rate=25:duration=6")
    file = make_media("short.mkv", *picture, *HEAD, "-map", "0:v", "-map", "1:a", "-c:v", "mpeg4", "-c:a", "copy")
    assert_spans_match(spans_of(file), truth.speech[:HEAD_SPANS])
    assert "LENGTHS_DIFFER" in warning_codes(file)


@pytest.mark.parametrize("level_db", [-30, -45, -55])
def test_a_recording_that_is_much_too_quiet_loses_no_speech(level_db: int, make_media: MakeMedia) -> None:
    file = make_media(f"quiet{level_db}.wav", *HEAD, "-vn", "-af", f"volume={level_db}dB", "-c:a", "pcm_f32le")
    plain = analyze(make_media("loud.wav", *HEAD, "-vn", "-c:a", "pcm_f32le"))
    kept_ms = analyze(file).summary.kept_ms
    assert kept_ms == pytest.approx(plain.summary.kept_ms, rel=0.05)


def test_a_constant_offset_is_no_sound(make_media: MakeMedia) -> None:
    file = make_media("offset.wav", *HEAD, "-vn", "-af", "dcshift=0.02")
    assert all(one.level_db < -50 for one in analyze(file).segments if one.type is SegmentType.SILENCE)
