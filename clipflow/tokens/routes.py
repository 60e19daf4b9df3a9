"""The routes of personal tokens."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from clipflow.app_context import current_resources
from clipflow.http.api import Blueprint, documents_errors
from clipflow.http.authentication import current_principal, reauthenticated, signed_in
from clipflow.tokens import service
from clipflow.tokens.schemas import TokenCreateSchema, TokenListSchema, TokenMadeSchema

blp = Blueprint("tokens", __name__, description="What programs act with on a person's behalf.")


@blp.route("/auth/tokens")
class TokenListViews(MethodView):
    """The own tokens."""

    @signed_in
    @blp.response(200, TokenListSchema)
    def get(self) -> dict[str, Any]:
        """List the own tokens, the newest first."""
        return {"tokens": service.list_tokens(current_principal())}

    @signed_in
    @reauthenticated
    @documents_errors(404, 409)
    @blp.arguments(TokenCreateSchema)
    @blp.response(201, TokenMadeSchema)
    def post(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Make a token for a program; its secret is shown this once."""
        return service.make_token(current_resources(), current_principal(), **wanted)


@blp.route("/auth/tokens/<uuid:token_id>")
class TokenByIdViews(MethodView):
    """One token."""

    @signed_in
    @blp.response(204)
    def delete(self, token_id: UUID) -> None:
        """Revoke a token; 204 also where there is none (any more)."""
        service.revoke_token(current_principal(), token_id)
