"""What every answer has in common: the shape of errors, a request id, security headers, a line in the log."""

import json
import logging
import random
import secrets
import time
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask, Request, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from clipflow.core import logs
from clipflow.core.db import UNREACHABLE, database, unreachable
from clipflow.core.errors import ServiceError
from clipflow.core.origin import bind_origin
from clipflow.http.compression import pack

logger = logging.getLogger(__name__)
access_logger = logging.getLogger("clipflow.access")

_CODES_BY_STATUS = {
    400: "VALIDATION_ERROR",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    413: "FILE_TOO_LARGE",
    415: "UNSUPPORTED_FORMAT",
    429: "RATE_LIMITED",
    502: "EXTERNAL_API_ERROR",
    503: "SERVICE_UNAVAILABLE",
}
_SENTENCES_BY_STATUS = {
    400: "The request cannot be understood; check its syntax.",
    404: "There is nothing at this address; check it.",
    405: "This address does not take that method; see the Allow header.",
    413: "The body is too large for this address.",
    415: "Send the body as application/json.",
    416: "The byte range lies outside the file; ask for one within it.",
    431: "The headers of the request are too large; send less.",
    501: "The request is encoded in a way that is not understood here.",
    429: "You have made too many requests; wait a while and try again.",
}


def _codes_of(kind: type[ServiceError]) -> Iterator[str]:
    yield kind.code
    for one in kind.__subclasses__():
        yield from _codes_of(one)


ERROR_CODES = tuple(dict.fromkeys((*_CODES_BY_STATUS.values(), *_codes_of(ServiceError))))
_INTERNAL_ERROR = "INTERNAL_ERROR"
_UNFORESEEN = "Something unforeseen happened; try again, and quote the request id if it happens again."
# What an answer carries unless its view says otherwise.
USUAL_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-site"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cache-Control", "no-store"),
)
_HTTPS_ONLY = ("Strict-Transport-Security", "max-age=31536000")


def code_of(status: int) -> str:
    """The error code for a status that no service has explained further."""
    return _CODES_BY_STATUS.get(status, "VALIDATION_ERROR" if status < 500 else _INTERNAL_ERROR)  # noqa: PLR2004


def sentence_of(status: int) -> str:
    """The sentence for a status that no service has explained further."""
    return _SENTENCES_BY_STATUS.get(status, _UNFORESEEN)


def error_body(code: str, message: str, details: Mapping[str, Any] | None = None) -> dict[str, object]:
    """The one shape of all errors."""
    error: dict[str, object] = {"code": code, "message": message}
    if details:
        error["details"] = dict(details)
    return {"error": error}


def bare_refusal(status: int, error: ServiceError | None) -> tuple[list[tuple[str, str]], bytes]:
    """Headers and body of a refusal by the server itself, in the same shape; says in the log that it was one."""
    request_id = secrets.token_hex(8)
    access_logger.info("refused by its headers: %d", status, extra={"request_id": request_id, "status": status})
    headers = [("Content-Type", "application/json"), ("X-Request-ID", request_id), *USUAL_HEADERS]
    if error is None:
        return headers, json.dumps(error_body(code_of(status), sentence_of(status))).encode()
    return [*headers, *error.headers.items()], json.dumps(error_body(error.code, str(error))).encode()


def json_response(body: object, status: int = 200) -> Response:
    """A body of plain values as it is, packed where it is long."""
    response = jsonify(body)
    response.status_code = status
    return pack(response)


def set_up_responses(app: Flask, *, is_https: bool) -> None:
    """Give every answer its error shape, request id, security headers and line in the log."""
    app.register_error_handler(ServiceError, _answer_service_error)
    app.register_error_handler(HTTPException, http_exception_response)
    app.register_error_handler(Exception, _answer_unforeseen)
    usual = [*USUAL_HEADERS, *((_HTTPS_ONLY,) if is_https else ())]
    for kind in UNREACHABLE:
        app.register_error_handler(kind, _answer_unreachable)
    app.teardown_request(_give_connection_back)

    @app.before_request
    def begin() -> None:
        g.began_s = time.perf_counter()
        g.request_id = f"{random.getrandbits(64):016x}"
        logs.bind_request(g.request_id)
        bind_origin(request.remote_addr or "", request.headers.get("User-Agent", ""), g.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        headers = response.headers
        own = {name for name, _ in headers}
        headers.extend([("X-Request-ID", g.request_id), *(one for one in usual if one[0] not in own)])
        _log_access(request._get_current_object(), response.status_code)  # type: ignore[attr-defined]
        return response


def http_exception_response(error: HTTPException) -> Response:
    """Answer what Flask and its extensions refuse; keeps the headers of the exception, such as Allow."""
    if error.response is not None and error.code is None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    if status < 400:  # noqa: PLR2004  a redirect is no error
        return error.get_response()  # type: ignore[return-value]
    response = json_response(error_body(code_of(status), sentence_of(status)), status)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _answer_service_error(error: ServiceError) -> Response:
    response = json_response(error_body(error.code, str(error), error.details), error.status)
    response.headers.update(error.headers)
    return response


def _answer_unreachable(error: Exception) -> Response:
    if not database.is_closed():
        database.manual_close()
    return _answer_service_error(unreachable(error))


def _answer_unforeseen(error: Exception) -> Response:
    logger.exception("Unforeseen error in %s %s", request.method, request.path)
    return json_response(error_body(_INTERNAL_ERROR, _UNFORESEEN, {"request_id": g.get("request_id", "")}), 500)


def _give_connection_back(error: BaseException | None) -> None:
    if not database.is_closed():
        database.close()


def _path_without_secret(request: Request) -> str:
    """The path; what stands in the place of a token is left out."""
    token = (request.view_args or {}).get("token")
    return request.path.replace(token, "TOKEN") if isinstance(token, str) and token else request.path


def _log_access(request: Request, status: int) -> None:
    principal = g.get("principal")
    # The path only: a query may carry a signature.
    method, path = request.method, _path_without_secret(request)
    access_logger.info(
        "%s %s %d", method, path, status,
        extra={
            "method": method,
            "path": path,
            "status": status,
            "milliseconds": round((time.perf_counter() - g.began_s) * 1000, 1),
            "address": request.remote_addr,
            "user_id": principal.user_id if principal else None,
        },
    )  # fmt: skip
