"""The routes of accounts: /auth/…"""

import hmac
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, jsonify, request
from flask.views import MethodView

from clipflow.accounts import second_factor, service, sessions
from clipflow.accounts.lockouts import DEVICE_LIFETIME
from clipflow.accounts.registration import Newcomer, register
from clipflow.accounts.schemas import (
    ActivitySchema,
    ForgottenPasswordSchema,
    OwnSettingsSchema,
    PasswordChangeSchema,
    PasswordResetSchema,
    PreferencesUpdateSchema,
    ProfileAnswerSchema,
    ReauthenticationSchema,
    RecoveryCodesSchema,
    RefreshSchema,
    RegistrationPendingSchema,
    RegistrationSchema,
    SecondFactorSchema,
    SecondFactorStatusSchema,
    SessionListSchema,
    SignedInSchema,
    SignInAnswerSchema,
    SignInSchema,
    TokensSchema,
    TotpCodeSchema,
    TotpSetUpSchema,
    UserAnswerSchema,
    UserUpdateSchema,
)
from clipflow.accounts.second_factor import Proof
from clipflow.accounts.sessions import SignedIn
from clipflow.app_context import accept_invitation, current_resources
from clipflow.core.addresses import named_email
from clipflow.core.errors import NotSignedInError
from clipflow.http.api import Blueprint, MessageSchema, documents_errors
from clipflow.http.authentication import (
    CSRF_HEADER,
    DEVICE_COOKIE,
    REFRESH_COOKIE,
    clear_token_cookies,
    current_principal,
    is_signed_in,
    make_access_token,
    reauthenticated,
    refresh_csrf,
    require_scope,
    set_device_cookie,
    set_session_cookies,
    signed_in,
)
from clipflow.http.bodies import text_in_body
from clipflow.http.rate_limits import Budget, rate_limit
from clipflow.http.responses import json_response

blp = Blueprint("accounts", __name__, description="Register, sign in and out, passwords, the own account.")


def email_of_body() -> str:
    """Whose account a request is about, by its address, for budgets."""
    email = text_in_body("email")
    return "" if email is None else named_email(email)


def _name_of_body() -> str:
    """Whose account a sign-in is tried for, however the person is named."""
    username = text_in_body("username")
    # As it was typed: what belongs to whom is nobody's to find out.
    return email_of_body() if username is None else username


def _challenge_of_body() -> str:
    return text_in_body("mfa_token") or ""


def _email_of_refresh_token() -> str:
    return sessions.email_behind_refresh_token(_presented_refresh_token()[0])


def _email_of_actor() -> str:
    return current_principal().email if is_signed_in() else ""


def _device() -> str:
    return request.headers.get("User-Agent", "")


def _device_cookie() -> str:
    return request.cookies.get(DEVICE_COOKIE, "")


@blp.route("/auth/register")
class RegistrationViews(MethodView):
    """New accounts."""

    @rate_limit(Budget.SIGN_IN, email_of_body)
    @documents_errors(403, 404, 409)
    @blp.arguments(RegistrationSchema)
    @blp.response(201, SignedInSchema)
    @blp.alt_response(202, schema=RegistrationPendingSchema, description="The address has to be confirmed first.")
    def post(self, registration: dict[str, Any]) -> Response:
        """Make an account and sign in; on some servers with an invitation only."""
        token = registration.pop("invitation", None)
        admit = None if token is None else partial(accept_invitation, token)
        newcomer = Newcomer(**registration, device=_device())
        done = register(current_resources(), newcomer, admit)
        if done is None:
            message = "A mail is on its way; open its link to go on."
            return json_response(RegistrationPendingSchema().dump({"message": message}), 202)
        return _signed_in_answer(done, 201)


@blp.route("/auth/login")
class SignInViews(MethodView):
    """Sessions."""

    @rate_limit(Budget.SIGN_IN, _name_of_body)
    @documents_errors(401, 403)
    @blp.arguments(SignInSchema)
    @blp.response(200, SignInAnswerSchema)
    def post(self, given: dict[str, Any]) -> Response:
        """Sign in with e-mail address or user name, and password; the answer may ask for a second factor."""
        credentials = service.Credentials(**given, device=_device(), device_cookie=_device_cookie())
        done = service.sign_in(current_resources(), credentials)
        if isinstance(done, service.SecondFactorRequired):
            methods = ["totp", "recovery_code"]
            return jsonify({"mfa_required": True, "mfa_token": done.token, "methods": methods})
        return _signed_in_answer(done, 200)


@blp.route("/auth/login/mfa")
class SecondFactorViews(MethodView):
    """The end of a sign-in with a second factor."""

    @rate_limit(Budget.SIGN_IN, _challenge_of_body)
    @documents_errors(401)
    @blp.arguments(SecondFactorSchema)
    @blp.response(200, SignedInSchema)
    def post(self, given: dict[str, Any]) -> Response:
        """Finish signing in with a code of the app, or with a recovery code."""
        proof = Proof(given.get("code", ""), given.get("recovery_code", ""))
        done = service.sign_in_with_second_factor(
            current_resources(), given["mfa_token"], proof, device=_device(), device_cookie=_device_cookie()
        )
        return _signed_in_answer(done, 200)


@blp.route("/auth/reauthenticate")
class ReauthenticationViews(MethodView):
    """Showing again who one is."""

    @rate_limit(Budget.SESSION, _email_of_actor)
    @signed_in
    @blp.arguments(ReauthenticationSchema)
    @blp.response(200, MessageSchema)
    def post(self, given: dict[str, Any]) -> dict[str, str]:
        """Show again who one is, by password or code; needed for what is dangerous, and good for 15 minutes."""
        service.reauthenticate(current_resources(), current_principal(), **given)
        return {"message": "Thank you; go on."}


@blp.route("/auth/2fa")
class SecondFactorStatusViews(MethodView):
    """The own second factor."""

    @signed_in
    @blp.response(200, SecondFactorStatusSchema)
    def get(self) -> dict[str, Any]:
        """Say whether the second factor is on."""
        return second_factor.status_of(service.get_user(current_principal()))


@blp.route("/auth/2fa/totp")
class TotpViews(MethodView):
    """Codes of an app."""

    @signed_in
    @reauthenticated
    @documents_errors(409)
    @blp.response(200, TotpSetUpSchema)
    def post(self) -> dict[str, Any]:
        """Begin to set the second factor up: a secret for an app, also as a QR code."""
        return second_factor.begin_set_up(current_resources(), current_principal())

    @signed_in
    @reauthenticated
    @blp.response(204)
    def delete(self) -> None:
        """Switch the second factor off; all other devices are signed out."""
        principal = current_principal()
        second_factor.remove(current_resources(), principal.user_id, principal, principal.credential_id)


@blp.route("/auth/2fa/totp/confirm")
class TotpConfirmationViews(MethodView):
    """The end of the set-up."""

    @rate_limit(Budget.SESSION, _email_of_actor)
    @signed_in
    @reauthenticated
    @documents_errors(409)
    @blp.arguments(TotpCodeSchema)
    @blp.response(200, RecoveryCodesSchema)
    def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Switch the second factor on with a code of the app; the recovery codes are shown this once."""
        codes = second_factor.confirm_set_up(current_resources(), current_principal(), given["code"])
        return {"recovery_codes": codes}


@blp.route("/auth/2fa/recovery-codes")
class RecoveryCodeViews(MethodView):
    """Ways in without the app."""

    @signed_in
    @reauthenticated
    @documents_errors(409)
    @blp.response(200, RecoveryCodesSchema)
    def post(self) -> dict[str, Any]:
        """Make ten new recovery codes; those from before work no more."""
        return {"recovery_codes": second_factor.new_recovery_codes(current_principal())}


@blp.route("/auth/activity")
class ActivityViews(MethodView):
    """What was done with the own account."""

    @signed_in
    @blp.response(200, ActivitySchema)
    def get(self) -> dict[str, Any]:
        """List own sign-ins and changes, newest first."""
        return {"events": service.activity(current_principal())}


@blp.route("/auth/refresh")
class RefreshViews(MethodView):
    """New tokens for old."""

    @rate_limit(Budget.SESSION, _email_of_refresh_token)
    @documents_errors(401)
    @blp.arguments(RefreshSchema, required=False)
    @blp.response(200, TokensSchema)
    def post(self, body: dict[str, Any]) -> Response:
        """Replace a refresh token, given in the body or as the cookie, and get a new access token."""
        token, is_cookie = _presented_refresh_token()
        if not token:
            raise NotSignedInError("The refresh token is missing; sign in again.")
        if is_cookie:
            _check_refresh_csrf(token)
        return _tokens_answer(sessions.refresh(current_resources(), token), {}, 200)


@blp.route("/auth/logout")
class SignOutViews(MethodView):
    """The end of a session."""

    @documents_errors(401)
    @blp.doc(security=[{"bearer": []}, {"cookie": []}])
    @blp.response(200, MessageSchema)
    def post(self) -> Response:
        """Sign out: the session's tokens stop working and the cookies are cleared."""
        token = request.cookies.get(REFRESH_COOKIE, "")
        if token and not is_signed_in():
            # A browser whose access token has expired.
            _check_refresh_csrf(token)
            sessions.sign_out_with_refresh_token(token)
        else:
            sessions.sign_out(require_scope())
        response = jsonify({"message": "Logged out successfully"})
        clear_token_cookies(response)
        return response


@blp.route("/auth/forgot-password")
class ForgottenPasswordViews(MethodView):
    """Mails that let people back in."""

    @rate_limit(Budget.SIGN_IN, email_of_body)
    @blp.arguments(ForgottenPasswordSchema)
    @blp.response(200, MessageSchema)
    def post(self, body: dict[str, Any]) -> dict[str, str]:
        """Have a link sent to set a new password; the answer is the same for every address."""
        resources = current_resources()
        service.request_password_reset(resources, body["email"])
        if resources.settings.smtp_host:
            return {"message": "If there is an account with this address, a mail is on its way to it."}
        return {
            "message": "This server sends no mail. If there is an account with this address, whoever runs the server "
            "finds the link for it in the folder outbox of the data folder."
        }


@blp.route("/auth/reset-password")
class PasswordResetViews(MethodView):
    """New passwords with the link of a mail."""

    @rate_limit(Budget.SIGN_IN)
    @blp.arguments(PasswordResetSchema)
    @blp.response(200, MessageSchema)
    def post(self, body: dict[str, Any]) -> dict[str, str]:
        """Set a new password with the secret of the mail; all sessions end."""
        service.reset_password(current_resources(), **body)
        return {"message": "The password has been changed; sign in with the new one."}


@blp.route("/auth/change-password")
class PasswordChangeViews(MethodView):
    """New passwords for who is signed in."""

    @rate_limit(Budget.SESSION, _email_of_actor)
    @signed_in
    @blp.arguments(PasswordChangeSchema)
    @blp.response(200, SignedInSchema)
    def post(self, body: dict[str, Any]) -> Response:
        """Change the own password; all other devices are signed out."""
        changed = service.change_password(current_resources(), current_principal(), **body, device=_device())
        return _signed_in_answer(changed, 200)


@blp.route("/auth/sessions")
class SessionListViews(MethodView):
    """Devices that the person is signed in on."""

    @signed_in
    @blp.response(200, SessionListSchema)
    def get(self) -> dict[str, Any]:
        """List the devices that are signed in, the one used last first."""
        return {"sessions": sessions.list_sessions(current_principal())}


@blp.route("/auth/sessions/<uuid:session_id>")
class SessionByIdViews(MethodView):
    """One device."""

    @signed_in
    @blp.response(200, MessageSchema)
    def delete(self, session_id: UUID) -> dict[str, str]:
        """Sign a device out; its tokens stop working at once."""
        sessions.end_session(current_principal(), session_id)
        return {"message": "The device is signed out."}


@blp.route("/auth/me")
class OwnAccountViews(MethodView):
    """The own account."""

    @signed_in
    @blp.response(200, UserAnswerSchema)
    def get(self) -> dict[str, Any]:
        """Show the own account."""
        return {"user": service.get_user(current_principal())}

    @signed_in
    @blp.arguments(UserUpdateSchema)
    @blp.response(200, UserAnswerSchema)
    def patch(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Change the own name or settings."""
        return {"user": service.update_user(current_principal(), changes)}


@blp.route("/settings")
class OwnSettingsViews(MethodView):
    """The preferences of the own account, which are part of /auth/me too."""

    @signed_in
    @blp.response(200, OwnSettingsSchema)
    def get(self) -> dict[str, Any]:
        """Show the own preferences."""
        return {"settings": service.get_user(current_principal()).settings}

    @signed_in
    @blp.arguments(PreferencesUpdateSchema)
    @blp.response(200, OwnSettingsSchema)
    def patch(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Change the own preferences; those that are not named stay."""
        return {"settings": service.update_user(current_principal(), changes).settings}


@blp.route("/users/<uuid:user_id>")
class ProfileViews(MethodView):
    """What everybody may know of a person."""

    @signed_in
    @documents_errors(404)
    @blp.response(200, ProfileAnswerSchema)
    def get(self, user_id: UUID) -> dict[str, Any]:
        """Show what somebody is called; addresses are for those in the same team."""
        return {"user": service.profile(user_id)}


def _signed_in_answer(signed_in_person: SignedIn, status: int) -> Response:
    user = SignedInSchema(only=("user",)).dump({"user": signed_in_person.user})
    return _tokens_answer(signed_in_person, user, status)


def _tokens_answer(signed_in_person: SignedIn, body: dict[str, Any], status: int) -> Response:
    settings = current_resources().settings
    user, refresh_token = signed_in_person.user, signed_in_person.refresh_token
    access_token = make_access_token(user.id, signed_in_person.session_id, user.token_version)
    response = jsonify({**body, "access_token": access_token, "refresh_token": refresh_token})
    response.status_code = status
    lifetime = timedelta(days=settings.refresh_token_expire_days)
    set_session_cookies(
        response, settings.secret_key, access_token=access_token, refresh_token=refresh_token, lifetime=lifetime
    )
    if signed_in_person.device_cookie:
        set_device_cookie(response, signed_in_person.device_cookie, DEVICE_LIFETIME)
    return response


def _presented_refresh_token() -> tuple[str, bool]:
    """The refresh token of the request and whether it came as a cookie."""
    token = text_in_body("refresh_token")
    if token:
        return token, False
    return request.cookies.get(REFRESH_COOKIE, ""), True


def _check_refresh_csrf(token: str) -> None:
    expected = refresh_csrf(current_resources().settings.secret_key, token)
    if not hmac.compare_digest(expected.encode(), request.headers.get(CSRF_HEADER, "").encode()):
        raise NotSignedInError(
            f"The {CSRF_HEADER} header is missing or wrong; send the value of the clipflow_refresh_csrf cookie."
        )
