"""An analysis can be stopped at any moment, and leaves neither a process nor a file."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from clipflow.engine import Analysis, AnalysisCancelledError, MediaToolUnavailableError, Stage, analyze, probe
from tests.conftest import ROOT, SAMPLE, MakeMedia, child_processes


def wait_for_ffmpeg(parent_pid: int) -> int:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = child_processes(parent_pid, "ffmpeg")
        if found:
            return found[0]
        time.sleep(0.02)
    raise AssertionError("ffmpeg was never started")


def has_ended(pid: int, within_s: float = 5) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def start_analysis(recording: Path, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, ROOT / "run.py", "analyze", recording, "--tracks", folder / "out.tracks"]
    # A process that is killed would leave half a file of coverage data.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    return subprocess.Popen(
        command,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        # As a terminal starts it, however the tests themselves were started.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )


@pytest.mark.parametrize("stage", [Stage.PROBING, Stage.DECODING, Stage.DETECTING])
def test_it_stops_when_asked_in_any_stage(stage: Stage, long_silence: Path) -> None:
    reached: set[Stage] = set()
    with pytest.raises(AnalysisCancelledError, match="The analysis was cancelled"):
        analyze(long_silence, on_progress=lambda _, at: reached.add(at), should_stop=lambda: stage in reached)
    assert child_processes(os.getpid(), "ffmpeg") == []


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_stops_at_a_signal_and_leaves_nothing(
    number: signal.Signals, status: int, long_silence: Path, tmp_path: Path
) -> None:
    with start_analysis(long_silence, tmp_path) as command:
        ffmpeg = wait_for_ffmpeg(command.pid)
        command.send_signal(number)
        stdout, stderr = command.communicate(timeout=10)
    assert command.returncode == status
    assert (stdout, stderr) == ("", "Stopped.\n")
    assert has_ended(ffmpeg)
    assert list(tmp_path.iterdir()) == []


def test_it_leaves_no_ffmpeg_when_it_is_killed(long_silence: Path, tmp_path: Path) -> None:
    with start_analysis(long_silence, tmp_path) as command:
        ffmpeg = wait_for_ffmpeg(command.pid)
        command.kill()
        command.communicate(timeout=10)
    assert has_ended(ffmpeg)
    assert list(tmp_path.iterdir()) == []


def test_it_reports_progress_that_never_falls_and_ends_at_one() -> None:
    reports: list[tuple[float, Stage]] = []
    analyze(SAMPLE, on_progress=lambda fraction, stage: reports.append((fraction, stage)))
    fractions = [fraction for fraction, _ in reports]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    assert list(dict.fromkeys(stage for _, stage in reports)) == list(Stage)


def test_it_reports_progress_at_least_once_a_second(long_silence: Path) -> None:
    moments = [time.monotonic()]
    with pytest.raises(AnalysisCancelledError):
        analyze(
            long_silence,
            on_progress=lambda *_: moments.append(time.monotonic()),
            should_stop=lambda: moments[-1] - moments[0] > 3,
        )
    assert max(later - earlier for earlier, later in itertools.pairwise(moments)) < 1


@pytest.fixture
def signalled() -> Callable[[signal.Signals], Callable[[float, Stage], None]]:
    """A watcher of progress that sends a signal to ffmpeg once, as soon as there is one."""

    def make(number: signal.Signals) -> Callable[[float, Stage], None]:
        sent: list[int] = []

        def watch(fraction: float, stage: Stage) -> None:
            if not sent and (found := child_processes(os.getpid(), "ffmpeg")):
                os.kill(found[0], number)
                sent.append(found[0])

        return watch

    return make


@pytest.fixture(scope="module")
def half_an_hour(make_media: MakeMedia) -> Path:
    """Long enough for a signal to come while it is decoded."""
    return make_media("half.flac", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "1800", "-c:a", "flac")


@pytest.fixture(scope="module")
def whole(half_an_hour: Path) -> Analysis:
    return analyze(half_an_hour)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_whole_group_does_not_shorten_a_recording(
    number: signal.Signals,
    signalled: Callable[[signal.Signals], Callable[[float, Stage], None]],
    half_an_hour: Path,
    whole: Analysis,
) -> None:
    analysis = analyze(half_an_hour, on_progress=signalled(number))
    assert analysis.tracks.duration_ms == whole.tracks.duration_ms
    assert analysis.info.warnings == whole.info.warnings


def test_a_decoder_that_is_killed_says_nothing_about_the_file(
    signalled: Callable[[signal.Signals], Callable[[float, Stage], None]], long_silence: Path
) -> None:
    with pytest.raises(MediaToolUnavailableError, match="ended from outside"):
        analyze(long_silence, on_progress=signalled(signal.SIGKILL))


STORAGE_FAILS = ["Stale file handle", "Transport endpoint is not connected", "Connection timed out"]


def with_a_script(folder: Path, tool: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a script run in the place of a tool, whose real name is in $REAL."""
    program = folder / tool
    program.write_text(f'#!/bin/sh\nREAL="{shutil.which(tool)}"\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.mark.parametrize("sentence", STORAGE_FAILS)
def test_a_recording_that_could_not_be_read_to_its_end_is_no_result(
    sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_a_script(tmp_path, "ffmpeg", f'"$REAL" "$@"; echo "input: {sentence}" >&2', monkeypatch)
    with pytest.raises(MediaToolUnavailableError, match="could not be read to its end"):
        analyze(SAMPLE)


def test_a_disk_that_fails_once_in_the_middle_makes_no_short_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = tmp_path / "once"
    script = f"""if [ ! -e "{once}" ] && echo "$*" | grep -q pipe:1; then
        touch "{once}"; "$REAL" "$@" | head -c 320000; echo "Error during demuxing: Input/output error" >&2
    else exec "$REAL" "$@"; fi"""
    with_a_script(tmp_path, "ffmpeg", script, monkeypatch)
    with pytest.raises(MediaToolUnavailableError, match="could not be read to its end"):
        analyze(SAMPLE)


def test_a_damaged_file_that_breaks_off_at_the_same_place_again_is_analysed_as_far_as_it_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = '"$REAL" "$@" | head -c 320000; echo "Error during demuxing: Input/output error" >&2'
    with_a_script(tmp_path, "ffmpeg", script, monkeypatch)
    assert "ENDS_EARLY" in {one.code for one in analyze(SAMPLE).info.warnings}


@pytest.mark.parametrize("sentence", STORAGE_FAILS)
def test_a_description_that_could_not_be_read_is_tried_again(
    sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_a_script(tmp_path, "ffprobe", f'echo "input: {sentence}" >&2; exit 1', monkeypatch)
    with pytest.raises(MediaToolUnavailableError):
        probe(SAMPLE)


def test_a_disk_that_fails_once_while_a_file_is_described_makes_it_no_bad_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = tmp_path / "once"
    script = f"""if [ ! -e "{once}" ]; then touch "{once}"; echo "input: Input/output error" >&2; exit 1; fi
    exec "$REAL" "$@" """
    with_a_script(tmp_path, "ffprobe", script, monkeypatch)
    assert probe(SAMPLE).audio_streams
