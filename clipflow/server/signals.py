"""How a process is told to stop."""

import signal
from collections.abc import Callable
from types import FrameType


def on_stop(stop: Callable[[], None]) -> None:
    """Call ``stop`` at SIGINT, SIGTERM or SIGHUP; the second signal ends the process at once."""

    def handle(number: int, frame: FrameType | None) -> None:
        for again in (signal.SIGINT, signal.SIGTERM):
            signal.signal(again, signal.SIG_DFL)
        stop()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)
