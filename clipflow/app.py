"""The application factory: the only place where the parts are joined."""

import logging
import re
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from flask import Flask, Request, Response, request
from flask.json.provider import JSONProvider
from flask.sessions import SessionInterface
from werkzeug.wrappers import Response as WerkzeugResponse

from clipflow import __version__, registry
from clipflow.accounts import service as accounts
from clipflow.app_context import attach, resources_of
from clipflow.config import Settings
from clipflow.configuration import service as configuration
from clipflow.core.computing import Computing, ComputingInPlace
from clipflow.core.db import database, open_database
from clipflow.engine import LARGEST_TRANSCRIPT_BYTES
from clipflow.http import docs_pages
from clipflow.http.admission import Admission, BodyLimits
from clipflow.http.api import API_PREFIX, add_examples, create_api
from clipflow.http.assets import files_in, set_up_assets
from clipflow.http.authentication import FindPrincipal, set_up_auth
from clipflow.http.computing import set_up_computing
from clipflow.http.cors import set_up_cors
from clipflow.http.rate_limits import Allowances, set_up_rate_limits
from clipflow.http.responses import set_up_responses
from clipflow.http.uploads import UploadRequest
from clipflow.invitations import service as invitations
from clipflow.links import service as links
from clipflow.moving import leave_team
from clipflow.resources import Resources
from clipflow.tokens import service as tokens
from clipflow.web.routes import pages

logger = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parent.parent
# Written by scripts/make_docs.py from real answers.
_EXAMPLES = _ROOT / "clipflow" / "api_examples.json"
# Database connections besides those of the web threads: start-up, the doctor.
_SPARE_CONNECTIONS = 4
# Programs in pages of other sites write notes with a token; cookies count for nothing there.
_NOTES = re.compile(rf"{API_PREFIX}/(media|video-refs)/[^/]+/notes")
# What is answered also while there is no database.
_WITHOUT_DATABASE = {"operations.HealthViews", "assets"}
# A request that waits for the database longer than this is answered with 503.
_ANSWER_WITHIN_S = 4.0


class JsonProvider(JSONProvider):
    """JSON by orjson: a status is asked for every second, and eight hours have 16,000 segments."""

    def dumps(self, obj: Any, **options: Any) -> str:
        """Plain values as JSON."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **options: Any) -> Any:
        """JSON as plain values; ValueError when it is none."""
        return orjson.loads(s)

    def response(self, *arguments: Any, **named: Any) -> WerkzeugResponse:
        """An answer of plain values."""
        body = orjson.dumps(self._prepare_response_obj(arguments, named))
        return Response(body, mimetype="application/json")


class NoSessions(SessionInterface):
    """Flask's sessions are not used: who someone is, their access token says."""

    def open_session(self, app: Flask, request: Request) -> None:
        """There is none."""


class ClipFlow(Flask):
    """A Flask application that takes uploads straight to the storage and is quick about JSON."""

    request_class = UploadRequest
    json_provider_class = JsonProvider
    session_interface = NoSessions()


def create_app(settings: Settings, computing: Computing | None = None) -> ClipFlow:
    """An application with these settings; makes folders, but connects to nothing yet.

    ``computing`` does the heavy work of requests; without one they do it themselves.
    """
    app = ClipFlow("clipflow", static_folder=None, template_folder=str(_ROOT / "templates"))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        JWT_COOKIE_SECURE=settings.is_production or settings.public_url.startswith("https"),
        MAX_FORM_PARTS=20,
    )
    # Werkzeug would send who doubles a slash to an address made of the Host that the client has sent.
    app.url_map.merge_slashes = False
    resources = Resources.from_settings(settings)
    set_up_computing(app, computing or ComputingInPlace())
    attach(
        app,
        resources,
        registry.complete_overview,
        registry.complete_list,
        invitations.accept_as_newcomer,
        partial(leave_team, resources),
    )
    database.initialize(open_database(settings.database, settings.web_threads + _SPARE_CONNECTIONS, _ANSWER_WITHIN_S))
    set_up_responses(app, is_https=settings.public_url.startswith("https"))
    set_up_auth(
        app,
        secret=settings.jwt_secret_key,
        algorithm=settings.jwt_algorithm,
        lifetime=timedelta(minutes=settings.access_token_expire_minutes),
        find=FindPrincipal(
            person=partial(accounts.find_principal, resources),
            token=partial(tokens.find_principal, resources),
            guest=links.find_principal,
        ),
    )
    _follow_settings(app, resources)
    set_up_rate_limits(app, _allowances(settings), _rate_limit_storage(settings))
    set_up_cors(app, settings.cors_origins, open_to_anybody=_NOTES)
    api = create_api(app, f"{settings.app_name} API", __version__)
    for domain in registry.DOMAINS:
        if domain.blueprint is not None:
            api.register_blueprint(domain.blueprint)
    if _EXAMPLES.exists():
        add_examples(api, orjson.loads(_EXAMPLES.read_bytes()))
    set_up_assets(app, _static_files())
    docs_pages.set_up_api_pages(app, settings.app_name)
    app.register_blueprint(pages)
    return app


def _follow_settings(app: Flask, resources: Resources) -> None:
    """Take over what administrators change, with the first request that comes after a few seconds."""

    @app.before_request
    def follow() -> None:
        if request.url_rule is not None and request.endpoint not in _WITHOUT_DATABASE:
            configuration.follow(resources)


def _static_files() -> dict[str, bytes]:
    files = files_in(_ROOT / "static")
    if not any(name.startswith("vendor/") for name in files):
        logger.warning("The browser packages of the pages are missing; run make set-up, then start again.")
    return files | docs_pages.static_files()


def _allowances(settings: Settings) -> Allowances:
    return Allowances(
        requests=settings.rate_limit_requests,
        user_requests=settings.rate_limit_user_requests,
        polling=settings.rate_limit_polling,
        period_s=settings.rate_limit_period,
        sign_ins_per_hour=settings.rate_limit_sign_in,
        analyses_per_hour=settings.rate_limit_analyses,
        uploads_per_day=settings.rate_limit_uploads,
    )


def _rate_limit_storage(settings: Settings) -> str:
    """Counters are shared where there is something to share them in; otherwise each process counts for itself."""
    return settings.queue if settings.queue.startswith("redis") else "memory://"


def admission_of(app: ClipFlow, settings: Settings) -> Admission:
    """What decides about bodies before they come."""
    resources = resources_of(app)
    return Admission(
        resources.storage,
        resources.signer,
        BodyLimits(
            largest_file_bytes=lambda: resources.settings.max_file_size_bytes,
            largest_transcript_bytes=LARGEST_TRANSCRIPT_BYTES,
            uploads_per_day=settings.rate_limit_uploads,
        ),
        waiting_room=settings.data_dir,
        token_secret=settings.jwt_secret_key,
        token_algorithm=settings.jwt_algorithm,
    )
