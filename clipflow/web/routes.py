"""The routes of pages."""

from flask import Blueprint, Response, make_response, render_template

from clipflow.app_context import current_resources
from clipflow.core.limits import Budget, draws_on

pages = Blueprint("pages", __name__)
# Scripts and styles of our own, calls to our own API, and nothing else.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pages.get("/reset-password")
@draws_on(Budget.NONE)
def reset_password() -> Response:
    """The page that a mail about a forgotten password leads to; the secret stays in the address."""
    return _page("reset-password.html")


def _page(template: str) -> Response:
    response = make_response(render_template(template, app_name=current_resources().settings.app_name))
    response.headers["Content-Security-Policy"] = _POLICY
    return response
