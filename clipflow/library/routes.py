"""The routes of the library."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from clipflow.core.principal import Permission, Scope
from clipflow.http.api import Blueprint, page_of
from clipflow.http.authentication import current_principal, needs, open_to, signed_in
from clipflow.http.rate_limits import Budget, rate_limit
from clipflow.library import service
from clipflow.library.models import Wanted
from clipflow.library.schemas import LibraryChoicesSchema, LibraryQuerySchema, LibrarySchema

blp = Blueprint("library", __name__, description="All recordings that one may see, across projects and teams.")


@blp.route("/library")
class LibraryViews(MethodView):
    """All recordings."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @open_to(Scope.PROJECTS_READ)
    @blp.arguments(LibraryQuerySchema, location="query")
    @blp.response(200, LibrarySchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List and search recordings across projects and teams."""
        wanted = Wanted(
            query=query["q"], category=query["category"], uploader_id=query["uploader"], project_id=query["project"],
            team_id=query["team"], status=query["status"],
        )  # fmt: skip
        found, total = service.list_recordings(
            current_principal(), wanted, query["sort"], is_descending=query["order"] == "desc", page=query["page"],
            limit=query["limit"],
        )  # fmt: skip
        return {"recordings": found, "pagination": page_of(query["page"], query["limit"], total)}


@blp.route("/library/choices")
class LibraryChoicesViews(MethodView):
    """Teams and people to choose from."""

    @signed_in
    @open_to(Scope.PROJECTS_READ)
    @blp.response(200, LibraryChoicesSchema)
    def get(self) -> dict[str, Any]:
        """List the teams and people that the library can be narrowed to."""
        return service.list_choices(current_principal())


@blp.route("/media/<uuid:media_id>/view")
class ViewViews(MethodView):
    """Who looks at a recording."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW, Scope.PROJECTS_READ, Scope.REVIEWS_READ)
    @blp.response(204)
    def post(self, media_id: UUID) -> None:
        """Count that one looks at a recording; each viewer once a day in UTC."""
        service.note_view(current_principal(), media_id)
