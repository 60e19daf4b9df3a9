"""The processes that do the heavy work of a web server's requests."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from clipflow.config import Settings
from clipflow.core.computing import (
    LONG_ANSWER_WITHIN_S,
    SHORT_ANSWER_WITHIN_S,
    ComputingByWorkload,
    ComputingProcesses,
)
from clipflow.core.db import database, open_database
from clipflow.core.logs import set_up_logging
from clipflow.engine.launcher import die_with_parent, limit_memory

# Threads of the web server that never wait for heavy work.
_THREADS_FOR_OTHERS = 4
_LONG_SHARE = 0.4
_SHORT_MEMORY_BYTES = 1 * 1024**3
_LONG_MEMORY_BYTES = 3 * 1024**3
_NICENESS = 5
# Of 1000. Where memory runs out, one of these goes and is replaced, never the web server.
_KILLED_FIRST = "800"
_ANSWER_WITHIN_S = 10.0


def computing_processes(settings: Settings) -> ComputingByWorkload:
    """Processes for the heavy work of requests, which never take all threads that wait for them."""
    threads = settings.web_threads - _THREADS_FOR_OTHERS
    most_long = max(1, round(threads * _LONG_SHARE))
    most_short = max(1, threads - most_long)
    return ComputingByWorkload(
        short=ComputingProcesses(most_short, SHORT_ANSWER_WITHIN_S, _begin, settings, os.getpid(), _SHORT_MEMORY_BYTES),
        make_long=lambda: ComputingProcesses(
            most_long, LONG_ANSWER_WITHIN_S, _begin, settings, os.getpid(), _LONG_MEMORY_BYTES
        ),
    )


def _begin(settings: Settings, parent_pid: int, memory_bytes: int) -> None:
    """What such a process does first: it gives way to the web server, ends with it, and opens the database."""
    die_with_parent(parent_pid)
    limit_memory(memory_bytes)
    _offer_to_be_killed_first()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICENESS)
    set_up_logging("DEBUG" if settings.debug else settings.log_level)
    database.initialize(open_database(settings.database, connections=2, answer_within_s=_ANSWER_WITHIN_S))


def _offer_to_be_killed_first() -> None:
    # Only Linux has this file; a container may forbid to write it.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_KILLED_FIRST, encoding="ascii")
