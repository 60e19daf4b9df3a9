"""The routes of what is seen and played of a recording."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial
from threading import Semaphore
from typing import Any, cast
from uuid import UUID

from flask import Response, request
from flask.views import MethodView
from werkzeug.wsgi import ClosingIterator

from clipflow.app_context import current_resources
from clipflow.core.errors import MissingError, UnavailableError
from clipflow.core.principal import Permission, Scope
from clipflow.http.api import Blueprint, documents_errors
from clipflow.http.authentication import current_principal, is_guest, needs, signed_in
from clipflow.http.ranges import FileFacts, file_response
from clipflow.http.rate_limits import Budget, rate_limit
from clipflow.renditions import playing, service
from clipflow.renditions.models import RenditionKind
from clipflow.renditions.schemas import FileQuerySchema, RenditionAnswerSchema, RenditionListSchema

blp = Blueprint("renditions", __name__, description="Recordings: play them, and look at their pictures.")
# A link may be revoked while its guest looks; what was asked for before still comes.
_MOST_BYTES_FOR_GUESTS = 8 * 1024**2
_BYTES = {"type": "string", "format": "binary"}
_KINDS = ", ".join(RenditionKind)


@blp.route("/media/<uuid:media_id>/file")
class MediaContentViews(MethodView):
    """The recording itself."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW, Scope.PROJECTS_READ, Scope.REVIEWS_READ)
    @documents_errors(409, 416)
    @blp.arguments(FileQuerySchema, location="query")
    @blp.response(200, _BYTES, content_type="video/*")
    @blp.alt_response(206, schema=_BYTES, content_type="video/*")
    @blp.alt_response(302, description="To the object storage, where browsers are sent there.")
    @blp.alt_response(304, description="The viewer has it already.")
    def get(self, query: dict[str, Any], media_id: UUID) -> Response:
        """Play a recording, whole or by byte ranges."""
        resources = current_resources()
        content = playing.find_content(current_principal(), media_id, query["rendition"])
        # What a guest sees ends with the link, so it never comes from an address that outlives it.
        elsewhere = None if is_guest() or request.method == "HEAD" else playing.address_elsewhere(resources, content)
        if elsewhere is not None:
            return Response(status=302, headers={"Location": elsewhere, "Cache-Control": "no-store"})
        is_remote = resources.settings.has_remote_storage
        answer = partial(
            file_response,
            partial(resources.storage.open_range, content.storage_key),
            FileFacts(
                size=content.size_bytes, filename=content.filename, mime_type=content.mime_type, etag=content.etag,
                modified_at=content.modified_at,
            ),
            most_bytes=_MOST_BYTES_FOR_GUESTS if is_guest() else None,
            is_remote=is_remote,
        )  # fmt: skip
        if not is_remote or request.range is not None or request.method == "HEAD":
            return answer()
        return _one_of_few(answer, resources.download_slots)


@blp.route("/media/<uuid:media_id>/renditions")
class RenditionListViews(MethodView):
    """What is made of a recording."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW, Scope.PROJECTS_READ, Scope.REVIEWS_READ)
    @blp.response(200, RenditionListSchema)
    def get(self, media_id: UUID) -> dict[str, Any]:
        """List what is made of a recording, and how far it is."""
        return {"renditions": service.list_renditions(current_principal(), media_id)}


@blp.route("/media/<uuid:media_id>/renditions/<string:kind>")
class RenditionByKindViews(MethodView):
    """One of them."""

    @rate_limit(Budget.ANALYSES)
    @signed_in
    @needs(Permission.EDIT, Scope.MEDIA_UPLOAD)
    @documents_errors(409)
    @blp.response(202, RenditionAnswerSchema)
    def post(self, media_id: UUID, kind: str) -> dict[str, Any]:
        """Make a thumbnail, poster, storyboard or proxy, or make it again."""
        found = service.make(current_resources(), current_principal(), media_id, _kind(kind))
        return {"rendition": service.described([found])[0]}

    @signed_in
    @needs(Permission.EDIT, Scope.MEDIA_UPLOAD)
    @blp.response(204)
    def delete(self, media_id: UUID, kind: str) -> None:
        """Delete one, or stop making it; 204 also where there is none."""
        service.remove(current_resources(), current_principal(), media_id, _kind(kind))


@blp.route("/media/<uuid:media_id>/thumbnail")
class ThumbnailViews(MethodView):
    """A small picture."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW, Scope.PROJECTS_READ, Scope.REVIEWS_READ)
    @blp.response(200, _BYTES, content_type="image/jpeg")
    @blp.alt_response(304, description="The viewer has it already.")
    def get(self, media_id: UUID) -> Response:
        """Show the picture at a tenth of a recording, in 320 by 240 pixels at most."""
        return _picture(media_id, RenditionKind.THUMBNAIL)


@blp.route("/media/<uuid:media_id>/poster")
class PosterViews(MethodView):
    """The picture of a card."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW, Scope.PROJECTS_READ, Scope.REVIEWS_READ)
    @blp.response(200, _BYTES, content_type="image/jpeg")
    @blp.alt_response(304, description="The viewer has it already.")
    def get(self, media_id: UUID) -> Response:
        """Show the best picture of a recording, 640 pixels wide at most."""
        return _picture(media_id, RenditionKind.POSTER)


@blp.route("/media/<uuid:media_id>/storyboard.vtt")
class StoryboardViews(MethodView):
    """Pictures all along."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW, Scope.PROJECTS_READ, Scope.REVIEWS_READ)
    @blp.response(200, {"type": "string"}, content_type="text/vtt")
    @blp.alt_response(304, description="The viewer has it already.")
    def get(self, media_id: UUID) -> Response:
        """Get the cues of the storyboard: which part of which sheet shows a span of time."""
        found = service.finished(current_principal(), media_id, RenditionKind.STORYBOARD)
        return _cached(playing.etag_of(found), "text/vtt", partial(playing.storyboard_cues, found))


@blp.route("/media/<uuid:media_id>/storyboard/<int:number>.jpg")
class StoryboardSheetViews(MethodView):
    """A sheet of them."""

    @rate_limit(Budget.POLLING)
    @signed_in
    @needs(Permission.VIEW, Scope.PROJECTS_READ, Scope.REVIEWS_READ)
    @blp.response(200, _BYTES, content_type="image/jpeg")
    @blp.alt_response(304, description="The viewer has it already.")
    def get(self, media_id: UUID, number: int) -> Response:
        """Get a sheet of the storyboard, counted from 0."""
        found = service.finished(current_principal(), media_id, RenditionKind.STORYBOARD)
        read = partial(playing.storyboard_sheet, current_resources(), found, number)
        return _cached(f"{playing.etag_of(found)}-{number}", "image/jpeg", read)


def _kind(text: str) -> RenditionKind:
    if text not in [*RenditionKind]:
        raise MissingError(f"There is no such rendition; name one of {_KINDS}.")
    return RenditionKind(text)


def _picture(media_id: UUID, kind: RenditionKind) -> Response:
    found = service.finished(current_principal(), media_id, kind)
    return _cached(playing.etag_of(found), "image/jpeg", partial(playing.picture, current_resources(), found))


def _cached(etag: str, mime_type: str, read: Callable[[], bytes]) -> Response:
    """An answer that a browser keeps, and asks about each time: it is another one after it was made anew."""
    headers = {
        "Cache-Control": "private, no-cache", "ETag": f'"{etag}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }  # fmt: skip
    if request.if_none_match.contains(etag):
        return Response(status=304, headers=headers)
    return Response(read(), headers=headers, mimetype=mime_type)


def _one_of_few(answer: Callable[[], Response], slots: Semaphore) -> Response:
    """An answer that holds a thread for as long as its reader likes, while others hold no more than there are slots.

    Raises:
        UnavailableError: they do.
    """
    if not slots.acquire(blocking=False):
        raise UnavailableError(
            "Others download whole recordings at the moment; try again in a minute, or ask for ranges."
        )
    try:
        response = answer()
    except BaseException:
        slots.release()
        raise
    # Released once, whoever closes it; a response that passes its body through never hears of the end itself.
    held = ExitStack()
    held.callback(slots.release)
    response.response = ClosingIterator(cast(Iterable[bytes], response.response), held.close)
    return response
