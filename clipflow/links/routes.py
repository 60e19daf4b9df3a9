"""The routes of review links."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify
from flask.views import MethodView

from clipflow.app_context import current_resources
from clipflow.core import clock
from clipflow.core.principal import Permission, Scope
from clipflow.core.tokens import hash_of_token
from clipflow.http.api import Blueprint, documents_errors
from clipflow.http.authentication import (
    clear_guest_cookies,
    current_principal,
    needs,
    open_to,
    set_guest_cookies,
    signed_in,
)
from clipflow.http.bodies import text_in_body
from clipflow.http.rate_limits import Budget, rate_limit
from clipflow.links import service
from clipflow.links.schemas import (
    LinkAnswerSchema,
    LinkChangeSchema,
    LinkCreateSchema,
    LinkListSchema,
    LinkMadeSchema,
    LinkOpenedSchema,
    LinkOpenSchema,
)
from clipflow.links.service import LinkWanted

blp = Blueprint("links", __name__, description="Links for who has no account.")


def _link_of_body() -> str:
    token = text_in_body("token")
    return "" if token is None else hash_of_token(token)


@blp.route("/projects/<uuid:project_id>/links")
class LinkListViews(MethodView):
    """The links to a project."""

    @signed_in
    @needs(Permission.EDIT)
    @blp.response(200, LinkListSchema)
    def get(self, project_id: UUID) -> dict[str, Any]:
        """List the links to a project that open something, the newest first."""
        return {"links": service.list_links(current_principal(), project_id)}

    @signed_in
    @needs(Permission.EDIT)
    @documents_errors(409)
    @blp.arguments(LinkCreateSchema)
    @blp.response(201, LinkMadeSchema)
    def post(self, wanted: dict[str, Any], project_id: UUID) -> dict[str, Any]:
        """Make a link for who has no account; its address is shown this once."""
        return service.make_link(current_resources(), current_principal(), project_id, LinkWanted(**wanted))


@blp.route("/projects/<uuid:project_id>/links/<uuid:link_id>")
class LinkByIdViews(MethodView):
    """One link."""

    @signed_in
    @needs(Permission.EDIT)
    @blp.arguments(LinkChangeSchema)
    @blp.response(200, LinkAnswerSchema)
    def patch(self, changes: dict[str, Any], project_id: UUID, link_id: UUID) -> dict[str, Any]:
        """Change what a link allows; another password lets its guests open it anew."""
        return {"link": service.change_link(current_resources(), current_principal(), project_id, link_id, changes)}

    @signed_in
    @needs(Permission.EDIT)
    @blp.response(204)
    def delete(self, project_id: UUID, link_id: UUID) -> None:
        """Revoke a link; who has opened it is out at once."""
        service.revoke_link(current_principal(), project_id, link_id)


@blp.route("/review/open")
class LinkOpeningViews(MethodView):
    """The way in by a link."""

    @rate_limit(Budget.LINK, _link_of_body)
    @documents_errors(401, 404)
    @blp.arguments(LinkOpenSchema)
    @blp.response(200, LinkOpenedSchema)
    def post(self, wanted: dict[str, Any]) -> Response:
        """Open a link under a name; 404 alike for one that is unknown, has expired or was revoked."""
        opened = service.open_link(wanted["token"], password=wanted.get("password"), name=wanted["name"])
        response = jsonify(LinkOpenedSchema().dump({"guest": opened.guest, "expires_at": opened.expires_at}))
        secret_key = current_resources().settings.jwt_secret_key
        set_guest_cookies(response, secret_key, opened.secret, opened.expires_at - clock.now())
        return response


@blp.route("/review/leave")
class LinkLeavingViews(MethodView):
    """The way out."""

    @signed_in
    @open_to(Scope.REVIEWS_READ)
    @blp.response(204)
    def post(self) -> Response:
        """Let this browser be no guest's any more."""
        service.leave(current_principal())
        response = Response(status=204)
        clear_guest_cookies(response)
        return response
