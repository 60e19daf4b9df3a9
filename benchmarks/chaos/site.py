"""An installation of two web servers and two workers, with everything around it that can fail."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import redis

from benchmarks.chaos.notes import STOPS, Notes
from scripts.databases import own_database
from scripts.fake_openai import FakeOpenAI
from scripts.lines import Line
from scripts.running import ADDRESS, Process

DISK_MB = 400
_REDIS_DATABASE = 15
_GENEROUS = dict.fromkeys(
    ("REQUESTS", "USER_REQUESTS", "SIGN_IN", "ANALYSES", "UPLOADS", "POLLING", "SESSION"), "1000000"
)
_WRONG_CLOCK = Path(__file__).parent / "wrong_clock"


@dataclass
class Member:
    """A process of the installation, which is started again under the same settings."""

    command: str
    environment: dict[str, str]
    notes: Notes
    process: Process | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)
    is_meant_to_run: bool = False

    @property
    def pid(self) -> int:
        assert self.process is not None, "it has not been started"
        return self.process.pid

    def start(self, more: Mapping[str, str] | None = None) -> None:
        """Start it and wait until it says that it is ready."""
        environment = {**self.environment, **(more or {})}
        self.process = Process(self.command, environment=environment, start_new_session=True)
        self.process.wait_for(ADDRESS.pattern if self.command == "web" else "The worker is ready")
        self.is_meant_to_run = True

    def start_again(self, more: Mapping[str, str] | None = None) -> None:
        """Start it as somebody does who looks after it: until it stays, though what it needs may be away."""
        while True:
            try:
                self.start(more)
                return
            except AssertionError:
                self._end(signal.SIGKILL)
                self.notes.count("starts that failed while something was away")

    def end(self, number: signal.Signals, *, whole_group: bool = False) -> None:
        """Send a signal, wait for the end, and keep the log."""
        self.is_meant_to_run = False
        self._end(number, whole_group=whole_group)

    def _end(self, number: signal.Signals, *, whole_group: bool = False) -> None:
        assert self.process is not None, "it has not been started"
        self.notes.ended_s.append(time.monotonic())
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number) if whole_group else os.kill(self.process.pid, number)
        try:
            self.process.wait()
        except subprocess.TimeoutExpired:
            self.notes.breaks(STOPS, f"{self.command} did not stop")
            self.process.kill()
        self.notes.logs.append(self.process.log)


@dataclass
class Site:
    """The installation, its people's notes, and what can fail around it."""

    name: str
    folder: Path
    environment: dict[str, str]
    notes: Notes
    fake: FakeOpenAI
    is_small_disk: bool
    members: list[Member] = field(default_factory=list)
    lines: dict[str, Line] = field(default_factory=dict)
    is_over: threading.Event = field(default_factory=threading.Event)

    @property
    def media(self) -> Path:
        """The folder of the recordings."""
        return self.folder / "data" / "media"

    def of(self, command: str) -> list[Member]:
        """The web servers or the workers."""
        return [member for member in self.members if member.command == command]

    def addresses(self) -> list[str]:
        """Where the web servers listen."""
        return [f"http://127.0.0.1:{member.environment['PORT']}" for member in self.of("web")]

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Process:
        """Begin a command of this installation."""
        return Process(*arguments, environment={**self.environment, **(environment or {})})


@contextmanager
def built(name: str, database_url: str, queue_url: str) -> Iterator[Site]:
    """An installation on SQLite (“embedded”) or on PostgreSQL and Redis (“servers”), gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f"chaos-{name}-"))
    with (
        FakeOpenAI(delay_s=0.3) as fake,
        _disk(folder / "data") as is_small,
        _servers(name, database_url, queue_url) as lines,
    ):
        environment = _environment(folder, fake, lines)
        notes = Notes()
        site = Site(name, folder, environment, notes, fake, is_small, lines=lines)
        for command in ("web", "web", "worker", "worker"):
            port = {"PORT": str(_free_port())} if command == "web" else {}
            site.members.append(Member(command, {**environment, **port}, notes))
        try:
            for member in site.members:
                member.start()
            yield site
        finally:
            site.is_over.set()
            for member in site.members:
                if member.process is not None:
                    member.end(signal.SIGTERM)
            (Path(tempfile.gettempdir()) / f"chaos-{name}.log").write_text("\n".join(notes.logs), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path, fake: FakeOpenAI, lines: Mapping[str, Line]) -> dict[str, str]:
    temporary = folder / "temporary-of-the-system"
    temporary.mkdir()
    values = {
        "APP_ENV": "test", "DATA_DIR": str(folder / "data"), "BCRYPT_COST": "4", "TMPDIR": str(temporary),
        "WORKER_LOST_AFTER_S": "5", "AI_FEATURES_ENABLED": "true", "WHISPER_API_ENABLED": "true",
        # What is deleted is cleared up at once, so that this is disturbed too.
        "DELETED_KEPT_DAYS": "0",
        "OPENAI_API_KEY": "any", "OPENAI_BASE_URL": fake.base_url, "WHISPER_TIMEOUT_S": "20", "PORT": "0",
        **{f"RATE_LIMIT_{name}": most for name, most in _GENEROUS.items()},
    }  # fmt: skip
    for name, variable in (("database", "DATABASE_URL"), ("queue", "QUEUE_URL")):
        if name in lines:
            values[variable] = lines[name].url
    return values


@contextmanager
def _disk(folder: Path) -> Iterator[bool]:
    """A small file system of its own for the data, where that is allowed; False where the disk is everybody's."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "none", str(folder)]
    is_small = subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield is_small
    finally:
        if is_small:
            subprocess.run(["umount", "-l", str(folder)], check=False)


@contextmanager
def _servers(name: str, database_url: str, queue_url: str) -> Iterator[dict[str, Line]]:
    """Lines to a database and a queue of this installation alone; none on SQLite."""
    if name == "embedded":
        yield {}
        return
    own_queue = urlunsplit(urlsplit(queue_url)._replace(path=f"/{_REDIS_DATABASE}"))
    with own_database(database_url) as own_url:
        redis.Redis.from_url(own_queue).flushdb()
        lines = {"database": Line(own_url, 5432), "queue": Line(own_queue, 6379)}
        yield lines
        for line in lines.values():
            line.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def other_clock(seconds: float) -> dict[str, str]:
    """The environment of a Python process whose clock is wrong by this much."""
    return {"PYTHONPATH": str(_WRONG_CLOCK), "WRONG_CLOCK_BY_S": f"{seconds}"}
