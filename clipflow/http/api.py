"""The base of the API: one error shape, one way to read input, the OpenAPI description and its pages."""

import http
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import flask_smorest
import marshmallow as ma
import orjson
from flask import Flask, Response
from marshmallow import fields, validate
from webargs import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException

from clipflow.core import errors
from clipflow.core.principal import Permission
from clipflow.http.authentication import ACCESS_COOKIE, CSRF_HEADER
from clipflow.http.fields import check_shape, details_of
from clipflow.http.responses import ERROR_CODES, code_of, http_exception_response, sentence_of

API_PREFIX = "/api/v1"
JSON_LIMIT_BYTES = 1024**2
View = TypeVar("View", bound=Callable[..., Any])

_MEANINGS = {
    400: "A field, the query or the syntax is wrong; `details` names each field.",
    401: "No token, or one that is bad, expired or revoked; wrong credentials; missing CSRF header.",
    403: "Signed in, but not allowed.",
    404: "No such thing, or one that belongs to someone else.",
    409: "It clashes with what is there already, or comes too early or too late.",
    413: "The body is larger than what is taken here.",
    415: "Extension, media type or content is not what is accepted.",
    416: "The byte range is outside the file.",
    429: "A budget is used up; see Retry-After.",
    500: "Something unforeseen happened; quote the request id.",
    503: "Database, queue or disk space is missing at the moment.",
}


class Schema(ma.Schema):
    """Base of all bodies and queries: unknown fields are refused, fields keep their order."""

    class Meta:
        """What is not declared is an error."""

        unknown = ma.RAISE


class ErrorBodySchema(Schema):
    """What went wrong."""

    code = fields.String(
        required=True,
        validate=validate.OneOf([*ERROR_CODES]),
        metadata={"description": "Stable, for programs.", "example": "VALIDATION_ERROR"},
    )  # fmt: skip
    message = fields.String(required=True, metadata={"description": "One sentence for people."})
    details = fields.Dict(
        keys=fields.String(),
        metadata={"description": "What is wrong with which field; or figures, where the code says of what."},
    )


class ErrorSchema(Schema):
    """The one shape of all errors."""

    error = fields.Nested(ErrorBodySchema, required=True)


class MessageSchema(Schema):
    """A sentence that says what was done."""

    message = fields.String(required=True)


class QuerySchema(ma.Schema):
    """Base of all queries: what is not declared is left alone."""

    class Meta:
        """A query may carry more than we know."""

        unknown = ma.EXCLUDE


class PageQuerySchema(QuerySchema):
    """Which part of a list is wanted."""

    page = fields.Integer(load_default=1, validate=validate.Range(1, 1_000_000))
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))


class PageSchema(Schema):
    """Which part of a list this is."""

    page = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    total = fields.Integer(required=True)
    pages = fields.Integer(required=True)


def page_of(page: int, limit: int, total: int) -> dict[str, int]:
    """The ``pagination`` of a list."""
    return {"page": page, "limit": limit, "total": total, "pages": -(-total // limit)}


class _Parser(FlaskParser):
    """Reads input strictly: JSON only as JSON, one sentence for each wrong field, status 400."""

    DEFAULT_VALIDATION_STATUS = 400
    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "json": None,
        "query": ma.EXCLUDE,
    }

    def load_json(self, req: Any, schema: Any) -> Any:
        if (req.content_length or 0) > JSON_LIMIT_BYTES:
            raise errors.TooLargeError("A JSON body may have 1 MiB at most; send less.")
        if req.content_length and not req.is_json:
            raise errors.UnsupportedFormatError("Send the body as application/json.")
        if req.method == "PATCH" and not req.content_length:
            raise errors.InvalidInputError("Send what is to be changed as a JSON body.")
        return super().load_json(req, schema)

    def _raw_load_json(self, req: Any) -> Any:
        if not req.is_json:
            return missing
        try:
            # Stricter than the standard library, which takes NaN and gives up on a deep nesting with a crash.
            body = orjson.loads(req.get_data(cache=True))
        except ValueError as error:
            raise errors.InvalidInputError("The body is no valid JSON; check its syntax.") from error
        check_shape(body)
        return body

    def handle_error(self, error: ma.ValidationError, *args: Any, **kwargs: Any) -> Any:
        details = details_of(list(error.messages_dict.values()))
        named = ", ".join(sorted(details)) or "the body"
        raise errors.InvalidInputError(f"Some of the input is wrong: {named}; see the details.", details) from error


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A blueprint whose every route documents the errors that it can answer with."""

    ARGUMENTS_PARSER = _Parser()

    def __init__(self, name: str, import_name: str, *, description: str, url_prefix: str = API_PREFIX) -> None:
        super().__init__(name, import_name, url_prefix=url_prefix, description=description)
        self._prepare_doc_cbks.append(_document_errors)

    def arguments(self, schema: type[ma.Schema], **options: Any) -> Any:
        """Read input with one instance of a schema; given a class, a new one would be made for each request."""
        return super().arguments(schema(), **options)

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, *args: Any, **options: Any
    ) -> None:
        """Register a route and remember whether it names something that may be missing."""
        known = set(self._docs)
        super().add_url_rule(rule, endpoint, view_func, *args, **options)
        for name in set(self._docs) - known:
            for doc in self._docs[name].values():
                if isinstance(doc, dict):
                    doc["names_something"] = "<" in rule


def documents_errors(*statuses: int) -> Callable[[View], View]:
    """Document further statuses that a view answers with besides those that follow from what it takes."""

    def decorate(view: View) -> View:
        view._apidoc = {**getattr(view, "_apidoc", {}), "documented_errors": statuses}  # type: ignore[attr-defined]
        return view

    return decorate


def _document_errors(doc: dict[str, Any], doc_info: Any, *, method: str, **kwargs: Any) -> dict[str, Any]:
    """Add the error responses and the security that follow from what a route takes."""
    responses = doc.setdefault("responses", {})
    statuses = {429, 500, 503, *doc_info.get("documented_errors", ())}
    if method in ("post", "put", "patch", "delete"):
        # A body that is too large is turned away wherever it is sent.
        statuses.add(413)
    if doc_info.get("names_something"):
        statuses.add(404)
    if doc_info.get("arguments"):
        statuses.add(400)
    if "requestBody" in doc or "requestBody" in doc_info.get("manual_doc", {}):
        statuses |= {400, 413, 415}
    if _may_be_forbidden(doc_info):
        statuses.add(403)
    if doc_info.get("needs_sign_in"):
        statuses.add(401)
        doc["security"] = [{"bearer": []}, {"cookie": []}]
    for unused in ("default", "422", 422):
        responses.pop(unused, None)
    described = {str(status) for status in responses}
    for status in sorted(statuses):
        if str(status) not in described:
            responses[str(status)] = http.HTTPStatus(status).name
    return doc


def _may_be_forbidden(doc_info: Any) -> bool:
    is_guarded = doc_info.get("is_for_administrators") or doc_info.get("needs_reauthentication")
    return bool(is_guarded or doc_info.get("permission") not in (None, Permission.VIEW))


class Api(flask_smorest.Api):  # type: ignore[misc]
    """The OpenAPI description with our error shape."""

    ERROR_SCHEMA = ErrorSchema

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer in the one shape; keeps the headers of the exception, such as Allow."""
        return http_exception_response(error)

    def _register_responses(self) -> None:
        headers = {
            "X-Request-ID": {"schema": {"type": "string"}, "description": "Also in the server's log."},
        }
        for status, meaning in _MEANINGS.items():
            example = {"error": {"code": code_of(status), "message": sentence_of(status)}}
            content = {"application/json": {"schema": ErrorSchema, "example": example}}
            response = {"description": meaning, "content": content, "headers": headers}
            self.spec.components.response(http.HTTPStatus(status).name, response, lazy=True)


def add_examples(api: Api, examples: Mapping[str, Any]) -> None:
    """Show real answers in the description; by method and rule, such as "GET /api/v1/projects", then by status."""
    for route, answers in examples.items():
        method, rule = route.split(" ", 1)
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)
        operation = api.spec._paths.get(path, {}).get(method.lower())
        for status, answer in answers.items():
            response = operation["responses"].get(status) if operation else None
            if response is not None:
                response["content"]["application/json"]["example"] = answer


def create_api(app: Flask, title: str, version: str) -> Api:
    """The API's description at /api/openapi.json, to which the domains add their blueprints."""
    app.config.update(
        API_TITLE=title,
        API_VERSION=version,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = Api(app)
    api.spec.components.security_scheme(
        "bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The access token."}
    )
    api.spec.components.security_scheme(
        "cookie",
        {
            "type": "apiKey", "in": "cookie", "name": ACCESS_COOKIE,
            "description": f"For browsers; every unsafe method also needs the {CSRF_HEADER} header.",
        },
    )  # fmt: skip
    return api
