"""The work of analyses that get a transcript in the background."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from clipflow import engine
from clipflow.analysis import service as analyses
from clipflow.analysis.options import check_options
from clipflow.analysis.running import analyse, result_of
from clipflow.core.db import connected
from clipflow.core.errors import AiFeaturesDisabledError, ExternalServiceError
from clipflow.engine import FillerOptions
from clipflow.jobs.protocol import (
    JobHandler,
    JobInput,
    JobProgress,
    JobStoppedError,
    PermanentError,
    RetryableError,
)
from clipflow.media.borrowing import borrowed_recording
from clipflow.resources import Resources
from clipflow.transcription.errors import (
    PackingError,
    PassingServiceError,
    RefusedByServiceError,
    TranscriptionStoppedError,
)
from clipflow.transcription.running import analyze_and_transcribe
from clipflow.transcription.sending import InFlightParts
from clipflow.transcripts import serialization, service
from clipflow.transcripts.models import TranscriptSource
from clipflow.transcripts.pending import PendingTranscript, on_recording_clock, place_words
from clipflow.transcripts.transcribing import transcriber_for


def handlers(resources: Resources) -> list[JobHandler]:
    """How jobs of transcripts are done."""
    runs = {
        "import": partial(run_with_imported_transcript, resources),
        "whisper": partial(run_with_transcription, resources, InFlightParts()),
    }
    begin = partial(service.begin, resources.settings)
    return [
        JobHandler(
            *analyses.JOBS[work], run, on_started=begin, on_succeeded=service.save_result, on_failed=analyses.fail
        )
        for work, run in runs.items()
    ]


def run_with_imported_transcript(resources: Resources, given: JobInput, progress: JobProgress) -> dict[str, Any]:
    """Find speech and silence in a recording whose transcript was imported."""
    began_s = time.monotonic()
    with borrowed_recording(resources, given, progress) as path:
        analysis = analyse(path, check_options(given["options"]), progress)
        pending = PendingTranscript.from_json(given["pending_transcript"])
        return _result_of(resources, given, analysis, pending, began_s)


def run_with_transcription(
    resources: Resources, in_flight: InFlightParts, given: JobInput, progress: JobProgress
) -> dict[str, Any]:
    """Find speech and silence in a recording, and have it transcribed at the same time."""
    began_s = time.monotonic()
    with _service_errors(), borrowed_recording(resources, given, progress) as path:
        analysis, pending = _transcribe(resources, in_flight, given, path, progress)
        return _result_of(resources, given, analysis, pending, began_s)


def _transcribe(
    resources: Resources, in_flight: InFlightParts, given: JobInput, path: Path, progress: JobProgress
) -> tuple[engine.Analysis, PendingTranscript]:
    """The analysis of a recording, and what the service wrote down."""

    def report(fraction: float, stage: str) -> None:
        progress.report(int(fraction * 100), stage)

    options = given["options"]
    with connected():
        access = service.access_for(resources, UUID(given["analysis_id"]))
    transcriber = transcriber_for(access, UUID(given["media_id"]), options, in_flight)
    analysis, answer = analyze_and_transcribe(path, check_options(options), transcriber, report, progress.should_stop)
    # What the person said of the language was told to the service, and comes before what it has guessed.
    language = transcriber.request.language or answer.language
    return analysis, PendingTranscript(TranscriptSource.WHISPER, language, answer.words, answer.captions)


def _result_of(
    resources: Resources, given: JobInput, analysis: engine.Analysis, pending: PendingTranscript, began_s: float
) -> dict[str, Any]:
    pending, _ = on_recording_clock(pending, analysis.tracks, analysis.info)
    fillers = FillerOptions(**{name: _frozen(value) for name, value in given["filler_options"].items()})
    transcript = place_words(pending, analysis.tracks, fillers, given["options"])
    segments = engine.segment_transcribed(
        analysis.tracks, check_options(given["options"]), transcript, fillers.padding_ms
    )
    return {
        **result_of(resources, given, analysis, segments, began_s),
        "filler_words_detected": serialization.count_fillers(transcript),
        "transcript": {
            **serialization.stored_transcript(transcript),
            "source": pending.source.value,
            "cues": serialization.stored_cues(pending.cues),
        },
    }


@contextmanager
def _service_errors() -> Iterator[None]:
    """Turn what a transcription service can do wrong into the errors of a job."""
    try:
        yield
    except TranscriptionStoppedError:
        raise JobStoppedError from None
    except AiFeaturesDisabledError as error:
        # Whoever asked for it has taken the key away meanwhile.
        raise PermanentError(ExternalServiceError.code, str(error)) from error
    except RefusedByServiceError as error:
        raise PermanentError(ExternalServiceError.code, str(error)) from error
    except PackingError as error:
        # Nothing outside has failed.
        raise RetryableError("MEDIA_TOOL_FAILED", str(error)) from error
    except PassingServiceError as error:
        raise RetryableError(ExternalServiceError.code, str(error)) from error


def _frozen(value: Any) -> Any:
    """JSON knows no tuples."""
    return tuple(value) if isinstance(value, list) else value
