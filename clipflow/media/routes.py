"""The routes of recordings."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from flask.views import MethodView

from clipflow.app_context import current_resources
from clipflow.core.computing import Workload
from clipflow.core.principal import Permission, Scope
from clipflow.http.api import Blueprint, MessageSchema, documents_errors
from clipflow.http.authentication import current_principal, is_guest, needs, signed_in
from clipflow.http.compression import pack
from clipflow.http.computing import computed_json
from clipflow.http.ranges import FileFacts, file_response
from clipflow.http.rate_limits import Budget, rate_limit
from clipflow.http.uploads import receive_form_file, receive_raw_file
from clipflow.media import service, uploads
from clipflow.media.models import MediaState
from clipflow.media.schemas import (
    AnnouncedSchema,
    AnnouncementSchema,
    MediaFileAnswerSchema,
    MediaUpdateSchema,
    SignatureQuerySchema,
    UploadFormSchema,
    WaveformQuerySchema,
    WaveformSchema,
)

blp = Blueprint("media", __name__, description="Recordings: upload, look at, play, delete.")
_FORM = {"multipart/form-data": {"schema": UploadFormSchema}}
# A link may be revoked while its guest looks; what was asked for before still comes.
_MOST_BYTES_FOR_GUESTS = 8 * 1024**2
_RAW = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@blp.route("/projects/<uuid:project_id>/upload")
class UploadViews(MethodView):
    """Uploads as a form."""

    @rate_limit(Budget.UPLOADS)
    @signed_in
    @needs(Permission.EDIT, Scope.MEDIA_UPLOAD)
    @documents_errors(400, 413, 415)
    @blp.doc(requestBody={"required": True, "content": _FORM})
    @blp.response(201, MediaFileAnswerSchema)
    def post(self, project_id: UUID) -> dict[str, Any]:
        """Upload a recording to a project."""
        resources, principal = current_resources(), current_principal()
        uploads.check_upload_allowed(principal, project_id)
        receive = partial(uploads.receive_upload, resources)
        received = receive_form_file(receive, resources.settings.max_file_size_bytes)
        media = uploads.add_media(
            resources, principal, project_id, received.writer, received.filename, received.content_type
        )
        return {"media_file": media}


@blp.route("/projects/<uuid:project_id>/sample")
class SampleViews(MethodView):
    """The bundled recording."""

    @rate_limit(Budget.UPLOADS)
    @signed_in
    @needs(Permission.EDIT, Scope.MEDIA_UPLOAD)
    @blp.response(201, MediaFileAnswerSchema)
    def post(self, project_id: UUID) -> dict[str, Any]:
        """Put the bundled sample recording into a project, to see what comes out."""
        return {"media_file": uploads.add_sample(current_resources(), current_principal(), project_id)}


@blp.route("/upload/presigned")
class AnnouncementViews(MethodView):
    """Uploads as raw bytes to a signed address."""

    @rate_limit(Budget.UPLOADS)
    @signed_in
    @needs(Permission.EDIT, Scope.MEDIA_UPLOAD)
    @documents_errors(404)
    @blp.arguments(AnnouncementSchema)
    @blp.response(201, AnnouncedSchema)
    def post(self, announcement: dict[str, Any]) -> dict[str, Any]:
        """Announce an upload and get the address to send its bytes to."""
        resources = current_resources()
        announced = uploads.prepare_upload(resources, current_principal(), **announcement)
        upload = announced.upload
        path = url_for(
            "media.SignedUploadViews", upload_id=upload.id, owner=announced.owner_id, size=upload.file_size,
            expires=announced.expires_at_s, signature=announced.signature,
        )  # fmt: skip
        base = resources.settings.public_url or url_for("media.AnnouncementViews", _external=True).split("/api/")[0]
        return {
            "file_id": upload.id,
            "upload_url": base + path,
            "method": "PUT",
            "headers": {"Content-Type": upload.content_type},
            "expires_at": upload.expires_at,
        }


@blp.route("/upload/<uuid:upload_id>")
class SignedUploadViews(MethodView):
    """The bytes of an announced upload."""

    # The address is the right to use it, and was counted when it was given out.
    @rate_limit(Budget.NONE)
    @documents_errors(403, 413)
    @blp.doc(requestBody={"required": True, "content": _RAW})
    @blp.arguments(SignatureQuerySchema, location="query")
    @blp.response(200, MessageSchema)
    def put(self, query: dict[str, Any], upload_id: UUID) -> dict[str, str]:
        """Send the bytes of an announced upload; the signature stands for the person."""
        resources = current_resources()
        uploads.check_signature(
            resources, upload_id, query["owner"], query["size"], query["expires"], query["signature"]
        )
        writer = receive_raw_file(partial(uploads.receive_announced, resources, upload_id), query["size"])
        uploads.receive_pending(resources, upload_id, writer)
        return {"message": "The file has arrived; confirm the upload."}

    @signed_in
    @needs(Permission.EDIT, Scope.MEDIA_UPLOAD)
    @blp.response(204)
    def delete(self, upload_id: UUID) -> None:
        """Give up an announced upload; the room that is kept for it is free again."""
        uploads.abort_upload(current_resources(), current_principal(), upload_id)


@blp.route("/upload/confirm/<uuid:file_id>")
class ConfirmationViews(MethodView):
    """The end of an announced upload."""

    @signed_in
    @needs(Permission.EDIT, Scope.MEDIA_UPLOAD)
    @documents_errors(409, 415)
    @blp.response(200, MediaFileAnswerSchema)
    @blp.alt_response(202, schema=MediaFileAnswerSchema, description="A worker has to look at it; `state` is checking.")
    def post(self, file_id: UUID) -> tuple[dict[str, Any], int]:
        """Have an announced upload checked and kept; a refused one is deleted. May be repeated."""
        media = uploads.confirm_upload(current_resources(), current_principal(), file_id)
        return {"media_file": media}, 202 if media.state == MediaState.CHECKING else 200


@blp.route("/media/<uuid:media_id>")
class MediaByIdViews(MethodView):
    """One recording."""

    @signed_in
    @needs(Permission.VIEW, Scope.PROJECTS_READ, Scope.REVIEWS_READ)
    @blp.response(200, MediaFileAnswerSchema)
    def get(self, media_id: UUID) -> dict[str, Any]:
        """Show a recording."""
        return {"media_file": service.get_media(current_principal(), media_id)}

    @signed_in
    @needs(Permission.EDIT, Scope.PROJECTS_WRITE)
    @blp.arguments(MediaUpdateSchema)
    @blp.response(200, MediaFileAnswerSchema)
    def patch(self, changes: dict[str, Any], media_id: UUID) -> dict[str, Any]:
        """Change a recording's title."""
        return {"media_file": service.rename_media(current_principal(), media_id, changes["title"])}

    @signed_in
    @needs(Permission.MANAGE, Scope.PROJECTS_WRITE)
    @blp.response(200, MessageSchema)
    def delete(self, media_id: UUID) -> dict[str, str]:
        """Delete a recording with its analyses."""
        service.delete_media(current_resources(), current_principal(), media_id)
        return {"message": "The recording is deleted; its files are being removed."}


@blp.route("/media/<uuid:media_id>/file")
class MediaContentViews(MethodView):
    """The recording itself."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW, Scope.PROJECTS_READ, Scope.REVIEWS_READ)
    @documents_errors(416)
    @blp.response(200, {"type": "string", "format": "binary"}, content_type="video/*")
    @blp.alt_response(206, schema={"type": "string", "format": "binary"}, content_type="video/*")
    @blp.alt_response(304, description="The viewer has it already.")
    def get(self, media_id: UUID) -> Response:
        """Play a recording, whole or by byte ranges."""
        media = service.get_media(current_principal(), media_id)
        facts = FileFacts(
            size=media.file_size,
            filename=media.original_filename,
            mime_type=media.mime_type,
            etag=media.id.hex,
            modified_at=media.created_at,
        )
        return file_response(
            partial(service.open_range, current_resources(), media),
            facts,
            most_bytes=_MOST_BYTES_FOR_GUESTS if is_guest() else None,
        )


@blp.route("/media/<uuid:media_id>/waveform")
class WaveformViews(MethodView):
    """The waveform as JSON."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW, Scope.PROJECTS_READ, Scope.REVIEWS_READ)
    @documents_errors(409)
    @blp.arguments(WaveformQuerySchema, location="query")
    @blp.response(200, WaveformSchema)
    def get(self, query: dict[str, Any], media_id: UUID) -> Response:
        """Show the waveform in a number of points, once the recording has been analysed."""
        # As it is: a schema would look at each of up to 200,000 numbers again.
        return computed_json(
            Workload.SHORT, service.waveform, current_resources(), current_principal(), media_id, query["points"]
        )


@blp.route("/media/<uuid:media_id>/waveform.dat")
class WaveformFileViews(MethodView):
    """The waveform as a file."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW, Scope.PROJECTS_READ, Scope.REVIEWS_READ)
    @documents_errors(409)
    @blp.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
    @blp.alt_response(304, description="The page has it already.")
    def get(self, media_id: UUID) -> Response:
        """Get the waveform as an audiowaveform file (version 2, 8 bit)."""
        resources, principal = current_resources(), current_principal()
        etag = service.waveform_version(principal, media_id)
        # Asked for anew each time, because another analysis may have heard another track.
        headers = {"Cache-Control": "private, no-cache", "ETag": f'"{etag}"'}
        if request.if_none_match.contains(etag):
            return Response(status=304, headers=headers)
        content = service.waveform_file(resources, principal, media_id)
        return pack(Response(content, headers=headers, mimetype="application/octet-stream"))
