"""What pages of other sites may ask (Fetch, 3.2: the CORS protocol)."""

from collections.abc import Sequence
from re import Pattern

from flask import Flask, Response, request
from flask_cors import CORS

from clipflow.http.api import API_PREFIX
from clipflow.http.authentication import CSRF_HEADER

_HEADERS = ("Authorization", "Content-Type")
_EXPOSED = [
    "X-Request-ID", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After", "Content-Range",
    "Content-Disposition",
]  # fmt: skip
_KEPT_S = 3600


def set_up_cors(app: Flask, origins: Sequence[str], *, open_to_anybody: Pattern[str]) -> None:
    """Let pages of these origins ask everything, with cookies; all others only POST to some addresses, without."""

    @app.after_request
    def let_anybody(response: Response) -> Response:
        origin = request.headers.get("Origin")
        is_asked = request.method in ("POST", "OPTIONS") and open_to_anybody.fullmatch(request.path)
        if origin is None or origin in origins or not is_asked:
            return response
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = ", ".join(_EXPOSED)
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "POST"
            response.headers["Access-Control-Allow-Headers"] = ", ".join(_HEADERS)
            response.headers["Access-Control-Max-Age"] = str(_KEPT_S)
        return response

    if origins:
        CORS(
            app,
            resources={f"{API_PREFIX}/*": {"origins": list(origins)}},
            supports_credentials=True,
            allow_headers=[*_HEADERS, CSRF_HEADER],
            expose_headers=_EXPOSED,
            max_age=_KEPT_S,
        )
