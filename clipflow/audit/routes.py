"""The routes of the audit log, for administrators."""

from collections.abc import Iterator
from threading import Semaphore
from typing import Any

from flask import Response, stream_with_context
from flask.views import MethodView

from clipflow.app_context import current_resources
from clipflow.audit import service
from clipflow.audit.models import Wanted
from clipflow.audit.schemas import AuditExportQuerySchema, AuditListSchema, AuditQuerySchema
from clipflow.core.errors import TooManyRequestsError
from clipflow.http.api import Blueprint
from clipflow.http.authentication import administrators_only, signed_in

blp = Blueprint("audit", __name__, description="What was done, by whom, to what and from where.")
_TYPES = {"ndjson": "application/x-ndjson", "csv": "text/csv"}


@blp.route("/admin/audit")
class AuditListViews(MethodView):
    """Events."""

    @signed_in
    @administrators_only
    @blp.arguments(AuditQuerySchema, location="query")
    @blp.response(200, AuditListSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List what was done, newest first."""
        events, cursor = service.list_events(_wanted(query), query["cursor"], query["limit"])
        return {"events": events, "next_cursor": cursor}


@blp.route("/admin/audit/export")
class AuditExportViews(MethodView):
    """Events as a file."""

    @signed_in
    @administrators_only
    @blp.arguments(AuditExportQuerySchema, location="query")
    @blp.response(200, content_type="application/x-ndjson")
    def get(self, query: dict[str, Any]) -> Response:
        """Download what was done, as lines of JSON or as a table."""
        form = query["format"]
        slots = current_resources().audit_slots
        if not slots.acquire(blocking=False):
            raise TooManyRequestsError("The log is being downloaded already; wait until that has ended.")
        lines = stream_with_context(_released(slots, service.export_events(_wanted(query), form)))
        response = Response(lines, mimetype=_TYPES[form])
        response.headers["Content-Disposition"] = f'attachment; filename="audit.{form}"'
        response.headers["Cache-Control"] = "no-store"
        return response


def _released(slots: Semaphore, lines: Iterator[str]) -> Iterator[str]:
    try:
        yield from lines
    finally:
        slots.release()


def _wanted(query: dict[str, Any]) -> Wanted:
    return Wanted(
        actor_id=query.get("actor"), action=query.get("action", ""), target_id=query.get("target"),
        since=query.get("since"), until=query.get("until"),
    )  # fmt: skip
