"""The life of an analysis: one at a time for a recording, from its start to its result or its failure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from peewee import IntegrityError

from clipflow.analysis import decisions, models
from clipflow.analysis.models import AnalysisResult, AnalysisStatus
from clipflow.analysis.options import check_audio_track, check_options, complete_options, processing_mode
from clipflow.analysis.segments import missing_analysis, summary_of
from clipflow.analysis.serialization import segment_from
from clipflow.core import clock
from clipflow.core.db import transaction
from clipflow.core.errors import ConflictError, ExternalServiceError, ProcessingFailedError
from clipflow.core.principal import Permission, Principal
from clipflow.core.queue import Lane
from clipflow.engine import Decision
from clipflow.jobs import service as jobs
from clipflow.links import service as links
from clipflow.media import charging
from clipflow.media import models as media_models
from clipflow.media import service as media
from clipflow.media.access import visible_recordings
from clipflow.media.models import MediaFile, MediaState
from clipflow.presets import service as presets
from clipflow.presets.models import PresetKind
from clipflow.projects import models as project_models
from clipflow.projects import service as projects
from clipflow.projects.access import require
from clipflow.projects.models import Project, ProjectStatus
from clipflow.projects.service import Overview
from clipflow.renditions import service as renditions
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
        request: options, where they are to differ from those of the preset that it names, and of the project.
        work: which of :data:`JOBS` does it; by default that of its mode.
        save: stores what belongs to it, in the transaction that queues it.

    Raises:
        MissingError, NotAllowedError: the recording may not be seen, or not be analysed; there is no such preset.
        AiFeaturesDisabledError: transcription was asked for while it is switched off.
        InvalidInputError: an option is out of range, or there is no such audio track.
        ConflictError: the recording is being analysed already.
    """
    recording = media.get_media(principal, media_id, Permission.EDIT)
    media.check_ready(recording)
    project = projects.get_project(principal, recording.project_id)
    wanted = _wanted_settings(project, request)
    mode = processing_mode(resources, wanted["processing_mode"], project.team_id, principal.user_id)
    options = complete_options(resources, wanted)
    check_options(options)
    check_audio_track(recording, options["audio_track"])
    analysis_id = uuid4()
    try:
        with transaction():
            job = jobs.submit(resources.queue, *JOBS[work or mode], analysis_id, principal.user_id)
            analysis = AnalysisResult.create(
                id=analysis_id, media_file=recording, project=recording.project_id, job=job, processing_mode=mode,
                options=options, status=AnalysisStatus.PENDING, created_at=clock.now(),
                current_since=models.next_current_since(media_id), created_by_id=principal.user_id, force_insert=True,
            )  # fmt: skip
            save(analysis_id)
            update_project_status(recording.project_id)
    except IntegrityError:
        # Either it is being analysed, or it was deleted a moment ago.
        media.get_media(principal, media_id)
        raise being_analysed() from None
    return analysis


def _wanted_settings(project: Project, request: Mapping[str, Any]) -> dict[str, Any]:
    """What is to hold for an analysis: the more exactly it was said, the more it counts."""
    named = presets.chosen_settings(project.team_id, PresetKind.ANALYSIS, request.get("preset_id"))
    given = {name: value for name, value in request.items() if (name, value) != ("processing_mode", "auto")}
    default = presets.default_settings(project.team_id, PresetKind.ANALYSIS)
    return {"processing_mode": "auto", **default, **project.settings, **named, **given}


def get_status(principal: Principal, analysis_id: UUID) -> dict[str, Any]:
    """Status, progress, stage and error; one query, made to be asked often. Raises MissingError."""
    found = models.status_of(analysis_id, visible_recordings(principal, Permission.VIEW))
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


def get_progress(resources: Resources, principal: Principal, project_id: UUID) -> list[dict[str, Any]]:
    """How far everything is that is being done in a project, in one answer made to be asked often.

    Recordings at rest are left out. Raises MissingError.
    """
    projects.get_project(principal, project_id)
    made = renditions.in_progress(resources, project_id)
    shown = []
    for media_id, state, analysis_id, status, percent, stage in models.at_work(project_id):
        analysis = None
        if analysis_id is not None:
            analysis = {
                "id": analysis_id, "status": status, "progress_percent": percent or 0, "stage": stage or status
            }  # fmt: skip
        shown.append(
            {"media_file_id": media_id, "state": state, "analysis": analysis, "renditions": made.pop(media_id, [])}
        )
    return shown + [
        {"media_file_id": media_id, "state": MediaState.READY, "analysis": None, "renditions": found}
        for media_id, found in made.items()
    ]


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


def move_recording(resources: Resources, principal: Principal, media_id: UUID, project_id: UUID) -> None:
    """Put a recording with its analyses into another project.

    Raises:
        MissingError, NotAllowedError: either may not be seen, the recording not taken away, or the project not filled.
        QuotaExceededError: the team of the other project has no room for it.
    """
    target = projects.get_project(principal, project_id, Permission.EDIT)
    with transaction():
        recording = media.get_media(principal, media_id, Permission.MANAGE)
        # First the recording, so that of several moves at once, or a deletion, one alone is counted.
        if not media_models.move_to_project(media_id, recording.project_id, project_id):
            raise ConflictError("The recording has gone somewhere else meanwhile; load the page again.")
        charging.move_recording(resources, recording, project_id)
        media_models.drop_foreign_categories(project_id, target.team_id)
        models.move_to_project(media_id, project_id)
        # Always in the same order, so that two moves do not lock each other out.
        for concerned in sorted({recording.project_id, project_id}):
            update_project_status(concerned)


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

    ``result`` is what :func:`clipflow.analysis.running.result_of` makes. What people have decided on the recording in
    the analysis that counted before is carried over.
    """
    analysis = AnalysisResult.get_or_none(AnalysisResult.id == analysis_id)
    if analysis is None:
        return False
    decided = _decisions_before(analysis.media_file_id, result)
    is_wanted = models.change_unfinished(
        analysis_id,
        status=AnalysisStatus.COMPLETED,
        summary=summary_of([segment_from(one) for one in result["segments"]], decided),
        version=1,
        current_since=models.next_current_since(analysis.media_file_id),
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
    decisions.carry_out(decisions.prepare_edit(analysis_id, 1, before=[], after=decided, changes=[], actor_kind=""))
    facts = {"duration_seconds": result["duration_s"], "warnings": result["warnings"]}
    media_models.set_tracks(analysis.media_file_id, result["tracks_key"], **facts)
    update_project_status(analysis.project_id)
    return True


def _decisions_before(media_id: UUID, result: Mapping[str, Any]) -> list[Decision]:
    """What has been decided on a recording so far, as far as that is as long as it was."""
    before = models.current_completed(media_id)
    if before is None or not result["segments"]:
        return []
    end_ms = result["segments"][-1][1]
    decided = decisions.decisions_between(before.id, 0, end_ms)
    return [replace(one, end_ms=min(one.end_ms, end_ms)) for one in decided]


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
    found = models.analyses_of_media([recording["id"] for recording in overview.recordings])
    counts = decisions.decision_counts(one.id for one in found)
    names = names_in(found, overview.viewer)
    analyses: dict[UUID, list[dict[str, Any]]] = {}
    for one in found:
        values = analysis_values(one, names, counts.get(one.id, 0))
        analyses.setdefault(one.media_file_id, []).append(values)
    for recording in overview.recordings:
        recording["analysis_results"] = analyses.get(recording["id"], [])


def names_in(analyses: Iterable[AnalysisResult], viewer: Principal) -> dict[UUID, str]:
    """What those are called, to a viewer, who asked for analyses or finished their review."""
    ids = {person for one in analyses for person in (one.created_by_id, one.reviewed_by_id) if person is not None}
    return links.names_of(ids, viewer)


def analysis_values(analysis: AnalysisResult, names: Mapping[UUID, str], decision_count: int) -> dict[str, Any]:
    """What is said of an analysis, without its segments.

    Args:
        analysis: that is spoken of.
        names: of the people in it, see :func:`names_in`.
        decision_count: how many decisions there are.
    """

    def person(person_id: UUID | None) -> dict[str, Any] | None:
        return None if person_id is None else {"id": person_id, "name": names.get(person_id, "")}

    shown = (
        "id", "processing_mode", "options", "status", "version", "filler_words_detected", "summary",
        "processing_time_ms", "audio_track", "room_level_db", "error_code", "error_message",
        "created_at", "completed_at", "current_since", "reviewed_at",
    )  # fmt: skip
    return {
        **{name: getattr(analysis, name) for name in shown},
        "media_file_id": analysis.media_file_id,
        "created_by": person(analysis.created_by_id),
        "reviewed_by": person(analysis.reviewed_by_id),
        "decision_count": decision_count,
    }


def find_analysis(principal: Principal, analysis_id: UUID, permission: Permission = Permission.VIEW) -> AnalysisResult:
    """An analysis; raises MissingError where it may not be seen, NotAllowedError where this may not be done with it."""
    analysis = models.find_analysis(analysis_id, visible_recordings(principal, Permission.VIEW))
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


def mark_reviewed(principal: Principal, analysis_id: UUID, *, is_reviewed: bool) -> dict[str, Any]:
    """Say that a review is finished, or that it is not; when and by whom it was.

    Raises:
        MissingError, NotAllowedError: there is no such analysis, or it may not be changed.
        ConflictError, ProcessingFailedError: it is not finished, or has failed.
    """
    finished_analysis(principal, analysis_id, Permission.DECIDE)
    moment, person = (clock.now(), principal.user_id) if is_reviewed else (None, None)
    models.change_completed(analysis_id, reviewed_at=moment, reviewed_by_id=person)
    analysis = finished_analysis(principal, analysis_id)
    values = analysis_values(analysis, names_in([analysis], principal), 0)
    return {name: values[name] for name in ("reviewed_at", "reviewed_by")}


def make_current(principal: Principal, analysis_id: UUID) -> None:
    """Go back to an analysis: it counts for its recording from now on.

    Raises:
        MissingError, NotAllowedError: there is no such analysis, or it may not be changed.
        ConflictError, ProcessingFailedError: it is not finished, or its recording is being analysed.
    """
    analysis = finished_analysis(principal, analysis_id, Permission.EDIT)
    with transaction():
        if models.has_unfinished(analysis.media_file_id):
            raise being_analysed()
        since = models.next_current_since(analysis.media_file_id)
        models.change_completed(analysis_id, current_since=since)
        if analysis.tracks_key is not None:
            media_models.set_tracks(analysis.media_file_id, analysis.tracks_key)
        update_project_status(analysis.project_id)


def being_analysed() -> ConflictError:
    """What is said when a recording is being analysed already."""
    return ConflictError("The recording is being analysed already; wait for it or cancel it.")


def update_project_status(project_id: UUID) -> None:
    """Let the project's status follow its analyses, in the caller's transaction."""
    # Two analyses that end together would otherwise each see the other as unfinished.
    project_models.lock(project_id)
    statuses = models.current_statuses(project_id)
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
