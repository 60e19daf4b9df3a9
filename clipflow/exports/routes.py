"""The routes of cut lists."""

from typing import Any
from uuid import UUID

from flask import Response, send_file
from flask.views import MethodView

from clipflow.core.computing import Workload
from clipflow.core.principal import Permission, Scope
from clipflow.exports import service
from clipflow.exports.schemas import (
    CutQuerySchema,
    ExportQuerySchema,
    FormatsSchema,
    ProjectExportSchema,
    ReportAnswerSchema,
)
from clipflow.http.api import Blueprint, documents_errors
from clipflow.http.authentication import current_principal, needs, signed_in
from clipflow.http.computing import computed

blp = Blueprint("exports", __name__, description="Cut lists for video editors.")

_FILE = {"schema": {"type": "string", "format": "binary"}}
# The formats that are JSON are objects; what is in one of our own is in docs/exports.md.
_CONTENT = {
    "application/json": {"schema": {"type": "object"}, "example": {"format": "clipflow-cut-list", "version": 1}},
    **dict.fromkeys(("application/xml", "application/zip", "text/csv", "text/plain"), _FILE),
}


@blp.route("/analysis/<uuid:analysis_id>/export")
class ExportViews(MethodView):
    """The cut as a file."""

    @signed_in
    @needs(Permission.EXPORT, Scope.EXPORTS_READ)
    @documents_errors(409)
    @blp.arguments(ExportQuerySchema, location="query")
    @blp.response(200, _FILE["schema"], content_type="text/plain")
    @blp.doc(responses={200: {"content": _CONTENT}})
    def get(self, query: dict[str, Any], analysis_id: UUID) -> Response:
        """Download the cut of a finished analysis in a format that an editor opens."""
        download = computed(Workload.LONG, service.export_cut, current_principal(), analysis_id, query)
        response = send_file(
            download.file,
            mimetype=download.report.mime_type,
            as_attachment=True,
            download_name=download.report.file_name,
            conditional=False,
            etag=False,
        )
        # The next decision makes another file of it.
        response.headers["Cache-Control"] = "no-store"
        return response


def _archive(wanted: dict[str, Any], project_id: UUID | None) -> Response:
    archive = computed(Workload.LONG, service.export_many, current_principal(), project_id, wanted)
    response = send_file(
        archive,
        mimetype="application/zip",
        as_attachment=True,
        download_name="cuts.zip",
        conditional=False,
        etag=False,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@blp.route("/library/export")
class LibraryExportViews(MethodView):
    """The cuts of recordings of several projects in one archive."""

    @signed_in
    @needs(Permission.EXPORT, Scope.EXPORTS_READ)
    @documents_errors(403, 404, 409)
    @blp.arguments(ProjectExportSchema)
    @blp.response(200, _FILE["schema"], content_type="application/zip")
    def post(self, wanted: dict[str, Any]) -> Response:
        """Download the cuts of several recordings, whatever project they are in."""
        return _archive(wanted, None)


@blp.route("/projects/<uuid:project_id>/export")
class ProjectExportViews(MethodView):
    """The cuts of several recordings in one archive."""

    @signed_in
    @needs(Permission.EXPORT, Scope.EXPORTS_READ)
    @documents_errors(409)
    @blp.arguments(ProjectExportSchema)
    @blp.response(200, _FILE["schema"], content_type="application/zip")
    def post(self, wanted: dict[str, Any], project_id: UUID) -> Response:
        """Download the cuts of several recordings, each in a file of its own."""
        return _archive(wanted, project_id)


@blp.route("/analysis/<uuid:analysis_id>/export/formats")
class FormatListViews(MethodView):
    """What a cut can be exported as."""

    @signed_in
    @needs(Permission.EXPORT, Scope.EXPORTS_READ)
    @documents_errors(409)
    @blp.arguments(CutQuerySchema, location="query")
    @blp.response(200, FormatsSchema)
    def get(self, query: dict[str, Any], analysis_id: UUID) -> dict[str, Any]:
        """List the formats, and whether each suits the recording."""
        return {"formats": computed(Workload.LONG, service.describe_formats, current_principal(), analysis_id, query)}


@blp.route("/analysis/<uuid:analysis_id>/export/report")
class ReportViews(MethodView):
    """How a cut comes out in a format."""

    @signed_in
    @needs(Permission.EXPORT, Scope.EXPORTS_READ)
    @documents_errors(409)
    @blp.arguments(ExportQuerySchema, location="query")
    @blp.response(200, ReportAnswerSchema)
    def get(self, query: dict[str, Any], analysis_id: UUID) -> Any:
        """Say how exact the cut comes out in a format, and what to know before it is opened."""
        return computed(Workload.LONG, service.describe_export, current_principal(), analysis_id, query)
