"""The routes of a review."""

from typing import Any
from uuid import UUID

import orjson
from flask import Response
from flask.views import MethodView

from clipflow.app_context import current_resources
from clipflow.core.computing import Workload
from clipflow.core.principal import Permission, Scope
from clipflow.http.api import Blueprint, documents_errors
from clipflow.http.authentication import current_principal, needs, open_to, signed_in
from clipflow.http.computing import computed, computed_json
from clipflow.http.rate_limits import Budget, rate_limit
from clipflow.http.responses import json_response
from clipflow.review import service, together
from clipflow.review.schemas import (
    AnalysisAnswerSchema,
    AnalysisHeadSchema,
    ChangesSchema,
    DecidedQuerySchema,
    DecidedSchema,
    DecisionsQuerySchema,
    GuestSessionSchema,
    HistoryQuerySchema,
    HistorySchema,
    LinkActivitySchema,
    PresenceSchema,
    RetuneQuerySchema,
    SegmentsSchema,
    TunedSchema,
    WindowQuerySchema,
)
from clipflow.tuning.schemas import FillerSchema

# More of them are no key that somebody presses, and take their time.
_FEW_CHANGES = 500

blp = Blueprint("review", __name__, description="Decide what stays, and tune.")


@blp.route("/analysis/<uuid:analysis_id>")
class AnalysisByIdViews(MethodView):
    """One analysis."""

    @signed_in
    @needs(Permission.VIEW, Scope.REVIEWS_READ)
    @blp.arguments(DecisionsQuerySchema, location="query")
    @blp.response(200, AnalysisAnswerSchema)
    def get(self, query: dict[str, Any], analysis_id: UUID) -> Response:
        """Show an analysis with its segments."""
        head, lists = computed(
            Workload.SHORT,
            service.get_analysis_parts,
            current_principal(),
            analysis_id,
            with_decisions=query["decisions"],
        )
        # These are as they are shown already; a schema would look at each of thousands again.
        made = {name: orjson.Fragment(part) for name, part in lists.items()}
        return json_response({"analysis_result": {**AnalysisHeadSchema().dump(head), **made}})


@blp.route("/analysis/<uuid:analysis_id>/segments")
class SegmentViews(MethodView):
    """The segments of an analysis."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW, Scope.REVIEWS_READ)
    @documents_errors(409)
    @blp.arguments(WindowQuerySchema, location="query")
    @blp.response(200, SegmentsSchema)
    def get(self, query: dict[str, Any], analysis_id: UUID) -> Response:
        """Show the segments that reach into a window of time."""
        wanted = {"from_ms": query["from_ms"], "to_ms": query["to_ms"], "with_decisions": query["decisions"]}
        return computed_json(Workload.SHORT, service.get_segments, current_principal(), analysis_id, **wanted)

    # One for each key that is pressed in a service.
    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.DECIDE, Scope.REVIEWS_WRITE)
    @documents_errors(409)
    @blp.arguments(ChangesSchema)
    @blp.arguments(DecidedQuerySchema, location="query")
    @blp.response(200, DecidedSchema)
    def patch(self, changes: dict[str, Any], query: dict[str, Any], analysis_id: UUID) -> Response:
        """Decide what becomes of stretches; refused when someone else has changed the segments meanwhile."""
        workload = Workload.SHORT if len(changes["changes"]) <= _FEW_CHANGES else Workload.LONG
        return computed_json(
            workload, service.decide, current_principal(), analysis_id, **changes, with_segments=query["segments"]
        )


@blp.route("/analysis/<uuid:analysis_id>/retune")
class RetuneViews(MethodView):
    """Segments under other options."""

    # Many for each slider that is dragged in a service.
    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.EDIT, Scope.REVIEWS_WRITE)
    @documents_errors(409)
    @blp.arguments(FillerSchema, required=False)
    @blp.arguments(RetuneQuerySchema, location="query")
    @blp.response(200, TunedSchema)
    def post(self, options: dict[str, Any], query: dict[str, Any], analysis_id: UUID) -> Response:
        """Segment again under other options without decoding; decisions of a person stay."""
        wanted = service.Retune(query["save"], query["version"], query["decisions"])
        return computed_json(
            Workload.LONG, service.retune, current_resources(), current_principal(), analysis_id, options, wanted
        )


@blp.route("/analysis/<uuid:analysis_id>/history")
class HistoryViews(MethodView):
    """What was decided."""

    @signed_in
    @needs(Permission.VIEW, Scope.REVIEWS_READ)
    @blp.arguments(HistoryQuerySchema, location="query")
    @blp.response(200, HistorySchema)
    def get(self, query: dict[str, Any], analysis_id: UUID) -> dict[str, Any]:
        """Show what was decided, the last first: when, by whom, from what to what."""
        return together.list_history(current_principal(), analysis_id, **query)


@blp.route("/analysis/<uuid:analysis_id>/presence")
class PresenceViews(MethodView):
    """Who is looking."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW, Scope.REVIEWS_READ)
    @blp.response(200, PresenceSchema)
    def post(self, analysis_id: UUID) -> dict[str, Any]:
        """Say that one is looking, every few seconds; hear who else is, and whether something was decided."""
        return together.note_presence(current_principal(), analysis_id)


@blp.route("/review/session")
class GuestSessionViews(MethodView):
    """What the guest of a link gets to see."""

    @signed_in
    @open_to(Scope.REVIEWS_READ)
    @documents_errors(403, 404)
    @blp.response(200, GuestSessionSchema)
    def get(self) -> dict[str, Any]:
        """Show the recordings of the link that was opened, and what it allows."""
        return together.show_session(current_principal())


@blp.route("/projects/<uuid:project_id>/links/<uuid:link_id>/activity")
class LinkActivityViews(MethodView):
    """Who has opened a link."""

    @signed_in
    @needs(Permission.EDIT)
    @blp.response(200, LinkActivitySchema)
    def get(self, project_id: UUID, link_id: UUID) -> dict[str, Any]:
        """List who has opened a link, and how much each has decided."""
        return {"guests": together.list_guests(current_principal(), project_id, link_id)}
