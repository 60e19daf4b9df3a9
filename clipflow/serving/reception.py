"""Waitress, taught to look at a request before it receives the body, and to write uploads straight to their place.

Waitress as it comes spools every body to a temporary file before the application runs, whoever
sends it to whatever address. Here the headers are looked at first; a refused request is answered
without its body, and the file of an upload is written once, to the disk that it stays on.
"""

import io
import json
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask, WSGITask
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from clipflow.core.answers import code_of, error_body, sentence_of
from clipflow.core.errors import InvalidInputError, ServiceError, TooLargeError
from clipflow.core.storage import LocalIncoming
from clipflow.core.uploads import ENVIRON_NAME, FIELD_NAME, ReceivedFile, too_large_sentence
from clipflow.serving.admission import Admission, Gatekeeper

logger = logging.getLogger("clipflow.access")

Receive = Callable[[int | None], LocalIncoming]
_LINGER_S = 2.0
_LINGER_BYTES = 8 * 1024 * 1024
_HEADER_DEADLINE_S = 15.0
_BODY_DEADLINE_S = 60.0
_STALLED_S = 4.0
_CONNECTIONS_PER_ADDRESS = 250
# What the decoder may hold at once: more than comes from the network in one piece.
_FORM_MEMORY_BYTES = 1024 * 1024
_MALFORMED = "The upload is malformed; send the recording as multipart/form-data, in the field file."
_NO_FILE = "Send exactly one file, in the field file."


class RefusedRequest:
    """A refusal in the shape that waitress's error task asks for."""

    def __init__(self, error: ServiceError) -> None:
        self.error = error


class _Sink:
    """What waitress's receivers ask of the buffer that a body goes to."""

    def __init__(self, incoming: LocalIncoming) -> None:
        self._incoming = incoming

    def close(self) -> None:
        """Forget what has come, unless somebody has kept it."""
        self._incoming.discard()

    def getfile(self) -> io.BytesIO:
        """The application finds no body: the upload is handed to it beside."""
        return io.BytesIO()

    def getbuf(self) -> Self:
        """Itself."""
        return self

    def __len__(self) -> int:
        return self._incoming.size_bytes


class RawSink(_Sink):
    """Receives the bytes of an announced upload."""

    def append(self, data: bytes) -> None:
        """Take more of the body."""
        self._incoming.write(data)

    def finish(self) -> ReceivedFile:
        """The upload, whole."""
        return ReceivedFile(self._incoming, "", "")


class FormSink(_Sink):
    """Receives a multipart body: the one file goes to its place on disk, anything else is refused."""

    def __init__(self, incoming: LocalIncoming, content_type: str, maximum_bytes: int) -> None:
        boundary = parse_options_header(content_type)[1].get("boundary", "")
        if not boundary or not boundary.isascii():
            raise InvalidInputError(_MALFORMED)
        super().__init__(incoming)
        self._maximum_bytes = maximum_bytes
        self._decoder = MultipartDecoder(boundary.encode("latin-1"), _FORM_MEMORY_BYTES, max_parts=20)
        self._file: ReceivedFile | None = None
        self._is_in_file = False

    def append(self, data: bytes) -> None:
        """Take more of the body; raises InvalidInputError or TooLargeError."""
        self._decode(data)

    def finish(self) -> ReceivedFile:
        """The upload, whole; raises InvalidInputError when it is not."""
        self._decode(None)
        if self._file is None or not self._file.filename:
            raise InvalidInputError(_NO_FILE, {FIELD_NAME: "Exactly one file is needed."})
        return self._file

    def _decode(self, data: bytes | None) -> None:
        try:
            self._decoder.receive_data(data)
            while not isinstance(event := self._decoder.next_event(), (NeedData, Epilogue)):
                self._take(event)
        except (ValueError, HTTPException) as error:
            raise InvalidInputError(_MALFORMED) from error

    def _take(self, event: object) -> None:
        if isinstance(event, File):
            if event.name != FIELD_NAME or self._file is not None:
                raise InvalidInputError(_NO_FILE, {FIELD_NAME: "Exactly one file is needed."})
            self._file = ReceivedFile(self._incoming, event.filename, event.headers.get("Content-Type", ""))
            self._is_in_file = True
        elif isinstance(event, Field):
            self._is_in_file = False
        elif isinstance(event, Data) and self._is_in_file:
            if self._incoming.size_bytes + len(event.data) > self._maximum_bytes:
                raise TooLargeError(too_large_sentence(self._maximum_bytes))
            self._incoming.write(event.data)


@dataclass(frozen=True, slots=True)
class Reception:
    """What a parser needs to know to receive a body."""

    gatekeeper: Gatekeeper
    receive: Receive
    maximum_file_bytes: int
    origins: tuple[str, ...]

    def sink_for(self, admission: Admission, content_type: str, length: int | None) -> "RawSink | FormSink":
        """Where the bytes of an upload go."""
        incoming = self.receive(length)
        try:
            if admission.upload_kind == "raw":
                return RawSink(incoming)
            return FormSink(incoming, content_type, self.maximum_file_bytes)
        except BaseException:
            incoming.discard()
            raise


class AdmittingParser(HTTPRequestParser):  # type: ignore[misc]
    """A parser of requests that asks the gatekeeper as soon as the headers are there.

    While the sender of a large form is looked at closely, which takes the database, the parser waits:
    what has come already is kept aside, and nothing more is read.
    """

    # Set on a subclass for each server, because waitress makes parsers without arguments of ours.
    reception: Reception
    error: Any
    empty: bool

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.request_id = secrets.token_hex(8)
        self.began_s = time.monotonic()
        self.upload: ReceivedFile | None = None
        self.is_waiting = False
        self.is_asked_about = False
        self._outcome: RawSink | FormSink | Exception | None = None
        self._is_closed = False
        self._aside = b""
        self._wants_continue = False
        self._admission: Admission | None = None
        self._sink: RawSink | FormSink | None = None

    def received(self, data: bytes) -> int:
        """Take more bytes and return how many belonged to this request."""
        if self.is_waiting:
            self._aside += data
            return len(data)
        try:
            consumed = int(super().received(data))
            if self.headers_finished and self._admission is None:
                self._admit()
            self._check_size()
            if self.completed and self._sink is not None and self.error is None:
                self.upload = self._sink.finish()
        except Exception as error:
            self.refuse(error)
            return len(data)
        return consumed

    def examine(self) -> None:
        """Look closely at the sender and open the place for the upload; in a thread of the server."""
        try:
            self.reception.gatekeeper.examine(self.path, self.headers)
            assert self._admission is not None
            content_type = self.headers.get("CONTENT_TYPE", "")
            self._outcome = self.reception.sink_for(self._admission, content_type, self._length())
        except Exception as error:
            self._outcome = error
        if self._is_closed:
            self._discard_outcome()

    def has_outcome(self) -> bool:
        """Whether the sender has been looked at and the parser only has to go on."""
        return self.is_waiting and self._outcome is not None

    def go_on(self) -> bytes:
        """Stop waiting; returns what has come meanwhile and is now to be received."""
        outcome, self._outcome = self._outcome, None
        if isinstance(outcome, Exception):
            self.refuse(outcome)
            return b""
        assert outcome is not None
        self._use(outcome)
        self.is_waiting = False
        self.expect_continue = self._wants_continue
        aside, self._aside = self._aside, b""
        return aside

    def close(self) -> None:
        """Forget what has come, also what a thread is still opening a place for."""
        super().close()
        self._is_closed = True
        self._discard_outcome()

    def is_late(self, now_s: float) -> bool:
        """Whether the head, or a body that is no upload, takes longer to come than anybody needs."""
        if self._sink is not None or self.is_waiting:
            return False
        deadline_s = _BODY_DEADLINE_S if self.headers_finished else _HEADER_DEADLINE_S
        return now_s - self.began_s > deadline_s

    def _discard_outcome(self) -> None:
        if isinstance(self._outcome, _Sink):
            self._outcome.close()

    def refuse(self, error: Exception) -> None:
        """Answer with this error instead of receiving the body."""
        if not isinstance(error, ServiceError):
            # Whatever it is, the person gets an answer and the loop goes on for everybody else.
            logger.error("A request could not be received", exc_info=error)
            error = ServiceError(sentence_of(HTTPStatus.INTERNAL_SERVER_ERROR))
        if self._sink is not None:
            self._sink.close()
        self.error = RefusedRequest(error)
        self.is_waiting = False
        self.completed = True
        # Otherwise waitress asks for the body after all.
        self.expect_continue = False

    def _admit(self) -> None:
        if self.error is not None or self.empty:
            return
        length = self._length()
        gatekeeper = self.reception.gatekeeper
        self._admission = gatekeeper.admit(self.command, self.path, self.query, self.headers, length)
        if self._admission.upload_kind is None or self.body_rcv is None:
            return
        if self._admission.needs_examination(length):
            self.is_waiting = True
            self._wants_continue, self.expect_continue = self.expect_continue, False
        else:
            self._use(self.reception.sink_for(self._admission, self.headers.get("CONTENT_TYPE", ""), length))

    def _use(self, sink: "RawSink | FormSink") -> None:
        self._sink = sink
        self.body_rcv.buf = sink

    def _length(self) -> int | None:
        """The announced length of the body; None when it comes in chunks."""
        return None if self.chunked else int(self.content_length)

    def _check_size(self) -> None:
        """Bodies in chunks say their size only as they come."""
        if self._admission is not None and self.body_bytes_received > self._admission.maximum_bytes:
            raise self.reception.gatekeeper.refusal(self.path, self._admission, self.headers)


class _Examination:
    """Looks closely at the sender of a large form, in a thread of the server; the main loop then goes on."""

    def __init__(self, channel: "LingeringChannel", request: AdmittingParser) -> None:
        self._channel = channel
        self._request = request

    def service(self) -> None:
        """Called by the server's thread."""
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
        logger.info("turned away", extra={**told, "address": self.channel.addr[0]})

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

    sent_continue: bool

    def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, **options: Any) -> None:
        super().__init__(server, sock, addr, adj, **options)
        self._later = b""
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
        return not self._later and bool(super().readable())

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
        elif self._later and not self.requests and not self.total_outbufs_len:
            later, self._later = self._later, b""
            self.received(later)

    def _take(self, data: bytes) -> None:
        """Give bytes to the request that is being received; the lock is held."""
        while data:
            if self.requests:
                self._later += data
                return
            if self.request is None:
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
        if request.expect_continue and request.headers_finished and not self.sent_continue:
            self.send_continue()
        if request.completed:
            self.sent_continue = False
            self.request = None
            if not request.empty:
                self.requests.append(request)
                self.server.add_task(self)

    def handle_read(self) -> None:
        """Read, and throw away what comes after a refusal."""
        if self._lingers_until_s is None:
            super().handle_read()
            return
        try:
            data = self.recv(65536)
        except OSError:
            data = b""
        self._lingered_bytes += len(data)
        if not data or self._lingered_bytes > _LINGER_BYTES or time.monotonic() > self._lingers_until_s:
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
