"""Answers with a file or a byte range of it, without holding a thread while a slow viewer reads."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from urllib.parse import quote

from flask import Response, request
from werkzeug.http import is_resource_modified, parse_date

from clipflow.core.errors import NotAllowedError
from clipflow.http.responses import code_of, error_body, json_response, sentence_of

_PIECE_BYTES = 256 * 1024
# Browsers were tried: they play and seek as usual when they get less than they have asked for.
_REMOTE_PIECE_BYTES = 4 * 1024**2


OpenRange = Callable[[int, int], BinaryIO]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What an answer says of a file; ``etag`` changes with its content."""

    size: int
    filename: str
    mime_type: str
    etag: str
    modified_at: datetime


def file_response(
    open_range: OpenRange, facts: FileFacts, *, most_bytes: int | None = None, is_remote: bool = False
) -> Response:
    """A file for a player: whole, one byte range of it, or nothing when the viewer has it already.

    ``open_range`` opens the file from one byte up to another; it is called only where bytes are sent.
    ``most_bytes`` are answered at once where somebody's right to see it may end at any moment; players ask on.
    The server sends the file from its main loop once it is handed over as the bare wrapper, sought and
    with its length set; anything wrapped around it would hold a thread for each viewer. A file that ``is_remote``
    would hold up the main loop itself: of a range of it a piece comes at once, and players ask on.
    """
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{facts.etag}"',
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(facts.filename, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if not is_resource_modified(request.environ, etag=facts.etag, last_modified=facts.modified_at):
        return Response(status=304, headers=headers)
    size, wanted = facts.size, _wanted_range(facts)
    if wanted == (0, 0) and size:
        return _out_of_range(size)
    start, end = wanted or (0, size)
    if is_remote and wanted is not None:
        end = min(end, start + _REMOTE_PIECE_BYTES)
        wanted = start, end
    if most_bytes is not None and end - start > most_bytes:
        if wanted is None:
            raise NotAllowedError("This recording is for playing: ask for byte ranges of it, as players do.")
        end = start + most_bytes
        wanted = start, end
    if request.method == "HEAD":
        # The server would send the file after all.
        body: Iterable[bytes] = ()
    elif is_remote:
        body = _remote_body(open_range(start, end), end - start, is_piece=wanted is not None)
    else:
        body = _body(open_range(start, end), end - start)
    response = Response(
        body, status=200 if wanted is None else 206, headers=headers,
        mimetype=facts.mime_type, direct_passthrough=True,
    )  # fmt: skip
    response.content_length = end - start
    response.last_modified = facts.modified_at
    if wanted is not None:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return response


def _body(file: BinaryIO, length: int) -> Iterable[bytes]:
    wrapper = request.environ.get("wsgi.file_wrapper")
    if wrapper is not None:
        # Waitress sends as much of it as Content-Length says.
        wrapped: Iterable[bytes] = wrapper(file)
        return wrapped
    return _pieces(file, length)


def _remote_body(file: BinaryIO, length: int, *, is_piece: bool) -> Iterable[bytes]:
    if not is_piece:
        return _pieces(file, length)
    with file:
        return (file.read(length),)


def _pieces(file: BinaryIO, length: int) -> Iterator[bytes]:
    with file:
        while length > 0 and (piece := file.read(min(length, _PIECE_BYTES))):
            length -= len(piece)
            yield piece


def _wanted_range(facts: FileFacts) -> tuple[int, int] | None:
    """Start and end of the one byte range that is asked for; None is the whole file, (0, 0) is outside it."""
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return None
    if not _is_still(request.headers.get("If-Range"), facts):
        return None
    size, (start, _) = facts.size, asked.ranges[0]
    if 0 < size < -start:
        # The last bytes of a file, and more of them than it has, are all of it (RFC 9110, 14.1.2).
        return 0, size
    found = asked.range_for_length(size)
    return (0, 0) if found is None else found


def _is_still(condition: str | None, facts: FileFacts) -> bool:
    """Whether a file is the one that If-Range names: by exactly its tag or its date (RFC 9110, 13.1.5)."""
    if condition is None:
        return True
    date = parse_date(condition)
    return condition.strip() == f'"{facts.etag}"' or date == facts.modified_at.replace(microsecond=0)


def _out_of_range(size: int) -> Response:
    body = error_body(code_of(416), sentence_of(416))
    response = json_response(body, 416)
    response.headers["Content-Range"] = f"bytes */{size}"
    return response
