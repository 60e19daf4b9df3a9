"""The routes of pages: the server checks who it is and whether the thing is theirs; data comes by the API."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from clipflow.accounts import service as accounts
from clipflow.administration.set_up import check_is_open
from clipflow.analysis.options import default_options, presets
from clipflow.app_context import current_resources
from clipflow.core.db import UNREACHABLE, unreachable
from clipflow.core.errors import MissingError, ServiceError, UnavailableError
from clipflow.http.authentication import (
    REFRESH_CSRF_COOKIE,
    current_principal,
    is_guest,
    is_signed_in,
    require_administrator,
)
from clipflow.http.rate_limits import Budget, rate_limit
from clipflow.http.responses import http_exception_response, sentence_of
from clipflow.links import service as links
from clipflow.oidc import service as oidc
from clipflow.projects import service as projects
from clipflow.review import service as reviews
from clipflow.teams import service as teams
from clipflow.web.keys import key_table

pages = Blueprint("pages", __name__)
# Scripts and styles of our own, calls to our own API, our own recordings, the small pictures within styles.
# And the object storage, where browsers send and read files there.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'{storage}; img-src 'self' data:; "
    "media-src 'self'{storage}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
Page = Callable[..., Any]


@pages.get("/")
@rate_limit(Budget.NONE)
def front_door() -> WerkzeugResponse:
    """To the projects, by way of the sign-in where that is needed; on an empty server to the first account."""
    return redirect(url_for("pages.register" if accounts.is_empty() else "pages.project_list"))


def for_visitors(view: Page) -> Page:
    """A page for who is not signed in; others are sent on to their projects."""

    @wraps(view)
    def wrapper(**values: Any) -> Any:
        return redirect(url_for("pages.project_list")) if is_signed_in() else view(**values)

    return wrapper


def for_members(view: Page) -> Page:
    """A page for who is signed in; others sign in first, and come back."""

    @wraps(view)
    def wrapper(**values: Any) -> Any:
        if is_signed_in():
            return view(**values)
        if REFRESH_CSRF_COOKIE in request.cookies:
            # The access token has expired, and only a script can exchange the refresh token.
            return _page("resume.html")
        return redirect(f"{url_for('pages.sign_in')}?next={quote(request.full_path.rstrip('?'), safe='/')}")

    return wrapper


def for_reviewers(view: Page) -> Page:
    """A page for who is signed in and for guests of a review link; others sign in first."""

    @wraps(view)
    def wrapper(**values: Any) -> Any:
        return view(**values) if is_guest() else for_members(view)(**values)

    return wrapper


@pages.get("/sign-in")
@rate_limit(Budget.NONE)
@for_visitors
def sign_in() -> Response:
    """Sign in."""
    return _page("sign-in.html", drops_cookies=_drops_cookies(), providers=_providers())


@pages.get("/register")
@rate_limit(Budget.NONE)
@for_visitors
def register() -> Response:
    """Make an account."""
    mode = current_resources().settings.registration_mode
    return _page("register.html", is_first=accounts.is_empty(), registration_mode=mode, providers=_providers())


@pages.get("/setup")
@rate_limit(Budget.NONE)
def set_up() -> Response:
    """Where the first administrator is made, at the address that the server has printed."""
    check_is_open()
    return _page("set-up.html")


@pages.get("/forgot-password")
@rate_limit(Budget.NONE)
def forgot_password() -> Response:
    """Ask for a mail that lets one back in."""
    return _page("forgot-password.html", sends_mail=bool(current_resources().settings.smtp_host))


@pages.get("/reset-password")
@rate_limit(Budget.NONE)
def reset_password() -> Response:
    """The page that a mail about a forgotten password leads to; the secret stays in the address."""
    return _page("reset-password.html")


@pages.get("/verify-email")
@rate_limit(Budget.NONE)
def verify_email() -> Response:
    """Where a mail leads to that confirms an address; a click sends the secret, because scanners open links."""
    return _page(
        "mail-link.html", title="Confirm your address", button="Confirm the address", endpoint="/auth/verify-email"
    )


@pages.get("/unlock")
@rate_limit(Budget.NONE)
def unlock() -> Response:
    """Where a mail leads to that lets new devices in again."""
    return _page("mail-link.html", title="Unlock your account", button="Unlock the account", endpoint="/auth/unlock")


@pages.get("/projects")
@rate_limit(Budget.NONE)
@for_members
def project_list() -> Response:
    """All projects, or with ``?team=`` those of one team."""
    team_id = request.args.get("team", type=UUID)
    found = None if team_id is None else teams.get_team(current_principal(), team_id)
    return _page("projects.html", team=found)


@pages.get("/library")
@rate_limit(Budget.NONE)
@for_members
def library() -> Response:
    """All recordings that one may see; what is searched for is in the address."""
    return _page("library.html")


@pages.get("/projects/<uuid:project_id>")
@rate_limit(Budget.NONE)
@for_members
def project(project_id: UUID) -> Response:
    """One project with its recordings."""
    found = projects.get_project(current_principal(), project_id)
    may = projects.permissions_for(current_principal(), found)
    kept_days = current_resources().settings.deleted_kept_days
    return _page("project.html", project=found, may=may, server_options=_server_options(), deleted_kept_days=kept_days)


@pages.get("/teams")
@rate_limit(Budget.NONE)
@for_members
def team_list() -> Response:
    """The own teams."""
    return _page("teams.html")


@pages.get("/teams/<uuid:team_id>")
@rate_limit(Budget.NONE)
@for_members
def team(team_id: UUID) -> Response:
    """One team."""
    found = teams.get_team(current_principal(), team_id)
    is_personal = found.team.personal_of_id is not None
    return _page("team.html", team=found.team, role=str(found.role), is_personal=is_personal)


@pages.get("/administration")
@rate_limit(Budget.NONE)
@for_members
def administration() -> Response:
    """For who runs the server; for everybody else there is no such page."""
    if current_principal().lacks_second_factor:
        require_administrator()
    if not current_principal().is_administrator:
        raise MissingError("There is nothing at this address; check it.")
    return _page("administration.html")


@pages.get("/invitation")
@rate_limit(Budget.NONE)
def invitation() -> Response:
    """What an invitation is to; its secret stays in the address, behind the #."""
    return _page("invitation.html")


@pages.get("/shared")
@rate_limit(Budget.NONE)
def shared() -> Response:
    """What a review link opens; its secret stays in the address, behind the #."""
    return _page("shared.html")


@pages.get("/review/<uuid:analysis_id>")
@rate_limit(Budget.NONE)
@for_reviewers
def review(analysis_id: UUID) -> Response:
    """The review of one recording."""
    found = reviews.get_review(current_principal(), analysis_id)
    return _page(
        "review.html",
        analysis_id=analysis_id,
        media=found.media,
        project=found.project,
        may=found.may,
        server_options=_server_options(),
    )


@pages.get("/account")
@rate_limit(Budget.NONE)
@for_members
def account() -> Response:
    """The own account."""
    token_max_days = current_resources().settings.token_max_days
    return _page(
        "account.html", server_options=_server_options(), token_max_days=token_max_days, providers=_providers()
    )


@pages.get("/help")
@rate_limit(Budget.NONE)
def help_page() -> Response:
    """What the keys do, and where the API is described."""
    return _page("help.html")


@pages.errorhandler(ServiceError)
def show_error(error: ServiceError) -> Response:
    """An error as a page, with the status that the API would answer."""
    return _error_page(str(error), error.status)


def show_outage(error: Exception) -> Response:
    """A page that needs nothing of a database that cannot be reached."""
    return _error_page(str(unreachable(error)), UnavailableError.status)


for _kind in UNREACHABLE:
    pages.register_error_handler(_kind, show_outage)


@pages.app_errorhandler(NotFound)
def show_missing(error: NotFound) -> Response:
    """A page for people who have mistyped an address; programs get the one shape of errors."""
    wanted = request.accept_mimetypes.best_match(["application/json", "text/html"])
    if wanted != "text/html" or request.path.startswith("/api/"):
        return http_exception_response(error)
    return _error_page(sentence_of(NotFound.code), NotFound.code)


def _error_page(message: str, status: int) -> Response:
    # Who is signed in is known by the database, which may be what is missing.
    user = None if status == UnavailableError.status else _person()
    response = _answer("error.html", user=user, message=message)
    response.status_code = status
    return response


def _drops_cookies() -> bool:
    """Whether browsers drop what a sign-in sets: Secure cookies over plain http, anywhere but on this machine."""
    host = request.host.rsplit(":", 1)[0].strip("[]")
    is_here = host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")
    return bool(current_app.config["JWT_COOKIE_SECURE"]) and not request.is_secure and not is_here


def _providers() -> list[dict[str, Any]]:
    return oidc.list_providers(current_resources(), current_principal() if is_signed_in() else None)


def _server_options() -> dict[str, Any]:
    return default_options(current_resources())


def _page(template: str, **values: Any) -> Response:
    return _answer(template, user=_person(), **values)


def _person() -> Any:
    return accounts.get_user(current_principal()) if is_signed_in() else None


def _guest() -> dict[str, Any] | None:
    return links.guest_session(current_principal())["guest"] if is_guest() else None


def _answer(template: str, **values: Any) -> Response:
    settings = current_resources().settings
    # Errors are shown without the database.
    own_teams = teams.list_teams(current_principal()) if values.get("user") is not None else []
    given = {
        "own_teams": own_teams,
        "password_hint": accounts.password_hint(current_resources()),
        "app_name": settings.app_name,
        "key_table": key_table,
        "presets": presets,
        "guest": _guest(),
        **values,
    }
    response = make_response(render_template(template, **given))
    origin = current_resources().settings.storage_origin
    response.headers["Content-Security-Policy"] = _POLICY.format(storage=f" {origin}" if origin else "")
    return response
