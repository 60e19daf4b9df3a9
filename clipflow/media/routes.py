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
from clipflow.http.authentication import current_principal, needs, open_to, signed_in
from clipflow.http.compression import pack
from clipflow.http.computing import computed, computed_json
from clipflow.http.rate_limits import Budget, rate_limit
from clipflow.http.responses import json_response
from clipflow.http.uploads import read_raw_body, receive_form_file, receive_raw_file
from clipflow.media import parts, service, uploads
from clipflow.media.models import MediaState, PendingUpload
from clipflow.media.parts import ClaimedPart, PartAddress
from clipflow.media.schemas import (
    AnnouncedSchema,
    AnnouncementSchema,
    ArrivedPartListSchema,
    ConfirmationSchema,
    DeletedMediaListSchema,
    DeletionQuerySchema,
    MediaFileAnswerSchema,
    MediaUpdateSchema,
    PartAddressListSchema,
    PartEtagSchema,
    PartNumbersSchema,
    SignatureQuerySchema,
    UnfinishedUploadListSchema,
    UploadFormSchema,
    WaveformQuerySchema,
    WaveformSchema,
)

blp = Blueprint("media", __name__, description="Recordings: upload, look at, play, delete.")
_FORM = {"multipart/form-data": {"schema": UploadFormSchema}}
_RAW = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


def _own_address() -> str:
    """What the addresses of this server begin with."""
    public_url = current_resources().settings.public_url
    return public_url or url_for("media.AnnouncementViews", _external=True).split("/api/")[0]


def _upload_values(upload: PendingUpload) -> dict[str, Any]:
    return {
        "file_id": upload.id, "part_size": parts.size_of(upload), "part_count": parts.count_of(upload),
        "parallel": parts.AT_ONCE, "expires_at": upload.expires_at,
    }  # fmt: skip


def _part_values(upload_id: UUID, address: PartAddress) -> dict[str, Any]:
    path = url_for(
        "media.SignedPartViews", upload_id=upload_id, number=address.number, owner=address.owner_id,
        size=address.size_bytes, expires=address.expires_at_s, signature=address.signature,
    )  # fmt: skip
    url = address.url or _own_address() + path
    return {"part_number": address.number, "url": url, "size": address.size_bytes, "headers": {}}


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
        """Announce an upload, to be sent in parts or, where it has one, to the address that is given."""
        resources = current_resources()
        announced = uploads.prepare_upload(resources, current_principal(), **announcement)
        upload = announced.upload
        path = url_for(
            "media.SignedUploadViews", upload_id=upload.id, owner=announced.owner_id, size=upload.file_size,
            expires=announced.expires_at_s, signature=announced.signature,
        )  # fmt: skip
        values = _upload_values(upload)
        if values["part_count"] > 1:
            return values
        return {
            **values,
            "upload_url": _own_address() + path,
            "method": "PUT",
            "headers": {"Content-Type": upload.content_type},
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
            resources, str(upload_id), query["owner"], query["size"], query["expires"], query["signature"]
        )
        writer = receive_raw_file(partial(uploads.receive_announced, resources, upload_id), query["size"])
        uploads.receive_pending(resources, upload_id, writer)
        return {"message": "The file has arrived; confirm the upload."}

    @signed_in
    @needs(Permission.EDIT, Scope.MEDIA_UPLOAD)
    @blp.response(204)
    def delete(self, upload_id: UUID) -> None:
        """Give up an announced upload; the room that is kept for it is free again. 204 also where there is none."""
        uploads.abort_upload(current_resources(), current_principal(), upload_id)


@blp.route("/upload/<uuid:upload_id>/parts")
class PartListViews(MethodView):
    """The parts of an announced upload."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.EDIT, Scope.MEDIA_UPLOAD)
    @documents_errors(409, 415)
    @blp.response(200, ArrivedPartListSchema)
    def get(self, upload_id: UUID) -> dict[str, Any]:
        """List the parts that have arrived."""
        found = parts.arrived(current_resources(), current_principal(), upload_id)
        return {"parts": [{"part_number": one.number, "size": one.size_bytes, "etag": one.etag} for one in found]}

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.EDIT, Scope.MEDIA_UPLOAD)
    @documents_errors(409, 415)
    @blp.arguments(PartNumbersSchema)
    @blp.response(200, PartAddressListSchema)
    def post(self, wanted: dict[str, Any], upload_id: UUID) -> dict[str, Any]:
        """Get the addresses that parts are put to; each is good for one part of exactly its size, for 15 minutes."""
        found, expires_at = parts.addresses(current_resources(), current_principal(), upload_id, wanted["part_numbers"])
        return {"parts": [_part_values(upload_id, one) for one in found], "expires_at": expires_at}


@blp.route("/upload/<uuid:upload_id>/parts/<int:number>")
class SignedPartViews(MethodView):
    """The bytes of one part."""

    # The address is the right to use it, and was counted when it was given out.
    @rate_limit(Budget.NONE)
    @documents_errors(403, 404, 413)
    @blp.doc(requestBody={"required": True, "content": _RAW})
    @blp.arguments(SignatureQuerySchema, location="query")
    @blp.response(200, PartEtagSchema)
    def put(self, query: dict[str, Any], upload_id: UUID, number: int) -> Response:
        """Send a part to its address, which stands for the person; sent again, it takes the place of the first."""
        resources = current_resources()
        name = parts.signed_name(upload_id, number)
        uploads.check_signature(resources, name, query["owner"], query["size"], query["expires"], query["signature"])
        etag = parts.receive(resources, upload_id, number, read_raw_body(query["size"]))
        response = json_response({"etag": etag})
        response.headers["ETag"] = f'"{etag}"'
        return response


@blp.route("/uploads")
class UnfinishedUploadViews(MethodView):
    """Uploads that can be gone on with."""

    @signed_in
    @open_to(Scope.MEDIA_UPLOAD)
    @blp.response(200, UnfinishedUploadListSchema)
    def get(self) -> dict[str, Any]:
        """List the own uploads that were announced and not confirmed, the newest first."""
        return {
            "uploads": [
                {
                    **_upload_values(one), "project_id": one.project_id, "filename": one.filename,
                    "content_type": one.content_type, "file_size": one.file_size, "created_at": one.created_at,
                }
                for one in parts.list_unfinished(current_principal())
            ]
        }  # fmt: skip


@blp.route("/upload/confirm/<uuid:file_id>")
class ConfirmationViews(MethodView):
    """The end of an announced upload."""

    @signed_in
    @needs(Permission.EDIT, Scope.MEDIA_UPLOAD)
    @documents_errors(409, 415)
    @blp.arguments(ConfirmationSchema, required=False)
    @blp.response(200, MediaFileAnswerSchema)
    @blp.alt_response(202, schema=MediaFileAnswerSchema, description="A worker has to look at it; `state` is checking.")
    def post(self, sent: dict[str, Any], file_id: UUID) -> tuple[dict[str, Any], int]:
        """Have an announced upload checked and kept; a refused one is deleted. May be repeated."""
        claimed = [ClaimedPart(one["part_number"], one["etag"]) for one in sent["parts"]]
        media = uploads.confirm_upload(current_resources(), current_principal(), file_id, claimed)
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
        """Change a recording's title, description, category, or the moment of its poster."""
        return {"media_file": service.change_media(current_resources(), current_principal(), media_id, **changes)}

    @signed_in
    @needs(Permission.MANAGE, Scope.PROJECTS_WRITE)
    @blp.arguments(DeletionQuerySchema, location="query")
    @blp.response(200, MessageSchema)
    def delete(self, query: dict[str, Any], media_id: UUID) -> dict[str, str]:
        """Delete a recording with its analyses: into the bin of its project, or for good."""
        resources = current_resources()
        days = 0 if query["for_good"] else resources.settings.deleted_kept_days
        service.delete_media(resources, current_principal(), media_id, is_for_good=query["for_good"])
        end = f"for {days} days it can be restored" if days else "its files are being removed"
        return {"message": f"The recording is deleted; {end}."}


@blp.route("/media/<uuid:media_id>/restore")
class RestoringViews(MethodView):
    """The way out of the bin."""

    @signed_in
    @needs(Permission.MANAGE, Scope.PROJECTS_WRITE)
    @blp.response(200, MediaFileAnswerSchema)
    def post(self, media_id: UUID) -> dict[str, Any]:
        """Restore a deleted recording, with its analyses and decisions."""
        return {"media_file": service.restore_media(current_principal(), media_id)}


@blp.route("/projects/<uuid:project_id>/deleted")
class BinViews(MethodView):
    """The bin of a project."""

    @signed_in
    @needs(Permission.MANAGE, Scope.PROJECTS_WRITE)
    @blp.response(200, DeletedMediaListSchema)
    def get(self, project_id: UUID) -> dict[str, Any]:
        """List the deleted recordings that can be restored, the last deleted first."""
        return {"recordings": service.list_deleted(current_resources(), current_principal(), project_id)}


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
        content = computed(Workload.SHORT, service.waveform_file, resources, principal, media_id)
        return pack(Response(content, headers=headers, mimetype="application/octet-stream"))
