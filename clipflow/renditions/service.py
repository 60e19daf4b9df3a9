"""The rules of renditions: which a recording needs, by which recipe, and how far they are."""

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID, uuid4

from clipflow import engine
from clipflow.config import Settings
from clipflow.core import clock
from clipflow.core.db import after_commit, delete_rows, transaction
from clipflow.core.errors import ConflictError, MissingError, NotReadyError
from clipflow.core.principal import Permission, Principal
from clipflow.core.queue import Lane
from clipflow.engine.renditions.playback import Work, playback_work
from clipflow.jobs import service as jobs
from clipflow.media import service as media_service
from clipflow.media.models import MediaFile, MediaState
from clipflow.projects.service import Overview
from clipflow.renditions import models
from clipflow.renditions.models import Rendition, RenditionKind, RenditionStatus
from clipflow.resources import Resources

PLANNING_JOB = "plan_all_renditions"
JOBS = {
    kind: (f"make_{kind}", Lane.PROXIES if kind == RenditionKind.PROXY else Lane.PICTURES) for kind in RenditionKind
}
# Raised where what comes out is to be another one; what was made by an older one is then made anew.
_VERSIONS = {
    RenditionKind.THUMBNAIL: 1, RenditionKind.POSTER: 1, RenditionKind.STORYBOARD: 2, RenditionKind.PROXY: 2,
}  # fmt: skip
_WEBM = "video/webm"
_RETRY_AFTER_S = 5


def work_of(settings: Settings, media: MediaFile) -> Work:
    """What it takes to make the copy of a recording that the settings ask for."""
    if settings.proxy_mode == "always":
        return Work.FULL
    return least_work(media)


def least_work(media: MediaFile) -> Work:
    """The least that it takes until every browser plays a recording."""
    return playback_work(engine.restore_media_info(media.media_info), is_webm=media.mime_type == _WEBM)


def recipes(settings: Settings, media: MediaFile) -> dict[RenditionKind, str]:
    """What is to be made of a recording, each with a hash of everything that decides what comes out."""
    wanted: list[RenditionKind] = []
    if settings.make_pictures:
        wanted += [RenditionKind.THUMBNAIL, RenditionKind.POSTER]
        if _has_moving_picture(media):
            wanted.append(RenditionKind.STORYBOARD)
    if settings.proxy_mode != "off" and work_of(settings, media) != Work.NONE:
        wanted.append(RenditionKind.PROXY)
    return {kind: _recipe(settings, media, kind) for kind in wanted}


def plan(resources: Resources, media_id: UUID) -> None:
    """Have made of a recording what is missing, or was made by another recipe."""
    with transaction():
        media = MediaFile.get_or_none(MediaFile.id == media_id)
        if media is None or media.purged_at is not None or media.state != MediaState.READY:
            return
        there = {one.kind: one for one in models.renditions_of([media_id], with_unwanted=True)}
        for kind, recipe in recipes(resources.settings, media).items():
            found = there.get(kind)
            if _is_missing(found, recipe):
                _order(resources, media, kind, recipe, found)
        _note_progress(media_id)


def make(resources: Resources, principal: Principal, media_id: UUID, kind: RenditionKind) -> Rendition:
    """Make a rendition, or make it again.

    Raises:
        MissingError, NotAllowedError: there is no such recording, or it may not be changed.
        ConflictError: it is not ready, or has nothing that this could be made of.
    """
    media = media_service.get_media(principal, media_id, Permission.EDIT)
    media_service.check_ready(media)
    if kind == RenditionKind.STORYBOARD and not _has_moving_picture(media):
        raise ConflictError("The recording has no picture, so there is nothing to make that of.")
    with transaction():
        found = models.find(media_id, kind)
        if found is None or found.status not in models.UNFINISHED:
            recipe = _recipe(resources.settings, media, kind)
            found = _order(resources, media, kind, recipe, found, asked_by=principal.user_id)
        _note_progress(media_id)
    return found


def remove(resources: Resources, principal: Principal, media_id: UUID, kind: RenditionKind) -> None:
    """Delete a rendition, or stop making it; the recording stays.

    Raises:
        MissingError, NotAllowedError: there is no such recording, or it may not be changed.
    """
    media_service.get_media(principal, media_id, Permission.EDIT)
    with transaction():
        found = models.find(media_id, kind)
        if found is not None:
            _cancel(found.id, found.kind)
            _delete_file(resources, found.storage_key)
            found.storage_key, found.status, found.is_unwanted = None, RenditionStatus.DONE, True
            found.save()
            _note_progress(media_id)


def list_renditions(principal: Principal, media_id: UUID) -> list[dict[str, Any]]:
    """What is made of a recording, and how far each is; raises MissingError."""
    media_service.get_media(principal, media_id)
    return described(models.renditions_of([media_id]))


def in_progress(resources: Resources, project_id: UUID) -> dict[UUID, list[dict[str, Any]]]:
    """The recordings of a project of which something is being made, and what; nothing where nothing is ever made."""
    if not media_service.makes_renditions(resources):
        return {}
    return _described_by_recording(models.at_work(project_id))


def described(found: list[Rendition]) -> list[dict[str, Any]]:
    """Renditions with how far those are that are being made."""
    progress = models.progress_of(one.job_id for one in found if one.status in models.UNFINISHED and one.job_id)
    return [_values(one, progress) for one in found]


def _values(one: Rendition, progress: Mapping[UUID, tuple[int, str]]) -> dict[str, Any]:
    percent, stage = 100 if one.status == RenditionStatus.DONE else 0, one.status
    if one.job_id is not None and one.job_id in progress:
        percent, stage = progress[one.job_id]
    shown = ("kind", "status", "recipe", "width", "height", "size_bytes", "error_code", "error_message", "finished_at")
    return {
        **{name: getattr(one, name) for name in shown},
        "is_there": one.storage_key is not None,
        "progress_percent": percent,
        "stage": stage,
        "work": one.meta.get("work"),
        "warnings": one.meta.get("warnings", []),
    }


def finished(principal: Principal, media_id: UUID, kind: RenditionKind) -> Rendition:
    """A rendition whose file is there; raises MissingError."""
    media_service.get_media(principal, media_id)
    found = models.finished(media_id, kind)
    if found is None:
        raise MissingError("That has not been made of the recording (yet); look again in a minute.")
    return found


def playable(media: MediaFile, wanted: str) -> Rendition | None:
    """The copy of a recording that is to be played, or None for the recording itself.

    ``wanted`` is original, proxy, or auto: the copy where there is one, and the recording where browsers play that.

    Raises:
        NotReadyError: the copy is being made.
        MissingError: there is none.
    """
    if wanted == "original":
        return None
    found = models.find(media.id, RenditionKind.PROXY)
    if found is not None and found.storage_key is not None:
        return found
    is_coming = found is not None and found.status in models.UNFINISHED
    if wanted == "proxy" and not is_coming:
        raise MissingError("There is no copy of the recording; play the recording itself.")
    if is_coming and (wanted == "proxy" or least_work(media) != Work.NONE):
        raise NotReadyError("A copy that browsers play is being made; wait for it.", _RETRY_AFTER_S)
    return None


def begin(rendition_id: UUID) -> dict[str, Any] | None:
    """Note that a worker has begun; what the work needs to know, or None when it is not wanted any more."""
    found = Rendition.get_or_none(Rendition.id == rendition_id)
    media = None if found is None else MediaFile.get_or_none(MediaFile.id == found.media_file_id)
    if found is None or media is None or media.purged_at is not None or found.status not in models.UNFINISHED:
        return None
    Rendition.update(status=RenditionStatus.PROCESSING).where(Rendition.id == rendition_id).execute()
    _note_progress(media.id)
    return {
        "storage_key": media.storage_key,
        "name": media.original_filename,
        "is_webm": media.mime_type == _WEBM,
        "at_ms": media.poster_at_ms,
        "must_be_made": found.meta.get("is_asked_for", False),
    }


def complete(resources: Resources, rendition_id: UUID, result: Mapping[str, Any] | None) -> None:
    """Publish what a job has made, in the transaction that ends it; what nobody wants any more the clean-up finds."""
    assert result is not None
    found = Rendition.get_or_none(Rendition.id == rendition_id)
    if found is None or str(found.job_id) != result["job_id"]:
        return
    if result["storage_key"] is None:
        # Looked at closely, the recording needs no copy.
        _forget(resources, found)
    else:
        changes = {name: result[name] for name in ("storage_key", "width", "height", "size_bytes", "meta")}
        done = {"status": RenditionStatus.DONE, "finished_at": clock.now(), "error_code": None, "error_message": None}
        made_by = {"made_by_recipe": found.recipe}
        is_published = models.change_unfinished(rendition_id, UUID(result["job_id"]), **changes, **done, **made_by)
        if is_published and found.storage_key != result["storage_key"]:
            _delete_file(resources, found.storage_key)
    _note_progress(found.media_file_id)


def fail(rendition_id: UUID, code: str, message: str) -> None:
    """Note that a rendition has failed for good, in the transaction that ends its job."""
    found = Rendition.get_or_none(Rendition.id == rendition_id)
    # Where one that was ordered later waits or runs, an earlier one has failed.
    if found is None or found.job_id is None or jobs.is_under_way(found.job_id):
        return
    failed = {"status": RenditionStatus.FAILED, "finished_at": clock.now()}
    models.change_unfinished(rendition_id, found.job_id, **failed, error_code=code, error_message=message)
    _note_progress(found.media_file_id)


def clear(resources: Resources, media_ids: list[UUID], project_id: UUID | None) -> None:
    """Remove what was made of deleted recordings."""
    for found in models.renditions_of(media_ids, with_unwanted=True):
        _cancel(found.id, found.kind)
        if found.storage_key is not None:
            resources.storage.delete(found.storage_key)
        delete_rows(Rendition, Rendition.id == found.id)


def plan_all(resources: Resources) -> int:
    """Have made what is missing of all recordings, or was made by another recipe; returns of how many."""
    due = []
    for page in models.pages_of_usable_media():
        there: dict[UUID, dict[str, Rendition]] = {media.id: {} for media in page}
        for one in models.renditions_of(there, with_unwanted=True):
            there[one.media_file_id][one.kind] = one
        due += [media.id for media in page if _is_due(resources.settings, media, there[media.id])]
    for media_id in due:
        plan(resources, media_id)
    return len(due)


def _is_due(settings: Settings, media: MediaFile, there: Mapping[str, Rendition]) -> bool:
    """Whether anything is to be made of a recording, or it is to be said that nothing is."""
    if not there and media.processing_status == RenditionStatus.PENDING:
        return True
    return any(_is_missing(there.get(kind), recipe) for kind, recipe in recipes(settings, media).items())


def _is_missing(found: Rendition | None, recipe: str) -> bool:
    return found is None or (found.recipe != recipe and not found.is_unwanted)


def add_to_overview(overview: Overview) -> None:
    """Add to each recording of a page what is made of it."""
    shown = _described_by_recording([recording["id"] for recording in overview.recordings])
    for recording in overview.recordings:
        recording["renditions"] = shown[recording["id"]]


def _described_by_recording(media_ids: Collection[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    shown: dict[UUID, list[dict[str, Any]]] = {media_id: [] for media_id in media_ids}
    found = models.renditions_of(media_ids)
    for one, values in zip(found, described(found), strict=True):
        shown[one.media_file_id].append(values)
    return shown


def _order(
    resources: Resources, media: MediaFile, kind: RenditionKind, recipe: str, found: Rendition | None, *,
    asked_by: UUID | None = None,
) -> Rendition:  # fmt: skip
    """Have a rendition made; one that is there is shown until then."""
    job_kind, lane = JOBS[kind]
    rendition = found or Rendition(id=uuid4(), media_file=media.id, kind=kind)
    if found is not None:
        jobs.request_cancel(job_kind, [rendition.id])
    rendition.job_id = jobs.submit(resources.queue, job_kind, lane, rendition.id, asked_by or media.uploaded_by_id).id
    rendition.status, rendition.recipe = RenditionStatus.PENDING, recipe
    rendition.is_unwanted = False
    rendition.error_code = rendition.error_message = rendition.finished_at = None
    rendition.meta = {**rendition.meta, "is_asked_for": asked_by is not None}
    rendition.save(force_insert=found is None)
    return rendition


def _forget(resources: Resources, found: Rendition) -> None:
    _cancel(found.id, found.kind)
    delete_rows(Rendition, Rendition.id == found.id)
    _delete_file(resources, found.storage_key)


def _cancel(rendition_id: UUID, kind: str) -> None:
    jobs.request_cancel(JOBS[RenditionKind(kind)][0], [rendition_id])


def _delete_file(resources: Resources, key: str | None) -> None:
    if key is not None:
        after_commit(lambda: resources.storage.delete(key))


def _note_progress(media_id: UUID) -> None:
    models.set_processing_status(media_id, overall([one.status for one in models.renditions_of([media_id])]))


def overall(statuses: list[str]) -> str:
    """How far everything is: failed where one is and none goes on, done where there is nothing to do."""
    found = set(statuses)
    if RenditionStatus.PROCESSING in found or {RenditionStatus.PENDING, RenditionStatus.DONE} <= found:
        return RenditionStatus.PROCESSING
    if RenditionStatus.PENDING in found:
        return RenditionStatus.PENDING
    return RenditionStatus.FAILED if RenditionStatus.FAILED in found else RenditionStatus.DONE


def _has_moving_picture(media: MediaFile) -> bool:
    return media.media_info["video"] is not None and bool(media.duration_seconds)


def _recipe(settings: Settings, media: MediaFile, kind: RenditionKind) -> str:
    said = json.dumps([kind, _VERSIONS[kind], _choices(settings, media, kind)], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:24]


def _choices(settings: Settings, media: MediaFile, kind: RenditionKind) -> dict[str, Any]:
    """What the settings and the people have chosen that decides what comes out."""
    if kind == RenditionKind.POSTER:
        return {"at_ms": media.poster_at_ms}
    if kind == RenditionKind.PROXY:
        return {
            "always": settings.proxy_mode == "always", "height": settings.proxy_height,
            "preset": settings.proxy_preset, "crf": settings.proxy_crf, "encoding": settings.proxy_hwaccel,
        }  # fmt: skip
    return {}
