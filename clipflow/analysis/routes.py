"""The routes of analyses."""

from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView

from clipflow.analysis import service
from clipflow.analysis.schemas import (
    AnalysisCreateSchema,
    MoveSchema,
    ProjectProgressSchema,
    ReviewedSchema,
    StartedSchema,
    StatusSchema,
)
from clipflow.app_context import current_resources
from clipflow.core.principal import Permission, Scope
from clipflow.http.api import Blueprint, MessageSchema, documents_errors
from clipflow.http.authentication import current_principal, needs, signed_in
from clipflow.http.rate_limits import Budget, rate_limit
from clipflow.http.responses import json_response

blp = Blueprint("analysis", __name__, description="Find speech and silence in a recording.")


@blp.route("/media/<uuid:media_id>/analyze")
class AnalysisListViews(MethodView):
    """New analyses."""

    @rate_limit(Budget.ANALYSES)
    @signed_in
    @needs(Permission.EDIT, Scope.MEDIA_UPLOAD)
    @documents_errors(403, 409)
    @blp.arguments(AnalysisCreateSchema, required=False)
    @blp.response(202, StartedSchema)
    def post(self, options: dict[str, Any], media_id: UUID) -> dict[str, Any]:
        """Analyse a recording in the background."""
        analysis = service.start_analysis(current_resources(), current_principal(), media_id, options)
        return {"analysis_id": analysis.id, "status": "processing"}


@blp.route("/media/<uuid:media_id>/project")
class RecordingProjectViews(MethodView):
    """The project that a recording is in."""

    @signed_in
    @needs(Permission.MANAGE, Scope.PROJECTS_WRITE)
    @blp.arguments(MoveSchema)
    @blp.response(200, MessageSchema)
    def put(self, target: dict[str, Any], media_id: UUID) -> dict[str, str]:
        """Put a recording with its analyses into another project."""
        service.move_recording(current_resources(), current_principal(), media_id, target["project_id"])
        return {"message": "The recording is in the other project now."}


@blp.route("/projects/<uuid:project_id>/progress")
class ProjectProgressViews(MethodView):
    """How far everything in a project is."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW, Scope.PROJECTS_READ)
    @blp.response(200, ProjectProgressSchema)
    def get(self, project_id: UUID) -> dict[str, Any]:
        """Show what is being checked and analysed; one answer for all recordings, made to be asked often."""
        return {"recordings": service.get_progress(current_resources(), current_principal(), project_id)}


@blp.route("/analysis/<uuid:analysis_id>/status")
class StatusViews(MethodView):
    """How far an analysis is."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW, Scope.PROJECTS_READ, Scope.REVIEWS_READ, Scope.MEDIA_UPLOAD)
    @blp.response(200, StatusSchema)
    def get(self, analysis_id: UUID) -> Response:
        """Show status, progress and stage; cheap, made to be asked often."""
        return json_response(service.get_status(current_principal(), analysis_id))


@blp.route("/analysis/<uuid:analysis_id>/cancel")
class CancellationViews(MethodView):
    """The end of an analysis before its time."""

    @signed_in
    @needs(Permission.EDIT, Scope.MEDIA_UPLOAD)
    @documents_errors(409)
    @blp.response(200, MessageSchema)
    def post(self, analysis_id: UUID) -> dict[str, str]:
        """Cancel an analysis that is waiting or running."""
        service.cancel_analysis(current_principal(), analysis_id)
        return {"message": "The analysis is cancelled."}


@blp.route("/analysis/<uuid:analysis_id>/reviewed")
class ReviewedViews(MethodView):
    """Whether the review of an analysis is finished."""

    @signed_in
    @needs(Permission.DECIDE, Scope.REVIEWS_WRITE)
    @documents_errors(409)
    @blp.response(200, ReviewedSchema)
    def put(self, analysis_id: UUID) -> dict[str, Any]:
        """Say that the review is finished."""
        return service.mark_reviewed(current_principal(), analysis_id, is_reviewed=True)

    @signed_in
    @needs(Permission.DECIDE, Scope.REVIEWS_WRITE)
    @documents_errors(409)
    @blp.response(200, ReviewedSchema)
    def delete(self, analysis_id: UUID) -> dict[str, Any]:
        """Say that the review goes on."""
        return service.mark_reviewed(current_principal(), analysis_id, is_reviewed=False)


@blp.route("/analysis/<uuid:analysis_id>/current")
class CurrentViews(MethodView):
    """Which of several analyses counts for its recording."""

    @signed_in
    @needs(Permission.EDIT, Scope.REVIEWS_WRITE)
    @documents_errors(409)
    @blp.response(200, MessageSchema)
    def put(self, analysis_id: UUID) -> dict[str, str]:
        """Go back to an earlier analysis: it counts for its recording from now on, with its decisions."""
        service.make_current(current_principal(), analysis_id)
        return {"message": "This analysis counts for its recording now."}
