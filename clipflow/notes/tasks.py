"""Periodic work of notes."""

from datetime import datetime, timedelta

from clipflow.core.db import connected
from clipflow.jobs import service as jobs
from clipflow.jobs.protocol import PeriodicWork
from clipflow.notes import models
from clipflow.resources import Resources

_HOUR_UTC = 4
_KEPT = timedelta(days=7)


def periodic_works(resources: Resources) -> list[PeriodicWork]:
    """What is due from time to time."""
    return [PeriodicWork("purge_notes", jobs.daily_from(_HOUR_UTC), purge)]


def purge(now: datetime) -> None:
    """Remove what was deleted a week ago."""
    with connected():
        models.purge_deleted_before(now - _KEPT)
