"""The routes of analyses, and of a project with all that is in it."""

from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView

from clipflow.analysis import review, service
from clipflow.analysis.schemas import (
    AnalysisAnswerSchema,
    AnalysisCreateSchema,
    AnalysisSchema,
    ChangesSchema,
    CorrectedSchema,
    CorrectionsSchema,
    DecidedQuerySchema,
    DecidedSchema,
    DecisionsQuerySchema,
    EstimateQuerySchema,
    EstimateSchema,
    ImportedSchema,
    MatchesSchema,
    ProjectOverviewAnswerSchema,
    RetuneQuerySchema,
    SearchQuerySchema,
    SegmentsSchema,
    SpeakerNamesSchema,
    StartedSchema,
    StatusSchema,
    TranscriptFormSchema,
    TranscriptQuerySchema,
    TranscriptSchema,
    TunedSchema,
    WindowQuerySchema,
)
from clipflow.app_context import current_resources
from clipflow.core.principal import Permission
from clipflow.http.api import Blueprint, MessageSchema, documents_errors
from clipflow.http.authentication import current_principal, needs, signed_in
from clipflow.http.rate_limits import Budget, rate_limit
from clipflow.http.responses import json_response
from clipflow.http.uploads import LARGEST_TRANSCRIPT_BYTES, read_small_form
from clipflow.tuning.schemas import FillerSchema

_BEGUN = {
    "analysis_id": "00000001-0000-4000-8000-000000000000",
    "status": "processing",
    "format": "srt",
    "encoding": "utf-8",
    "language": None,
    "offset_ms": 0,
}

blp = Blueprint("analysis", __name__, description="Find speech and silence, tune, decide.")


@blp.route("/projects/<uuid:project_id>")
class ProjectByIdViews(MethodView):
    """A project with all that is in it."""

    @signed_in
    @needs(Permission.VIEW)
    @blp.response(200, ProjectOverviewAnswerSchema)
    def get(self, project_id: UUID) -> dict[str, Any]:
        """Show a project with its recordings and their analyses, without segments."""
        return {"project": service.get_project_overview(current_principal(), project_id)}


@blp.route("/media/<uuid:media_id>/analyze")
class AnalysisListViews(MethodView):
    """New analyses."""

    @rate_limit(Budget.ANALYSES)
    @signed_in
    @needs(Permission.EDIT)
    @documents_errors(403, 409)
    @blp.arguments(AnalysisCreateSchema, required=False)
    @blp.response(202, StartedSchema)
    def post(self, options: dict[str, Any], media_id: UUID) -> dict[str, Any]:
        """Analyse a recording in the background."""
        analysis = service.start_analysis(current_resources(), current_principal(), media_id, options)
        return {"analysis_id": analysis.id, "status": "processing"}


@blp.route("/analysis/<uuid:analysis_id>")
class AnalysisByIdViews(MethodView):
    """One analysis."""

    @signed_in
    @needs(Permission.VIEW)
    @blp.arguments(DecisionsQuerySchema, location="query")
    @blp.response(200, AnalysisAnswerSchema)
    def get(self, query: dict[str, Any], analysis_id: UUID) -> Response:
        """Show an analysis with its segments."""
        analysis = service.get_analysis(current_principal(), analysis_id, with_decisions=query["decisions"])
        # These are as they are shown already; a schema would look at each of thousands again.
        lists = {name: analysis.pop(name) for name in ("segments", "decisions", "transcription", "has_transcript")}
        return json_response({"analysis_result": {**AnalysisSchema().dump(analysis), **lists}})


@blp.route("/analysis/<uuid:analysis_id>/status")
class StatusViews(MethodView):
    """How far an analysis is."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW)
    @blp.response(200, StatusSchema)
    def get(self, analysis_id: UUID) -> Response:
        """Show status, progress and stage; cheap, made to be asked often."""
        return json_response(service.get_status(current_principal(), analysis_id))


@blp.route("/analysis/<uuid:analysis_id>/segments")
class SegmentViews(MethodView):
    """The segments of an analysis."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW)
    @documents_errors(409)
    @blp.arguments(WindowQuerySchema, location="query")
    @blp.response(200, SegmentsSchema)
    def get(self, query: dict[str, Any], analysis_id: UUID) -> Response:
        """Show the segments that reach into a window of time."""
        return json_response(service.get_segments(current_principal(), analysis_id, **query))

    # One for each key that is pressed in a review.
    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.EDIT)
    @documents_errors(409)
    @blp.arguments(ChangesSchema)
    @blp.arguments(DecidedQuerySchema, location="query")
    @blp.response(200, DecidedSchema)
    def patch(self, changes: dict[str, Any], query: dict[str, Any], analysis_id: UUID) -> Response:
        """Decide what becomes of stretches; refused when somebody else has changed the segments meanwhile."""
        decided = review.decide(current_principal(), analysis_id, **changes, with_segments=query["segments"])
        return json_response(decided)


@blp.route("/analysis/<uuid:analysis_id>/retune")
class RetuneViews(MethodView):
    """Segments under other options."""

    # Many for each slider that is dragged in a review.
    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.EDIT)
    @documents_errors(409)
    @blp.arguments(FillerSchema, required=False)
    @blp.arguments(RetuneQuerySchema, location="query")
    @blp.response(200, TunedSchema)
    def post(self, options: dict[str, Any], query: dict[str, Any], analysis_id: UUID) -> Response:
        """Segment again under other options without decoding; decisions of a person stay."""
        wish = review.Retune(query["save"], query["version"], query["decisions"])
        tuned = review.retune(current_resources(), current_principal(), analysis_id, options, wish)
        return json_response(tuned)


@blp.route("/analysis/<uuid:analysis_id>/cancel")
class CancellationViews(MethodView):
    """The end of an analysis before its time."""

    @signed_in
    @needs(Permission.EDIT)
    @documents_errors(409)
    @blp.response(200, MessageSchema)
    def post(self, analysis_id: UUID) -> dict[str, str]:
        """Cancel an analysis that is waiting or running."""
        service.cancel_analysis(current_principal(), analysis_id)
        return {"message": "The analysis is cancelled."}


@blp.route("/media/<uuid:media_id>/transcript")
class ImportViews(MethodView):
    """Transcripts of other tools."""

    @signed_in
    @needs(Permission.EDIT)
    @documents_errors(400, 409, 413, 415)
    @blp.doc(requestBody={"required": True, "content": {"multipart/form-data": {"schema": TranscriptFormSchema}}})
    @blp.response(200, ImportedSchema)
    @blp.alt_response(202, schema=ImportedSchema, description="An analysis was begun with it.", example=_BEGUN)
    def post(self, media_id: UUID) -> tuple[dict[str, Any], int]:
        """Import a transcript of another tool into the newest analysis of a recording; its format is recognised."""
        resources, principal = current_resources(), current_principal()
        review.check_import_allowed(principal, media_id)
        form = read_small_form(LARGEST_TRANSCRIPT_BYTES)
        wanted = review.TranscriptImport(
            form.content,
            form.field("language", 20),
            form.field("encoding", 40),
            review.read_offset(form.field("offset_ms", 12)),
        )
        imported = review.import_transcript(resources, principal, media_id, wanted)
        return imported, 200 if imported["status"] == "completed" else 202


@blp.route("/media/<uuid:media_id>/transcript/estimate")
class EstimateViews(MethodView):
    """The price of a transcription before it begins."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.EDIT)
    @documents_errors(403)
    @blp.arguments(EstimateQuerySchema, location="query")
    @blp.response(200, EstimateSchema)
    def get(self, query: dict[str, Any], media_id: UUID) -> dict[str, Any]:
        """Say how many minutes a transcription would send, and what they cost."""
        return review.estimate_transcription(current_resources(), current_principal(), media_id, query)


@blp.route("/analysis/<uuid:analysis_id>/transcript")
class TranscriptViews(MethodView):
    """What is said in a recording."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW)
    @documents_errors(409)
    @blp.arguments(TranscriptQuerySchema, location="query")
    @blp.response(200, TranscriptSchema)
    def get(self, query: dict[str, Any], analysis_id: UUID) -> Response:
        """Show the words that reach into a window of time."""
        return json_response(review.get_transcript(current_principal(), analysis_id, **query))

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.EDIT)
    @documents_errors(409)
    @blp.arguments(CorrectionsSchema)
    @blp.response(200, CorrectedSchema)
    def patch(self, corrections: dict[str, Any], analysis_id: UUID) -> Response:
        """Correct words; refused when somebody else has changed the analysis meanwhile."""
        return json_response(
            review.correct_transcript(current_resources(), current_principal(), analysis_id, **corrections)
        )


@blp.route("/analysis/<uuid:analysis_id>/transcript/speakers")
class SpeakerViews(MethodView):
    """Who speaks in a recording."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.EDIT)
    @documents_errors(409)
    @blp.arguments(SpeakerNamesSchema)
    @blp.response(200, CorrectedSchema)
    def patch(self, names: dict[str, Any], analysis_id: UUID) -> Response:
        """Give speakers other names in the whole transcript."""
        return json_response(review.rename_speakers(current_resources(), current_principal(), analysis_id, **names))


@blp.route("/analysis/<uuid:analysis_id>/transcript/search")
class SearchViews(MethodView):
    """Looking for what is said."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW)
    @documents_errors(409)
    @blp.arguments(SearchQuerySchema, location="query")
    @blp.response(200, MatchesSchema)
    def get(self, query: dict[str, Any], analysis_id: UUID) -> Response:
        """Find where something is said, whatever its case and punctuation."""
        return json_response(review.search_transcript(current_principal(), analysis_id, **query))
