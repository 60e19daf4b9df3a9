"""Chromium for tests, measurements and screenshots: found on the machine, driven by Playwright."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserType, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ENVIRONMENT = "CLIPFLOW_TEST_BROWSER"
# Quiet: no first-run pages, and nothing that calls home. Sound plays without a click, as after one.
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--enable-precise-memory-info",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip


def find_browser(chromium: BrowserType) -> Path | None:
    """The program of a Chromium: the one that the environment names, the system's, or Playwright's own; or None."""
    named = os.environ.get(ENVIRONMENT)
    candidates = [named] if named else [shutil.which(name) for name in NAMES]
    candidates.append(chromium.executable_path)
    return next((Path(one) for one in candidates if one and _runs(Path(one))), None)


def _runs(program: Path) -> bool:
    # Ubuntu's package is an empty shell without the store that it asks for, so it has to be tried.
    return program.exists() and subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0


@contextmanager
def opened_browser() -> Iterator[Browser | None]:
    """A running Chromium; None where there is none."""
    with sync_playwright() as playwright:
        program = find_browser(playwright.chromium)
        if program is None:
            yield None
            return
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()
