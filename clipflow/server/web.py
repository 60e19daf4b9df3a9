"""The web server process: waitress with our reception, and a stop that answers what is in flight."""

import json
import logging
import signal
import threading
import time
from collections.abc import Callable, Generator
from http import HTTPStatus
from types import FrameType
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer

from clipflow.app import ClipFlow
from clipflow.app_context import resources_of
from clipflow.config import Settings
from clipflow.core.storage.local import LocalIncoming
from clipflow.http.responses import code_of, error_body, sentence_of
from clipflow.server.admission import Gatekeeper
from clipflow.server.channel import LingeringChannel
from clipflow.server.dispatcher import CalmDispatcher
from clipflow.server.reception import AdmittingParser, Reception

logger = logging.getLogger(__name__)

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Any]

_RECEIVE_BYTES = 256 * 1024
_CONNECTIONS = 1000
_HEADER_BYTES = 32 * 1024
_IDLE_S = 60
_GRACE_S = 25.0
_LOOP_S = 0.5


class CannotListenError(Exception):
    """The address is taken or not ours; the text says what to do."""


class WebServer:
    """Serves an application until it is told to stop."""

    def __init__(self, app: ClipFlow, settings: Settings) -> None:
        resources = resources_of(app)

        def receive(expected_bytes: int | None) -> LocalIncoming:
            return resources.storage.receive(expected_bytes)

        reception = Reception(Gatekeeper(settings), receive, settings.max_file_size_bytes, settings.cors_origins)
        parser = type("Parser", (AdmittingParser,), {"reception": reception})
        channel = type("Channel", (LingeringChannel,), {"parser_class": parser})
        server_class = type("Server", (TcpWSGIServer,), {"channel_class": channel})
        self._map: dict[int, Any] = {}
        self._dispatcher = CalmDispatcher()
        self._dispatcher.set_thread_count(settings.web_threads)
        self._is_stopping = threading.Event()
        adjustments = _adjustments(settings)
        try:
            self._server = server_class(
                app, self._map, dispatcher=self._dispatcher, adj=adjustments, sockinfo=adjustments.listen[0]
            )
        except OSError as error:
            raise CannotListenError(
                f"Nothing can be served on {settings.host}:{settings.port} ({error.strerror}); "
                "set PORT to a free port or stop what uses it."
            ) from None

        if settings.trusted_proxy:
            self._server.application = _in_one_shape(self._server.application)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.effective_port)

    def stop(self) -> None:
        """Take no more connections, answer what is in flight, then end; may be called from anywhere."""
        self._is_stopping.set()
        self._server.pull_trigger()

    def run(self) -> None:
        """Serve until :meth:`stop`."""
        while not self._is_stopping.is_set():
            timeout_s = self._dispatcher.relieve() or _LOOP_S
            wasyncore.loop(timeout=timeout_s, map=self._map, count=1, use_poll=True)
        self._finish()

    def _finish(self) -> None:
        # Closing the listening socket lets other processes on this port take what comes now.
        self._server.accepting = False
        wasyncore.dispatcher.close(self._server)
        deadline_s = time.monotonic() + _GRACE_S
        while time.monotonic() < deadline_s:
            channels = list(self._server.active_channels.values())
            for channel in channels:
                if channel.is_idle() or channel.has_stalled(time.time()):
                    channel.handle_close()
            if not self._server.active_channels:
                break
            self._dispatcher.relieve()
            wasyncore.loop(timeout=0.05, map=self._map, count=1, use_poll=True)
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        self._dispatcher.shutdown(timeout=2)
        self._server.trigger.close()


def _adjustments(settings: Settings) -> Adjustments:
    proxy: dict[str, Any] = {}
    if settings.trusted_proxy:
        proxy = {
            "trusted_proxy": settings.trusted_proxy,
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
        }
    return Adjustments(
        host=settings.host,
        port=settings.port,
        threads=settings.web_threads,
        recv_bytes=_RECEIVE_BYTES,
        connection_limit=_CONNECTIONS,
        channel_timeout=_IDLE_S,
        cleanup_interval=10,
        # The gatekeeper knows the limits of each address; this one only has to be above all of them.
        max_request_header_size=_HEADER_BYTES,
        max_request_body_size=settings.max_file_size_bytes + 2**30,
        clear_untrusted_proxy_headers=True,
        log_untrusted_proxy_headers=False,
        ident=None,
        asyncore_use_poll=True,
        **proxy,
    )


def _in_one_shape(application: WsgiApplication) -> WsgiApplication:
    """Give the one shape to the refusals of waitress's own proxy code, which come before the application."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        foreign: list[int] = []

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            if any(name == "X-Request-ID" for name, _ in headers):
                return start_response(status, headers, *more)
            foreign.append(int(status.split(maxsplit=1)[0]))
            return None

        body = application(environ, start)
        if isinstance(body, Generator):
            # Waitress's refusals start as they are read; our answers are no generators.
            next(body, None)
        if not foreign:
            return body
        [status] = foreign
        answer = json.dumps(error_body(code_of(status), sentence_of(status))).encode()
        request_id = environ.get("clipflow.request_id", "")
        headers = [("Content-Type", "application/json"), ("X-Request-ID", request_id), ("Cache-Control", "no-store")]
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [answer]

    return wrapped


def run_web(app: ClipFlow, settings: Settings, on_ready: Callable[[int], None]) -> None:
    """Serve until SIGTERM or SIGINT; a second signal ends at once."""
    server = WebServer(app, settings)

    def stop(number: int, frame: FrameType | None) -> None:
        for again in (signal.SIGINT, signal.SIGTERM):
            signal.signal(again, signal.SIG_DFL)
        server.stop()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    on_ready(server.port)
    server.run()
    logger.info("The web server has stopped")
