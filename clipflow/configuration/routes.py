"""The routes of the settings."""

from typing import Any

from flask import Response
from flask.views import MethodView

from clipflow.app_context import current_resources
from clipflow.configuration import service
from clipflow.configuration.schemas import IfMatchSchema, SettingsChangeSchema, SettingsSchema
from clipflow.http.api import Blueprint, documents_errors
from clipflow.http.authentication import administrators_only, current_principal, reauthenticated, signed_in
from clipflow.http.responses import json_response

blp = Blueprint("configuration", __name__, description="What administrators change while the server runs.")


@blp.route("/admin/settings")
class SettingsViews(MethodView):
    """What administrators change while the server runs."""

    @signed_in
    @administrators_only
    @blp.response(200, SettingsSchema)
    def get(self) -> Response:
        """Show the settings that can be changed, and which of them the environment has set."""
        return _settings_answer(service.describe(current_resources()))

    @signed_in
    @administrators_only
    @reauthenticated
    @documents_errors(409)
    @blp.arguments(IfMatchSchema, location="headers")
    @blp.arguments(SettingsChangeSchema)
    @blp.response(200, SettingsSchema)
    def patch(self, headers: dict[str, Any], changes: dict[str, Any]) -> Response:
        """Change settings; null takes a change back. `If-Match` is the version that was shown."""
        version = headers["if_match"]
        changed = service.change(current_resources(), current_principal(), version, changes["settings"])
        return _settings_answer(changed)


def _settings_answer(described: dict[str, Any]) -> Response:
    response = json_response(SettingsSchema().dump(described))
    response.set_etag(str(described["version"]))
    return response
