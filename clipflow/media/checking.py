"""What a recording that has come in is: looked at while its sender waits, or by a worker where that takes longer."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from clipflow import engine
from clipflow.audit import service as audit
from clipflow.core.db import after_commit
from clipflow.core.errors import MissingError, UnavailableError, UnsupportedFormatError
from clipflow.core.queue import Lane
from clipflow.engine.text import shown_name
from clipflow.jobs.protocol import JobHandler, JobInput, JobProgress, PermanentError, RetryableError
from clipflow.media import filetypes, models, scanning
from clipflow.media.models import MediaFile, MediaState
from clipflow.media.service import (
    CHECKING_JOB,
    SCANNING_JOB,
    describe_info,
    describe_warnings,
    local_recording,
    plan_renditions,
)
from clipflow.projects.models import Project
from clipflow.quotas import service as quotas
from clipflow.resources import Resources

logger = logging.getLogger(__name__)

# Describing a genuine recording takes a fraction of a second; what takes longer is the worker's.
_WHILE_WAITING = engine.MediaLimits(probe_cpu_s=4, probe_wall_s=5.0, memory_bytes=512 * 1024**2)
_IN_WORKER = engine.MediaLimits(probe_cpu_s=60, probe_wall_s=120.0, memory_bytes=1024**3)
_ATTEMPTS = 3
# Anything else says nothing of the file, which the clean-up then puts into quarantine first.
_ABOUT_CONTENT = {UnsupportedFormatError.code, scanning.MALICIOUS, scanning.TOO_LARGE}
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
    check_head(resources, key, name)
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


def check_head(resources: Resources, key: str, name: str) -> None:
    """Raise UnsupportedFormatError where a file begins as none of its ending does."""
    extension = filetypes.extension_of(name)
    with resources.storage.open_range(key, 0, filetypes.HEAD_BYTES) as file:
        head = file.read(filetypes.HEAD_BYTES)
    if not filetypes.has_content_of(extension, head):
        raise UnsupportedFormatError(
            f"The content of the file is not that of a .{extension} file; give it its right ending or convert it."
        )


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
            kind,
            Lane.CHECKS,
            partial(run_check, resources, must_scan=kind == SCANNING_JOB),
            on_started=begin_check,
            on_succeeded=partial(keep, resources),
            on_failed=partial(refuse, resources),
        )
        for kind in (CHECKING_JOB, SCANNING_JOB)
    ]


def begin_check(media_id: UUID) -> JobInput | None:
    """What a worker needs to look at a recording, or None when nobody waits for it any more."""
    media = MediaFile.get_or_none(MediaFile.id == media_id, MediaFile.state == MediaState.CHECKING)
    if media is None or media.purged_at is not None:
        return None
    return {"storage_key": media.storage_key, "name": media.original_filename}


def run_check(
    resources: Resources, given: JobInput, progress: JobProgress, *, must_scan: bool = False
) -> dict[str, Any]:
    """Have a recording scanned, and look at it under the limits of a worker."""
    key, name = given["storage_key"], Path(given["name"])
    try:
        with _named_recording(resources, key, name, progress.continue_in) as path:
            scanned = scanning.scan(resources, path, progress, must_scan=must_scan)
            facts = facts_of(engine.probe(path, limits=_IN_WORKER))
        return {**facts, "warnings": scanned + facts["warnings"]}
    except UnsupportedFormatError as error:
        raise PermanentError(error.code, str(error)) from error
    except MissingError:
        raise PermanentError("MEDIA_NOT_FOUND", "The recording is not there any more; upload it again.") from None
    except engine.MediaToolUnavailableError as error:
        raise RetryableError(error.code, "The recording could not be looked at; upload it again.") from error
    except engine.MediaToolError as error:
        raise PermanentError(UnsupportedFormatError.code, f"{shown_name(name)} {_TOO_DEMANDING}") from error


def keep(resources: Resources, media_id: UUID, facts: Any) -> None:
    """Make a recording that was checked ready."""
    if models.finish_check(media_id, **facts):
        plan_renditions(resources, media_id)


def refuse(resources: Resources, media_id: UUID, code: str, sentence: str) -> None:
    """Say why a recording cannot be used, and delete its file where it is the file that is to blame."""
    if models.finish_check(media_id, state=MediaState.REFUSED, refusal=sentence):
        media = MediaFile.get_by_id(media_id)
        key = media.storage_key
        audit.record("recording.refused", target=("recording", media_id), is_refused=True, data={"code": code})
        if media.purged_at is None:
            quotas.give_back(Project.get_by_id(media.project_id).team_id, media.uploaded_by_id, media.file_size)
        if code in _ABOUT_CONTENT:
            after_commit(lambda: resources.storage.delete(key))


def _patiently_described(resources: Resources, key: str, name: str) -> engine.MediaInfo:
    for _ in range(_ATTEMPTS - 1):
        try:
            return _described(resources, key, name, _WHILE_WAITING)
        except engine.MediaToolUnavailableError as error:
            logger.warning("A recording is looked at again: %s", error)
    return _described(resources, key, name, _WHILE_WAITING)


def _described(resources: Resources, key: str, name: str, limits: engine.MediaLimits) -> engine.MediaInfo:
    with _named_recording(resources, key, Path(name), None) as path:
        return engine.probe(path, limits=limits)


@contextmanager
def _named_recording(
    resources: Resources, key: str, name: Path, continue_in: Callable[[str], None] | None
) -> Iterator[Path]:
    """A path to a recording, of which the engine speaks by the name that the person who sent it knows."""
    path = Path(key)
    try:
        with local_recording(resources.storage, key, continue_in) as path:
            yield path
    except engine.MediaToolError:
        raise
    except engine.EngineError as error:
        raise UnsupportedFormatError(str(error).replace(shown_name(path), shown_name(name))) from error
