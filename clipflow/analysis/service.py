"""The rules of analyses: one at a time for a recording, from their start to their result and their end."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID, uuid4

from peewee import IntegrityError

from clipflow import engine
from clipflow.analysis import models, serialization, transcripts
from clipflow.analysis.models import AnalysisResult, AnalysisStatus
from clipflow.analysis.transcripts import Announced
from clipflow.core import clock
from clipflow.core.db import delete_rows, transaction
from clipflow.core.errors import (
    AiFeaturesDisabledError,
    ConflictError,
    ExternalServiceError,
    InvalidInputError,
    MissingError,
    ProcessingFailedError,
)
from clipflow.core.principal import Permission, Principal
from clipflow.core.queue import Lane
from clipflow.core.storage.local import key_for
from clipflow.engine import AnalysisOptions, Transcript
from clipflow.jobs import service as jobs
from clipflow.media import models as media_models
from clipflow.media import service as media
from clipflow.media.models import MediaFile
from clipflow.projects import models as project_models
from clipflow.projects import service as projects
from clipflow.projects.access import require, visible
from clipflow.projects.models import Project, ProjectStatus
from clipflow.resources import Resources
from clipflow.tuning.names import API_NAMES, ENGINE_NAMES

logger = logging.getLogger(__name__)

ANALYSIS_JOB = "analyse_media"
# Mostly waits for a service, and must not hold up those that do not.
TRANSCRIPTION_JOB = "transcribe_media"
JOBS = {"vad": (ANALYSIS_JOB, Lane.HEAVY), "whisper": (TRANSCRIPTION_JOB, Lane.REMOTE)}


@dataclass(frozen=True, slots=True)
class Review:
    """The recording that is reviewed, and the project it is in."""

    media: MediaFile
    project: Project


def get_project_overview(principal: Principal, project_id: UUID) -> dict[str, Any]:
    """A project with its recordings, each with its analyses but without their segments; raises MissingError."""
    project = projects.get_project(principal, project_id)
    analyses: dict[UUID, list[dict[str, Any]]] = {}
    for one in models.analyses_in(project_id):
        analyses.setdefault(one.media_file_id, []).append(_described(one))
    recordings = [
        {**_media_values(one), "analysis_results": analyses.get(one.id, [])}
        for one in media_models.media_in(project_id)
    ]
    return {**_project_values(project), "media_files": recordings}


def start_analysis(
    resources: Resources,
    principal: Principal,
    media_id: UUID,
    request: Mapping[str, Any],
    announced: Announced | None = None,
) -> AnalysisResult:
    """Queue an analysis of a recording, with a transcript that was imported for it if there is one.

    Raises:
        MissingError: there is no such recording.
        AiFeaturesDisabledError: transcription was asked for while it is switched off.
        InvalidInputError: an option is out of range, or there is no such audio track.
        ConflictError: the recording is being analysed already.
    """
    recording = media.get_media(principal, media_id, Permission.EDIT)
    mode = _processing_mode(resources, request.get("processing_mode", "auto"))
    defaults = projects.get_project(principal, recording.project_id).settings
    options = _complete_options(resources, {**defaults, **request})
    check_options(options)
    _check_audio_track(recording, options["audio_track"])
    now = clock.now()
    analysis_id = uuid4()
    try:
        with transaction():
            job = jobs.submit(resources.queue, *JOBS[mode], analysis_id)
            analysis = AnalysisResult.create(
                id=analysis_id, media_file=recording, project=recording.project_id, job=job, processing_mode=mode,
                options=options, status=AnalysisStatus.PENDING, created_at=now, force_insert=True,
            )  # fmt: skip
            if announced is not None:
                transcripts.store_pending(analysis_id, announced)
            _follow(recording.project_id)
    except IntegrityError:
        # Either it is being analysed, or it was deleted a moment ago.
        media.get_media(principal, media_id)
        raise being_analysed() from None
    return analysis


def get_analysis(principal: Principal, analysis_id: UUID, *, with_decisions: bool = True) -> dict[str, Any]:
    """The whole analysis with its segments, with or without the person's decisions; raises MissingError."""
    analysis = find_analysis(principal, analysis_id)
    words = transcripts.words_of(analysis_id) if with_decisions else ()
    reviewed = reviewed_segments(analysis_id) if with_decisions else automatic_segments(analysis_id)
    segments = serialization.with_text(reviewed, words)
    return {
        **_described(analysis), "segments": segments, "decisions": analysis.decisions,
        "transcription": engine.text_of(words) or None, "has_transcript": models.has_transcript(analysis_id),
    }  # fmt: skip


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


def get_segments(
    principal: Principal, analysis_id: UUID, *, from_ms: int, to_ms: int | None, decisions: bool
) -> dict[str, Any]:
    """The segments that reach into a window of time, with or without the person's decisions.

    Raises:
        MissingError: there is no such analysis.
        ConflictError, ProcessingFailedError: it is not finished, or has failed.
    """
    analysis = finished_analysis(principal, analysis_id)
    listed = reviewed_segments(analysis_id) if decisions else automatic_segments(analysis_id)
    segments = [one for one in listed if one["end_ms"] > from_ms and (to_ms is None or one["start_ms"] < to_ms)]
    if decisions and segments:
        words = transcripts.words_between(analysis_id, segments[0]["start_ms"], segments[-1]["end_ms"])
        segments = serialization.with_text(segments, words)
    return {"segments": segments, "version": analysis.version}


@dataclass(frozen=True, slots=True)
class Cut:
    """A recording, its segments with the person's decisions, what is said in it, and captions as they were imported."""

    recording: MediaFile
    segments: list[dict[str, Any]]
    words: tuple[engine.Word, ...]
    cues: tuple[engine.Cue, ...]


def get_cut(principal: Principal, analysis_id: UUID) -> Cut:
    """The cut of a finished analysis.

    Raises:
        MissingError: there is no such analysis.
        ConflictError, ProcessingFailedError: it is not finished, or has failed.
    """
    analysis = finished_analysis(principal, analysis_id, Permission.EDIT)
    recording = media.get_media(principal, analysis.media_file_id)
    return Cut(
        recording, models.reviewed_segments(analysis_id), transcripts.words_of(analysis_id),
        transcripts.cues_of(analysis_id),
    )  # fmt: skip


def get_review(principal: Principal, analysis_id: UUID) -> Review:
    """What the page of a review is about.

    Raises:
        MissingError: there is no such analysis.
        ConflictError, ProcessingFailedError: it is not finished, or has failed.
    """
    analysis = finished_analysis(principal, analysis_id)
    recording = media.get_media(principal, analysis.media_file_id)
    return Review(recording, projects.get_project(principal, recording.project_id))


def cancel_analysis(principal: Principal, analysis_id: UUID) -> None:
    """Stop an analysis; MissingError when there is none, ConflictError when it has ended already."""
    now = clock.now()
    analysis = find_analysis(principal, analysis_id, Permission.EDIT)
    with transaction():
        # First the job, then the analysis, as a worker does that concludes: in another order the two would lock
        # each other out. An error takes the request to cancel back.
        _cancel_jobs([analysis_id])
        cancelled = {"status": AnalysisStatus.CANCELLED, "completed_at": now}
        if not models.change_unfinished(analysis_id, **cancelled):
            raise ConflictError("The analysis has ended already; there is nothing to cancel.")
        _follow(analysis.project_id)


def begin(analysis_id: UUID) -> None:
    """Note that a worker has begun."""
    if models.change_unfinished(analysis_id, status=AnalysisStatus.PROCESSING, started_at=clock.now()):
        _follow(AnalysisResult.get_by_id(analysis_id).project_id)


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker needs to know of an analysis; ``announced`` is a transcript that was imported for it."""

    media_id: UUID
    storage_key: str
    name: str
    mode: str
    options: dict[str, Any]
    engine_options: AnalysisOptions
    announced: Announced | None


def work_of(analysis_id: UUID) -> Work | None:
    """What there is to do for an analysis that is still wanted, or None."""
    found = (
        AnalysisResult.select(AnalysisResult, MediaFile).join(MediaFile).where(AnalysisResult.id == analysis_id).first()
    )
    if found is None or found.status not in models.UNFINISHED:
        return None
    recording = found.media_file
    return Work(
        recording.id, recording.storage_key, recording.original_filename, found.processing_mode, found.options,
        check_options(found.options), transcripts.find_pending(analysis_id),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has come to, ready to be written down."""

    analysis: engine.Analysis
    segments: Sequence[engine.Segment]
    transcript: Transcript | None
    source: str
    cues: Sequence[engine.Cue] = ()


def outcome_of(resources: Resources, work: Work, analysis: engine.Analysis, announced: Announced | None) -> Outcome:
    """The segments of a run, with a transcript if there is one.

    Raises:
        TranscriptError: it belongs to another recording.
    """
    if announced is None:
        return Outcome(analysis, analysis.segments, None, "")
    announced, _ = transcripts.on_clock_of(announced, analysis.tracks, analysis.info)
    options = transcripts.filler_options(resources.settings, work.options)
    transcript = transcripts.make(announced, analysis.tracks, options, work.options)
    segments = engine.segment_transcribed(analysis.tracks, work.engine_options, transcript, options.padding_ms)
    return Outcome(analysis, segments, transcript, announced.source, announced.cues)


def keep_tracks(resources: Resources, analysis_id: UUID, tracks: engine.Tracks) -> str:
    """Store the tracks of an analysis and return their key; a second run replaces those of the first."""
    key = key_for("tracks", str(analysis_id))
    with resources.storage.receive() as incoming:
        incoming.write(tracks.to_bytes())
        incoming.keep(key)
    return key


def complete(analysis_id: UUID, outcome: Outcome, tracks_key: str, processing_time_ms: int) -> None:
    """Write down the result of a run, in the caller's transaction; nothing when it is not wanted any more."""
    result = serialization.result_of(outcome.segments, [], 1)
    transcript = outcome.transcript
    is_wanted = models.change_unfinished(
        analysis_id,
        status=AnalysisStatus.COMPLETED,
        summary=result["summary"],
        version=1,
        tracks_key=tracks_key,
        filler_words_detected=[] if transcript is None else serialization.count_fillers(transcript),
        processing_time_ms=processing_time_ms,
        audio_track=outcome.analysis.audio_track,
        room_level_db=outcome.analysis.loudness.room_db,
        completed_at=clock.now(),
        error_code=None,
        error_message=None,
    )
    if not is_wanted:
        return
    models.store_segments(analysis_id, [list(one) for one in outcome.segments], result["segments"])
    if transcript is not None:
        transcripts.store(analysis_id, transcript, outcome.source, outcome.cues)
    row = AnalysisResult.get_by_id(analysis_id)
    media_models.set_tracks(
        row.media_file_id,
        tracks_key,
        duration_seconds=outcome.analysis.tracks.duration_ms / 1000,
        warnings=media.describe_warnings(outcome.analysis.info),
    )
    _follow(row.project_id)


def fail(analysis_id: UUID, code: str, message: str) -> None:
    """Note that an analysis has failed for good, in the caller's transaction."""
    failed = {"status": AnalysisStatus.FAILED, "completed_at": clock.now()}
    if models.change_unfinished(analysis_id, **failed, error_code=code, error_message=message):
        _follow(AnalysisResult.get_by_id(analysis_id).project_id)


def repair_abandoned(*, is_dry_run: bool) -> list[UUID]:
    """Mark analyses as failed that nobody works on any more; returns their ids."""
    abandoned = models.abandoned_analyses()
    if not is_dry_run:
        for analysis_id in abandoned:
            with transaction():
                fail(analysis_id, jobs.WORKER_LOST, "Nobody works on it any more; start it again.")
    return abandoned


def clear_media(resources: Resources, media_id: UUID) -> None:
    """Remove what belongs to a deleted recording: running analyses, files, rows; may be done twice."""
    recording = MediaFile.get_or_none(MediaFile.id == media_id)
    if recording is not None:
        _clear(resources, [recording])
        with transaction():
            _follow(recording.project_id)


def clear_project(resources: Resources, project_id: UUID) -> None:
    """Remove what belongs to a deleted project, and its row; may be done twice."""
    _clear(resources, media_models.all_media_in(project_id))
    media.forget_pending(resources, project_id)
    delete_rows(Project, Project.id == project_id)


def _clear(resources: Resources, recordings: list[MediaFile]) -> None:
    analyses = models.analyses_of_media([one.id for one in recordings])
    with transaction():
        _cancel_jobs([one.id for one in analyses])
    for one in analyses:
        if one.tracks_key is not None:
            resources.storage.delete(one.tracks_key)
    for recording in recordings:
        resources.storage.delete(recording.storage_key)
        recording.delete_instance()


def _cancel_jobs(analysis_ids: list[UUID]) -> None:
    for kind, _ in JOBS.values():
        jobs.request_cancel(kind, analysis_ids)


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
        MissingError: there is no such analysis.
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


def missing_analysis() -> MissingError:
    """What is said when there is no such analysis."""
    return MissingError("There is no such analysis; check the address.")


def _processing_mode(resources: Resources, wanted: str) -> str:
    mode = resources.settings.default_processing_mode if wanted == "auto" else wanted
    if mode == "whisper":
        check_transcription(resources)
    return mode


def check_transcription(resources: Resources) -> None:
    """Raise AiFeaturesDisabledError unless a service may be asked."""
    if not resources.settings.has_transcription:
        raise AiFeaturesDisabledError(
            "Transcription is switched off on this server; use the mode vad, or import a transcript."
        )


def default_options(resources: Resources) -> dict[str, Any]:
    """What an analysis begins with where neither person nor project say otherwise."""
    engines_own = {API_NAMES[name]: value for name, value in asdict(AnalysisOptions()).items()}
    return {**engines_own, **resources.settings.default_options()}


def _complete_options(resources: Resources, request: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {
        **default_options(resources),
        "detect_filler_words": resources.settings.detect_filler_words,
        "custom_filler_words": [],
        "language": None,
        "prompt": None,
    }
    return {name: request.get(name, default) for name, default in defaults.items()}


def check_options(options: Mapping[str, Any]) -> AnalysisOptions:
    """The options for the engine; InvalidInputError names the one that is out of range."""
    # An analysis of an earlier version lacks the options that came later.
    values = {name: options[api_name] for api_name, name in ENGINE_NAMES.items() if api_name in options}
    try:
        return AnalysisOptions(**values)
    except engine.InvalidOptionError as error:
        api_name = API_NAMES[error.option]
        sentence = str(error).replace(error.option, api_name, 1)
        raise InvalidInputError(sentence, {api_name: sentence}) from None


def _check_audio_track(recording: MediaFile, audio_track: int | None) -> None:
    if audio_track is None:
        return
    count = len(recording.media_info["audio_streams"])
    if audio_track >= count:
        sentence = f"The recording has {count} audio tracks; choose one from 0 to {count - 1}."
        raise InvalidInputError(sentence, {"audio_track": sentence})


def _follow(project_id: UUID) -> None:
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


def reviewed_segments(analysis_id: UUID) -> list[dict[str, Any]]:
    """The segments with decisions, as the API shows them."""
    return [serialization.with_reason_code(one) for one in models.reviewed_segments(analysis_id)]


def automatic_segments(analysis_id: UUID) -> list[dict[str, Any]]:
    """The segments without decisions, as the API shows them."""
    return serialization.shown_automatic(
        serialization.segment_of(one) for one in models.automatic_segments(analysis_id)
    )


def _described(analysis: AnalysisResult) -> dict[str, Any]:
    names = (
        "id", "processing_mode", "options", "status", "version", "filler_words_detected", "summary",
        "processing_time_ms", "audio_track", "room_level_db", "error_code", "error_message",
        "created_at", "completed_at",
    )  # fmt: skip
    return {**{name: getattr(analysis, name) for name in names}, "media_file_id": analysis.media_file_id}


def _media_values(recording: MediaFile) -> dict[str, Any]:
    return {**recording.__data__, "project_id": recording.project_id}


def _project_values(project: Project) -> dict[str, Any]:
    return dict(project.__data__)
