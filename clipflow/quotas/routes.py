"""The routes of quotas."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from clipflow.app_context import current_resources
from clipflow.core.principal import Permission
from clipflow.http.api import Blueprint, page_of
from clipflow.http.authentication import administrators_only, current_principal, needs, reauthenticated, signed_in
from clipflow.quotas import service
from clipflow.quotas.schemas import AdministeredTeamListSchema, TeamLimitsSchema, TeamQuerySchema, UsageSchema

blp = Blueprint("quotas", __name__, description="What is used, and what may be.")


@blp.route("/auth/usage")
class OwnUsageViews(MethodView):
    """What the person has used."""

    @signed_in
    @blp.response(200, UsageSchema)
    def get(self) -> dict[str, Any]:
        """Show what one has stored and uploaded this week, and what is left."""
        return service.usage_of_person(current_resources(), current_principal())


@blp.route("/teams/<uuid:team_id>/usage")
class TeamUsageViews(MethodView):
    """What a team has used."""

    @signed_in
    @needs(Permission.VIEW)
    @blp.response(200, UsageSchema)
    def get(self, team_id: UUID) -> dict[str, Any]:
        """Show what a team has stored and uploaded this week, and what is left."""
        return service.usage_of_team(current_resources(), current_principal(), team_id)


@blp.route("/admin/teams")
class AdministeredTeamViews(MethodView):
    """All teams."""

    @signed_in
    @administrators_only
    @blp.arguments(TeamQuerySchema, location="query")
    @blp.response(200, AdministeredTeamListSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the teams with what they use and may; what is in them administrators see as members only."""
        found, total = service.list_teams(current_resources(), **query)
        return {"teams": found, "pagination": page_of(query["page"], query["limit"], total)}


@blp.route("/admin/teams/<uuid:team_id>")
class TeamLimitViews(MethodView):
    """The limits of one team."""

    @signed_in
    @administrators_only
    @reauthenticated
    @blp.arguments(TeamLimitsSchema)
    @blp.response(200, TeamLimitsSchema)
    def patch(self, limits: dict[str, Any], team_id: UUID) -> dict[str, Any]:
        """Give a team limits of its own; null is the server's again."""
        return service.set_limits(current_principal(), team_id, limits)
