"""The routes of administration."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar
from uuid import UUID

from flask import Response
from flask.views import MethodView

from clipflow.administration import deletion, service, set_up
from clipflow.administration.models import PeopleWanted
from clipflow.administration.schemas import (
    AdministeredPersonAnswerSchema,
    PeopleQuerySchema,
    PeopleSchema,
    PersonChangeSchema,
    PersonDeletionSchema,
    PersonRoleSchema,
    SetUpSchema,
    StatisticsSchema,
)
from clipflow.app_context import current_resources
from clipflow.http.api import Blueprint, MessageSchema, documents_errors, page_of
from clipflow.http.authentication import (
    administrators_only,
    clear_token_cookies,
    current_principal,
    reauthenticated,
    signed_in,
)
from clipflow.http.rate_limits import Budget, rate_limit
from clipflow.http.responses import json_response

blp = Blueprint("administration", __name__, description="For who runs the server: people and numbers.")


@blp.route("/admin/users")
class PeopleViews(MethodView):
    """Everybody with an account."""

    @signed_in
    @administrators_only
    @blp.arguments(PeopleQuerySchema, location="query")
    @blp.response(200, PeopleSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List and search people."""
        page, limit = query.pop("page"), query.pop("limit")
        people, total = service.list_people(PeopleWanted(**query), page=page, limit=limit)
        return {"users": people, "pagination": page_of(page, limit, total)}


@blp.route("/admin/users/<uuid:user_id>")
class PersonByIdViews(MethodView):
    """One person."""

    @signed_in
    @administrators_only
    @blp.response(200, AdministeredPersonAnswerSchema)
    def get(self, user_id: UUID) -> dict[str, Any]:
        """Show somebody's account."""
        return {"user": service.get_person(user_id)}

    @signed_in
    @administrators_only
    @reauthenticated
    @documents_errors(409)
    @blp.arguments(PersonChangeSchema)
    @blp.response(200, AdministeredPersonAnswerSchema)
    def patch(self, changes: dict[str, Any], user_id: UUID) -> dict[str, Any]:
        """Give somebody another role, or switch the account off or on."""
        return {"user": service.change_person(current_principal(), user_id, **changes)}

    @signed_in
    @administrators_only
    @reauthenticated
    @documents_errors(409)
    @blp.arguments(PersonDeletionSchema)
    @blp.response(202, MessageSchema)
    def delete(self, wanted: dict[str, Any], user_id: UUID) -> dict[str, str]:
        """Delete somebody for good; personal projects go too, or to somebody else."""
        deletion.delete_person(current_resources(), current_principal(), user_id, **wanted)
        return {"message": "The account is deleted; its files are being removed."}


@blp.route("/admin/users/<uuid:user_id>/roles")
class PersonRoleViews(MethodView):
    """Somebody's role on the server."""

    @signed_in
    @administrators_only
    @reauthenticated
    @documents_errors(409)
    @blp.arguments(PersonRoleSchema)
    @blp.response(200, AdministeredPersonAnswerSchema)
    def put(self, wanted: dict[str, Any], user_id: UUID) -> dict[str, Any]:
        """Give somebody a role."""
        return {"user": service.change_person(current_principal(), user_id, **wanted)}


@blp.route("/auth/me")
class OwnDeletionViews(MethodView):
    """The end of the own account."""

    @signed_in
    @reauthenticated
    @documents_errors(409)
    @blp.response(202, MessageSchema)
    def delete(self) -> Response:
        """Delete the own account for good, with all personal projects."""
        principal = current_principal()
        deletion.delete_person(current_resources(), principal, principal.user_id)
        response = json_response({"message": "Your account is deleted; its files are being removed."}, 202)
        clear_token_cookies(response)
        return response


def _while_it_is_open(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def wrapper(*arguments: Any, **named: Any) -> Any:
        set_up.check_is_open()
        return view(*arguments, **named)

    return wrapper


@blp.route("/setup")
class SetUpViews(MethodView):
    """The first start."""

    # Before anything is read, so that nothing is said of what was sent.
    decorators: ClassVar = [_while_it_is_open]

    @rate_limit(Budget.SIGN_IN)
    @documents_errors(404)
    @blp.arguments(SetUpSchema)
    @blp.response(201, MessageSchema)
    def post(self, wanted: dict[str, Any]) -> dict[str, str]:
        """Make the first administrator, with the token that the server has printed; afterwards 404 for ever."""
        token = wanted.pop("setup_token")
        set_up.make_first_administrator(current_resources(), token=token, **wanted)
        return {"message": "The server is set up; sign in."}


@blp.route("/admin/users/<uuid:user_id>/sign-out")
class PersonSignOutViews(MethodView):
    """Somebody's sessions."""

    @signed_in
    @administrators_only
    @reauthenticated
    @blp.response(204)
    def post(self, user_id: UUID) -> None:
        """Sign somebody out everywhere."""
        service.sign_out(current_principal(), user_id)


@blp.route("/admin/users/<uuid:user_id>/password-reset")
class PersonPasswordViews(MethodView):
    """Somebody's password."""

    @signed_in
    @administrators_only
    @reauthenticated
    @blp.response(202, MessageSchema)
    def post(self, user_id: UUID) -> dict[str, str]:
        """Have a mail sent with a link to set a new password."""
        service.send_password_reset(current_resources(), current_principal(), user_id)
        return {"message": "A mail with a link is on its way."}


@blp.route("/admin/users/<uuid:user_id>/unlock")
class PersonUnlockViews(MethodView):
    """An account that wrong passwords have closed."""

    @signed_in
    @administrators_only
    @reauthenticated
    @blp.response(204)
    def post(self, user_id: UUID) -> None:
        """Open an account again that wrong passwords have closed."""
        service.unlock(current_resources(), current_principal(), user_id)


@blp.route("/admin/users/<uuid:user_id>/2fa")
class PersonSecondFactorViews(MethodView):
    """Somebody's second factor."""

    @signed_in
    @administrators_only
    @reauthenticated
    @blp.response(204)
    def delete(self, user_id: UUID) -> None:
        """Switch off the second factor of somebody who has lost it."""
        service.remove_second_factor(current_resources(), current_principal(), user_id)


@blp.route("/admin/stats")
class StatisticsViews(MethodView):
    """The server in numbers."""

    @signed_in
    @administrators_only
    @blp.response(200, StatisticsSchema)
    def get(self) -> dict[str, Any]:
        """Say what the server holds and has room for."""
        return service.statistics(current_resources())
