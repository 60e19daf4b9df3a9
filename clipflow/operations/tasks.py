"""Periodic work of an installation: the reaper's minute and the daily clean-up."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import uuid4

from clipflow.core import clock
from clipflow.core.db import connected, transaction
from clipflow.core.queue import Lane
from clipflow.jobs import service as jobs
from clipflow.jobs.protocol import JobHandler, JobInput, JobProgress, PeriodicWork
from clipflow.operations import service
from clipflow.resources import Resources

logger = logging.getLogger(__name__)


def handlers(resources: Resources, known_keys: Callable[[], set[str]]) -> list[JobHandler]:
    """How jobs of operations are done; ``known_keys`` are the files that rows speak of."""
    return [JobHandler(service.CLEANUP_JOB, Lane.QUICK, partial(clean_up, resources, known_keys))]


def periodic_works(resources: Resources) -> list[PeriodicWork]:
    """What is due from time to time."""
    daily = jobs.daily_from(service.CLEANUP_HOUR_UTC)
    return [PeriodicWork("clean_up", daily, partial(submit_clean_up, resources))]


def submit_clean_up(resources: Resources, now: datetime) -> None:
    """Queue the daily clean-up."""
    with connected(), transaction():
        jobs.submit(resources.queue, service.CLEANUP_JOB, Lane.QUICK, uuid4())


def clean_up(resources: Resources, known_keys: Callable[[], set[str]], given: JobInput, progress: JobProgress) -> None:
    """Remove what nobody needs any more."""
    with connected():
        done = service.clean_up(resources, known_keys, clock.now(), is_dry_run=False, on_step=progress.report)
    logger.info("Cleaned up: %s", "; ".join(line for line in done.sentences() if not line.startswith(" ")))
