"""A connection of the web server: one request at a time, answered from a thread, closed with care."""

import json
import logging
import time
from http import HTTPStatus
from typing import Any

from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.task import ErrorTask, WSGITask

from clipflow.core.errors import ServiceError
from clipflow.core.logs import bind_request
from clipflow.http.responses import code_of, error_body, sentence_of
from clipflow.http.uploads import ENVIRON_NAME
from clipflow.server.reception import AdmittingParser, RefusedRequest

logger = logging.getLogger(__name__)
access_logger = logging.getLogger("clipflow.access")

_LINGER_S = 2.0
_LINGER_BYTES = 8 * 1024 * 1024
_STALLED_S = 4.0
_CONNECTIONS_PER_ADDRESS = 250
# What is read of a connection whose request is being answered.
_AHEAD_BYTES = 16 * 1024


class _Examination:
    """Looks closely at the sender of a large form, in a thread of the server; the main loop then goes on."""

    def __init__(self, channel: "LingeringChannel", request: AdmittingParser) -> None:
        self._channel = channel
        self._request = request

    def service(self) -> None:
        """Called by the server's thread."""
        bind_request(self._request.request_id)
        self._request.examine()
        self._channel.server.pull_trigger()

    def cancel(self) -> None:
        """Called when the server stops before a thread was free."""


class UploadTask(WSGITask):  # type: ignore[misc]
    """Runs the application, and hands it the upload that is on disk already."""

    def get_environment(self) -> dict[str, Any]:
        """The WSGI environment with the request's id and its upload."""
        environ: dict[str, Any] = super().get_environment()
        environ["clipflow.request_id"] = self.request.request_id
        if self.request.upload is not None:
            environ[ENVIRON_NAME] = self.request.upload
        return environ

    def write(self, data: bytes) -> None:
        """Send a piece of the answer, the first one together with the headers."""
        super().write(data)
        self.channel.send_now()


class JsonErrorTask(ErrorTask):  # type: ignore[misc]
    """Answers what never reaches the application in the one shape of errors."""

    def execute(self) -> None:
        """Write the answer and close the connection."""
        error = self.request.error
        if isinstance(error, RefusedRequest):
            status, code, headers = error.error.status, error.error.code, error.error.headers
            message, details = str(error.error), error.error.details
        else:
            status, headers, details = error.code, {}, {}
            code, message = code_of(status), sentence_of(status)
        body = json.dumps(error_body(code, message, details), separators=(",", ":")).encode()
        request_id, command = getattr(self.request, "request_id", ""), getattr(self.request, "command", "")
        self.status = f"{status} {HTTPStatus(status).phrase}"
        self.response_headers.extend(
            [("Content-Type", "application/json"), ("X-Request-ID", request_id), ("Cache-Control", "no-store"),
             ("X-Content-Type-Options", "nosniff"), *headers.items(), *self._cross_origin_headers()]
        )  # fmt: skip
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(b"" if command == "HEAD" else body)
        path = getattr(self.request, "path", "")
        told = {"method": command, "path": path, "status": status, "request_id": request_id}
        access_logger.info("turned away", extra={**told, "address": self.channel.addr[0]})

    def _cross_origin_headers(self) -> list[tuple[str, str]]:
        """Lets a browser show the reason to a frontend that may call."""
        origin = self.request.headers.get("ORIGIN", "")
        if origin not in self.request.reception.origins:
            return []
        allowed = [("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true")]
        return [*allowed, ("Vary", "Origin")]


class LingeringChannel(HTTPChannel):  # type: ignore[misc]
    """A connection that takes one request at a time, and reads on for a moment after a refusal.

    Waitress parses all requests that come together, and lets a thread wait until the client has read
    the answers to some of them. Here what follows a request is kept aside until its answer is gone.

    Closing a socket with unread data resets the connection, and a client that is still sending
    then sees a broken connection instead of the reason; so the rest is read and thrown away.
    """

    task_class = UploadTask
    error_task_class = JsonErrorTask
    request: AdmittingParser | None
    requests: list[AdmittingParser]
    sent_continue: bool
    close_when_flushed: bool
    current_outbuf_count: int

    def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, **options: Any) -> None:
        super().__init__(server, sock, addr, adj, **options)
        self._later = b""
        self._has_ended = False
        self._lingers_until_s: float | None = None
        self._lingered_bytes = 0
        if addr[0] != adj.trusted_proxy and self._connections_from(addr[0]) > _CONNECTIONS_PER_ADDRESS:
            self.will_close = True

    def _connections_from(self, address: str) -> int:
        return sum(channel.addr[0] == address for channel in self.server.active_channels.values())

    def handle_write(self) -> None:
        """Send what there is; then close, or linger first."""
        if self.close_when_flushed and not self.total_outbufs_len and self._lingers_until_s is None:
            self._lingers_until_s = time.monotonic() + _LINGER_S
            try:
                self.socket.shutdown(1)
            except OSError:
                self.handle_close()
            return
        if self._lingers_until_s is not None:
            if time.monotonic() > self._lingers_until_s:
                self.handle_close()
            return
        super().handle_write()

    def writable(self) -> bool:
        """Whether something can be done about writing now.

        The thread that answers sends by itself, and leaves to the main loop what the network does
        not take. Waitress also says yes while that thread is at it; its main loop then turns
        without doing anything, and takes the interpreter from the thread for five milliseconds.
        """
        if self._lingers_until_s is not None:
            if time.monotonic() > self._lingers_until_s:
                self.will_close = True
            return bool(self.will_close)
        if self.total_outbufs_len and (not self.requests or self.total_outbufs_len >= self.adj.outbuf_high_watermark):
            return True
        return bool(self.will_close or (self.close_when_flushed and not self.requests))

    def readable(self) -> bool:
        """Whether more is to be read; asked by the main loop each time it turns, which goes on with what waits."""
        if self._lingers_until_s is not None:
            return True
        try:
            self._go_on()
        except Exception:
            # Nobody above catches it, and the main loop serves everybody.
            logger.exception("A connection stumbled and is closed")
            self.will_close = True
        request = self.request
        if request is not None:
            if request.is_waiting:
                return False
            if request.is_late(time.monotonic()):
                self.will_close = True
        return not (self._later or self._has_ended or self.will_close or self.close_when_flushed)

    def received(self, data: bytes) -> bool:
        """Take bytes from the network."""
        with self.requests_lock:
            if self.will_close or self.close_when_flushed:
                return False
            self._take(data)
        return True

    def _go_on(self) -> None:
        """Go on with a request whose sender has been looked at, or with the next one once the last answer is gone."""
        if self.request is not None and self.request.has_outcome():
            with self.requests_lock:
                aside = self.request.go_on()
                self._after_receiving()
                self._take(aside)
        elif (self._later or self._has_ended) and not self.requests and not self.total_outbufs_len:
            later, self._later = self._later, b""
            if later:
                self.received(later)
            else:
                self.will_close = True

    def _take(self, data: bytes) -> None:
        """Give bytes to the request that is being received; the lock is held."""
        while data:
            if self.requests or self.total_outbufs_len:
                self._later += data
                return
            if self.request is None:
                # Line breaks before a request mean nothing, and a parser for each pair would cost a lot.
                data = data.lstrip(b"\r\n")
                if not data:
                    return
                self.request = self.parser_class(self.adj)
            consumed = self.request.received(data)
            self._after_receiving()
            data = data[consumed:]

    def _after_receiving(self) -> None:
        """Ask for the body, have the sender looked at, or have the request answered; the lock is held."""
        request = self.request
        assert request is not None
        if request.is_waiting and not request.is_asked_about:
            request.is_asked_about = True
            self.server.add_task(_Examination(self, request))
        if request.expect_continue and request.headers_finished and not (self.sent_continue or request.completed):
            self.send_continue()
        if request.completed:
            self.sent_continue = False
            self.request = None
            if not request.empty:
                self.requests.append(request)
                self.server.add_task(self)

    def service(self) -> None:
        """Answer the request; called by a thread of the server.

        In contrast to waitress's, it rings for the main loop only when there is something left for the loop
        to do, because the loop listens to the connection all the while.
        """
        [request] = self.requests
        bind_request(request.request_id)
        is_last = True
        try:
            task = (self.error_task_class if request.error else self.task_class)(self, request)
            is_last = not self.connected or self._is_last_after(task)
            request.close()
            self.send_now()
        finally:
            self._conclude(is_last)

    def _conclude(self, is_last: bool) -> None:
        """Be ready for the next request, or to be closed; whatever has happened."""
        with self.requests_lock:
            if self.current_outbuf_count:
                # Has the next answer begin a new buffer, as waitress does, so that this one is let go of.
                self.current_outbuf_count = self.adj.outbuf_high_watermark
            self.requests = []
            self.last_activity = time.time()
            self.close_when_flushed = self.close_when_flushed or is_last
            is_work_left = self.close_when_flushed or self._later or self._has_ended or self.total_outbufs_len
        if is_work_left and self.connected:
            self.server.pull_trigger()

    def _is_last_after(self, task: Any) -> bool:
        """Answer; returns whether the connection is to be closed then."""
        try:
            task.service()
        except ClientDisconnected:
            return True
        except Exception:
            # The application answers its own errors, so this one lies in what is around it.
            logger.exception("A request could not be answered")
            if task.wrote_header or isinstance(task, ErrorTask):
                return True
            task.request.error = RefusedRequest(ServiceError(sentence_of(HTTPStatus.INTERNAL_SERVER_ERROR)))
            return self._is_last_after(self.error_task_class(self, task.request))
        return bool(task.close_on_finish)

    def send_now(self) -> None:
        """Send what the network takes, from the thread that made it; the main loop sees to the rest."""
        with self.outbuf_lock:
            # The main loop may have closed it meanwhile.
            if self.connected and self.total_outbufs_len:
                self._flush_exception(self._flush_some, do_close=False)

    def handle_read(self) -> None:
        """Read; throw away what comes after a refusal."""
        if self._lingers_until_s is not None:
            self._read_into_nothing(self._lingers_until_s)
        elif self.requests or self.total_outbufs_len:
            self._read_ahead()
        else:
            super().handle_read()

    def _read_ahead(self) -> None:
        """Read while a request is being answered or its answer is on its way.

        Who has sent all they want to may still want their answer.
        """
        try:
            data = self.socket.recv(_AHEAD_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self.handle_close()
            return
        if data:
            self.received(data)
        else:
            self._has_ended = True

    def _read_into_nothing(self, until_s: float) -> None:
        try:
            data = self.recv(65536)
        except OSError:
            data = b""
        self._lingered_bytes += len(data)
        if not data or self._lingered_bytes > _LINGER_BYTES or time.monotonic() > until_s:
            self.handle_close()

    def handle_close(self) -> None:
        """Forget what had come of an upload."""
        super().handle_close()
        if self.request is not None:
            self.request.close()
            self.request = None

    def is_idle(self) -> bool:
        """Whether nothing is being received, answered or sent."""
        is_receiving = self.request is not None and self.request.headers_finished
        return not (self.requests or is_receiving or self.total_outbufs_len or self._later)

    def has_stalled(self, now: float) -> bool:
        """Whether nothing has come or gone for a while, though a request is being received."""
        return self.request is not None and now - self.last_activity > _STALLED_S
