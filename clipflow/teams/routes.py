"""The routes of teams."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from clipflow.app_context import current_resources
from clipflow.core.principal import Permission
from clipflow.http.api import Blueprint, MessageSchema, documents_errors
from clipflow.http.authentication import administrators_only, current_principal, needs, reauthenticated, signed_in
from clipflow.teams import service
from clipflow.teams.schemas import (
    MemberAnswerSchema,
    MemberListSchema,
    RoleSchema,
    TeamAnswerSchema,
    TeamCreateSchema,
    TeamDeleteSchema,
    TeamListSchema,
)

blp = Blueprint("teams", __name__, description="Who works together, and what each may do.")


@blp.route("/teams")
class TeamListViews(MethodView):
    """The own teams."""

    @signed_in
    @blp.response(200, TeamListSchema)
    def get(self) -> dict[str, Any]:
        """List the own teams, the personal one first."""
        return {"teams": [one.values() for one in service.list_teams(current_principal())]}

    @signed_in
    @documents_errors(409)
    @blp.arguments(TeamCreateSchema)
    @blp.response(201, TeamAnswerSchema)
    def post(self, team: dict[str, Any]) -> dict[str, Any]:
        """Make a team and own it."""
        return {"team": service.create_team(current_principal(), **team).values()}


@blp.route("/teams/<uuid:team_id>")
class TeamByIdViews(MethodView):
    """One team."""

    @signed_in
    @needs(Permission.VIEW)
    @blp.response(200, TeamAnswerSchema)
    def get(self, team_id: UUID) -> dict[str, Any]:
        """Show a team."""
        return {"team": service.get_team(current_principal(), team_id).values()}

    @signed_in
    @needs(Permission.MANAGE)
    @blp.arguments(TeamCreateSchema)
    @blp.response(200, TeamAnswerSchema)
    def patch(self, changes: dict[str, Any], team_id: UUID) -> dict[str, Any]:
        """Give a team another name."""
        return {"team": service.rename_team(current_principal(), team_id, **changes).values()}

    @signed_in
    @needs(Permission.MANAGE)
    @reauthenticated
    @documents_errors(409)
    @blp.arguments(TeamDeleteSchema)
    @blp.response(202, MessageSchema)
    def delete(self, confirmation: dict[str, Any], team_id: UUID) -> dict[str, str]:
        """Delete a team with its projects; its name has to be repeated."""
        service.delete_team(current_resources(), current_principal(), team_id, **confirmation)
        return {"message": "The team is deleted; its projects are being removed."}


@blp.route("/teams/<uuid:team_id>/members")
class MemberListViews(MethodView):
    """Who belongs to a team."""

    @signed_in
    @needs(Permission.VIEW)
    @blp.response(200, MemberListSchema)
    def get(self, team_id: UUID) -> dict[str, Any]:
        """List everybody in a team, owners first."""
        return {"members": service.list_members(current_principal(), team_id)}


@blp.route("/teams/<uuid:team_id>/members/<uuid:user_id>")
class MemberByIdViews(MethodView):
    """One member."""

    @signed_in
    @needs(Permission.MANAGE)
    @documents_errors(409)
    @blp.arguments(RoleSchema)
    @blp.response(200, MemberAnswerSchema)
    def patch(self, changes: dict[str, Any], team_id: UUID, user_id: UUID) -> dict[str, Any]:
        """Give a member another role."""
        return {"member": service.change_role(current_principal(), team_id, user_id, **changes)}

    @signed_in
    @needs(Permission.MANAGE)
    @documents_errors(409)
    @blp.response(204)
    def delete(self, team_id: UUID, user_id: UUID) -> None:
        """Take somebody out of a team."""
        service.remove_member(current_principal(), team_id, user_id)


@blp.route("/teams/<uuid:team_id>/leave")
class LeavingViews(MethodView):
    """The end of the own membership."""

    @signed_in
    @needs(Permission.VIEW)
    @documents_errors(409)
    @blp.response(204)
    def post(self, team_id: UUID) -> None:
        """Leave a team."""
        service.leave_team(current_principal(), team_id)


@blp.route("/admin/teams/<uuid:team_id>/members")
class AdministeredMemberListViews(MethodView):
    """Who belongs to a team, for who runs the server."""

    @signed_in
    @administrators_only
    @blp.response(200, MemberListSchema)
    def get(self, team_id: UUID) -> dict[str, Any]:
        """List everybody in any team, owners first."""
        return {"members": service.list_members_as_administrator(team_id)}


@blp.route("/admin/teams/<uuid:team_id>/members/<uuid:user_id>")
class AdministeredMemberViews(MethodView):
    """One member, for who runs the server."""

    @signed_in
    @administrators_only
    @reauthenticated
    @documents_errors(409)
    @blp.arguments(RoleSchema)
    @blp.response(200, MemberAnswerSchema)
    def put(self, wanted: dict[str, Any], team_id: UUID, user_id: UUID) -> dict[str, Any]:
        """Let somebody into a team, or give a member another role; administrators join by naming themselves."""
        return {"member": service.set_member_as_administrator(current_principal(), team_id, user_id, **wanted)}

    @signed_in
    @administrators_only
    @reauthenticated
    @documents_errors(409)
    @blp.response(204)
    def delete(self, team_id: UUID, user_id: UUID) -> None:
        """Take somebody out of a team."""
        service.remove_member_as_administrator(current_principal(), team_id, user_id)
