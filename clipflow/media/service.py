"""The rules of recordings: what is taken, who may see it, and what its waveform is."""

import errno
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from clipflow import engine
from clipflow.audit import service as audit
from clipflow.categories import service as categories
from clipflow.core import clock
from clipflow.core.db import transaction
from clipflow.core.errors import (
    ConflictError,
    InvalidInputError,
    MissingError,
    StorageUnavailableError,
    UnavailableError,
)
from clipflow.core.principal import Permission, Principal
from clipflow.core.queue import Lane
from clipflow.core.searching import searchable
from clipflow.core.storage.protocol import Storage
from clipflow.jobs import service as jobs
from clipflow.media import charging, models, parts
from clipflow.media.access import visible_recordings
from clipflow.media.models import MediaFile, MediaState
from clipflow.projects.access import require, visible
from clipflow.projects.models import Project
from clipflow.projects.service import Overview
from clipflow.resources import Resources

logger = logging.getLogger(__name__)

# Every domain clears what it has; see clipflow/clearing.py.
CLEARING_JOB = "clear_deleted_media"
# Has everything made of a recording that is to be seen and played of it; see clipflow/renditions.
RENDITIONS_JOB = "plan_renditions"
CHECKING_JOB = "check_recording"
# The same with a scan first. A kind of its own, so that a worker that has no scanner does not take one for checked.
SCANNING_JOB = "scan_recording"
# What a job says meanwhile.
_COPYING = "copying"
_AWAY = {
    errno.ENOENT, errno.EIO, errno.ENOTCONN, errno.ESTALE, errno.EACCES, errno.ENODEV, errno.ETIMEDOUT,
    errno.EHOSTDOWN, errno.ENXIO,
}  # fmt: skip


def _no_tracks() -> ConflictError:
    return ConflictError("The recording has not been analysed yet; start an analysis and wait for it.")


def get_media(principal: Principal, media_id: UUID, permission: Permission = Permission.VIEW) -> MediaFile:
    """A recording; raises MissingError where it may not be seen, NotAllowedError where this may not be done with it."""
    media = models.find_media(media_id, visible_recordings(principal, Permission.VIEW))
    if media is None:
        raise MissingError("There is no such recording; check the address.")
    if permission is not Permission.VIEW:
        require(principal, media.project_id, permission)
    return media


def makes_renditions(resources: Resources) -> bool:
    """Whether anything is made of recordings by itself."""
    return resources.settings.make_pictures or resources.settings.proxy_mode != "off"


def plan_renditions(resources: Resources, media_id: UUID) -> None:
    """Have made of a recording what is missing to see and to play it, in the caller's transaction."""
    if makes_renditions(resources):
        jobs.submit(resources.queue, RENDITIONS_JOB, Lane.QUICK, media_id)


def check_ready(media: MediaFile) -> None:
    """Raise ConflictError while a recording is being checked or after it was refused."""
    if media.state != MediaState.READY:
        raise ConflictError("The recording is not ready; wait until it has been checked, or upload another one.")


def change_media(resources: Resources, principal: Principal, media_id: UUID, **changes: Any) -> MediaFile:
    """Change a recording's title, which leaves the name of its file alone, description, category or poster's moment.

    Raises:
        MissingError, NotAllowedError: there is no such recording, or it may not be changed.
        InvalidInputError: the moment is beyond its end, or the category another team's.
    """
    media = get_media(principal, media_id, Permission.EDIT)
    at_ms = changes.get("poster_at_ms")
    if at_ms is not None and at_ms > 1000 * (media.duration_seconds or 0):
        sentence = "The recording is shorter than that; name a moment within it."
        raise InvalidInputError(sentence, {"poster_at_ms": sentence})
    if changes.get("category_id") is not None:
        _check_category(principal, changes["category_id"], media.project_id)
    with transaction():
        for name, value in changes.items():
            setattr(media, name, value)
        media.search_text = searchable(f"{media.title} {media.description} {media.original_filename}")
        media.save(only=[MediaFile.search_text, *(getattr(MediaFile, name.removesuffix("_id")) for name in changes)])
        if "poster_at_ms" in changes:
            plan_renditions(resources, media_id)
    return media


def _check_category(principal: Principal, category_id: UUID, project_id: UUID) -> None:
    category = categories.find_category(principal, category_id)
    if category.team_id not in (None, Project.get_by_id(project_id).team_id):
        sentence = "This category is of another team; choose one of the team that the recording is in."
        raise InvalidInputError(sentence, {"category_id": sentence})


def delete_media(resources: Resources, principal: Principal, media_id: UUID, *, is_for_good: bool = False) -> None:
    """Delete a recording for everybody: into the bin, or for good, also from there; its files follow within seconds.

    Raises:
        MissingError, NotAllowedError: there is no such recording, or it may not be deleted.
    """
    with transaction():
        in_bin = models.find_in_bin(media_id, visible(principal, Permission.VIEW)) if is_for_good else None
        media = in_bin or get_media(principal, media_id)
        require(principal, media.project_id, Permission.MANAGE)
        if in_bin is None:
            if not models.mark_deleted(media_id, clock.now()):
                raise MissingError("The recording is deleted already; load the page again.")
            audit.record("recording.deleted", actor=principal, target=("recording", media_id))
        if is_for_good or resources.settings.deleted_kept_days == 0:
            _purge(resources, media, principal.user_id)
            audit.record("recording.purged", actor=principal, target=("recording", media_id))


def list_deleted(resources: Resources, principal: Principal, project_id: UUID) -> list[dict[str, Any]]:
    """The recordings of a project that lie in the bin, and until when; raises MissingError or NotAllowedError."""
    require(principal, project_id, Permission.MANAGE)
    kept = timedelta(days=resources.settings.deleted_kept_days)
    return [
        {**one.__data__, "project_id": one.project_id, "kept_until": one.deleted_at + kept}
        for one in models.bin_of(project_id)
    ]


def restore_media(principal: Principal, media_id: UUID) -> MediaFile:
    """Take a recording out of the bin, with its analyses and decisions; raises MissingError or NotAllowedError."""
    with transaction():
        media = models.find_in_bin(media_id, visible(principal, Permission.VIEW))
        if media is not None:
            require(principal, media.project_id, Permission.MANAGE)
        if media is None or not models.take_from_bin(media_id):
            raise MissingError("This recording is not in the bin (any more); load the page again.")
        audit.record("recording.restored", actor=principal, target=("recording", media_id))
    return get_media(principal, media_id)


def empty_bin(resources: Resources, now: datetime, *, is_dry_run: bool) -> list[str]:
    """Purge what has been in the bin for long enough; returns the names of the files."""
    due = models.in_bin_since(now - timedelta(days=resources.settings.deleted_kept_days))
    if not is_dry_run:
        for media in due:
            with transaction():
                _purge(resources, media)
    return [media.storage_key for media in due]


def load_tracks(resources: Resources, key: str | None) -> engine.Tracks:
    """The tracks of an analysis; ConflictError while there are none, UnavailableError when they are damaged."""
    if key is None:
        raise _no_tracks()
    try:
        with resources.storage.open_range(key) as file:
            return engine.Tracks.from_bytes(file.read())
    except engine.TracksFileError as error:
        logger.error("The tracks %s are damaged: %s", key, error)
        raise UnavailableError("The stored waveform is damaged; analyse the recording again.") from None


def waveform(resources: Resources, principal: Principal, media_id: UUID, points: int) -> dict[str, Any]:
    """The waveform reduced to a number of points, as pairs of the lowest and highest sample from -1 to 1."""
    tracks = load_tracks(resources, get_media(principal, media_id).tracks_key)
    peaks, samples_per_peak = tracks.reduced_peaks(points)
    return {
        "peaks": peaks,
        "duration": tracks.duration_ms / 1000,
        "sample_rate": engine.SAMPLE_RATE,
        "samples_per_peak": samples_per_peak,
    }


def waveform_version(principal: Principal, media_id: UUID) -> str:
    """Changes whenever the waveform does; raises MissingError, or ConflictError while there is none."""
    key = get_media(principal, media_id).tracks_key
    if key is None:
        raise _no_tracks()
    return sha256(key.encode()).hexdigest()[:16]


def waveform_file(resources: Resources, principal: Principal, media_id: UUID) -> bytes:
    """The waveform as an audiowaveform file."""
    return load_tracks(resources, get_media(principal, media_id).tracks_key).to_audiowaveform()


def describe_info(info: engine.MediaInfo) -> dict[str, Any]:
    """A recording's description as JSON: frame rates are fractions such as "30000/1001"."""
    described: dict[str, Any] = _plain(asdict(info))
    described.pop("warnings")
    described.pop("file_size_bytes")
    return described


def describe_warnings(info: engine.MediaInfo) -> list[dict[str, str]]:
    """What to know before a cut is trusted."""
    return [{"code": warning.code, "message": warning.message} for warning in info.warnings]


def expire_media(resources: Resources, now: datetime, *, is_dry_run: bool) -> list[str]:
    """Delete recordings older than the retention; returns the names of their files."""
    days = resources.settings.file_retention_days
    if days is None:
        return []
    expired = models.media_older_than(now - timedelta(days=days))
    if not is_dry_run:
        for media in expired:
            with transaction():
                if models.mark_deleted(media.id, now):
                    _purge(resources, media)
    return [media.storage_key for media in expired]


def clear(resources: Resources, media_ids: list[UUID], project_id: UUID | None) -> None:
    """Remove the files and rows of deleted recordings, and the files of uploads that a deleted project expected."""
    for kind in (CHECKING_JOB, SCANNING_JOB):
        jobs.request_cancel(kind, media_ids)
    for recording in models.media_by_ids(media_ids):
        resources.storage.delete(recording.storage_key)
        charging.remove_row(recording)
    if project_id is not None:
        for upload in models.pending_uploads_of(project_id):
            parts.give_up(resources, upload)


def add_to_overview(overview: Overview) -> None:
    """Add to a project a page of its recordings."""
    found, overview.total = models.page_of_media(
        overview.project["id"], overview.media_id, overview.page, overview.limit
    )
    overview.recordings = [{**one.__data__, "project_id": one.project_id} for one in found]


def add_to_list(entries: Mapping[UUID, dict[str, Any]]) -> None:
    """Add to each project of a list how many recordings it has, how long they are, and the newest one."""
    contents = models.contents_of(entries)
    for project_id, entry in entries.items():
        found = contents.get(project_id)
        entry["recording_count"] = found.count if found else 0
        entry["duration_seconds"] = round(found.duration_s, 3) if found else 0.0
        entry["newest_recording"] = found.newest if found else None


def clear_again(resources: Resources, before: datetime) -> None:
    """Have recordings cleared up that were purged before then and are still there."""
    for media_id in models.media_purged_before(before):
        with transaction():
            jobs.submit(resources.queue, CLEARING_JOB, Lane.QUICK, media_id)


def _purge(resources: Resources, media: MediaFile, asked_by: UUID | None = None) -> None:
    """Let a deleted recording not come back, and give back its room; does nothing when somebody else has."""
    if not models.mark_purged(media.id, clock.now()):
        return
    # Read again, because it may have gone to another project meanwhile.
    charging.give_back(MediaFile.get_by_id(media.id))
    jobs.submit(resources.queue, CLEARING_JOB, Lane.QUICK, media.id, asked_by)


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return engine.exact_rate_text(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


@contextmanager
def local_recording(storage: Storage, key: str, continue_in: Callable[[str], None] | None = None) -> Iterator[Path]:
    """A path to a recording, for the engine to read while it is borrowed.

    ``continue_in`` is told again and again that the recording is being copied, and raises what is to end that.

    Raises:
        MissingError: there is no such recording.
        StorageUnavailableError: the storage is away, or was for a moment, which looks to the engine like a file that is
            missing or damaged.
    """
    with storage.local_copy(key, None if continue_in is None else partial(continue_in, _COPYING)) as path:
        try:
            yield path
        except engine.AnalysisCancelledError:
            raise
        except engine.MediaNotFoundError as error:
            raise _away(storage, key) from error
        except engine.MediaToolError:
            raise
        except engine.EngineError as error:
            storage.size(key)
            # A disk that fails looks to the engine like a damaged file.
            if not engine.can_be_read(path):
                raise _away(storage, key) from error
            raise
        except OSError as error:
            if error.errno not in _AWAY:
                raise
            raise _away(storage, key) from error


def _away(storage: Storage, key: str) -> StorageUnavailableError:
    """What is said of a file that is there again; raises what is to be said while it is not."""
    storage.size(key)
    return StorageUnavailableError("The stored files could not be reached for a moment; try again in a few seconds.")
