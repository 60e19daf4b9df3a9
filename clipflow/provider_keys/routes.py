"""The routes of keys of services outside."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from clipflow.app_context import current_resources
from clipflow.core.errors import MissingError
from clipflow.core.principal import Permission
from clipflow.http.api import Blueprint
from clipflow.http.authentication import current_principal, needs, reauthenticated, signed_in
from clipflow.http.rate_limits import Budget, rate_limit
from clipflow.provider_keys import service
from clipflow.provider_keys.models import Provider
from clipflow.provider_keys.schemas import KeptKeyAnswerSchema, KeptKeyListSchema, KeySchema, KeyTestSchema

blp = Blueprint("provider_keys", __name__, description="Keys of services outside, which are used and never shown.")
_OWN = "/auth/keys/<string:provider>"
_OF_TEAM = "/teams/<uuid:team_id>/keys/<string:provider>"


def _provider(name: str) -> Provider:
    try:
        return Provider(name)
    except ValueError:
        raise MissingError("There are no keys of this kind; name transcription or language_model.") from None


@blp.route("/auth/keys")
class OwnKeyListViews(MethodView):
    """The own keys."""

    @signed_in
    @blp.response(200, KeptKeyListSchema)
    def get(self) -> dict[str, Any]:
        """List the own keys by their last four characters."""
        return {"keys": service.list_keys(current_principal())}


@blp.route(_OWN)
class OwnKeyViews(MethodView):
    """One of the own keys."""

    @signed_in
    @blp.response(200, KeptKeyAnswerSchema)
    def get(self, provider: str) -> dict[str, Any]:
        """Show an own key by its last four characters."""
        return {"key": service.get_key(current_principal(), _provider(provider), None)}

    @signed_in
    @reauthenticated
    @blp.arguments(KeySchema)
    @blp.response(200, KeptKeyAnswerSchema)
    def put(self, given: dict[str, Any], provider: str) -> dict[str, Any]:
        """Keep a key in place of the one that there is; it is used, and never shown."""
        return {
            "key": service.keep_key(
                current_resources(), current_principal(), _provider(provider), **given, team_id=None
            )
        }

    @signed_in
    @reauthenticated
    @blp.response(204)
    def delete(self, provider: str) -> None:
        """Forget a key."""
        service.delete_key(current_principal(), _provider(provider), None)


@blp.route(f"{_OWN}/test")
class OwnKeyTestViews(MethodView):
    """Whether one of the own keys works."""

    @rate_limit(Budget.SESSION, lambda: current_principal().email)
    @signed_in
    @blp.response(200, KeyTestSchema)
    def post(self, provider: str) -> dict[str, Any]:
        """Ask the service whether it takes the key; no sound is sent."""
        return service.test_key(current_resources(), current_principal(), _provider(provider), None)


@blp.route("/teams/<uuid:team_id>/keys")
class TeamKeyListViews(MethodView):
    """The keys of a team."""

    @signed_in
    @needs(Permission.MANAGE)
    @blp.response(200, KeptKeyListSchema)
    def get(self, team_id: UUID) -> dict[str, Any]:
        """List the keys of a team by their last four characters."""
        return {"keys": service.list_keys(current_principal(), team_id)}


@blp.route(_OF_TEAM)
class TeamKeyViews(MethodView):
    """One of a team's keys."""

    @signed_in
    @needs(Permission.MANAGE)
    @blp.response(200, KeptKeyAnswerSchema)
    def get(self, team_id: UUID, provider: str) -> dict[str, Any]:
        """Show a key of a team by its last four characters."""
        return {"key": service.get_key(current_principal(), _provider(provider), team_id)}

    @signed_in
    @needs(Permission.MANAGE)
    @reauthenticated
    @blp.arguments(KeySchema)
    @blp.response(200, KeptKeyAnswerSchema)
    def put(self, given: dict[str, Any], team_id: UUID, provider: str) -> dict[str, Any]:
        """Keep a key for a team; it comes before those of its members and of the server."""
        principal = current_principal()
        kept = service.keep_key(current_resources(), principal, _provider(provider), **given, team_id=team_id)
        return {"key": kept}

    @signed_in
    @needs(Permission.MANAGE)
    @reauthenticated
    @blp.response(204)
    def delete(self, team_id: UUID, provider: str) -> None:
        """Forget a key of a team."""
        service.delete_key(current_principal(), _provider(provider), team_id)


@blp.route(f"{_OF_TEAM}/test")
class TeamKeyTestViews(MethodView):
    """Whether one of a team's keys works."""

    @rate_limit(Budget.SESSION, lambda: current_principal().email)
    @signed_in
    @needs(Permission.MANAGE)
    @blp.response(200, KeyTestSchema)
    def post(self, team_id: UUID, provider: str) -> dict[str, Any]:
        """Ask the service whether it takes the key; no sound is sent."""
        return service.test_key(current_resources(), current_principal(), _provider(provider), team_id)
