"""What a domain and a worker agree on about a job: its input, its result, its errors, and how far it is."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from clipflow.core.db import UNREACHABLE, connected, database_now
from clipflow.core.errors import UnavailableError
from clipflow.core.queue import Lane
from clipflow.jobs import models

logger = logging.getLogger(__name__)

_REPORT_EVERY_S = 1.0

# What can be written as JSON.
JobInput = dict[str, Any]
JobResult = dict[str, Any] | None


class RetryableError(Exception):
    """A handler failed at something that may work later, such as a service that is down.

    Attributes:
        code: stable, for programs.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class PermanentError(Exception):
    """A handler failed at something that will not work later either.

    Attributes:
        code: stable, for programs.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class WaitingError(Exception):
    """What a handler needs is away, and is waited for however long that takes.

    Attributes:
        stage: what is waited for, as the job says it meanwhile.
    """

    def __init__(self, stage: str) -> None:
        super().__init__(stage)
        self.stage = stage


class JobStoppedError(Exception):
    """The job is to stop: it was cancelled, it belongs to someone else by now, or the worker is leaving."""


class JobProgress:
    """What a handler tells about its job, and what it learns from it."""

    def __init__(
        self, job_id: UUID, claim: UUID, is_leaving: Callable[[], bool], *, is_last_attempt: bool = False
    ) -> None:
        self.job_id = job_id
        self.is_last_attempt = is_last_attempt
        self._claim = claim
        self._is_leaving = is_leaving
        self._written_s = time.monotonic()
        self._last: tuple[int, str] | None = None
        self._must_stop = False

    def report(self, percent: int, stage: str) -> None:
        """Renew the heartbeat and show how far the job is; writes once a second at most."""
        elapsed_s = time.monotonic() - self._written_s
        is_new_stage = self._last is None or self._last[1] != stage
        if elapsed_s < _REPORT_EVERY_S and not is_new_stage:
            return
        self._last = (percent, stage)
        self._written_s = time.monotonic()
        try:
            self._renew(progress_percent=percent, stage=stage)
        except (UnavailableError, *UNREACHABLE):
            # The work goes on without a database for a while; if it is away for longer than a lost
            # worker may be, the claim will have gone to someone else and the next report says so.
            logger.warning("Progress of job %s could not be written; the work goes on.", self.job_id)

    def pulse(self) -> None:
        """Renew the heartbeat, and hear whether the job is to stop; for the worker, while a handler has nothing to say.

        Raises:
            UnavailableError: or another error of a database that cannot be reached.
        """
        self._renew()

    def _renew(self, **changes: Any) -> None:
        with connected():
            still_mine = models.update_claimed(self.job_id, self._claim, heartbeat_at=database_now(), **changes)
            self._must_stop = not still_mine or models.is_cancel_requested(self.job_id)

    def should_stop(self) -> bool:
        """Whether the handler is to stop; cheap, to be asked several times a second."""
        return self._must_stop or self._is_leaving()

    def stop_check(self, stage: str) -> Callable[[], bool]:
        """What a tool that cannot tell how far it is asks for whether to stop; the job is in this stage meanwhile."""

        def should_stop() -> bool:
            self.report(0, stage)
            return self.should_stop()

        return should_stop

    def continue_in(self, stage: str) -> None:
        """Say that the job is in a stage, as in a loop over pieces; raises JobStoppedError where it is to stop."""
        if self.stop_check(stage)():
            raise JobStoppedError


def _subject_alone(subject_id: UUID) -> JobInput:
    return {"subject_id": str(subject_id)}


def _ignore_result(subject_id: UUID, result: JobResult) -> None:
    pass


def _ignore_failure(subject_id: UUID, code: str, message: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class JobHandler:
    """How jobs of one kind are done.

    Attributes:
        kind: the name in the job's row.
        lane: which jobs it waits for.
        run: does the work from an input, and returns what came of it; both can be written as JSON, and
            what is large is a file in the storage that the result names. May run twice for one job.
        on_started: tells the subject that a worker has begun, in a transaction of its own, and returns
            the input, or None where nothing is to be done any more.
        on_succeeded: saves the result, in the transaction that ends the job.
        on_failed: tells the subject that it failed for good, in the transaction that ends the job.
    """

    kind: str
    lane: Lane
    run: Callable[[JobInput, JobProgress], JobResult]
    on_started: Callable[[UUID], JobInput | None] = field(default=_subject_alone)
    on_succeeded: Callable[[UUID, JobResult], None] = field(default=_ignore_result)
    on_failed: Callable[[UUID, str, str], None] = field(default=_ignore_failure)


@dataclass(frozen=True, slots=True)
class PeriodicWork:
    """Work that is due once in each slot of time.

    Attributes:
        name: the name in its guard's row.
        slot: which slot a moment belongs to, or None while nothing is due.
        run: does the work.
    """

    name: str
    slot: Callable[[datetime], str | None]
    run: Callable[[datetime], None]
