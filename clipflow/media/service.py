"""The rules of recordings: what is taken, who may see it, and what its waveform is."""

import errno
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from clipflow import engine
from clipflow.audit import service as audit
from clipflow.core import clock
from clipflow.core.db import transaction
from clipflow.core.errors import (
    ConflictError,
    MissingError,
    StorageUnavailableError,
    UnavailableError,
)
from clipflow.core.principal import Permission, Principal
from clipflow.core.queue import Lane
from clipflow.core.storage.protocol import Storage
from clipflow.jobs import service as jobs
from clipflow.media import charging, models
from clipflow.media.access import visible_recordings
from clipflow.media.models import MediaFile, MediaState
from clipflow.projects.access import require
from clipflow.projects.service import Overview
from clipflow.resources import Resources

logger = logging.getLogger(__name__)

# Every domain clears what it has; see clipflow/clearing.py.
CLEARING_JOB = "clear_deleted_media"
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


def open_range(resources: Resources, media: MediaFile, start: int, end: int) -> BinaryIO:
    """The bytes of a recording from one up to another; raises MissingError."""
    return resources.storage.open_range(media.storage_key, start, end)


def check_ready(media: MediaFile) -> None:
    """Raise ConflictError while a recording is being checked or after it was refused."""
    if media.state != MediaState.READY:
        raise ConflictError("The recording is not ready; wait until it has been checked, or upload another one.")


def rename_media(principal: Principal, media_id: UUID, title: str) -> MediaFile:
    """Give a recording another title; its file keeps its name.

    Raises:
        MissingError, NotAllowedError: there is no such recording, or it may not be changed.
    """
    media = get_media(principal, media_id, Permission.EDIT)
    media.title = title
    media.save(only=[MediaFile.title])
    return media


def delete_media(resources: Resources, principal: Principal, media_id: UUID) -> None:
    """Delete a recording at once for everybody; its running analyses and files follow within seconds."""
    with transaction():
        media = get_media(principal, media_id, Permission.MANAGE)
        if not _mark_deleted(resources, media, principal.user_id):
            raise MissingError("The recording is deleted already; load the page again.")
        audit.record("recording.deleted", actor=principal, target=("recording", media_id))


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
                _mark_deleted(resources, media)
    return [media.storage_key for media in expired]


def clear(resources: Resources, media_ids: list[UUID], project_id: UUID | None) -> None:
    """Remove the files and rows of deleted recordings, and the files of uploads that a deleted project expected."""
    for recording in models.media_by_ids(media_ids):
        resources.storage.delete(recording.storage_key)
        charging.remove_row(recording)
    if project_id is not None:
        for upload in models.pending_uploads_of(project_id):
            resources.storage.delete(upload.storage_key)
            charging.remove_announced(upload)


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
    """Have recordings cleared up that were deleted before then and are still there."""
    for media_id in models.media_deleted_before(before):
        with transaction():
            jobs.submit(resources.queue, CLEARING_JOB, Lane.QUICK, media_id)


def _mark_deleted(resources: Resources, media: MediaFile, asked_by: UUID | None = None) -> bool:
    """False when somebody else has at the same moment."""
    if not models.mark_deleted(media.id, clock.now()):
        return False
    # Read again, because it may have gone to another project meanwhile.
    charging.give_back(MediaFile.get_by_id(media.id))
    jobs.submit(resources.queue, CLEARING_JOB, Lane.QUICK, media.id, asked_by)
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return engine.exact_rate_text(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


@contextmanager
def local_recording(storage: Storage, key: str) -> Iterator[Path]:
    """A path to a recording, for the engine to read while it is borrowed.

    Raises:
        MissingError: there is no such recording.
        StorageUnavailableError: the storage is away, or was for a moment, which looks to the engine like a file that is
            missing or damaged.
    """
    with storage.local_copy(key) as path:
        try:
            yield path
        except engine.AnalysisCancelledError:
            raise
        except engine.MediaNotFoundError as error:
            raise _away(storage, key) from error
        except engine.MediaToolError:
            raise
        except engine.EngineError as error:
            with storage.local_copy(key):
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
    with storage.local_copy(key):
        return StorageUnavailableError(
            "The stored files could not be reached for a moment; try again in a few seconds."
        )
