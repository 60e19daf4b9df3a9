"""The pages that show the API's description: Swagger UI and ReDoc, from this server alone."""

from pathlib import Path

import flask_openapi3_redoc
import flask_swagger_ui
from flask import Blueprint, Flask, Response, make_response, render_template

from clipflow.http.rate_limits import Budget, rate_limit

_SWAGGER_FILES = Path(flask_swagger_ui.__file__).parent / "dist"
_REDOC_FILES = Path(flask_openapi3_redoc.__file__).parent / "templates" / "redoc" / "js"
# A picture that ReDoc would fetch from its maker; the page's policy forbids that, and a browser complains of it.
_FOREIGN_LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
_NO_PICTURE = b"data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAAC"
# Both pages write style elements as they run; no script but ours and theirs is allowed.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src blob:; frame-ancestors 'none'"
)


def static_files() -> dict[str, bytes]:
    """What the two pages load, under the names that they know it by."""
    redoc = (_REDOC_FILES / "redoc.standalone.js").read_bytes()
    return {
        "api-docs/swagger-ui.css": (_SWAGGER_FILES / "swagger-ui.css").read_bytes(),
        "api-docs/swagger-ui-bundle.js": (_SWAGGER_FILES / "swagger-ui-bundle.js").read_bytes(),
        "api-docs/redoc.standalone.js": redoc.replace(_FOREIGN_LOGO, _NO_PICTURE),
    }


def set_up_api_pages(app: Flask, title: str) -> None:
    """Serve /api/docs and /api/redoc."""
    pages = Blueprint("api_pages", __name__, url_prefix="/api")

    @pages.get("/docs")
    @rate_limit(Budget.NONE)
    def swagger() -> Response:
        return _page("api/swagger.html", title)

    @pages.get("/redoc")
    @rate_limit(Budget.NONE)
    def redoc() -> Response:
        return _page("api/redoc.html", title)

    app.register_blueprint(pages)


def _page(template: str, title: str) -> Response:
    response = make_response(render_template(template, title=title))
    response.headers["Content-Security-Policy"] = _POLICY
    return response
