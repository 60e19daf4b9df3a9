"""The life of an analysis: one at a time for a recording, from its start to its result or its failure."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

from peewee import IntegrityError

from clipflow.analysis import models
from clipflow.analysis.models import AnalysisResult, AnalysisStatus
from clipflow.analysis.options import check_audio_track, check_options, complete_options, processing_mode
from clipflow.analysis.segments import missing_analysis, summary_of
from clipflow.analysis.serialization import segment_from
from clipflow.core import clock
from clipflow.core.db import transaction
from clipflow.core.errors import ConflictError, ExternalServiceError, ProcessingFailedError
from clipflow.core.principal import Permission, Principal
from clipflow.core.queue import Lane
from clipflow.jobs import service as jobs
from clipflow.media import models as media_models
from clipflow.media import service as media
from clipflow.media.models import MediaFile
from clipflow.projects import models as project_models
from clipflow.projects import service as projects
from clipflow.projects.access import require, visible
from clipflow.projects.models import ProjectStatus
from clipflow.projects.service import Overview
from clipflow.resources import Resources

# What is done for an analysis: by its mode, or because a transcript was imported for it. A transcription
# mostly waits for a service, and must not hold up those that do not.
JOBS = {
    "vad": ("analyse_media", Lane.HEAVY),
    "import": ("analyse_with_transcript", Lane.HEAVY),
    "whisper": ("transcribe_media", Lane.REMOTE),
}


def _save_nothing_more(analysis_id: UUID) -> None:
    pass


def start_analysis(
    resources: Resources,
    principal: Principal,
    media_id: UUID,
    request: Mapping[str, Any],
    *,
    work: str | None = None,
    save: Callable[[UUID], None] = _save_nothing_more,
) -> AnalysisResult:
    """Queue an analysis of a recording.

    Args:
        resources: of the process.
        principal: who asks for it.
        media_id: the recording.
        request: options, where they are to differ from those of the project.
        work: which of :data:`JOBS` does it; by default that of its mode.
        save: stores what belongs to it, in the transaction that queues it.

    Raises:
        MissingError, NotAllowedError: the recording may not be seen, or not be analysed.
        AiFeaturesDisabledError: transcription was asked for while it is switched off.
        InvalidInputError: an option is out of range, or there is no such audio track.
        ConflictError: the recording is being analysed already.
    """
    recording = media.get_media(principal, media_id, Permission.EDIT)
    media.check_ready(recording)
    mode = processing_mode(resources, request.get("processing_mode", "auto"))
    defaults = projects.get_project(principal, recording.project_id).settings
    options = complete_options(resources, {**defaults, **request})
    check_options(options)
    check_audio_track(recording, options["audio_track"])
    analysis_id = uuid4()
    try:
        with transaction():
            job = jobs.submit(resources.queue, *JOBS[work or mode], analysis_id, principal.user_id)
            analysis = AnalysisResult.create(
                id=analysis_id, media_file=recording, project=recording.project_id, job=job, processing_mode=mode,
                options=options, status=AnalysisStatus.PENDING, created_at=clock.now(), force_insert=True,
            )  # fmt: skip
            save(analysis_id)
            update_project_status(recording.project_id)
    except IntegrityError:
        # Either it is being analysed, or it was deleted a moment ago.
        media.get_media(principal, media_id)
        raise being_analysed() from None
    return analysis


def get_status(principal: Principal, analysis_id: UUID) -> dict[str, Any]:
    """Status, progress, stage and error; one query, made to be asked often. Raises MissingError."""
    found = models.status_of(analysis_id, visible(principal, Permission.VIEW))
    if found is None:
        raise missing_analysis()
    status, progress_percent, stage, error_message = found
    if status not in models.UNFINISHED:
        stage = status
        progress_percent = 100 if status == AnalysisStatus.COMPLETED else progress_percent
    return {
        "status": status, "progress_percent": progress_percent or 0, "stage": stage or status,
        "error_message": error_message,
    }  # fmt: skip


def cancel_analysis(principal: Principal, analysis_id: UUID) -> None:
    """Stop an analysis.

    Raises:
        MissingError, NotAllowedError: it may not be seen, or not be stopped.
        ConflictError: it has ended already.
    """
    analysis = find_analysis(principal, analysis_id, Permission.EDIT)
    with transaction():
        # First the job, then the analysis, as a worker does that has finished: in another order the two would
        # lock each other out. An error takes the request to cancel back.
        _cancel_jobs([analysis_id])
        cancelled = {"status": AnalysisStatus.CANCELLED, "completed_at": clock.now()}
        if not models.change_unfinished(analysis_id, **cancelled):
            raise ConflictError("The analysis has ended already; there is nothing to cancel.")
        update_project_status(analysis.project_id)


def begin(analysis_id: UUID) -> dict[str, Any] | None:
    """Note that a worker has begun; returns what the work needs to know, or None when it is not wanted any more."""
    if not models.change_unfinished(analysis_id, status=AnalysisStatus.PROCESSING, started_at=clock.now()):
        return None
    analysis = AnalysisResult.get_by_id(analysis_id)
    update_project_status(analysis.project_id)
    recording = MediaFile.get_by_id(analysis.media_file_id)
    return {
        "analysis_id": str(analysis_id),
        "media_id": str(recording.id),
        "storage_key": recording.storage_key,
        "name": recording.original_filename,
        "options": analysis.options,
    }


def complete(analysis_id: UUID, result: Mapping[str, Any] | None) -> None:
    """Save the result of a job, in the caller's transaction; see :meth:`save_result`."""
    assert result is not None
    save_result(analysis_id, result)


def save_result(analysis_id: UUID, result: Mapping[str, Any], **more: Any) -> bool:
    """Save the result of a job and further columns, in the caller's transaction; False when it is not wanted any more.

    ``result`` is what :func:`clipflow.analysis.running.result_of` makes.
    """
    is_wanted = models.change_unfinished(
        analysis_id,
        status=AnalysisStatus.COMPLETED,
        summary=summary_of([segment_from(one) for one in result["segments"]], []),
        version=1,
        tracks_key=result["tracks_key"],
        processing_time_ms=result["processing_time_ms"],
        audio_track=result["audio_track"],
        room_level_db=result["room_level_db"],
        completed_at=clock.now(),
        error_code=None,
        error_message=None,
        **more,
    )
    if not is_wanted:
        return False
    models.store_segments(analysis_id, result["segments"])
    analysis = AnalysisResult.get_by_id(analysis_id)
    facts = {"duration_seconds": result["duration_s"], "warnings": result["warnings"]}
    media_models.set_tracks(analysis.media_file_id, result["tracks_key"], **facts)
    update_project_status(analysis.project_id)
    return True


def fail(analysis_id: UUID, code: str, message: str) -> None:
    """Note that an analysis has failed for good, in the caller's transaction."""
    failed = {"status": AnalysisStatus.FAILED, "completed_at": clock.now()}
    if models.change_unfinished(analysis_id, **failed, error_code=code, error_message=message):
        update_project_status(AnalysisResult.get_by_id(analysis_id).project_id)


def repair_abandoned(*, is_dry_run: bool) -> list[UUID]:
    """Mark analyses as failed that nobody works on any more; returns their ids."""
    abandoned = models.abandoned_analyses()
    if not is_dry_run:
        for analysis_id in abandoned:
            with transaction():
                fail(analysis_id, jobs.WORKER_LOST, "Nobody works on it any more; start it again.")
    return abandoned


def clear(resources: Resources, media_ids: list[UUID], project_id: UUID | None) -> None:
    """Stop the analyses of deleted recordings and remove their files; their rows go with those of the recordings."""
    analyses = models.analyses_of_media(media_ids)
    with transaction():
        _cancel_jobs([one.id for one in analyses])
        for concerned in {one.project_id for one in analyses}:
            update_project_status(concerned)
    for one in analyses:
        if one.tracks_key is not None:
            resources.storage.delete(one.tracks_key)


def add_to_overview(overview: Overview) -> None:
    """Add to each recording of a page its analyses, without their segments."""
    analyses: dict[UUID, list[dict[str, Any]]] = {}
    for one in models.analyses_of_media([recording["id"] for recording in overview.recordings]):
        analyses.setdefault(one.media_file_id, []).append(analysis_values(one))
    for recording in overview.recordings:
        recording["analysis_results"] = analyses.get(recording["id"], [])


def analysis_values(analysis: AnalysisResult) -> dict[str, Any]:
    """What is said of an analysis, without its segments."""
    names = (
        "id", "processing_mode", "options", "status", "version", "filler_words_detected", "summary",
        "processing_time_ms", "audio_track", "room_level_db", "error_code", "error_message",
        "created_at", "completed_at",
    )  # fmt: skip
    return {**{name: getattr(analysis, name) for name in names}, "media_file_id": analysis.media_file_id}


def find_analysis(principal: Principal, analysis_id: UUID, permission: Permission = Permission.VIEW) -> AnalysisResult:
    """An analysis; raises MissingError where it may not be seen, NotAllowedError where this may not be done with it."""
    analysis = models.find_analysis(analysis_id, visible(principal, Permission.VIEW))
    if analysis is None:
        raise missing_analysis()
    if permission is not Permission.VIEW:
        require(principal, analysis.project_id, permission)
    return analysis


def finished_analysis(
    principal: Principal, analysis_id: UUID, permission: Permission = Permission.VIEW
) -> AnalysisResult:
    """An analysis that is finished.

    Raises:
        MissingError, NotAllowedError: it may not be seen, or this may not be done with it.
        ConflictError, ProcessingFailedError, ExternalServiceError: it is not finished, or has failed.
    """
    analysis = find_analysis(principal, analysis_id, permission)
    if analysis.error_code == ExternalServiceError.code:
        raise ExternalServiceError(f"The transcription failed: {analysis.error_message}")
    if analysis.status == AnalysisStatus.FAILED:
        raise ProcessingFailedError(f"The analysis failed: {analysis.error_message} Start it again or upload anew.")
    if analysis.status != AnalysisStatus.COMPLETED:
        raise ConflictError(f"The analysis is {analysis.status}; only a completed one has segments.")
    return analysis


def being_analysed() -> ConflictError:
    """What is said when a recording is being analysed already."""
    return ConflictError("The recording is being analysed already; wait for it or cancel it.")


def update_project_status(project_id: UUID) -> None:
    """Let the project's status follow its analyses, in the caller's transaction."""
    # Two analyses that end together would otherwise each see the other as unfinished.
    project_models.lock(project_id)
    statuses = models.newest_statuses(project_id)
    if statuses & {str(one) for one in models.UNFINISHED}:
        status = ProjectStatus.PROCESSING
    elif AnalysisStatus.FAILED in statuses:
        status = ProjectStatus.FAILED
    elif AnalysisStatus.COMPLETED in statuses:
        status = ProjectStatus.COMPLETED
    else:
        status = ProjectStatus.CREATED
    project_models.set_status(project_id, status, clock.now())


def _cancel_jobs(analysis_ids: list[UUID]) -> None:
    for kind, _ in JOBS.values():
        jobs.request_cancel(kind, analysis_ids)
