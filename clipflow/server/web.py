"""The web server process: waitress, bodies judged by their headers, and a stop that answers what is in flight."""

import logging
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server

from clipflow.app import ClipFlow
from clipflow.app_context import resources_of
from clipflow.config import Settings
from clipflow.core.computing import PROCESSES, ComputingProcesses
from clipflow.core.db import database, open_database
from clipflow.core.logs import set_up_logging
from clipflow.engine import LARGEST_TRANSCRIPT_BYTES
from clipflow.engine.launcher import die_with_parent, limit_memory
from clipflow.http.admission import Admission
from clipflow.server.parser import AdmittingParser
from clipflow.server.signals import on_stop

logger = logging.getLogger(__name__)

_GRACE_S = 25.0
_LOOP_S = 0.5
_THREADS_FOR_OTHERS = 4
_COMPUTING_MEMORY_BYTES = 3 * 1024**3
_COMPUTING_NICENESS = 5


class CannotListenError(Exception):
    """The address is taken or not ours; the text says what to do."""


class WebServer:
    """Serves an application on ``port`` until it is told to stop."""

    def __init__(self, app: ClipFlow, settings: Settings) -> None:
        # Where waitress keeps a body while it comes in: on the disk that the file stays on.
        spool = settings.storage_folder / "incoming"
        spool.mkdir(parents=True, exist_ok=True)
        tempfile.tempdir = str(spool)
        self._map: dict[int, Any] = {}
        self._is_stopping = threading.Event()
        try:
            self._server = create_server(app, map=self._map, **_adjustments(settings))
        except OSError as error:
            raise CannotListenError(
                f"Nothing can be served on {settings.host}:{settings.port} ({error.strerror}); "
                "set PORT to a free port or stop what uses it."
            ) from None
        self.port = int(self._server.effective_port)
        parser = type("Parser", (AdmittingParser,), {"admission": _admission(app, settings)})
        self._server.channel_class = type("Channel", (HTTPChannel,), {"parser_class": parser})

    def stop(self) -> None:
        """Take no more connections, answer what is in flight, then end; may be called from anywhere."""
        self._is_stopping.set()
        self._server.pull_trigger()

    def run(self) -> None:
        """Serve until :meth:`stop`."""
        while not self._is_stopping.is_set():
            wasyncore.loop(timeout=_LOOP_S, map=self._map, count=1, use_poll=True)
        self._drain()

    def _drain(self) -> None:
        # Closing the listening socket lets other processes on this port take what comes now.
        self._server.accepting = False
        wasyncore.dispatcher.close(self._server)
        deadline_s = time.monotonic() + _GRACE_S
        while time.monotonic() < deadline_s:
            for channel in list(self._server.active_channels.values()):
                if _is_idle(channel):
                    channel.handle_close()
            if not self._server.active_channels:
                break
            wasyncore.loop(timeout=0.05, map=self._map, count=1, use_poll=True)
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        self._server.task_dispatcher.shutdown(timeout=2)
        self._server.trigger.close()


def _admission(app: ClipFlow, settings: Settings) -> Admission:
    resources = resources_of(app)
    return Admission(
        resources.storage,
        resources.signer,
        largest_file_bytes=settings.max_file_size_bytes,
        largest_transcript_bytes=LARGEST_TRANSCRIPT_BYTES,
        token_secret=settings.jwt_secret_key,
        token_algorithm=settings.jwt_algorithm,
    )


def _is_idle(channel: HTTPChannel) -> bool:
    """Whether nothing is in flight; the head of a request that has not come whole counts for nothing."""
    has_begun = channel.request is not None and channel.request.headers_finished
    return not channel.requests and not has_begun and not channel.total_outbufs_len


def _adjustments(settings: Settings) -> dict[str, Any]:
    proxy = {
        "trusted_proxy": settings.trusted_proxy,
        "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto x-forwarded-host",
    }
    return {
        "host": settings.host,
        "port": settings.port,
        "threads": settings.web_threads,
        "recv_bytes": 256 * 1024,
        "connection_limit": 1000,
        "channel_timeout": 60,
        # No thread waits for a slow reader of an export; what is not read waits in a file.
        "outbuf_high_watermark": 64 * 1024**2,
        "cleanup_interval": 10,
        "max_request_header_size": 32 * 1024,
        # Admission knows the limit of each address; this one only has to be above all of them.
        "max_request_body_size": settings.max_file_size_bytes + 2**30,
        "clear_untrusted_proxy_headers": True,
        "log_untrusted_proxy_headers": False,
        "ident": None,
        "asyncore_use_poll": True,
        **(proxy if settings.trusted_proxy else {}),
    }


def computing_processes(settings: Settings) -> ComputingProcesses:
    """Processes for the heavy work of requests, which never take all threads that wait for them."""
    most_at_once = max(PROCESSES, settings.web_threads - _THREADS_FOR_OTHERS)
    return ComputingProcesses(most_at_once, _begin_computing, settings, os.getpid())


def _begin_computing(settings: Settings, parent_pid: int) -> None:
    """What such a process does first: it gives way to the web server, ends with it, and opens the database."""
    die_with_parent(parent_pid)
    limit_memory(_COMPUTING_MEMORY_BYTES)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_COMPUTING_NICENESS)
    set_up_logging("DEBUG" if settings.debug else settings.log_level)
    database.initialize(open_database(settings.database, connections=2))


def run_web(app: ClipFlow, settings: Settings, on_ready: Callable[[int], None]) -> None:
    """Serve until SIGTERM or SIGINT; a second signal ends at once."""
    server = WebServer(app, settings)
    on_stop(server.stop)
    on_ready(server.port)
    server.run()
    logger.info("The web server has stopped")
