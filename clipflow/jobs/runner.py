"""Runs jobs in a worker: claimed by one, saved with their result, tried again, and reaped when their worker is lost."""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from clipflow.core import logs
from clipflow.core.db import UNREACHABLE, after_commit, connected, database_now, transaction
from clipflow.core.errors import StorageUnavailableError, UnavailableError
from clipflow.core.queue import JobQueue, Lane
from clipflow.jobs import models
from clipflow.jobs.models import Job, JobStatus
from clipflow.jobs.protocol import (
    JobHandler,
    JobProgress,
    JobStoppedError,
    PermanentError,
    RetryableError,
    WaitingError,
)
from clipflow.jobs.service import WORKER_LOST

logger = logging.getLogger(__name__)

MAXIMUM_ATTEMPTS = 3
UNEXPECTED = "INTERNAL_ERROR"
_WORKER_LOST_SENTENCE = "The worker stopped in the middle of it several times; start it again, or ask for help."
_UNEXPECTED_SENTENCE = "Something unforeseen happened while it was worked on; start it again, or ask for help."
_FIRST_RETRY_S = 5.0
_LONGEST_RETRY_S = 300.0
_BELL_LOST_AFTER = timedelta(seconds=5)
_SAVE_PAUSE_S = 1.0
_AFTER_DUE_S = 0.05
# Others may take the next one in the same moment.
_CLAIM_ATTEMPTS = 20
_STORAGE_PAUSE = timedelta(seconds=15)
_SHORTEST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(minutes=5)


class JobRunner:
    """Runs jobs in a worker: from the bell to the end of the job, whatever that is."""

    def __init__(
        self,
        queue: JobQueue,
        handlers: Mapping[str, JobHandler],
        lost_after_s: float,
        is_leaving: Callable[[], bool],
    ) -> None:
        self._queue = queue
        self._handlers = handlers
        self._lost_after_s = lost_after_s
        self._is_leaving = is_leaving
        self._running: dict[UUID, JobProgress] = {}
        self._running_lock = threading.Lock()

    def run_job(self, rung_for: UUID) -> None:
        """Run the job whose turn it is where the bell of one has rung; never raises for anything that the job did.

        As many bells ring as jobs are due, so it need not be the one that this bell was rung for.
        """
        if self._is_leaving():
            return
        claim = uuid4()
        try:
            with connected():
                job = self._claim_next(rung_for, claim)
        except (UnavailableError, *UNREACHABLE):
            logger.warning("Job %s waits for the reaper, because the database cannot be reached.", rung_for)
            return
        if job is None:
            return
        with logs.log_context(job_id=str(job.id)):
            try:
                self._run_claimed(job, claim)
            except (UnavailableError, *UNREACHABLE):
                logger.warning("How job %s ended could not be written down; the reaper will find it.", job.id)

    def _claim_next(self, rung_for: UUID, claim: UUID) -> Job | None:
        rung = models.job_by_id(rung_for)
        handler = None if rung is None else self._handlers.get(rung.kind)
        if rung is None or handler is None:
            # An older worker beside newer web servers; whoever knows the kind rings again for it.
            return None
        now = database_now()
        if rung.status == JobStatus.QUEUED and rung.due_at > now:
            # Its bell came before it was due, as by the clock of a machine that is ahead.
            self._queue.ring(handler.lane, rung.id, (rung.due_at - now).total_seconds() + _AFTER_DUE_S)
            return None
        kinds = [one.kind for one in self._handlers.values() if one.lane == handler.lane]
        for _ in range(_CLAIM_ATTEMPTS):
            job_id = models.next_job(kinds, now)
            if job_id is None:
                return None
            if models.claim_job(job_id, claim, now):
                return models.job_by_id(job_id)
        return None

    def _run_claimed(self, job: Job, claim: UUID) -> None:
        handler = self._handlers[job.kind]
        is_last = job.attempts >= MAXIMUM_ATTEMPTS
        progress = JobProgress(job.id, claim, self._is_leaving, is_last_attempt=is_last)
        with self._running_lock:
            self._running[job.id] = progress
        try:
            self._work(job, claim, handler, progress)
        finally:
            with self._running_lock:
                self._running.pop(job.id, None)

    def _work(self, job: Job, claim: UUID, handler: JobHandler, progress: JobProgress) -> None:
        began_s = time.monotonic()
        try:
            with connected(), transaction():
                given = handler.on_started(job.subject_id)
            if given is None:
                self._succeed(job, claim, lambda: None)
                return
            result = handler.run(given, progress)
            self._succeed(job, claim, lambda: handler.on_succeeded(job.subject_id, result))
            logger.info("Job %s of kind %s done in %.1f s", job.id, job.kind, time.monotonic() - began_s)
        except JobStoppedError:
            self._stopped(job, claim)
        except StorageUnavailableError as error:
            logger.warning("Job %s waits for the storage: %s", job.id, error)
            self._put_back(job, claim, delay=_STORAGE_PAUSE, stage="waiting for the storage")
        except WaitingError as error:
            delay = waiting_time(database_now() - job.created_at)
            logger.warning("Job %s is %s, for %.0f s.", job.id, error.stage, delay.total_seconds())
            self._put_back(job, claim, delay=delay, stage=error.stage)
        except (UnavailableError, *UNREACHABLE):
            # Nothing can be written down now; the reaper will find the job.
            logger.warning("Job %s lost the database; the reaper will put it back.", job.id)
        except RetryableError as error:
            self._failed(job, claim, handler, error.code, str(error), may_pass=True)
        except PermanentError as error:
            self._failed(job, claim, handler, error.code, str(error), may_pass=False)
        except Exception:
            logger.exception("Job %s of kind %s failed unexpectedly", job.id, job.kind)
            self._failed(job, claim, handler, UNEXPECTED, _UNEXPECTED_SENTENCE, may_pass=False)

    def _succeed(self, job: Job, claim: UUID, save: Callable[[], None]) -> None:
        """Save a result and mark the job as done, in one transaction; a database that is away is waited for.

        Raises:
            JobStoppedError: the job was cancelled, or is someone else's by now; nothing is saved.
        """
        deadline_s = time.monotonic() + self._lost_after_s
        while True:
            try:
                with connected(), transaction():
                    succeed(job.id, claim, save)
                return
            except (UnavailableError, *UNREACHABLE):
                if time.monotonic() > deadline_s:
                    raise
                time.sleep(_SAVE_PAUSE_S)

    def _stopped(self, job: Job, claim: UUID) -> None:
        with connected(), transaction():
            if models.cancel_claimed(job.id, claim, database_now()):
                logger.info("Job %s was cancelled", job.id)
                return
        if self._is_leaving():
            self._put_back(job, claim)
            logger.info("Job %s goes back to the queue, because the worker is leaving", job.id)

    def _put_back(self, job: Job, claim: UUID, delay: timedelta = timedelta(), stage: str = "queued") -> None:
        """Queue the job again without counting the attempt."""
        with connected(), transaction():
            due_at = database_now() + delay
            _queue_again(job, claim, attempts=Job.attempts - 1, stage=stage, progress_percent=0, due_at=due_at)
        if self._handlers.get(job.kind) is not None:
            self._queue.ring(self._handlers[job.kind].lane, job.id, delay.total_seconds())

    def _failed(self, job: Job, claim: UUID, handler: JobHandler, code: str, message: str, *, may_pass: bool) -> None:
        with connected(), transaction():
            if may_pass and job.attempts < MAXIMUM_ATTEMPTS:
                delay_s = retry_delay_s(job.attempts, random.random())  # noqa: S311  spreads retries, guards nothing
                due_at = database_now() + timedelta(seconds=delay_s)
                told = {"error_code": code, "error_message": message}
                if _queue_again(job, claim, stage="waiting to try again", due_at=due_at, **told):
                    after_commit(lambda: self._queue.ring(handler.lane, job.id, delay_s))
                logger.warning("Job %s failed (%s) and is tried again in %.0f s: %s", job.id, code, delay_s, message)
                return
            _fail(job, handler, code, message, claim)
        logger.warning("Job %s of kind %s failed for good (%s): %s", job.id, job.kind, code, message)

    def pulse(self) -> None:
        """Renew the heartbeat of what this worker runs, and let it hear of a cancellation.

        A handler may have nothing to say for minutes, as while a file is copied; how long it takes is its own affair.
        """
        with self._running_lock:
            running = list(self._running.values())
        for progress in running:
            progress.pulse()

    def reap(self, now: datetime) -> None:
        """Put back what lost its worker and ring again for what nobody came for; heartbeats tell, never run times."""
        with connected():
            for job in models.lost_jobs(now - timedelta(seconds=self._lost_after_s)):
                self._reap_lost(job)
        self.ring_missed(now)

    def ring_missed(self, now: datetime) -> None:
        """Ring again for what has been due for a while without anybody's coming for it."""
        with connected():
            # Where bells are still waiting to be heard, everybody is busy and no bell is missing.
            quiet = {lane for lane in Lane if self._queue.is_quiet(lane)}
            self._ring_due(now - _BELL_LOST_AFTER, quiet)

    def ring_all(self, now: datetime) -> None:
        """Ring for everything that is due, as a worker does when it starts."""
        with connected():
            self._ring_due(now, set(Lane))

    def _ring_due(self, due_before: datetime, lanes: set[Lane]) -> None:
        for job in models.due_jobs(due_before):
            handler = self._handlers.get(job.kind)
            if handler is not None and handler.lane in lanes:
                self._queue.ring(handler.lane, job.id)

    def _reap_lost(self, job: Job) -> None:
        handler = self._handlers.get(job.kind)
        if handler is None or job.claim is None:
            return
        with transaction():
            if job.attempts >= MAXIMUM_ATTEMPTS and not job.is_cancel_requested:
                _fail(job, handler, WORKER_LOST, _WORKER_LOST_SENTENCE, job.claim)
                logger.error("Job %s lost its worker %d times and is given up", job.id, job.attempts)
                return
            if _queue_again(job, job.claim, stage="queued", progress_percent=0, due_at=database_now()):
                logger.warning("Job %s lost its worker and goes back to the queue", job.id)
                after_commit(lambda: self._queue.ring(handler.lane, job.id))


def succeed(job_id: UUID, claim: UUID, save: Callable[[], None]) -> None:
    """Save a result and mark its job as done, in the caller's transaction.

    Raises:
        JobStoppedError: the job was cancelled, or is someone else's by now; nothing is saved.
    """
    now = database_now()
    done = {"status": JobStatus.SUCCEEDED, "progress_percent": 100, "stage": "done", "finished_at": now}
    # The update comes first: it locks the row against a cancel at the same moment.
    if not models.update_claimed(job_id, claim, **done) or models.is_cancel_requested(job_id):
        raise JobStoppedError
    save()


def _queue_again(job: Job, claim: UUID, **changes: Any) -> bool:
    """Queue a claimed job again; False when it is not ours any more, or was to be cancelled, which it then is."""
    # One statement decides, because somebody may cancel in this very moment.
    if models.queue_claimed_again(job.id, claim, **changes):
        return True
    models.cancel_claimed(job.id, claim, database_now())
    return False


def _fail(job: Job, handler: JobHandler, code: str, message: str, claim: UUID) -> None:
    now = database_now()
    is_mine = models.update_claimed(
        job.id, claim, status=JobStatus.FAILED, finished_at=now, stage="failed", error_code=code, error_message=message
    )
    if is_mine:
        handler.on_failed(job.subject_id, code, message)


def waiting_time(age: timedelta) -> timedelta:
    """How long a job of this age waits until it looks again for what is away: half its age, within limits."""
    return min(_LONGEST_WAIT, max(_SHORTEST_WAIT, age / 2))


def retry_delay_s(attempts: int, chance: float) -> float:
    """How long to wait before the next attempt: doubling, with a ceiling, and between half and all of it by chance.

    ``chance`` is a random number from 0 to 1; it keeps jobs that failed together from coming back together.
    """
    full_s: float = min(_LONGEST_RETRY_S, _FIRST_RETRY_S * 4 ** (attempts - 1))
    return full_s * (0.5 + chance / 2)
