"""The routes of invitations."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from clipflow.app_context import current_resources
from clipflow.http.api import Blueprint, documents_errors
from clipflow.http.authentication import current_principal, require_reauthentication, signed_in
from clipflow.http.rate_limits import Budget, rate_limit
from clipflow.invitations import service
from clipflow.invitations.schemas import (
    InvitationAcceptedSchema,
    InvitationCreateSchema,
    InvitationListSchema,
    InvitationMadeSchema,
    InvitationPreviewSchema,
    InvitationTokenSchema,
)

blp = Blueprint("invitations", __name__, description="Links that let people in.")


@blp.route("/invitations")
class InvitationListViews(MethodView):
    """Invitations to the server and to teams."""

    @signed_in
    @blp.response(200, InvitationListSchema)
    def get(self) -> dict[str, Any]:
        """List the invitations to the own teams that can still be used; administrators see all."""
        return {"invitations": service.list_invitations(current_principal())}

    @signed_in
    @documents_errors(403, 404, 409)
    @blp.arguments(InvitationCreateSchema)
    @blp.response(201, InvitationMadeSchema)
    def post(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Invite somebody; the link is shown this once, and mailed where there is an address."""
        is_admin = wanted.pop("role") == "admin"
        if is_admin:
            require_reauthentication()
        return service.invite(current_resources(), current_principal(), is_admin=is_admin, **wanted)


@blp.route("/invitations/<uuid:invitation_id>")
class InvitationByIdViews(MethodView):
    """One invitation."""

    @signed_in
    @blp.response(204)
    def delete(self, invitation_id: UUID) -> None:
        """Revoke an invitation; its link opens nothing any more."""
        service.revoke_invitation(current_principal(), invitation_id)


@blp.route("/invitations/validate")
class InvitationPreviewViews(MethodView):
    """What a link is to."""

    @rate_limit(Budget.SIGN_IN)
    @documents_errors(404)
    @blp.arguments(InvitationTokenSchema)
    @blp.response(200, InvitationPreviewSchema)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Say what an invitation is to; 404 alike for one that is unknown, used, expired or revoked."""
        return service.describe(body["token"])


@blp.route("/invitations/validate/<string:token>")
class InvitationPreviewByAddressViews(MethodView):
    """The same, for who has the secret in an address."""

    @rate_limit(Budget.SIGN_IN)
    @documents_errors(404)
    @blp.response(200, InvitationPreviewSchema)
    def get(self, token: str) -> dict[str, Any]:
        """Say what an invitation is to."""
        return service.describe(token)


@blp.route("/invitations/accept")
class InvitationAcceptanceViews(MethodView):
    """Coming in with the account that one has."""

    @signed_in
    @documents_errors(403, 404)
    @blp.arguments(InvitationTokenSchema)
    @blp.response(200, InvitationAcceptedSchema)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Use an invitation with the own account."""
        return {"team_id": service.accept(current_principal(), body["token"])}
