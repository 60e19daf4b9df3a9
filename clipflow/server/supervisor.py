"""Web server and worker side by side: starts both, starts one again that dies, stops both."""

import logging
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

logger = logging.getLogger(__name__)

_RUN = Path(__file__).resolve().parent.parent.parent / "run.py"
_LONGER_S = 10.0  # than the children take for themselves
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_STEADY_S = 60.0
_GIVE_UP_AFTER = 5


@dataclass(slots=True)
class _Child:
    command: str
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    failures: int = 0
    start_at_s: float = 0.0

    def start(self) -> None:
        # A session of its own, so that Ctrl-C reaches the supervisor alone; the pipe ends when the
        # supervisor does, however it ends, and the child stops with it.
        command = [sys.executable, str(_RUN), self.command, "--stop-with-parent"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        self.started_s = time.monotonic()

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def note_end(self) -> None:
        lived_s = time.monotonic() - self.started_s
        self.failures = 1 if lived_s > _STEADY_S else self.failures + 1
        pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(self.failures - 1, 10))
        self.start_at_s = time.monotonic() + pause_s
        logger.error("The %s process ended unexpectedly; it starts again in %.1f s", self.command, pause_s)
        self.process = None


class Supervisor:
    """Keeps one web server and one worker running."""

    def __init__(self, stop_patience_s: float) -> None:
        """``stop_patience_s`` is how long the web server waits at a stop."""
        self._patience_s = stop_patience_s + _LONGER_S
        self._children = [_Child("web"), _Child("worker")]
        self._is_stopping = threading.Event()

    def run(self) -> bool:
        """Run until SIGTERM or SIGINT; False when a process could not be kept running."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        web = self._children[0]
        # Without a worker the web server goes on, and readiness says so.
        while not self._is_stopping.is_set() and web.failures < _GIVE_UP_AFTER:
            for child in self._children:
                self._look_after(child)
            self._is_stopping.wait(0.2)
        self._stop_children()
        return web.failures < _GIVE_UP_AFTER

    def _look_after(self, child: _Child) -> None:
        if child.process is not None and not child.is_alive():
            child.note_end()
        if child.process is None and time.monotonic() >= child.start_at_s:
            child.start()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self._is_stopping.is_set():
            # The second signal comes while the first is being obeyed.
            for child in self._children:
                if child.process is not None and child.is_alive():
                    child.process.kill()
        self._is_stopping.set()

    def _stop_children(self) -> None:
        alive = [child.process for child in self._children if child.process is not None and child.is_alive()]
        for process in alive:
            process.terminate()
        deadline_s = time.monotonic() + self._patience_s
        for process in alive:
            try:
                process.wait(max(0.1, deadline_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
