"""A service of its own for measurements and screenshots."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_READY = re.compile(r"ClipFlow is ready at (http://\S+)")
_STARTS_WITHIN_S = 60


@contextmanager
def running(folder: Path, *arguments: str, environment: Mapping[str, str]) -> Iterator[str]:
    """Run ``run.py`` with its data in a folder; yields its address.

    Raises:
        RuntimeError: it does not start; the text is its log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    complete = {**os.environ, **environment, "DATA_DIR": str(folder / "data"), "PORT": "0"}
    with log.open("w") as file:
        command = [sys.executable, str(ROOT / "run.py"), *arguments]
        process = subprocess.Popen(command, env=complete, stdout=file, stderr=file)
        try:
            yield _address_in(log)
        finally:
            process.terminate()
            process.wait()


def _address_in(log: Path) -> str:
    deadline_s = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < deadline_s:
        found = _READY.search(log.read_text(encoding="utf-8"))
        if found:
            return found[1]
        time.sleep(0.1)
    raise RuntimeError(f"the service did not start:\n{log.read_text(encoding='utf-8')}")
