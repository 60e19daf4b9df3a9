"""The guard around ffprobe and ffmpeg: limits that hold, and a bounded appetite."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clipflow.engine import AnalysisCancelledError, MediaToolError
from clipflow.engine.ffmpeg import MediaProcess, ProcessLimits, run_tool

LAUNCHER = Path(sys.modules["clipflow.engine.ffmpeg"].__file__ or "").with_name("launcher.py")
AMPLE = ProcessLimits(cpu_s=30, wall_s=30, memory_bytes=1024**3)


def launch(*command: str, parent_pid: int | None = None, memory_bytes: int = 10**9) -> subprocess.CompletedProcess[str]:
    arguments = [str(parent_pid or os.getpid()), "5", str(memory_bytes), "0", "0", *command]
    return subprocess.run(
        [sys.executable, "-I", "-S", LAUNCHER, *arguments], capture_output=True, text=True, check=False
    )


def test_a_guarded_program_cannot_write_a_file(tmp_path: Path) -> None:
    launch("/bin/sh", "-c", f"echo secret > {tmp_path}/file")
    assert (tmp_path / "file").read_text() == ""


def test_a_guarded_program_has_a_limit_on_processor_time() -> None:
    assert launch("/bin/sh", "-c", "ulimit -t").stdout == "5\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits private memory")
def test_a_guarded_program_has_a_limit_on_memory() -> None:
    hungry = launch(sys.executable, "-I", "-S", "-c", "bytearray(200_000_000)", memory_bytes=100_000_000)
    assert "MemoryError" in hungry.stderr


def test_a_program_is_not_started_for_a_parent_that_has_ended() -> None:
    assert launch("/bin/echo", "started", parent_pid=1).stdout == ""


def test_a_tool_prints_no_more_than_is_allowed() -> None:
    with pytest.raises(MediaToolError, match="too large to be genuine"):
        run_tool("ffmpeg", ["-h", "full"], AMPLE, lambda: False, maximum_bytes=100)


def test_a_tool_is_ended_when_somebody_asks() -> None:
    with pytest.raises(AnalysisCancelledError):
        run_tool("ffmpeg", ["-h", "full"], AMPLE, lambda: True, maximum_bytes=10**7)


def test_a_tool_that_closes_its_output_but_does_not_end_is_ended_at_its_deadline() -> None:
    # It keeps running after nothing is read any more, because the null muxer writes nothing.
    endless = ["-v", "quiet", "-re", "-f", "lavfi", "-i", "anullsrc", "-f", "null", "-"]
    with (
        MediaProcess("ffmpeg", endless, ProcessLimits(30, 0.2, 1024**3)) as process,
        pytest.raises(MediaToolError, match="took longer"),
    ):
        process.wait()


def test_the_log_is_kept_only_to_its_end() -> None:
    output = run_tool("ffprobe", ["-v", "trace", "-i", "x" * 3000], AMPLE, lambda: False, maximum_bytes=10**6)
    assert output.exit_status == 1
    assert len(output.log_tail) <= 8192
    assert "File name too long" in output.log_tail
