"""A virtual screen with a window manager, and what stands on it."""

import os
import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

PROGRAMS = ("Xvfb", "openbox", "xdotool", "import", "dbus-run-session")
_SIZE = "1600x1000x24"
_START_S = 10.0


def missing_programs() -> list[str]:
    """What has to be installed before anything can be shown."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


class Screen:
    """A screen of its own, so that runs beside each other do not see each other's windows."""

    def __init__(self) -> None:
        self.name = ""
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        reading, writing = os.pipe()
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", _SIZE, "-nolisten", "tcp"],
            pass_fds=[writing], stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._stack.callback(_end, server)
        os.close(writing)
        with os.fdopen(reading, encoding="ascii") as announced:
            self.name = f":{announced.readline().strip()}"
        manager = subprocess.Popen(["openbox"], env=self.environment, stderr=subprocess.DEVNULL)
        self._stack.callback(_end, manager)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def environment(self) -> dict[str, str]:
        """The environment of programs that show themselves here."""
        return {**os.environ, "DISPLAY": self.name}

    def windows(self) -> dict[str, str]:
        """The titles of all windows that are seen, by their numbers."""
        numbers = self._xdotool("search", "--onlyvisible", "--name", ".").split()
        titles = {number: self._xdotool("getwindowname", number).strip() for number in numbers}
        return {number: title for number, title in titles.items() if title}

    def press(self, window: str, keys: str) -> None:
        """Press keys in a window."""
        self._xdotool("windowactivate", "--sync", window, "key", keys)

    def type_line(self, text: str) -> None:
        """Type into what has the focus, and press Return."""
        self._xdotool("type", "--delay", "12", text)
        self._xdotool("key", "Return")

    def press_return(self) -> None:
        """Press Return in what has the focus."""
        self._xdotool("key", "Return")

    def take_picture(self, target: Path) -> None:
        """What the screen shows, as a PNG."""
        subprocess.run(["import", "-window", "root", str(target)], env=self.environment, check=False, timeout=30)

    def _xdotool(self, *words: str) -> str:
        command = ["xdotool", *words]
        try:
            done = subprocess.run(
                command, env=self.environment, capture_output=True, text=True, check=False, timeout=30
            )
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_START_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it has started, which may have sessions of their own."""
    mine: list[int] = []
    found = [process.pid]
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = [tuple(map(int, line.split())) for line in listed.splitlines()]
    while found:
        mine += found
        found = [pid for pid, parent in parents if parent in found]
    for sign in (15, 9):
        for pid in mine:
            try:
                os.kill(pid, sign)
            except ProcessLookupError:
                continue
        time.sleep(0.5)
    process.wait()
