"""A recording as a job reads it: a file of this machine, and the errors of a job."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clipflow import engine
from clipflow.core.errors import MissingError, StorageUnavailableError, UnavailableError
from clipflow.engine.text import shown_name
from clipflow.jobs.protocol import JobProgress, JobStoppedError, PermanentError, RetryableError
from clipflow.media import service as media
from clipflow.resources import Resources


@contextmanager
def borrowed_recording(resources: Resources, given: Mapping[str, Any], progress: JobProgress) -> Iterator[Path]:
    """A path to the recording of a job; what can go wrong with it comes out as the errors of a job.

    Raises:
        StorageUnavailableError: the storage is not there; the job is to wait for it.
    """
    path = Path(given["storage_key"])
    try:
        with media.local_recording(resources.storage, given["storage_key"], progress.continue_in) as path:
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
        sentence = str(error).replace(shown_name(path), shown_name(Path(given["name"])))
        raise PermanentError(error.code, sentence) from error
    except (UnavailableError, OSError) as error:
        raise RetryableError("SERVICE_UNAVAILABLE", str(error)) from error
