"""The web server process: waitress, bodies judged by their headers, and a stop that answers what is in flight."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server

from clipflow.app import ClipFlow, admission_of
from clipflow.config import Settings
from clipflow.core.temporary import use_own_temporary_folder
from clipflow.server.parser import AdmittingParser
from clipflow.server.signals import on_stop

logger = logging.getLogger(__name__)

_LOOP_S = 0.5
_MOST_CONNECTIONS = 1000
_ROOM_FOR_OTHERS = 50
# The system closes a connection whose reader has taken nothing for a minute, although answers wait for it.
_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", None)
_NO_PROGRESS_CLOSES = [] if _USER_TIMEOUT is None else [(socket.IPPROTO_TCP, _USER_TIMEOUT, 60_000)]


class CannotListenError(Exception):
    """The address is taken or not ours; the text says what to do."""


class WebServer:
    """Serves an application on ``port`` until it is told to stop."""

    def __init__(self, app: ClipFlow, settings: Settings) -> None:
        self._map: dict[int, Any] = {}
        self._patience_s = settings.stop_patience_s
        self._is_stopping = threading.Event()
        try:
            self._server = create_server(app, map=self._map, **_adjustments(settings))
        except OSError as error:
            address = f"{settings.host}:{settings.port} ({error.strerror})"
            sentence = f"Nothing can be served on {address}; set PORT to a free port or stop what uses it."
            raise CannotListenError(sentence) from None
        self.port = int(self._server.effective_port)
        rules = {"admission": admission_of(app, settings), "requests_under_way": staticmethod(self._requests_under_way)}
        parser = type("Parser", (AdmittingParser,), rules)
        self._server.adj.socket_options = [*self._server.adj.socket_options, *_NO_PROGRESS_CLOSES]
        self._server.channel_class = type("Channel", (HTTPChannel,), {"parser_class": parser})

    def stop(self) -> None:
        """Take no more connections, answer what is in flight, then end; may be called from anywhere."""
        self._is_stopping.set()
        self._server.pull_trigger()

    def run(self) -> None:
        """Serve until :meth:`stop`."""
        while not self._is_stopping.is_set():
            wasyncore.loop(timeout=_LOOP_S, map=self._map, count=1, use_poll=True)
            self._make_room()
        self._drain()

    def _requests_under_way(self) -> Iterator[AdmittingParser]:
        """Requests that are coming in, waiting, or being answered."""
        for channel in list(self._server.active_channels.values()):
            yield from (one for one in (channel.request, *channel.requests) if one is not None)

    def _make_room(self) -> None:
        """Close the connections that have been idle for longest, when there are almost as many as may be."""
        too_many = len(self._server.active_channels) - _MOST_CONNECTIONS + _ROOM_FOR_OTHERS
        if too_many <= 0:
            return
        channels = list(self._server.active_channels.values())
        dripping = [one for one in channels if one.request is not None and one.request.is_small_body_late]
        idle = sorted((channel for channel in channels if _is_idle(channel)), key=lambda one: one.last_activity)
        for channel in (*dripping, *idle)[:too_many]:
            channel.handle_close()

    def _drain(self) -> None:
        # Closing the listening socket lets other processes on this port take what comes now.
        self._server.accepting = False
        wasyncore.dispatcher.close(self._server)
        deadline_s = time.monotonic() + self._patience_s
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


def _is_idle(channel: HTTPChannel) -> bool:
    """Whether nothing is in flight; the head of a request that has not come whole counts for nothing."""
    has_begun = channel.request is not None and channel.request.headers_finished
    return not channel.requests and not has_begun and not channel.total_outbufs_len


def _adjustments(settings: Settings) -> dict[str, Any]:
    forwarded = "x-forwarded-for x-forwarded-proto x-forwarded-host"
    proxy = {"trusted_proxy": settings.trusted_proxy, "trusted_proxy_headers": forwarded}
    return {
        "host": settings.host,
        "port": settings.port,
        "threads": settings.web_threads,
        "recv_bytes": 256 * 1024,
        "connection_limit": _MOST_CONNECTIONS,
        "channel_timeout": 60,
        # No thread waits for a slow reader of an export; what is not read waits in a file.
        "outbuf_high_watermark": 64 * 1024**2,
        "cleanup_interval": 10,
        "max_request_header_size": 32 * 1024,
        # Admission knows the limit of each address; this one only has to be above all of them.
        "max_request_body_size": 2**50,
        "clear_untrusted_proxy_headers": True,
        "log_untrusted_proxy_headers": not settings.trusted_proxy,
        "ident": None,
        "asyncore_use_poll": True,
        **(proxy if settings.trusted_proxy else {}),
    }


def run_web(app: ClipFlow, settings: Settings, on_ready: Callable[[int], None]) -> None:
    """Serve until SIGTERM or SIGINT; a second signal ends at once."""
    # Where waitress keeps a body while it comes in.
    with use_own_temporary_folder(settings.data_dir):
        server = WebServer(app, settings)
        on_stop(server.stop)
        on_ready(server.port)
        server.run()
    logger.info("The web server has stopped")
