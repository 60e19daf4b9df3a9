"""The routes of presets."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from clipflow.core.principal import Permission, Scope
from clipflow.http.api import Blueprint, documents_errors
from clipflow.http.authentication import current_principal, needs, open_to, signed_in
from clipflow.presets import service
from clipflow.presets.schemas import (
    PresetAnswerSchema,
    PresetCreateSchema,
    PresetListSchema,
    PresetQuerySchema,
    PresetUpdateSchema,
)

blp = Blueprint("presets", __name__, description="Named settings of a team's analyses and exports.")


@blp.route("/presets")
class PresetListViews(MethodView):
    """All presets."""

    @signed_in
    @open_to(Scope.PROJECTS_READ)
    @documents_errors(404)
    @blp.arguments(PresetQuerySchema, location="query")
    @blp.response(200, PresetListSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the presets of the own teams."""
        return {"presets": service.list_presets(current_principal(), **query)}

    @signed_in
    @documents_errors(403, 404, 409)
    @blp.arguments(PresetCreateSchema)
    @blp.response(201, PresetAnswerSchema)
    def post(self, preset: dict[str, Any]) -> dict[str, Any]:
        """Give settings of an analysis, or of an export, a name."""
        return {"preset": service.create_preset(current_principal(), **preset)}


@blp.route("/presets/<uuid:preset_id>")
class PresetByIdViews(MethodView):
    """One preset."""

    @signed_in
    @needs(Permission.EDIT)
    @documents_errors(409)
    @blp.arguments(PresetUpdateSchema)
    @blp.response(200, PresetAnswerSchema)
    def patch(self, changes: dict[str, Any], preset_id: UUID) -> dict[str, Any]:
        """Change the name or the settings of a preset, or let it be the default of its kind."""
        return {"preset": service.change_preset(current_principal(), preset_id, changes)}

    @signed_in
    @needs(Permission.EDIT)
    @blp.response(204)
    def delete(self, preset_id: UUID) -> None:
        """Delete a preset; what was analysed or exported with it stays as it is."""
        service.delete_preset(current_principal(), preset_id)
