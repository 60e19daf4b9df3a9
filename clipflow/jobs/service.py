"""Jobs: submitted with a subject, cancelled, forgotten; and periodic work.

The row in the database is the truth. A worker that dies takes its bell with it, so nothing relies
on the queue: the reaper finds jobs without a heartbeat and rings again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from peewee import Case

from clipflow.core.db import after_commit, connected, database_now
from clipflow.core.queue import JobQueue, Lane
from clipflow.jobs import models
from clipflow.jobs.models import Job, JobStatus
from clipflow.jobs.protocol import PeriodicWork

WORKER_LOST = "WORKER_LOST"
_FORGET_AFTER = timedelta(days=30)


def submit(queue: JobQueue, kind: str, lane: Lane, subject_id: UUID, asked_by: UUID | None = None) -> Job:
    """Queue work for a subject in the caller's transaction; the bell rings once that is safe.

    ``asked_by`` is the person whose turn it takes, so that nobody waits for all that somebody else has asked for.
    """
    now = database_now()
    job = Job.create(
        kind=kind, subject_id=subject_id, asked_by=asked_by, status=JobStatus.QUEUED, due_at=now, created_at=now
    )
    after_commit(lambda: queue.ring(lane, job.id))
    return job


def request_cancel(kind: str, subject_ids: list[UUID]) -> None:
    """Stop jobs of these subjects: those in the queue at once, running ones within seconds."""
    now = database_now()
    mine = (Job.kind == kind) & Job.subject_id.in_(subject_ids)
    is_queued = Job.status == JobStatus.QUEUED
    # One statement, because a job may be taken or put back between two.
    Job.update(
        is_cancel_requested=True,
        status=Case(None, [(is_queued, JobStatus.CANCELLED)], Job.status),
        finished_at=Case(None, [(is_queued, now)], Job.finished_at),
    ).where(mine, Job.status.in_(models.UNFINISHED)).execute()


def is_under_way(job_id: UUID) -> bool:
    """Whether a job waits or runs."""
    return bool(Job.select().where(Job.id == job_id, Job.status.in_(models.UNFINISHED)).exists())


def run_periodic(works: list[PeriodicWork], now: datetime) -> None:
    """Do the periodic work whose slot nobody has taken yet."""
    for work in works:
        slot = work.slot(now)
        if slot is None:
            continue
        with connected():
            is_mine = models.take_slot(work.name, slot, now)
        if is_mine:
            try:
                work.run(now)
            except Exception:
                # Someone may try again in the same slot.
                with connected():
                    models.release_slot(work.name, slot)
                raise


def daily_from(hour: int) -> Callable[[datetime], str | None]:
    """The slot of work that is due once a day, from an hour (UTC) on; a machine that was off does it later."""

    def slot(now: datetime) -> str | None:
        return now.strftime("%Y-%m-%d") if now.hour >= hour else None

    return slot


def record_heartbeat(worker_id: str, now: datetime) -> None:
    """Note that this worker is alive."""
    with connected():
        models.record_heartbeat(worker_id, now)


def forget_worker(worker_id: str) -> None:
    """Note that this worker has left."""
    with connected():
        models.forget_worker(worker_id)


def has_worker(now: datetime, within_s: float) -> bool:
    """Whether any worker has been alive lately."""
    return models.has_worker_since(now - timedelta(seconds=within_s))


def forget_old(now: datetime, *, is_dry_run: bool) -> int:
    """Delete what ended long ago; returns how many jobs."""
    before = now - _FORGET_AFTER
    return models.count_finished_before(before) if is_dry_run else models.delete_finished_before(before)
