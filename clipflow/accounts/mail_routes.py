"""The routes of accounts that mails lead to: confirming and changing an address, and unlocking."""

from typing import Any

from flask.views import MethodView

from clipflow.accounts import addresses
from clipflow.accounts.routes import blp, email_of_body
from clipflow.accounts.schemas import AddressChangeSchema, ForgottenPasswordSchema, MailTokenSchema
from clipflow.app_context import current_resources
from clipflow.http.api import MessageSchema, documents_errors
from clipflow.http.authentication import current_principal, reauthenticated, signed_in
from clipflow.http.rate_limits import Budget, rate_limit


@blp.route("/auth/verify-email")
class ConfirmationViews(MethodView):
    """The proof that somebody reads the mails of an address."""

    @rate_limit(Budget.SIGN_IN)
    @documents_errors(409)
    @blp.arguments(MailTokenSchema)
    @blp.response(200, MessageSchema)
    def post(self, body: dict[str, Any]) -> dict[str, str]:
        """Confirm an address with the secret of a mail."""
        addresses.confirm(current_resources(), body["token"])
        return {"message": "The address is confirmed; sign in with it."}


@blp.route("/auth/verify-email/resend")
class ConfirmationMailViews(MethodView):
    """The mail that confirms an address, again."""

    @rate_limit(Budget.SIGN_IN, email_of_body)
    @blp.arguments(ForgottenPasswordSchema)
    @blp.response(202, MessageSchema)
    def post(self, body: dict[str, Any]) -> dict[str, str]:
        """Have the mail sent again that confirms an address; the answer is the same whoever has it."""
        addresses.resend_confirmation(current_resources(), body["email"])
        return {"message": "If an account with this address waits for it, a mail is on its way."}


@blp.route("/auth/email")
class AddressChangeViews(MethodView):
    """Another address for the own account."""

    @rate_limit(Budget.SESSION, lambda: current_principal().email)
    @signed_in
    @reauthenticated
    @blp.arguments(AddressChangeSchema)
    @blp.response(202, MessageSchema)
    def post(self, body: dict[str, Any]) -> dict[str, str]:
        """Ask for another address; it counts once it is confirmed there, and the old one is told."""
        addresses.request_change(current_resources(), current_principal(), body["new_email"])
        return {"message": "A mail with a link is on its way there; until it is opened the old address counts."}


@blp.route("/auth/unlock")
class UnlockingViews(MethodView):
    """The way back into an account that wrong passwords have closed."""

    @rate_limit(Budget.SIGN_IN)
    @blp.arguments(MailTokenSchema)
    @blp.response(200, MessageSchema)
    def post(self, body: dict[str, Any]) -> dict[str, str]:
        """Let new devices in again with the secret of a mail."""
        addresses.unlock(current_resources(), body["token"])
        return {"message": "The account is open again; sign in."}
