"""What a recording that has come in is: looked at while its sender waits, or by a worker where that takes longer."""

import logging
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from clipflow import engine
from clipflow.core.db import after_commit
from clipflow.core.errors import MissingError, UnavailableError, UnsupportedFormatError
from clipflow.core.queue import Lane
from clipflow.engine.text import shown_name
from clipflow.jobs.protocol import JobHandler, JobInput, JobProgress, PermanentError, RetryableError
from clipflow.media import filetypes, models
from clipflow.media.models import MediaFile, MediaState
from clipflow.media.service import describe_info, describe_warnings, local_recording
from clipflow.projects.models import Project
from clipflow.quotas import service as quotas
from clipflow.resources import Resources

logger = logging.getLogger(__name__)

CHECKING_JOB = "check_recording"
# Describing a genuine recording takes a fraction of a second; what takes longer is the worker's.
_WHILE_WAITING = engine.MediaLimits(probe_cpu_s=4, probe_wall_s=5.0, memory_bytes=512 * 1024**2)
_IN_WORKER = engine.MediaLimits(probe_cpu_s=60, probe_wall_s=120.0, memory_bytes=1024**3)
_ATTEMPTS = 3
_TOO_DEMANDING = "takes more time or memory to read than any genuine recording; convert it and upload it again."


class UndecidedError(Exception):
    """Looking at a file while its sender waits would take too much; a worker has to."""


def check_content(resources: Resources, key: str, name: str) -> engine.MediaInfo:
    """What a file is, if its content is that of a recording with sound and agrees with its ending.

    Raises:
        UnsupportedFormatError: it is not.
        UndecidedError: others are being looked at, or it takes longer.
        UnavailableError: it could not be looked at now.
    """
    _check_head(resources, key, name)
    if not resources.probe_slots.acquire(blocking=False):
        raise UndecidedError
    try:
        return _patiently_described(resources, key, name)
    except engine.MediaToolUnavailableError as error:
        logger.warning("A recording could not be looked at: %s", error)
        raise UnavailableError("The recording could not be looked at; try again in a minute.") from error
    except engine.MediaToolError as error:
        logger.warning("A recording is left to a worker: %s", error)
        raise UndecidedError from error
    finally:
        resources.probe_slots.release()


def facts_of(info: engine.MediaInfo) -> dict[str, Any]:
    """What the row of a checked recording says."""
    return {
        "state": MediaState.READY,
        "duration_seconds": info.duration_s,
        "media_info": describe_info(info),
        "warnings": describe_warnings(info),
    }


def handlers(resources: Resources) -> list[JobHandler]:
    """How recordings are checked in the background."""
    return [
        JobHandler(
            CHECKING_JOB,
            Lane.CHECKS,
            partial(run_check, resources),
            on_started=begin_check,
            on_succeeded=keep,
            on_failed=partial(refuse, resources),
        )
    ]


def begin_check(media_id: UUID) -> JobInput | None:
    """What a worker needs to look at a recording, or None when nobody waits for it any more."""
    media = MediaFile.get_or_none(MediaFile.id == media_id, MediaFile.state == MediaState.CHECKING)
    if media is None or media.deleted_at is not None:
        return None
    return {"storage_key": media.storage_key, "name": media.original_filename}


def run_check(resources: Resources, given: JobInput, progress: JobProgress) -> dict[str, Any]:
    """Look at a recording under the limits of a worker."""
    try:
        return facts_of(_described(resources, given["storage_key"], given["name"], _IN_WORKER))
    except UnsupportedFormatError as error:
        raise PermanentError(error.code, str(error)) from error
    except MissingError:
        raise PermanentError("MEDIA_NOT_FOUND", "The recording is not there any more; upload it again.") from None
    except engine.MediaToolUnavailableError as error:
        raise RetryableError(error.code, "The recording could not be looked at; upload it again.") from error
    except engine.MediaToolError as error:
        name = shown_name(Path(given["name"]))
        raise PermanentError(UnsupportedFormatError.code, f"{name} {_TOO_DEMANDING}") from error


def keep(media_id: UUID, facts: Any) -> None:
    """Make a recording that was checked ready."""
    models.finish_check(media_id, **facts)


def refuse(resources: Resources, media_id: UUID, code: str, sentence: str) -> None:
    """Say why a recording cannot be used, and delete its file."""
    if models.finish_check(media_id, state=MediaState.REFUSED, refusal=sentence):
        media = MediaFile.get_by_id(media_id)
        key = media.storage_key
        if media.deleted_at is None:
            quotas.give_back(Project.get_by_id(media.project_id).team_id, media.uploaded_by_id, media.file_size)
        after_commit(lambda: resources.storage.delete(key))


def _check_head(resources: Resources, key: str, name: str) -> None:
    extension = filetypes.extension_of(name)
    with resources.storage.open_range(key, 0, filetypes.HEAD_BYTES) as file:
        head = file.read(filetypes.HEAD_BYTES)
    if not filetypes.has_content_of(extension, head):
        raise UnsupportedFormatError(
            f"The content of the file is not that of a .{extension} file; give it its right ending or convert it."
        )


def _patiently_described(resources: Resources, key: str, name: str) -> engine.MediaInfo:
    for _ in range(_ATTEMPTS - 1):
        try:
            return _described(resources, key, name, _WHILE_WAITING)
        except engine.MediaToolUnavailableError as error:
            logger.warning("A recording is looked at again: %s", error)
    return _described(resources, key, name, _WHILE_WAITING)


def _described(resources: Resources, key: str, name: str, limits: engine.MediaLimits) -> engine.MediaInfo:
    try:
        with local_recording(resources.storage, key) as path:
            return engine.probe(path, limits=limits)
    except engine.MediaToolError:
        raise
    except engine.EngineError as error:
        # The engine speaks of the file's name here, which says nothing to the person who sent it.
        raise UnsupportedFormatError(str(error).replace(shown_name(Path(key)), shown_name(Path(name)))) from error
