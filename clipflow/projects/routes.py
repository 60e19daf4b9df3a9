"""The routes of projects."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from clipflow.app_context import complete_list, complete_overview, current_resources, leave_team
from clipflow.core.principal import Permission, Scope
from clipflow.http.api import Blueprint, MessageSchema, documents_errors, page_of
from clipflow.http.authentication import current_principal, needs, open_to, reauthenticated, signed_in
from clipflow.projects import service, sharing
from clipflow.projects.schemas import (
    ProjectAnswerSchema,
    ProjectCreateSchema,
    ProjectListSchema,
    ProjectMovedSchema,
    ProjectMoveSchema,
    ProjectOverviewAnswerSchema,
    ProjectOverviewQuerySchema,
    ProjectPresetListSchema,
    ProjectPresetQuerySchema,
    ProjectQuerySchema,
    ProjectUpdateSchema,
    ShareAnswerSchema,
    ShareChangeSchema,
    ShareCreateSchema,
    ShareListSchema,
)

blp = Blueprint("projects", __name__, description="What recordings are grouped in.")


@blp.route("/projects")
class ProjectListViews(MethodView):
    """The own projects."""

    @signed_in
    @needs(Permission.VIEW, Scope.PROJECTS_READ)
    @blp.arguments(ProjectQuerySchema, location="query")
    @blp.response(200, ProjectListSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the own projects, newest first."""
        projects, total = service.list_projects(current_principal(), **query)
        entries = {one.id: service.project_row(one) for one in projects}
        complete_list(entries)
        return {"projects": list(entries.values()), "pagination": page_of(query["page"], query["limit"], total)}

    @signed_in
    @open_to(Scope.PROJECTS_WRITE)
    @documents_errors(403, 404)
    @blp.arguments(ProjectCreateSchema)
    @blp.response(201, ProjectAnswerSchema)
    def post(self, project: dict[str, Any]) -> dict[str, Any]:
        """Make a project."""
        return {"project": service.create_project(current_principal(), **project)}


@blp.route("/projects/<uuid:project_id>")
class ProjectByIdViews(MethodView):
    """One project."""

    @signed_in
    @needs(Permission.VIEW, Scope.PROJECTS_READ)
    @blp.arguments(ProjectOverviewQuerySchema, location="query")
    @blp.response(200, ProjectOverviewAnswerSchema)
    def get(self, query: dict[str, Any], project_id: UUID) -> dict[str, Any]:
        """Show a project with a page of its recordings, newest first, and their analyses without segments."""
        principal = current_principal()
        overview = service.Overview(service.project_values(principal, project_id), principal, **query)
        complete_overview(overview)
        return {
            "project": {**overview.project, "media_files": overview.recordings},
            "pagination": page_of(overview.page, overview.limit, overview.total),
        }

    @signed_in
    @needs(Permission.MANAGE, Scope.PROJECTS_WRITE)
    @blp.arguments(ProjectUpdateSchema)
    @blp.response(200, ProjectAnswerSchema)
    def patch(self, changes: dict[str, Any], project_id: UUID) -> dict[str, Any]:
        """Change a project's name, description or settings."""
        return {"project": service.update_project(current_principal(), project_id, changes)}

    @signed_in
    @needs(Permission.MANAGE, Scope.PROJECTS_WRITE)
    @reauthenticated
    @blp.response(200, MessageSchema)
    def delete(self, project_id: UUID) -> dict[str, str]:
        """Delete a project with its recordings; running analyses are cancelled."""
        service.delete_project(current_resources(), current_principal(), project_id)
        return {"message": "The project is deleted; its files are being removed."}


@blp.route("/projects/<uuid:project_id>/presets")
class ProjectPresetViews(MethodView):
    """What can be chosen in a project."""

    @signed_in
    @needs(Permission.VIEW, Scope.PROJECTS_READ, Scope.MEDIA_UPLOAD)
    @blp.arguments(ProjectPresetQuerySchema, location="query")
    @blp.response(200, ProjectPresetListSchema)
    def get(self, query: dict[str, Any], project_id: UUID) -> dict[str, Any]:
        """List the presets of the project's team."""
        return {"presets": service.list_presets(current_principal(), project_id, **query)}


@blp.route("/projects/<uuid:project_id>/move")
class MoveViews(MethodView):
    """The team of a project."""

    @signed_in
    @needs(Permission.MANAGE, Scope.PROJECTS_WRITE)
    @documents_errors(409)
    @blp.arguments(ProjectMoveSchema)
    @blp.response(200, ProjectMovedSchema)
    def post(self, wanted: dict[str, Any], project_id: UUID) -> dict[str, Any]:
        """Let a project belong to another team; a dry run says who and what would open it no longer."""
        return sharing.move_project(
            current_principal(),
            project_id,
            team_id=wanted["team_id"],
            is_tried=wanted["dry_run"],
            leave_team=leave_team,
        )


@blp.route("/projects/<uuid:project_id>/shares")
class ShareListViews(MethodView):
    """People outside the team."""

    @signed_in
    @needs(Permission.MANAGE)
    @blp.response(200, ShareListSchema)
    def get(self, project_id: UUID) -> dict[str, Any]:
        """List with whom a project is shared."""
        return {"shares": sharing.list_shares(current_principal(), project_id)}

    @signed_in
    @needs(Permission.MANAGE)
    @documents_errors(409)
    @blp.arguments(ShareCreateSchema)
    @blp.response(201, ShareAnswerSchema)
    def post(self, share: dict[str, Any], project_id: UUID) -> dict[str, Any]:
        """Share a project with somebody who has an account."""
        return {"share": sharing.share_project(current_principal(), project_id, **share)}


@blp.route("/projects/<uuid:project_id>/shares/<uuid:user_id>")
class ShareByIdViews(MethodView):
    """One person outside the team."""

    @signed_in
    @needs(Permission.MANAGE)
    @blp.arguments(ShareChangeSchema)
    @blp.response(200, ShareAnswerSchema)
    def patch(self, changes: dict[str, Any], project_id: UUID, user_id: UUID) -> dict[str, Any]:
        """Give somebody another role for a project."""
        return {"share": sharing.change_share(current_principal(), project_id, user_id, **changes)}

    @signed_in
    @needs(Permission.MANAGE)
    @blp.response(204)
    def delete(self, project_id: UUID, user_id: UUID) -> None:
        """Share a project with somebody no longer."""
        sharing.end_share(current_principal(), project_id, user_id)
