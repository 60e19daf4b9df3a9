"""The shell command, run as a person runs it."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from clipflow.engine import Tracks, analyze, option_ranges
from tests.conftest import ROOT, SAMPLE, MakeMedia
from tests.shell_command import Finished, run


def run_process(*arguments: str | Path, **environment: str) -> Finished:
    """Run a command as a person does."""
    command = [sys.executable, ROOT / "run.py", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    return Finished(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def table() -> str:
    done = run_process("analyze", SAMPLE)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_it_shows_the_recording(table: str) -> None:
    assert re.search(r"File +talk\.mp4\n", table)
    assert re.search(r"Duration +0:00:57\.400\n", table)
    assert re.search(r"Video +h264, 640x360, 25 frames/s, constant, starts at 01:00:00:00\n", table)
    assert re.search(r"Audio 0 +aac, 48000 Hz, mono\n", table)
    assert re.search(r"Warnings +none\n", table)


def test_it_shows_every_segment(table: str) -> None:
    rows = re.findall(r"^0:\d\d:\d\d\.\d{3}  0:\d\d:\d\d\.\d{3} .*$", table, re.MULTILINE)
    assert len(rows) == len(analyze(SAMPLE).segments)
    assert rows[0].split()[3:7] == ["silence", "1.00", "-70.6", "remove"]


SUMS = (
    r"Speech kept +0:00:\d\d",
    r"Silence removed +0:00:\d\d\.\d+ in 14 cuts",
    r"Suggestions .* in 2 places",
    r"Share saved +\d+\.\d%",
    r"Speed +\d+\.\d times faster than real time",
)


@pytest.mark.parametrize("line", SUMS)
def test_it_shows_the_sum(line: str, table: str) -> None:
    assert re.search(line, table)


def test_it_prints_the_whole_result_as_json_and_nothing_else(tmp_path: Path) -> None:
    done = run("analyze", SAMPLE, "--json", "--min-silence-duration-ms", "700", "--tracks", tmp_path / "a.tracks")
    result = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert result["options"]["min_silence_duration_ms"] == 700
    assert result["recording"]["video"]["frame_rate"] == "25/1"
    assert result["segments"][0]["action"] == "remove"
    assert set(result["segments"][0]) == {
        "start_ms", "end_ms", "type", "confidence", "level_db", "action", "reason", "reason_code",
        "filler_word"}  # fmt: skip
    assert sum(result["summary"][key] for key in ("kept_ms", "removed_ms", "suggested_ms")) == 57_400
    assert Tracks.load(tmp_path / "a.tracks").duration_ms == 57_400


def test_every_engine_option_has_a_flag_with_its_default_and_range() -> None:
    text = " ".join(run("analyze", "--help").stdout.split())
    for name, allowed in option_ranges().items():
        flag = "--" + name.removeprefix("vad_").replace("_", "-")
        limits = "" if name == "audio_track" else rf" Default -?\d+, {allowed}\."
        assert re.search(rf"{flag} .*{re.escape(allowed.description)}{limits}", text), flag


def test_a_preset_sets_what_is_not_set_beside_it() -> None:
    answer = json.loads(run("analyze", SAMPLE, "--json", "--preset", "podcast", "--keep-pause-ms", "200").stdout)
    options = answer["options"]
    assert (options["min_silence_duration_ms"], options["keep_pause_ms"]) == (900, 200)


def test_it_fails_with_one_sentence_for_a_file_that_cannot_be_analysed(tmp_path: Path) -> None:
    done = run_process("analyze", tmp_path / "nothing.mp4")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "There is no file “nothing.mp4”; check the path.\n"


WRONG_USAGES = {
    "an option out of range": (
        ("x.mp4", "--min-silence-duration-ms", "20"),
        "min_silence_duration_ms must be between 50 and 10,000 ms",
    ),
    "an option that is no number": (("x.mp4", "--keep-pause-ms", "long"), "'long' is not a valid integer"),
    "a track that does not exist": ((SAMPLE, "--audio-track", "4"), "audio_track 4 does not exist"),
    "an unknown option": (("x.mp4", "--sharpen",), "No such option"),
    "no file": ((), "Missing argument 'FILE'"),
    "a folder that does not exist": ((SAMPLE, "--tracks", "/nowhere/a.tracks"), "There is no folder /nowhere"),
}  # fmt: skip


def test_it_does_not_overwrite_a_recording_with_tracks(tmp_path: Path) -> None:
    recording = tmp_path / "talk.mp4"
    recording.write_bytes(SAMPLE.read_bytes())
    done = run("analyze", recording, "--tracks", recording)
    assert done.returncode == 2
    assert "exists and holds something else than tracks; choose another name" in done.stderr
    assert recording.read_bytes() == SAMPLE.read_bytes()


def test_it_replaces_older_tracks(tmp_path: Path) -> None:
    for _ in range(2):
        assert run("analyze", SAMPLE, "--tracks", tmp_path / "a.tracks").returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_it_says_when_the_result_cannot_be_written(flags: tuple[str, ...]) -> None:
    command = [sys.executable, ROOT / "run.py", "analyze", SAMPLE, *flags]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "The result could not be written (No space left on device); make room or choose another place.\n"
    )


@pytest.mark.parametrize("stream", ["1", "2"])
def test_it_survives_a_closed_stream(stream: str) -> None:
    script = f'exec {stream}>&-; exec "$0" "$1" analyze "$2"'
    done = subprocess.run(
        ["/bin/sh", "-c", script, sys.executable, ROOT / "run.py", "nothing.mp4"],
        capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("mistake", WRONG_USAGES)
def test_it_refuses_wrong_usage_with_status_2(mistake: str) -> None:
    arguments, sentence = WRONG_USAGES[mistake]
    done = run("analyze", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_it_says_when_the_tracks_cannot_be_written() -> None:
    done = run("analyze", SAMPLE, "--tracks", "/dev/full")
    assert done.returncode == 1
    assert done.stderr == "The tracks cannot be written to /dev/full (No space left on device); choose another place.\n"


def test_it_stops_quietly_when_its_reader_has_had_enough() -> None:
    command = [sys.executable, ROOT / "run.py", "analyze", SAMPLE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_it_survives_a_terminal_that_lacks_a_character(encoding: str) -> None:
    done = run_process("analyze", "名前.mp4", PYTHONIOENCODING=encoding)
    assert done.returncode == 1
    assert "check the path" in done.stderr


def test_it_shows_progress_only_on_a_terminal() -> None:
    controller, terminal = pty.openpty()
    command = [sys.executable, ROOT / "run.py", "analyze", SAMPLE]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=terminal, env={**os.environ, "TERM": "xterm"}
    ) as process:
        os.close(terminal)
        shown = b""
        while True:
            try:
                shown += os.read(controller, 4096)
            except OSError:
                break
        assert process.stdout is not None
        stdout = process.stdout.read()
    os.close(controller)
    assert b"probing" in shown
    assert b"100%" in shown
    assert b"%" not in stdout.split(b"Share saved")[0]


def test_it_shows_its_commands_and_version() -> None:
    assert "analyze" in run("--help").stdout
    assert run("--version").stdout == "ClipFlow, version 0.1.0\n"


def test_it_explains_what_nobody_foresaw_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clipflow.shell.recording.analyze", lambda *_, **__: 1 / 0)
    done = run("analyze", SAMPLE)
    assert done.returncode == 1
    assert re.fullmatch(
        r"Something unexpected went wrong \(ZeroDivisionError: division by zero, .* line \d+\); please report it.\n",
        done.stderr,
    )


def test_it_shows_everything_about_an_unusual_recording(make_media: MakeMedia) -> None:
    picture = ("-f", "lavfi", "-i", "testsrc=size=64x64:rate=30000/1001:duration=3")
    sounds = ("-f", "lavfi", "-i", "sine=duration=3", "-f", "lavfi", "-i", "anullsrc=r=48000:cl=5.1")
    tracks = ("-map", "0:v", "-map", "1:a", "-map", "2:a", "-t", "3", "-c:v", "mpeg4", "-c:a", "aac")
    tags = ("-timecode", "14:23:10;12", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger")
    table = run("analyze", make_media("odd.mov", *picture, *sounds, *tracks, *tags), "--audio-track", "1").stdout
    assert "29.97 frames/s (30000/1001), constant, starts at 14:23:10;12 drop-frame" in table
    assert re.search(r"Audio 0 +aac, 44100 Hz, mono, eng\n", table)
    assert re.search(r"Audio 1 +aac, 48000 Hz, 6 channels, ger \(analysed\)\n", table)
    assert re.search(
        r"Warning +Audio track 1 \(ger, aac, 5\.1\) is analysed, as chosen; the others are 0 \(eng, aac, mono\)\.\n",
        table,
    )


def test_it_writes_a_cut_list_and_says_how_exact_it_is(tmp_path: Path) -> None:
    target = tmp_path / "cut.fcpxml"
    done = run("export", SAMPLE, "--format", "fcpxml", "--output", target, "--media-folder", "/Volumes/Footage")
    assert (done.returncode, done.stderr) == (0, "")
    error = r"Largest error +0\.\d{3} frames, read back from the file; \d+\.\d ms from what was decided\n"
    assert re.search(error, done.stdout)
    assert re.search(r"Start timecode +01:00:00:00\n", done.stdout)
    assert 'src="file:///Volumes/Footage/talk.mp4"' in target.read_text(encoding="utf-8")
    assert [file.name for file in tmp_path.iterdir()] == ["cut.fcpxml"]


def test_it_exports_while_it_analyses(tmp_path: Path) -> None:
    target = tmp_path / "cut.edl"
    done = run("analyze", SAMPLE, "--export", "edl", "-o", target, "--json")
    report = json.loads(done.stdout)["export"]
    assert (report["file"], report["frame_rate"], report["is_drop_frame"]) == (str(target), "25/1", False)
    assert target.read_text(encoding="utf-8").startswith("TITLE: talk\nFCM: NON-DROP FRAME\n")


def test_tracks_spare_the_second_analysis(tmp_path: Path) -> None:
    tracks, first, second = tmp_path / "a.tracks", tmp_path / "first.csv", tmp_path / "second.csv"
    assert run("analyze", SAMPLE, "--tracks", tracks, "--export", "csv", "-o", first).returncode == 0
    assert run("export", SAMPLE, "--tracks", tracks, "--format", "csv", "-o", second).returncode == 0
    assert first.read_text(encoding="utf-8") == second.read_text(encoding="utf-8")


def test_it_refuses_the_tracks_of_another_recording(tmp_path: Path, make_media: MakeMedia) -> None:
    tracks = tmp_path / "a.tracks"
    run("analyze", SAMPLE, "--tracks", tracks)
    other = make_media("short.wav", "-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", "2")
    done = run("export", other, "--tracks", tracks, "--format", "csv", "-o", tmp_path / "cut.csv")
    assert (done.returncode, "take the tracks of this recording" in done.stderr) == (1, True)
    assert not (tmp_path / "cut.csv").exists()


def test_it_leaves_suggestions_out_when_told_to(tmp_path: Path) -> None:
    sums = [
        json.loads(
            run("export", SAMPLE, "--format", "json", "-o", tmp_path / include, "--include", include, "--json").stdout
        )
        for include in ("keep", "keep+suggested")
    ]
    assert sums[0]["kept_ms"] + 8_000 < sums[1]["kept_ms"]


def test_it_overwrites_a_cut_list_only_when_told_to(tmp_path: Path) -> None:
    target = tmp_path / "cut.csv"
    target.write_text("precious", encoding="utf-8")
    done = run("export", SAMPLE, "--format", "csv", "-o", target)
    assert (done.returncode, target.read_text(encoding="utf-8")) == (2, "precious")
    assert "add --overwrite" in done.stderr
    assert run("export", SAMPLE, "--format", "csv", "-o", target, "--overwrite").returncode == 0
    assert target.read_text(encoding="utf-8") != "precious"


def test_it_never_overwrites_the_recording(tmp_path: Path) -> None:
    recording = tmp_path / "talk.mp4"
    recording.write_bytes(SAMPLE.read_bytes())
    done = run("export", recording, "--format", "csv", "-o", recording, "--overwrite")
    assert (done.returncode, recording.read_bytes() == SAMPLE.read_bytes()) == (2, True)


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    done = run("export", SAMPLE, "--format", "aaf")
    assert (done.returncode, "choose one of edl, fcpxml" in done.stderr) == (1, True)


def test_it_takes_the_rate_of_the_project_for_sound_alone(tmp_path: Path, make_media: MakeMedia) -> None:
    sound = make_media("sound.wav", "-i", SAMPLE, "-vn")
    target = tmp_path / "cut.edl"
    done = run("export", sound, "--format", "edl", "-o", target, "--frame-rate", "23.976", "--json")
    assert json.loads(done.stdout)["frame_rate"] == "24000/1001"
    assert run("export", sound, "--format", "edl", "-o", target, "--frame-rate", "17").returncode == 2


def test_an_output_without_a_format_is_wrong_usage(tmp_path: Path) -> None:
    assert run("analyze", SAMPLE, "-o", tmp_path / "cut.edl").returncode == 2


def test_a_cut_list_replaces_no_link_and_no_pipe(tmp_path: Path) -> None:
    link, pipe = tmp_path / "link.csv", tmp_path / "pipe.csv"
    link.symlink_to(tmp_path / "elsewhere.csv")
    os.mkfifo(pipe)
    for target in (link, pipe):
        done = run("export", SAMPLE, "--format", "csv", "-o", target, "--overwrite")
        assert (done.returncode, "is no ordinary file" in done.stderr) == (2, True)


def test_a_cut_list_does_not_replace_the_tracks(tmp_path: Path) -> None:
    tracks = tmp_path / "a.tracks"
    run("analyze", SAMPLE, "--tracks", tracks)
    assert run("export", SAMPLE, "--tracks", tracks, "--format", "csv", "-o", tracks, "--overwrite").returncode == 2
    assert Tracks.load(tracks).duration_ms > 0
