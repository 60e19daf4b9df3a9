"""Real processes of ClipFlow for tests, measurements and screenshots: started as a person starts them."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = re.compile(r"ClipFlow is ready at (http://\S+)")
_STARTS_WITHIN_S = 60


def _with_usual_signals(more: Callable[[], object] | None) -> Callable[[], None]:
    """What a child does before it runs: signals as a terminal gives them, however the tests themselves were started."""

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if more is not None:
            more()

    return prepare


class Process:
    """A command of ClipFlow in a process of its own, with its log."""

    def __init__(self, *arguments: str, environment: Mapping[str, str], **options: Any) -> None:
        options["preexec_fn"] = _with_usual_signals(options.get("preexec_fn"))
        self._popen = subprocess.Popen(
            [sys.executable, ROOT / "run.py", *arguments],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            **options,
        )
        self.log = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._popen.stdout is not None
        with self._popen.stdout as stdout:
            for line in stdout:
                self.log += line.decode("utf-8", "replace")

    @property
    def pid(self) -> int:
        return self._popen.pid

    def wait_for(self, text: str) -> re.Match[str]:
        """Wait until the log says this, a regular expression."""

        def look() -> re.Match[str] | None:
            found = re.search(text, self.log)
            assert found or self._popen.poll() is None, f"it ended before it said {text!r}:\n{self.log}"
            return found

        match: re.Match[str] = wait_until(look, _STARTS_WITHIN_S)
        return match

    def send(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def wait(self, seconds: float = 40) -> int:
        status = self._popen.wait(seconds)
        self._reader.join(5)
        return status

    def kill(self) -> None:
        self._popen.kill()
        self.wait()

    def stop(self) -> int:
        if self._popen.poll() is None:
            self._popen.terminate()
        try:
            return self.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
            return -9


@contextmanager
def running(folder: Path, *arguments: str, environment: Mapping[str, str]) -> Iterator[str]:
    """Run ``run.py`` with its data in a folder; yields its address."""
    folder.mkdir(parents=True, exist_ok=True)
    process = Process(*arguments, environment={**environment, "DATA_DIR": str(folder / "data"), "PORT": "0"})
    try:
        yield process.wait_for(ADDRESS.pattern)[1]
    finally:
        process.stop()


def wait_until(look: Callable[[], Any], seconds: float = 30) -> Any:
    """What ``look`` finds, once it finds something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing came within {seconds} s")


def free_port() -> int:
    """A port on which nothing listens at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def descendants(pid: int) -> dict[int, str]:
    """All processes below one, with their names."""
    found: dict[int, str] = {}
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text(encoding="ascii").split()):
                found[child] = Path(f"/proc/{child}/comm").read_text(encoding="utf-8").strip()
                found |= descendants(child)
    return found
