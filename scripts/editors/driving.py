"""Starts an editor with a project, answers what it asks, has it save the project under another name, and quits."""

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from scripts.editors.screen import Screen, end_tree

_SAVING = ("Save As", "Save XML")
# Titles that come and go while a project is being opened.
_PASSING = ("Untitled", "Loading Project")
_STEADY_S = 4
_MOST_DIALOGS = 6


@dataclass(frozen=True)
class Editor:
    """An editor: its command, how it is told not to ask for news, and the format that it opens."""

    name: str
    format: str
    options: tuple[str, ...] = ()

    @property
    def is_installed(self) -> bool:
        """Whether it can be started here."""
        return shutil.which(self.name) is not None

    def version(self) -> str:
        """What it says of itself."""
        command = ["dbus-run-session", "--", "env", "QT_QPA_PLATFORM=offscreen", self.name, "--version"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        text = (done.stdout + done.stderr).split()
        return next((word for word in text if word[:1].isdigit()), "unknown")


EDITORS = (Editor("kdenlive", "kdenlive"), Editor("shotcut", "mlt", ("--noupgrade",)))


@dataclass
class Visit:
    """What happened when a project was opened: the title of its window, and the titles of dialogs on the way."""

    title: str = ""
    dialogs: list[str] = field(default_factory=list)
    trouble: str = ""


def open_and_save(
    editor: Editor, project: Path, saved: Path, home: Path, screen: Screen, longest_s: float = 90
) -> Visit:
    """Open a project and have the editor save it.

    Args:
        editor: that opens it.
        project: what it opens.
        saved: where it saves; a plain name in ASCII, because it is typed into a dialog.
        home: a folder that takes the place of the person's; its settings stay from one visit to the next.
        screen: where it shows itself; a picture of it is left beside ``saved``.
        longest_s: how long opening may take.
    """
    saved.unlink(missing_ok=True)
    visit = Visit()
    process = _start(editor, project, home, screen)
    try:
        window = _wait_for_project(project, process, screen, visit, longest_s)
        screen.take_picture(saved.with_suffix(".png"))
        if window is None:
            visit.trouble = visit.trouble or f"no window of the project: {sorted(screen.windows().values())}"
            return visit
        visit.title = screen.windows().get(window, "")
        _save(window, saved, screen, visit)
        _quit(window, process, screen)
    finally:
        end_tree(process)
    return visit


def _start(editor: Editor, project: Path, home: Path, screen: Screen) -> subprocess.Popen[bytes]:
    for part in ("run", ".config", ".cache", ".local/share"):
        (home / part).mkdir(parents=True, exist_ok=True)
    (home / "run").chmod(0o700)
    settings = home / ".config" / "kdenliverc"
    if not settings.exists():
        # Without its version Kdenlive takes this for the first start.
        settings.write_text(f"[version]\nversion={editor.version()}\n\n[misc]\nfirstRun=false\n", encoding="utf-8")
    environment = {
        "PATH": "/usr/bin:/bin:/usr/sbin", "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"), "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_RUNTIME_DIR": str(home / "run"), "LANG": "C.UTF-8", "DISPLAY": screen.name, "QT_QPA_PLATFORM": "xcb",
        "LIBGL_ALWAYS_SOFTWARE": "1", "SDL_AUDIODRIVER": "dummy",
    }  # fmt: skip
    with (home / "log").open("wb") as log:
        command = ["dbus-run-session", "--", editor.name, *editor.options, str(project)]
        return subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)


def _wait_for_project(
    project: Path, process: subprocess.Popen[bytes], screen: Screen, visit: Visit, longest_s: float
) -> str | None:
    """The window of the project once it has been there for a while; dialogs before it are noted and accepted."""
    steady = 0
    until_s = time.monotonic() + longest_s
    while time.monotonic() < until_s and process.poll() is None and len(visit.dialogs) <= _MOST_DIALOGS:
        time.sleep(1)
        windows = screen.windows()
        own = [number for number, title in windows.items() if _is_of(project, title)]
        others = {number: title for number, title in windows.items() if number not in own and not _is_passing(title)}
        for number, title in others.items():
            visit.dialogs.append(title)
            screen.press(number, "Return")
        steady = steady + 1 if own and not others else 0
        if steady >= _STEADY_S:
            return own[0]
    return None


def _is_of(project: Path, title: str) -> bool:
    return title.startswith(project.stem) or (title.endswith("Shotcut") and project.name in title)


def _is_passing(title: str) -> bool:
    return title.lower() in ("kdenlive", "shotcut") or title.startswith(_PASSING)


def _save(window: str, saved: Path, screen: Screen, visit: Visit) -> None:
    screen.press(window, "ctrl+shift+s")
    _wait(10, lambda: _is_saving(screen))
    screen.type_line(str(saved))
    for _ in range(12):
        if _wait(1, lambda: saved.exists() and saved.stat().st_size > 0):
            return
        if _is_saving(screen):
            # The first Return may have gone to the list of completions.
            screen.press_return()
    visit.trouble = "it did not save"


def _quit(window: str, process: subprocess.Popen[bytes], screen: Screen) -> None:
    """Ask it to quit: one that is killed asks at its next start whether to forget its settings."""
    screen.press(window, "ctrl+q")
    _wait(8, lambda: process.poll() is not None)


def _is_saving(screen: Screen) -> bool:
    return any(title.startswith(_SAVING) for title in screen.windows().values())


def _wait(seconds: float, holds: Callable[[], bool]) -> bool:
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        if holds():
            return True
        time.sleep(0.25)
    return holds()
