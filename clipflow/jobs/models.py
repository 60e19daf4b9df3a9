"""Tables of jobs, of the workers that run them, and of periodic work that has been done."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import BooleanField, CharField, IntegerField, IntegrityError, TextField, UUIDField, fn

from clipflow.core.db import BaseModel, IdField, UtcDateTimeField, delete_rows


class JobStatus(StrEnum):
    """Where a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
UNFINISHED = (JobStatus.QUEUED, JobStatus.RUNNING)


class Job(BaseModel):
    """One piece of work.

    ``claim`` is a new random value each time a worker takes it; what a worker writes counts only
    while its claim still stands here. ``asked_by`` is the person whose turn it takes; none is the service itself.
    """

    id = IdField()
    kind = CharField(max_length=50)
    subject_id = UUIDField()
    asked_by = UUIDField(null=True)
    status = CharField(max_length=20)
    attempts = IntegerField(default=0)
    progress_percent = IntegerField(default=0)
    stage = CharField(max_length=50, default="queued")
    claim = UUIDField(null=True)
    is_cancel_requested = BooleanField(default=False)
    due_at = UtcDateTimeField()
    heartbeat_at = UtcDateTimeField(null=True)
    error_code = CharField(max_length=50, null=True)
    error_message = TextField(null=True)
    created_at = UtcDateTimeField()
    started_at = UtcDateTimeField(null=True)
    finished_at = UtcDateTimeField(null=True)

    class Meta:
        """The reaper looks for unfinished jobs, a subject for its own."""

        table_name = "jobs"
        indexes = ((("status", "due_at"), False), (("subject_id", "kind"), False), (("asked_by", "started_at"), False))


class WorkerHeartbeat(BaseModel):
    """A worker that was alive at a moment."""

    worker_id = CharField(primary_key=True, max_length=200)
    seen_at = UtcDateTimeField()

    class Meta:
        table_name = "worker_heartbeats"


class PeriodicRun(BaseModel):
    """Periodic work that someone has taken on for a slot of time; a second row for it cannot exist."""

    id = IdField()
    name = CharField(max_length=50)
    slot = CharField(max_length=50)
    created_at = UtcDateTimeField()

    class Meta:
        """The unique index is the guard."""

        table_name = "periodic_runs"
        indexes = ((("name", "slot"), True),)


def job_by_id(job_id: UUID) -> Job | None:
    """The job, or None."""
    return Job.get_or_none(Job.id == job_id)


def next_job(kinds: Iterable[str], now: datetime) -> UUID | None:
    """The due job of these kinds whose turn it is: the oldest of the person with the fewest that run.

    Among those who have equally few, as where one runs at a time, it is the turn of whoever got one longest ago.
    """
    names = list(kinds)
    running = Job.alias()
    mine = running.select(fn.COUNT(running.id)).where(
        running.status == JobStatus.RUNNING, running.kind.in_(names), running.asked_by == Job.asked_by
    )
    had_last = running.select(fn.MAX(running.started_at)).where(
        running.kind.in_(names), running.asked_by == Job.asked_by
    )
    found = (
        Job.select(Job.id)
        .where(
            Job.status == JobStatus.QUEUED,
            Job.due_at <= now,
            Job.kind.in_(names),
            Job.is_cancel_requested == False,  # noqa: E712  the database compares
        )
        .order_by(mine, fn.COALESCE(had_last, _LONG_AGO), Job.created_at, Job.id)
        .tuples()
        .first()
    )
    return None if found is None else found[0]


def claim_job(job_id: UUID, claim: UUID, now: datetime) -> bool:
    """Take a queued job that is due; False when someone else has it or nobody may."""
    count = (
        Job.update(
            status=JobStatus.RUNNING,
            claim=claim,
            attempts=Job.attempts + 1,
            heartbeat_at=now,
            started_at=fn.COALESCE(Job.started_at, now),
            progress_percent=0,
            stage="starting",
        )
        .where(
            Job.id == job_id, Job.status == JobStatus.QUEUED, Job.due_at <= now, Job.is_cancel_requested == False  # noqa: E712
        )
        .execute()
    )  # fmt: skip
    return bool(count == 1)


def update_claimed(job_id: UUID, held_claim: UUID, **changes: Any) -> bool:
    """Change a job that this claim still holds; False when it does not any more."""
    return _update(_held(job_id, held_claim), changes)


def queue_claimed_again(job_id: UUID, held_claim: UUID, **changes: Any) -> bool:
    """Queue a job again that this claim still holds; False when it does not, or somebody wants it cancelled."""
    is_wanted = Job.is_cancel_requested == False  # noqa: E712  the database compares
    return _update(_held(job_id, held_claim) & is_wanted, {"status": JobStatus.QUEUED, "claim": None, **changes})


def _held(job_id: UUID, held_claim: UUID) -> Any:
    return (Job.id == job_id) & (Job.claim == held_claim) & (Job.status == JobStatus.RUNNING)


def _update(condition: Any, changes: dict[str, Any]) -> bool:
    return bool(Job.update(**changes).where(condition).execute() == 1)


def cancel_claimed(job_id: UUID, held_claim: UUID, now: datetime) -> bool:
    """End a job that this claim holds if someone wants it cancelled; False when nobody does."""
    is_unwanted = Job.is_cancel_requested == True  # noqa: E712  the database compares
    changes = {"status": JobStatus.CANCELLED, "finished_at": now, "stage": "cancelled"}
    return _update(_held(job_id, held_claim) & is_unwanted, changes)


def is_cancel_requested(job_id: UUID) -> bool:
    """Whether someone wants the job to stop."""
    found = Job.select(Job.is_cancel_requested).where(Job.id == job_id).tuples().first()
    return found is None or bool(found[0])


def lost_jobs(seen_before: datetime) -> list[Job]:
    """Running jobs without a sign of life since then."""
    return list(Job.select().where(Job.status == JobStatus.RUNNING, Job.heartbeat_at < seen_before))


def due_jobs(due_before: datetime) -> list[Job]:
    """Queued jobs that have been due since then, oldest first."""
    return list(Job.select().where(Job.status == JobStatus.QUEUED, Job.due_at <= due_before).order_by(Job.due_at))


def record_heartbeat(worker_id: str, now: datetime) -> None:
    """Note that this worker is alive."""
    WorkerHeartbeat.insert(worker_id=worker_id, seen_at=now).on_conflict(
        conflict_target=[WorkerHeartbeat.worker_id], update={WorkerHeartbeat.seen_at: now}
    ).execute()


def forget_worker(worker_id: str) -> None:
    """Note that this worker has left."""
    delete_rows(WorkerHeartbeat, WorkerHeartbeat.worker_id == worker_id)


def has_worker_since(moment: datetime) -> bool:
    """Whether any worker was alive since then."""
    return WorkerHeartbeat.select().where(WorkerHeartbeat.seen_at >= moment).exists()


def take_slot(name: str, slot: str, now: datetime) -> bool:
    """Take on periodic work for a slot; False when someone else has."""
    with PeriodicRun._meta.database.atomic() as savepoint:
        try:
            PeriodicRun.create(name=name, slot=slot, created_at=now)
        except IntegrityError:
            savepoint.rollback()
            return False
    return True


def release_slot(name: str, slot: str) -> None:
    """Give back periodic work that could not be done."""
    delete_rows(PeriodicRun, PeriodicRun.name == name, PeriodicRun.slot == slot)


def delete_finished_before(moment: datetime) -> int:
    """Forget jobs, slots and workers that ended before then; returns how many jobs."""
    delete_rows(PeriodicRun, PeriodicRun.created_at < moment)
    delete_rows(WorkerHeartbeat, WorkerHeartbeat.seen_at < moment)
    return delete_rows(Job, Job.finished_at < moment)


def count_finished_before(moment: datetime) -> int:
    """How many jobs ended before then."""
    return int(Job.select().where(Job.finished_at < moment).count())
