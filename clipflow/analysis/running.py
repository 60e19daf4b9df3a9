"""What every job that analyses a recording does alike: progress, errors in the field's words, and its result."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clipflow import engine
from clipflow.analysis.serialization import stored_segments
from clipflow.core.errors import MissingError, StorageUnavailableError, UnavailableError
from clipflow.core.storage.keys import key_for
from clipflow.engine.text import shown_name
from clipflow.jobs.protocol import JobProgress, JobStoppedError, PermanentError, RetryableError
from clipflow.media import service as media
from clipflow.resources import Resources


def analyse(path: Path, options: engine.AnalysisOptions, progress: JobProgress) -> engine.Analysis:
    """Analyse a recording as a job: it says how far it is, and stops when it is to."""

    def report(fraction: float, stage: engine.Stage) -> None:
        progress.report(int(fraction * 100), stage.value)

    return engine.analyze(path, options, on_progress=report, should_stop=progress.should_stop)


@contextmanager
def borrowed_recording(resources: Resources, given: Mapping[str, Any]) -> Iterator[Path]:
    """A path to the recording of a job; what can go wrong with it comes out as the errors of a job.

    Raises:
        StorageUnavailableError: the storage is not there; the job is to wait for it.
    """
    try:
        with media.local_recording(resources.storage, given["storage_key"]) as path:
            yield path
    except engine.AnalysisCancelledError:
        raise JobStoppedError from None
    except engine.MediaToolUnavailableError as error:
        raise RetryableError(error.code, str(error)) from error
    except StorageUnavailableError:
        raise
    except MissingError:
        raise PermanentError("MEDIA_NOT_FOUND", "The recording is not there any more; upload it again.") from None
    except engine.EngineError as error:
        # The engine speaks of the stored file's name, which says nothing to a person.
        stored, own = shown_name(Path(given["storage_key"])), shown_name(Path(given["name"]))
        raise PermanentError(error.code, str(error).replace(stored, own)) from error
    except (UnavailableError, OSError) as error:
        raise RetryableError("SERVICE_UNAVAILABLE", str(error)) from error


def result_of(
    resources: Resources,
    given: Mapping[str, Any],
    analysis: engine.Analysis,
    segments: Sequence[engine.Segment],
    began_s: float,
) -> dict[str, Any]:
    """The result of a job that began at a moment of ``time.monotonic``.

    The tracks are a file in the storage, replaced when the job runs a second time.
    """
    tracks_key = key_for("tracks", given["analysis_id"])
    resources.storage.put(tracks_key, analysis.tracks.to_bytes())
    return {
        "tracks_key": tracks_key,
        "segments": stored_segments(segments),
        "duration_s": analysis.tracks.duration_ms / 1000,
        "warnings": media.describe_warnings(analysis.info),
        "audio_track": analysis.audio_track,
        "room_level_db": analysis.loudness.room_db,
        "processing_time_ms": round((time.monotonic() - began_s) * 1000),
    }
