"""The routes of categories."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from clipflow.categories import service
from clipflow.categories.schemas import (
    CategoryAnswerSchema,
    CategoryCreateSchema,
    CategoryListSchema,
    CategoryUpdateSchema,
)
from clipflow.core.principal import Scope
from clipflow.http.api import Blueprint, documents_errors
from clipflow.http.authentication import current_principal, open_to, signed_in

blp = Blueprint("categories", __name__, description="What recordings are about.")


@blp.route("/categories")
class CategoryListViews(MethodView):
    """All categories."""

    @signed_in
    @open_to(Scope.PROJECTS_READ)
    @blp.response(200, CategoryListSchema)
    def get(self) -> dict[str, Any]:
        """List the categories of the server and of the own teams."""
        return {"categories": service.list_categories(current_principal())}

    @signed_in
    @documents_errors(403, 404, 409)
    @blp.arguments(CategoryCreateSchema)
    @blp.response(201, CategoryAnswerSchema)
    def post(self, category: dict[str, Any]) -> dict[str, Any]:
        """Make a category of a team that one owns, or as an administrator of the whole server."""
        return {"category": service.create_category(current_principal(), **category)}


@blp.route("/categories/<uuid:category_id>")
class CategoryByIdViews(MethodView):
    """One category."""

    @signed_in
    @documents_errors(403, 404, 409)
    @blp.arguments(CategoryUpdateSchema)
    @blp.response(200, CategoryAnswerSchema)
    def patch(self, changes: dict[str, Any], category_id: UUID) -> dict[str, Any]:
        """Rename a category; its slug stays."""
        return {"category": service.rename_category(current_principal(), category_id, **changes)}

    @signed_in
    @documents_errors(403, 404)
    @blp.response(204)
    def delete(self, category_id: UUID) -> None:
        """Delete a category; its recordings stay, without one."""
        service.delete_category(current_principal(), category_id)
