"""Periodic work of an installation: the reaper's minute and the daily clean-up."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from uuid import uuid4

from clipflow.core import clock
from clipflow.core.db import connected, transaction
from clipflow.core.errors import ConflictError, StorageUnavailableError
from clipflow.core.installation import this_installation
from clipflow.core.queue import Lane
from clipflow.jobs import service as jobs
from clipflow.jobs.protocol import JobHandler, JobInput, JobProgress, PeriodicWork, PermanentError
from clipflow.operations import service
from clipflow.resources import Resources

logger = logging.getLogger(__name__)


def handlers(resources: Resources, known_keys: Callable[[], set[str]]) -> list[JobHandler]:
    """How jobs of operations are done; ``known_keys`` are the files that rows speak of."""
    return [JobHandler(service.CLEANUP_JOB, Lane.QUICK, partial(clean_up, resources, known_keys))]


def periodic_works(resources: Resources) -> list[PeriodicWork]:
    """What is due from time to time."""
    return [PeriodicWork("clean_up", _daily_slot, partial(submit_clean_up, resources))]


def _daily_slot(now: datetime) -> str | None:
    """The slot of today, once its hour has come; a new installation waits for the first such hour of its life.

    So whoever sees after a first start that the wrong database was named has time to mend it.
    """
    slot = jobs.daily_from(service.CLEANUP_HOUR_UTC)(now)
    todays_hour = now.replace(hour=service.CLEANUP_HOUR_UTC, minute=0, second=0, microsecond=0)
    return slot if slot is not None and this_installation().created_at < todays_hour else None


def submit_clean_up(resources: Resources, now: datetime) -> None:
    """Queue the daily clean-up."""
    with connected(), transaction():
        jobs.submit(resources.queue, service.CLEANUP_JOB, Lane.QUICK, uuid4())


def clean_up(resources: Resources, known_keys: Callable[[], set[str]], given: JobInput, progress: JobProgress) -> None:
    """Remove what nobody needs any more."""
    with connected(), _nothing_done():
        done = service.clean_up(resources, known_keys, clock.now(), is_dry_run=False, on_step=progress.report)
    logger.info("Cleaned up: %s", "; ".join(line for line in done.sentences() if not line.startswith(" ")))


@contextmanager
def _nothing_done() -> Iterator[None]:
    try:
        yield
    except (StorageUnavailableError, ConflictError) as error:
        # The next day's job comes by itself; until then it is a line in the log that people should see.
        logger.error("Nothing is cleaned up. %s", error)
        raise PermanentError(error.code, str(error)) from error
