"""Waitress, taught to look at a request before it receives the body, and to write uploads straight to their place.

Waitress as it comes spools every body to a temporary file before the application runs, whoever
sends it to whatever address. Here the headers are looked at first; a refused request is answered
without its body, and the file of an upload is written once, to the disk that it stays on.
"""

import io
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

from waitress.parser import HTTPRequestParser
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from clipflow.core.errors import InvalidInputError, ServiceError, TooLargeError
from clipflow.core.storage.local import LocalIncoming
from clipflow.http.responses import sentence_of
from clipflow.http.uploads import FIELD_NAME, ReceivedFile, too_large_sentence
from clipflow.server.admission import Admission, Gatekeeper

logger = logging.getLogger(__name__)

Receive = Callable[[int | None], LocalIncoming]
_HEADER_DEADLINE_S = 15.0
_BODY_DEADLINE_S = 60.0
# What the decoder may hold at once: more than comes from the network in one piece.
_FORM_MEMORY_BYTES = 1024 * 1024
# Of a body in chunks, what says where they begin and end.
_FRAMING_BYTES = 64 * 1024
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
        self.request_id = f"{random.getrandbits(64):016x}"
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
        """Bodies in chunks say their size only as they come; tiny chunks cost more to take apart than they bring."""
        if self.chunked and self.body_rcv is not None:
            framing_bytes = self.body_bytes_received - len(self.body_rcv)
            if framing_bytes > _FRAMING_BYTES + len(self.body_rcv):
                raise InvalidInputError("The chunks of the body are too small; send larger ones.")
        if self._admission is not None and self.body_bytes_received > self._admission.maximum_bytes:
            raise self.reception.gatekeeper.refusal(self.path, self._admission, self.headers)
