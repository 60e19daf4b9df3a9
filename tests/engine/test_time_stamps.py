"""Files whose time stamps start again, jump, or begin late: all sound is analysed, and no time invented."""

from pathlib import Path

import pytest

from clipflow.engine import MediaLimits, analyze, probe
from tests.conftest import SAMPLE, MakeMedia

PICTURE = ("-f", "lavfi", "-i", "testsrc=size=64x64:rate=25:duration=6")
STREAM = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-f", "mpegts")
# Speech of the sample lies at 1.5 to 5.3 and 7.3 to 10.6 s.
FIRST_S, SECOND_S = (1.5, 5.31), (7.31, 10.64)


def part(make_media: MakeMedia, number: int, *more: str) -> Path:
    """Six seconds of the sample with a picture, as a transport stream."""
    sound = ("-ss", str(6 * number), "-t", "6", "-i", SAMPLE)
    return make_media(f"part{number}.ts", *PICTURE, *sound, "-map", "0:v", "-map", "1:a", *STREAM, *more)


def joined(target: Path, *parts: Path) -> Path:
    target.write_bytes(b"".join(one.read_bytes() for one in parts))
    return target


def codes(path: Path) -> set[str]:
    return {warning.code for warning in analyze(path).info.warnings}


def speech_s(path: Path) -> list[tuple[float, float]]:
    return [(one.start_ms / 1000, one.end_ms / 1000) for one in analyze(path).segments if one.type == "speech"]


def test_the_parts_of_a_joined_stream_follow_each_other(make_media: MakeMedia, tmp_path: Path) -> None:
    file = joined(tmp_path / "joined.ts", part(make_media, 0), part(make_media, 1))
    analysis = analyze(file)
    assert analysis.info.duration_s == pytest.approx(12, abs=0.2)
    assert [one[0] for one in speech_s(file)] == pytest.approx([FIRST_S[0], SECOND_S[0]], abs=0.2)
    (warning,) = [one for one in analysis.info.warnings if one.code == "TIME_STAMPS_RESTART"]
    assert "6.0 s" in warning.message
    assert "editors" in warning.message


def test_chained_ogg_files_are_one_recording(make_media: MakeMedia, tmp_path: Path) -> None:
    parts = [
        make_media(f"p{n}.ogg", "-ss", str(6 * n), "-t", "6", "-i", SAMPLE, "-vn", "-c:a", "libopus") for n in (0, 1)
    ]
    file = joined(tmp_path / "chained.ogg", *parts)
    assert analyze(file).info.duration_s == pytest.approx(12, abs=0.1)
    assert codes(file) == {"TIME_STAMPS_RESTART"}


@pytest.mark.parametrize("jump_s", [60, pytest.param(5_000, marks=pytest.mark.exhaustive)])
def test_a_jump_of_picture_and_sound_is_no_silence(jump_s: int, make_media: MakeMedia, tmp_path: Path) -> None:
    later = part(make_media, 1, "-output_ts_offset", str(jump_s))
    file = joined(tmp_path / "jump.ts", part(make_media, 0), later)
    assert analyze(file).info.duration_s == pytest.approx(12, abs=0.3)
    assert codes(file) == {"TIME_STAMPS_JUMP"}


def test_a_jump_in_matroska_is_no_silence_either(make_media: MakeMedia) -> None:
    jumps = "if(gte(T\\,5.5)\\,PTS+900/TB\\,PTS)"
    file = make_media(
        "jump.mkv", "-f", "lavfi", "-i", "testsrc=size=64x64:rate=25:duration=12", "-t", "12", "-i", SAMPLE,
        "-map", "0:v", "-map", "1:a", "-vf", f"setpts='{jumps}'", "-af", f"asetpts='{jumps}'",
        "-fps_mode", "passthrough", "-c:v", "mpeg4", "-c:a", "pcm_s16le",
    )  # fmt: skip
    assert analyze(file).info.duration_s == pytest.approx(12, abs=0.3)
    assert "TIME_STAMPS_JUMP" in codes(file)


def test_a_gap_of_the_sound_alone_stays(make_media: MakeMedia) -> None:
    gap = "asetpts='if(gte(T\\,6)\\,PTS+15/TB\\,PTS)'"
    file = make_media(
        "gap.ts", "-f", "lavfi", "-i", "testsrc=size=64x64:rate=25:duration=27", "-t", "12", "-i", SAMPLE,
        "-map", "0:v", "-map", "1:a", "-af", gap, *STREAM,
    )  # fmt: skip
    assert [one[0] for one in speech_s(file)] == pytest.approx([FIRST_S[0], SECOND_S[0] + 15], abs=0.2)
    assert "SOUND_GAP" in codes(file)


def test_a_file_that_starts_late_is_no_longer_than_its_sound(make_media: MakeMedia) -> None:
    plain = part(make_media, 0)
    file = make_media("late.mkv", "-i", plain, "-c", "copy", "-output_ts_offset", "7200")
    assert probe(file).duration_s == pytest.approx(6, abs=0.2)
    assert analyze(file).tracks.duration_ms == pytest.approx(6_000, abs=200)


def test_the_length_that_stamps_pretend_is_no_reason_to_refuse_a_stream(make_media: MakeMedia, tmp_path: Path) -> None:
    later = part(make_media, 0, "-output_ts_offset", "3600")
    file = joined(tmp_path / "later-first.ts", later, part(make_media, 1))
    analysis = analyze(file, limits=MediaLimits(max_duration_s=60.0))
    assert analysis.info.duration_s == pytest.approx(12, abs=0.3)


def test_a_listener_hears_each_part_once(make_media: MakeMedia, tmp_path: Path) -> None:
    class Counter:
        samples = 0

        def hear(self, samples, probabilities) -> None:  # type: ignore[no-untyped-def]
            self.samples += samples.size

        def finish(self) -> None:
            pass

    file = joined(tmp_path / "joined.ts", part(make_media, 0), part(make_media, 1))
    counter = Counter()
    analyze(file, listener=counter)
    assert counter.samples / 16_000 == pytest.approx(12, abs=0.2)


def test_a_file_that_holds_more_than_it_states_says_so(make_media: MakeMedia, tmp_path: Path) -> None:
    content = bytearray(make_media("plain.wav", "-t", "12", "-i", SAMPLE, "-vn", "-ar", "16000").read_bytes())
    at = content.find(b"data")
    content[at + 4 : at + 8] = (64_000).to_bytes(4, "little")
    file = tmp_path / "short-head.wav"
    file.write_bytes(content)
    assert analyze(file).info.duration_s == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("rates.mp3", ("-ar", "44100", "-c:a", "libmp3lame"), ("-ar", "22050", "-c:a", "libmp3lame")),
        ("rates.aac", ("-ar", "48000", "-c:a", "aac"), ("-ar", "22050", "-c:a", "aac")),
        ("channels.ac3", ("-ac", "1", "-c:a", "ac3"), ("-ac", "6", "-c:a", "ac3")),
        ("channels.ts", ("-ac", "2", "-c:a", "ac3"), ("-ac", "6", "-c:a", "ac3", "-output_ts_offset", "6")),
    ],
)
def test_sound_that_changes_its_format_midway_keeps_its_times(
    name: str, first: tuple[str, ...], second: tuple[str, ...], make_media: MakeMedia, tmp_path: Path
) -> None:
    parts = [
        make_media(f"{number}-{name}", "-ss", str(6 * number), "-t", "6", "-i", SAMPLE, "-vn", *encoding)
        for number, encoding in enumerate((first, second))
    ]
    analysis = analyze(joined(tmp_path / name, *parts))
    assert analysis.info.duration_s == pytest.approx(12, abs=0.3)
    assert "SOUND_FORMAT_CHANGES" in {one.code for one in analysis.info.warnings}
    kept = [(one.start_ms / 1000, one.end_ms / 1000) for one in analysis.segments if one.action == "keep"]
    for start, end in (FIRST_S, SECOND_S):
        assert sum(max(0.0, min(b, end) - max(a, start)) for a, b in kept) >= 0.95 * (end - start)
