"""The bytes of what is seen and played."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from clipflow.core.errors import MissingError
from clipflow.core.principal import Principal
from clipflow.engine.renditions.storyboard import web_vtt
from clipflow.media import service as media_service
from clipflow.media.models import MediaFile
from clipflow.renditions import service
from clipflow.renditions.models import Rendition
from clipflow.resources import Resources

_MIME_TYPES = {".mp4": "video/mp4", ".webm": "video/webm", ".m4a": "audio/mp4"}


@dataclass(frozen=True, slots=True)
class Content:
    """A file that is played, and what a player is told of it."""

    storage_key: str
    size_bytes: int
    filename: str
    mime_type: str
    etag: str
    modified_at: datetime


def find_content(principal: Principal, media_id: UUID, wanted: str) -> Content:
    """What is played of a recording: ``wanted`` is original, proxy or auto.

    Raises:
        MissingError: there is no such recording, or no copy of it.
        ConflictError: it is not ready, or its copy is being made.
    """
    media = media_service.get_media(principal, media_id)
    media_service.check_ready(media)
    return content_of(media, service.playable(media, wanted))


def content_of(media: MediaFile, proxy: Rendition | None) -> Content:
    """What is played: the copy, or where there is none the recording."""
    if proxy is None or proxy.storage_key is None:
        return Content(
            media.storage_key, media.file_size, media.original_filename, media.mime_type, media.id.hex, media.created_at
        )
    ending = Path(proxy.storage_key).suffix
    return Content(
        proxy.storage_key, proxy.size_bytes or 0, f"{Path(media.original_filename).stem}{ending}",
        _MIME_TYPES.get(ending, "video/mp4"), etag_of(proxy), proxy.finished_at or media.created_at,
    )  # fmt: skip


def address_elsewhere(resources: Resources, content: Content) -> str | None:
    """Where a browser reads a file from the object storage; None where this server passes it on."""
    settings = resources.settings
    if settings.s3_delivery != "redirect":
        return None
    return resources.storage.url(
        content.storage_key,
        valid_for_s=settings.media_url_ttl_s,
        file_name=content.filename,
        mime_type=content.mime_type,
    )


def etag_of(found: Rendition) -> str:
    """Changes whenever it is made anew."""
    return f"{found.made_by_recipe}-{Path(found.storage_key or '').stem}"


def picture(resources: Resources, found: Rendition) -> bytes:
    """A picture; raises MissingError where it has just been deleted."""
    return _read(resources, found, 0, found.size_bytes or 0)


def storyboard_cues(found: Rendition) -> bytes:
    """Which part of which sheet shows a span of time."""
    meta = found.meta
    names = [f"storyboard/{number}.jpg" for number in range(len(meta["sheet_bytes"]))]
    size = meta["tile_width"], meta["tile_height"]
    return web_vtt(meta["duration_s"], meta["step_s"], meta["tile_count"], size, names).encode()


def storyboard_sheet(resources: Resources, found: Rendition, number: int) -> bytes:
    """One sheet, counted from 0; raises MissingError."""
    sizes = found.meta["sheet_bytes"]
    if number >= len(sizes):
        raise MissingError("The storyboard has no such sheet; look into its cues.")
    start = sum(sizes[:number])
    return _read(resources, found, start, start + sizes[number])


def _read(resources: Resources, found: Rendition, start: int, end: int) -> bytes:
    assert found.storage_key is not None
    with resources.storage.open_range(found.storage_key, start, end) as file:
        return file.read(end - start)
