"""The routes of transcripts."""

from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView

from clipflow.app_context import current_resources
from clipflow.core.computing import Workload
from clipflow.core.principal import Permission, Scope
from clipflow.http.api import Blueprint, documents_errors
from clipflow.http.authentication import current_principal, needs, signed_in
from clipflow.http.computing import computed, computed_json
from clipflow.http.rate_limits import Budget, rate_limit
from clipflow.http.uploads import read_small_form
from clipflow.transcripts import importing, service
from clipflow.transcripts.schemas import (
    CorrectedSchema,
    CorrectionsSchema,
    EstimateQuerySchema,
    EstimateSchema,
    ImportedSchema,
    MatchesSchema,
    SearchQuerySchema,
    SpeakerNamesSchema,
    TranscriptFormSchema,
    TranscriptQuerySchema,
    TranscriptSchema,
)

_BEGUN = {
    "analysis_id": "00000001-0000-4000-8000-000000000000",
    "status": "processing",
    "format": "srt",
    "encoding": "utf-8",
    "language": None,
    "offset_ms": 0,
}

blp = Blueprint("transcripts", __name__, description="What is said: import, read, search, correct.")


@blp.route("/media/<uuid:media_id>/transcript")
class ImportViews(MethodView):
    """Transcripts of other tools."""

    @signed_in
    @needs(Permission.EDIT, Scope.MEDIA_UPLOAD)
    @documents_errors(400, 409, 413, 415)
    @blp.doc(requestBody={"required": True, "content": {"multipart/form-data": {"schema": TranscriptFormSchema}}})
    @blp.response(200, ImportedSchema)
    @blp.alt_response(202, schema=ImportedSchema, description="An analysis was begun with it.", example=_BEGUN)
    def post(self, media_id: UUID) -> tuple[dict[str, Any], int]:
        """Import a transcript of another tool into the newest analysis of a recording; its format is recognised."""
        resources, principal = current_resources(), current_principal()
        importing.check_import_allowed(principal, media_id)
        form = read_small_form(service.LARGEST_BYTES)
        wanted = importing.TranscriptImport(
            form.content,
            form.field("language", 20),
            form.field("encoding", 40),
            importing.read_offset(form.field("offset_ms", 12)),
        )
        imported = computed(Workload.LONG, importing.import_transcript, resources, principal, media_id, wanted)
        return imported, 200 if imported["status"] == "completed" else 202


@blp.route("/media/<uuid:media_id>/transcript/estimate")
class EstimateViews(MethodView):
    """The price of a transcription before it begins."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.EDIT, Scope.MEDIA_UPLOAD)
    @documents_errors(403)
    @blp.arguments(EstimateQuerySchema, location="query")
    @blp.response(200, EstimateSchema)
    def get(self, query: dict[str, Any], media_id: UUID) -> dict[str, Any]:
        """Say how many minutes a transcription would send, and what they cost."""
        return service.estimate_transcription(current_resources(), current_principal(), media_id, query)


@blp.route("/analysis/<uuid:analysis_id>/transcript")
class TranscriptViews(MethodView):
    """What is said in a recording."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW, Scope.REVIEWS_READ)
    @documents_errors(409)
    @blp.arguments(TranscriptQuerySchema, location="query")
    @blp.response(200, TranscriptSchema)
    def get(self, query: dict[str, Any], analysis_id: UUID) -> Response:
        """Show the words that reach into a window of time."""
        return computed_json(Workload.SHORT, service.get_transcript, current_principal(), analysis_id, **query)

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.EDIT, Scope.REVIEWS_WRITE)
    @documents_errors(409)
    @blp.arguments(CorrectionsSchema)
    @blp.response(200, CorrectedSchema)
    def patch(self, corrections: dict[str, Any], analysis_id: UUID) -> Response:
        """Correct words; refused when someone else has changed the analysis meanwhile."""
        return computed_json(
            Workload.LONG,
            service.correct_transcript,
            current_resources(),
            current_principal(),
            analysis_id,
            **corrections,
        )


@blp.route("/analysis/<uuid:analysis_id>/transcript/speakers")
class SpeakerViews(MethodView):
    """Who speaks in a recording."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.EDIT, Scope.REVIEWS_WRITE)
    @documents_errors(409)
    @blp.arguments(SpeakerNamesSchema)
    @blp.response(200, CorrectedSchema)
    def patch(self, names: dict[str, Any], analysis_id: UUID) -> Response:
        """Give speakers other names in the whole transcript."""
        return computed_json(
            Workload.LONG, service.rename_speakers, current_resources(), current_principal(), analysis_id, **names
        )


@blp.route("/analysis/<uuid:analysis_id>/transcript/search")
class SearchViews(MethodView):
    """Looking for what is said."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW, Scope.REVIEWS_READ)
    @documents_errors(409)
    @blp.arguments(SearchQuerySchema, location="query")
    @blp.response(200, MatchesSchema)
    def get(self, query: dict[str, Any], analysis_id: UUID) -> Response:
        """Find where something is said, whatever its case and punctuation."""
        return computed_json(Workload.SHORT, service.search_transcript, current_principal(), analysis_id, **query)
