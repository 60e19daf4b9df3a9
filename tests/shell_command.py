"""Runs a shell command in the process of the tests, which has loaded everything already."""

import io
import os
import signal
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from clipflow.shell.main import main

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: str | Path, environment: Mapping[str, str] | None = None) -> Finished:
    """Run ``python run.py`` with these arguments; the tests' own handlers of signals are put back."""
    stdout, stderr = io.StringIO(), io.StringIO()
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        with mock.patch.dict(os.environ, environment or {}), redirect_stdout(stdout), redirect_stderr(stderr):
            status = main([str(argument) for argument in arguments])
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return Finished(status, stdout.getvalue(), stderr.getvalue())
