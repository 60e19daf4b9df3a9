"""The routes of signing in with a provider: a browser goes there and comes back."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from flask import Response, request
from flask.views import MethodView

from clipflow.app_context import current_resources
from clipflow.core.errors import ExternalServiceError, ServiceError
from clipflow.http.api import Blueprint, documents_errors
from clipflow.http.authentication import (
    DEVICE_COOKIE,
    clear_oidc_cookie,
    current_principal,
    is_signed_in,
    make_access_token,
    oidc_cookie,
    reauthenticated,
    set_device_cookie,
    set_oidc_cookie,
    set_session_cookies,
    signed_in,
)
from clipflow.http.rate_limits import Budget, rate_limit
from clipflow.http.responses import json_response
from clipflow.oidc import service
from clipflow.oidc.schemas import (
    AddressSchema,
    CallbackQuerySchema,
    ConnectSchema,
    ProviderListSchema,
    StartQuerySchema,
    StartWithInvitationSchema,
)
from clipflow.oidc.service import Returned

blp = Blueprint("oidc", __name__, description="Sign in with Google or another provider of OpenID Connect.")


@blp.route("/auth/oidc")
class ProviderViews(MethodView):
    """The providers that the server knows."""

    @blp.response(200, ProviderListSchema)
    def get(self) -> dict[str, Any]:
        """List the providers that one can sign in with; open to everybody."""
        principal = current_principal() if is_signed_in() else None
        return {"providers": service.list_providers(current_resources(), principal)}


@blp.route("/auth/oidc/<string:provider>/start")
class StartViews(MethodView):
    """The way to a provider."""

    @rate_limit(Budget.SIGN_IN)
    @documents_errors(404)
    @blp.arguments(StartQuerySchema, location="query")
    @blp.response(302, description="To the provider, or back to the sign-in page where it cannot be reached.")
    def get(self, query: dict[str, Any], provider: str) -> Response:
        """Go to a provider to sign in; for browsers."""
        try:
            begun = service.begin(current_resources(), provider, next_path=query["next"], principal=None)
        except ExternalServiceError as error:
            return _redirect(f"/sign-in#error={quote(str(error))}")
        response = _redirect(begun.url)
        set_oidc_cookie(response, begun.cookie, service.ATTEMPT_LIFETIME)
        return response

    @rate_limit(Budget.SIGN_IN)
    @documents_errors(404)
    @blp.arguments(StartWithInvitationSchema)
    @blp.response(200, AddressSchema)
    def post(self, body: dict[str, Any], provider: str) -> Response:
        """Begin to come in by an invitation: the address that the browser goes to next."""
        begun = service.begin(
            current_resources(), provider, next_path=body["next"], principal=None, invitation=body["invitation"]
        )
        return _begun(begun)


@blp.route("/auth/oidc/<string:provider>/connect")
class ConnectViews(MethodView):
    """The way to a provider with the account that one has."""

    @rate_limit(Budget.SIGN_IN)
    @signed_in
    @reauthenticated
    @documents_errors(404)
    @blp.arguments(ConnectSchema)
    @blp.response(200, AddressSchema)
    def post(self, body: dict[str, Any], provider: str) -> Response:
        """Begin to connect the own account with a provider: the address that the browser goes to next."""
        begun = service.begin(current_resources(), provider, next_path=body["next"], principal=current_principal())
        return _begun(begun)


@blp.route("/auth/oidc/<string:provider>/callback")
class CallbackViews(MethodView):
    """The way back."""

    @rate_limit(Budget.SIGN_IN)
    @documents_errors(404)
    @blp.arguments(CallbackQuerySchema, location="query")
    @blp.response(302, description="To where one wanted to go, or to the sign-in page with what went wrong.")
    def get(self, query: dict[str, Any], provider: str) -> Response:
        """Come back from a provider, signed in."""
        returned = Returned(
            **query, cookie=oidc_cookie(), device=request.headers.get("User-Agent", ""),
            device_cookie=request.cookies.get(DEVICE_COOKIE, ""),
        )  # fmt: skip
        try:
            finished = service.finish(current_resources(), provider, returned)
        except ServiceError as error:
            response = _redirect(f"/sign-in#error={quote(str(error))}")
        else:
            response = _answer_to(finished)
        clear_oidc_cookie(response)
        return response


@blp.route("/auth/oidc/<string:provider>")
class ConnectionViews(MethodView):
    """The connection of the own account with a provider."""

    @signed_in
    @reauthenticated
    @documents_errors(409)
    @blp.response(204)
    def delete(self, provider: str) -> None:
        """Sign in with a provider no longer; another way in has to be left."""
        service.disconnect(current_principal(), provider)


def _begun(begun: service.Begun) -> Response:
    response = json_response(AddressSchema().dump({"url": begun.url}))
    set_oidc_cookie(response, begun.cookie, service.ATTEMPT_LIFETIME)
    return response


def _redirect(path: str) -> Response:
    return Response(status=302, headers={"Location": path})


def _answer_to(finished: service.Finished) -> Response:
    if finished.mfa_token is not None:
        # The second factor is asked for by the page; its secret stays behind the #.
        return _redirect(f"/sign-in?next={quote(finished.next_path)}#mfa={quote(finished.mfa_token)}")
    response, done = _redirect(finished.next_path), finished.signed_in
    if done is None:
        return response
    settings = current_resources().settings
    set_session_cookies(
        response, settings.secret_key, refresh_token=done.refresh_token,
        access_token=make_access_token(done.user.id, done.session_id, done.user.token_version),
        lifetime=timedelta(days=settings.refresh_token_expire_days),
    )  # fmt: skip
    set_device_cookie(response, done.device_cookie, service.DEVICE_LIFETIME)
    return response
