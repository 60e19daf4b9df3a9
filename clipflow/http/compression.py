"""Answers packed for who can unpack them: long lists of segments shrink to a tenth, waveforms to half."""

import gzip

from flask import Response, request

# Less than this fits into a few packets anyway.
_SMALLEST_BYTES = 4096
# The quickest: packing happens while someone waits.
_LEVEL = 1


def accepts_packed() -> bool:
    """Whether the answer to this request may be packed with gzip."""
    return request.accept_encodings["gzip"] > 0


def pack(response: Response) -> Response:
    """Pack a long answer where the request allows it."""
    content = response.get_data()
    if len(content) < _SMALLEST_BYTES:
        return response
    response.headers["Vary"] = "Accept-Encoding"
    if accepts_packed():
        response.set_data(gzip.compress(content, compresslevel=_LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
