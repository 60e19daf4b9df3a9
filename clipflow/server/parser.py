"""Waitress's parser, which asks about a body as soon as the headers are there."""

import math
import re
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import BadRequest, Error

from clipflow.core.errors import ServiceError, TooManyRequestsError, UnavailableError
from clipflow.core.storage.protocol import no_room
from clipflow.http.admission import Admission, Allowance
from clipflow.http.api import JSON_LIMIT_BYTES
from clipflow.http.rate_limits import plain_addresses
from clipflow.http.responses import bare_refusal

_LENGTH = re.compile(rb"^content-length[ \t]*:", re.IGNORECASE | re.MULTILINE)
_ENCODING = re.compile(rb"^transfer-encoding[ \t]*:", re.IGNORECASE | re.MULTILINE)

# A mebibyte in this time is what the slowest line manages.
_SMALL_BODY_WITHIN_S = 15.0


class Refusal(Error):  # type: ignore[misc]  # noqa: N818  waitress raises none of them
    """A refusal by the server itself, in the one shape of errors."""

    def __init__(self, error: ServiceError | Error) -> None:
        self._error = error if isinstance(error, ServiceError) else None
        self.code = error.status if isinstance(error, ServiceError) else error.code

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Status, headers and body, as waitress asks for them."""
        return f"{self.code} {HTTPStatus(self.code).phrase}", *bare_refusal(self.code, self._error)


class AdmittingParser(HTTPRequestParser):  # type: ignore[misc]
    """A parser of requests that asks about the body as soon as the headers are there.

    ``admission`` is set on a subclass for each server, because waitress makes parsers without arguments of ours.
    """

    admission: Admission
    requests_under_way: Callable[[], Iterable["AdmittingParser"]]
    error: Any
    empty: bool
    owner: str | None = None
    _allowance = Allowance(JSON_LIMIT_BYTES)
    _began_s = math.inf

    @property
    def is_small_body_late(self) -> bool:
        """Whether a small body has been coming for longer than any line needs for it."""
        is_small = self.owner is None and self.content_length <= JSON_LIMIT_BYTES
        return is_small and not self.completed and time.monotonic() - self._began_s > _SMALL_BODY_WITHIN_S

    def parse_header(self, header_plus: bytes) -> None:
        """Read the headers, and find out how large the body may be."""
        super().parse_header(header_plus)
        self._began_s = time.monotonic()
        if "X_FORWARDED_FOR" in self.headers:
            self.headers["X_FORWARDED_FOR"] = plain_addresses(self.headers["X_FORWARDED_FOR"])
        self._allowance = self.admission.allowance(self.command, self.path, self.query, self.headers)
        if _LENGTH.search(header_plus) and _ENCODING.search(header_plus):
            # RFC 9112, 6.1: whoever sends both may be smuggling a request past a proxy.
            raise ParsingError("a body has a length or an encoding, not both")

    def received(self, data: bytes) -> int:
        """Take more bytes and return how many belonged to this request."""
        try:
            consumed: int = super().received(data)
            if self.error is not None and not isinstance(self.error, Refusal):
                self._refuse(self.error)
            size = max(self.content_length, self._body_bytes())
            if self.error is None and size > self._allowance.largest_bytes:
                self._refuse(self.admission.refusal(self.command, self.path, self.query, self.headers))
            if self.error is None and size > JSON_LIMIT_BYTES and self.owner is None:
                self._count_large_body()
            if self.error is None and not self.body_bytes_received:
                self.admission.check_room(self.content_length)
            if self.error is None and size > JSON_LIMIT_BYTES:
                to_come = (max(0, one.content_length - one._body_bytes()) for one in self.requests_under_way())
                self.admission.check_waiting_room(sum(to_come))
        except (UnavailableError, OSError) as error:
            self._refuse(error if isinstance(error, UnavailableError) else no_room())
            return len(data)
        except ValueError:
            # Addresses that Python's own reader of them refuses, such as http://[::1.
            self._refuse(BadRequest(""))
            return len(data)
        if self.completed and not self.empty and consumed < len(data):
            # One request at a time: thousands in one piece, whose answers nobody reads, would hold every thread.
            self.headers["CONNECTION"] = "close"
            return len(data)
        return consumed

    def _count_large_body(self) -> None:
        try:
            owners = [one.owner for one in self.requests_under_way()]
            self.admission.check_large_body(self._allowance, owners)
        except TooManyRequestsError as error:
            self._refuse(error)
        self.owner = self._allowance.owner

    def _body_bytes(self) -> int:
        """What has come of the body, without what says where chunks begin and end."""
        return 0 if self.body_rcv is None else int(self.body_rcv.__len__())

    def _refuse(self, error: ServiceError | Error) -> None:
        self.error = Refusal(error)
        self.completed = True
        # Otherwise waitress asks for the body after all.
        self.expect_continue = False
