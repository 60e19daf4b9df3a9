"""The work of analyses in the background, and the clearing up after deleted recordings and projects."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from uuid import UUID

from clipflow import engine
from clipflow.analysis import service, transcripts
from clipflow.analysis.models import TranscriptSource
from clipflow.analysis.transcripts import Announced
from clipflow.core.db import connected
from clipflow.core.errors import ExternalServiceError, MissingError, UnavailableError
from clipflow.core.queue import Lane
from clipflow.engine.text import shown_name
from clipflow.jobs.service import JobHandler, JobProgress, JobStoppedError, LastingError, PassingError
from clipflow.media import service as media
from clipflow.projects import service as projects
from clipflow.resources import Resources
from clipflow.transcription.errors import PassingServiceError, RefusedByServiceError, TranscriptionStoppedError
from clipflow.transcription.running import analyze_and_transcribe
from clipflow.transcription.sending import InFlightParts


def handlers(resources: Resources) -> list[JobHandler]:
    """How jobs of analyses are done."""
    run = partial(run_analysis, resources, InFlightParts())
    return [
        *(
            JobHandler(kind, lane, run, on_started=service.begin, on_failed=service.fail)
            for kind, lane in service.JOBS.values()
        ),
        JobHandler(media.CLEARING_JOB, Lane.QUICK, partial(clear_media, resources)),
        JobHandler(projects.CLEARING_JOB, Lane.QUICK, partial(clear_project, resources)),
    ]


def run_analysis(resources: Resources, in_flight: InFlightParts, analysis_id: UUID, progress: JobProgress) -> None:
    """Analyse a recording, have it transcribed if that is wanted, and store what comes of it."""
    with connected():
        work = service.work_of(analysis_id)
    if work is None:
        return
    began_s = time.monotonic()
    try:
        with resources.storage.local_file(work.storage_key) as path:
            analysis, announced = _hear(resources, in_flight, work, path, progress)
        tracks_key = service.keep_tracks(resources, analysis_id, analysis.tracks)
        outcome = service.outcome_of(resources, work, analysis, announced)
    except (engine.AnalysisCancelledError, TranscriptionStoppedError):
        raise JobStoppedError from None
    except (engine.MediaNotFoundError, MissingError):
        raise LastingError("MEDIA_NOT_FOUND", "The recording is not there any more; upload it again.") from None
    except engine.EngineError as error:
        raise LastingError(error.code, _with_name(str(error), work.storage_key, work.name)) from error
    except RefusedByServiceError as error:
        raise LastingError(ExternalServiceError.code, str(error)) from error
    except PassingServiceError as error:
        raise PassingError(ExternalServiceError.code, str(error)) from error
    except (UnavailableError, OSError) as error:
        raise PassingError("SERVICE_UNAVAILABLE", str(error)) from error
    processing_time_ms = round((time.monotonic() - began_s) * 1000)
    progress.conclude(lambda: service.complete(analysis_id, outcome, tracks_key, processing_time_ms))


def _hear(
    resources: Resources, in_flight: InFlightParts, work: service.Work, path: Path, progress: JobProgress
) -> tuple[engine.Analysis, Announced | None]:
    """The analysis of a recording, and the transcript that it gets."""

    def report(fraction: float, stage: str) -> None:
        progress.report(int(fraction * 100), stage)

    if work.mode != "whisper":
        analysis = engine.analyze(
            path,
            work.engine_options,
            on_progress=lambda fraction, stage: report(fraction, stage.value),
            should_stop=progress.should_stop,
        )
        return analysis, work.announced
    transcriber = transcripts.transcriber_for(resources.settings, work.media_id, work.options, in_flight)
    analysis, heard = analyze_and_transcribe(path, work.engine_options, transcriber, report, progress.should_stop)
    # What the person said of the language was told to the service, and comes before what it has guessed.
    language = transcriber.wish.language or heard.language
    return analysis, Announced(TranscriptSource.WHISPER, language, heard.words, heard.captions)


def clear_media(resources: Resources, media_id: UUID, progress: JobProgress) -> None:
    """Remove what belongs to a deleted recording."""
    with connected(), _disk_errors_may_pass():
        service.clear_media(resources, media_id)


def clear_project(resources: Resources, project_id: UUID, progress: JobProgress) -> None:
    """Remove what belongs to a deleted project."""
    with connected(), _disk_errors_may_pass():
        service.clear_project(resources, project_id)


@contextmanager
def _disk_errors_may_pass() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PassingError("SERVICE_UNAVAILABLE", f"A file could not be removed ({error.strerror}).") from error


def _with_name(sentence: str, storage_key: str, name: str) -> str:
    """The engine speaks of the stored file's name, which says nothing to a person."""
    return sentence.replace(shown_name(Path(storage_key)), shown_name(Path(name)))
