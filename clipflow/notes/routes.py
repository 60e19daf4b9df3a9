"""The routes of notes."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from clipflow.core.principal import Permission, Scope
from clipflow.core.searching import searchable
from clipflow.http.api import Blueprint, documents_errors, page_of
from clipflow.http.authentication import current_principal, needs, open_to, signed_in
from clipflow.http.rate_limits import Budget, rate_limit
from clipflow.notes import service, video_refs
from clipflow.notes.models import Wanted
from clipflow.notes.schemas import (
    NoteAnswerSchema,
    NoteCreateSchema,
    NoteListSchema,
    NoteQuerySchema,
    NoteUpdateSchema,
    TeamQuerySchema,
    VideoNoteCreateSchema,
    VideoNoteQuerySchema,
    VideoRefAnswerSchema,
    VideoRefCreateSchema,
    VideoRefListSchema,
    VideoRefQuerySchema,
)

blp = Blueprint("notes", __name__, description="What people say about a moment of a recording or of a video.")


def _wanted(query: dict[str, Any]) -> Wanted:
    return Wanted(
        query["from_ms"], query["to_ms"], query["author"], query["resolved"], searchable(query["q"]), query["page"],
        query["limit"], query["known"],
    )  # fmt: skip


def _answer(query: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "pagination": page_of(query["page"], query["limit"], found["total"])}


@blp.route("/media/<uuid:media_id>/notes")
class RecordingNotesViews(MethodView):
    """The notes of a recording."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW, Scope.REVIEWS_READ)
    @blp.arguments(NoteQuerySchema, location="query")
    @blp.response(200, NoteListSchema)
    def get(self, query: dict[str, Any], media_id: UUID) -> dict[str, Any]:
        """List the notes of a recording in the order of time."""
        found = service.list_of_recording(current_principal(), media_id, _wanted(query))
        return _answer(query, found)

    @rate_limit(Budget.NOTES)
    @signed_in
    @needs(Permission.COMMENT, Scope.NOTES_CREATE, Scope.REVIEWS_WRITE)
    @documents_errors(409)
    @blp.arguments(NoteCreateSchema)
    @blp.response(201, NoteAnswerSchema)
    def post(self, note: dict[str, Any], media_id: UUID) -> dict[str, Any]:
        """Write a note at a moment of a recording, or a reply to one."""
        return {"note": service.add_to_recording(current_principal(), media_id, note)}


@blp.route("/video-refs")
class VideoRefListViews(MethodView):
    """Videos elsewhere."""

    @signed_in
    @open_to(Scope.REVIEWS_READ)
    @documents_errors(403)
    @blp.arguments(VideoRefQuerySchema, location="query")
    @blp.response(200, VideoRefListSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the videos on which one has notes."""
        found, total = video_refs.list_videos(current_principal(), **query)
        return {"video_refs": found, "pagination": page_of(query["page"], query["limit"], total)}

    @signed_in
    @open_to(Scope.REVIEWS_WRITE)
    @documents_errors(403, 404)
    @blp.arguments(VideoRefCreateSchema)
    @blp.response(201, VideoRefAnswerSchema)
    @blp.alt_response(200, schema=VideoRefAnswerSchema, description="It is known already.")
    def post(self, video: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Take in a YouTube video by its address, to write notes on it."""
        found, is_new = video_refs.add_video(current_principal(), **video)
        return {"video_ref": found}, 201 if is_new else 200


@blp.route("/video-refs/<string:youtube_id>/notes")
class VideoNotesViews(MethodView):
    """The notes of a video."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @open_to(Scope.REVIEWS_READ)
    @documents_errors(403, 404)
    @blp.arguments(VideoNoteQuerySchema, location="query")
    @blp.response(200, NoteListSchema)
    def get(self, query: dict[str, Any], youtube_id: str) -> dict[str, Any]:
        """List the notes of a YouTube video in the order of time."""
        found = service.list_of_video(current_principal(), youtube_id, _wanted(query), query["team_id"])
        return _answer(query, found)

    @rate_limit(Budget.NOTES)
    @signed_in
    @open_to(Scope.NOTES_CREATE, Scope.REVIEWS_WRITE)
    @documents_errors(403, 404, 409)
    @blp.arguments(TeamQuerySchema, location="query")
    @blp.arguments(VideoNoteCreateSchema)
    @blp.response(201, NoteAnswerSchema)
    def post(self, query: dict[str, Any], note: dict[str, Any], youtube_id: str) -> dict[str, Any]:
        """Write a note at a moment of a YouTube video; one that is not known yet is taken in."""
        return {"note": service.add_to_video(current_principal(), youtube_id, note, query["team_id"])}


@blp.route("/notes/<uuid:note_id>")
class NoteByIdViews(MethodView):
    """One note."""

    @signed_in
    @open_to(Scope.REVIEWS_WRITE)
    @documents_errors(403, 404, 409)
    @blp.arguments(NoteUpdateSchema)
    @blp.response(200, NoteAnswerSchema)
    def patch(self, changes: dict[str, Any], note_id: UUID) -> dict[str, Any]:
        """Change an own note, or say that it is dealt with; owners of the team change everybody's."""
        return {"note": service.change_note(current_principal(), note_id, changes.pop("version"), changes)}

    @signed_in
    @open_to(Scope.REVIEWS_WRITE)
    @documents_errors(403, 404)
    @blp.response(204)
    def delete(self, note_id: UUID) -> None:
        """Delete an own note with the replies to it; owners of the team delete everybody's."""
        service.delete_note(current_principal(), note_id)
