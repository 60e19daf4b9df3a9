"""The job protocol: claimed once, reported, concluded, retried, reaped."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from clipflow.core import clock
from clipflow.core.db import connected, database_now, is_postgresql, transaction
from clipflow.core.queue import JobQueue, Lane
from clipflow.jobs import models
from clipflow.jobs import service as jobs
from clipflow.jobs.models import Job, JobStatus
from clipflow.jobs.protocol import (
    JobHandler,
    JobProgress,
    JobStoppedError,
    PeriodicWork,
    PermanentError,
    RetryableError,
)
from clipflow.jobs.runner import MAXIMUM_ATTEMPTS, JobRunner, retry_delay_s
from tests.service.conftest import Service

KIND = "test"
Run = Callable[[UUID, JobProgress], object]


class World:
    """A runner whose one kind of job does what a test says, and notes what it is told."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.queue = service.resources.queue
        self.ran: list[UUID] = []
        self.failed: list[tuple[UUID, str, str]] = []
        self.saved: list[tuple[UUID, object]] = []
        self.save: Callable[[UUID, object], None] = lambda subject_id, result: self.saved.append((subject_id, result))
        self.is_leaving = False
        self.run: Run = lambda subject_id, progress: None
        handler = JobHandler(
            KIND, Lane.QUICK, self._run,
            on_succeeded=self._save,
            on_failed=lambda *told: self.failed.append(told),
        )  # fmt: skip
        self.runner = JobRunner(self.queue, {KIND: handler}, 60, lambda: self.is_leaving)

    def _run(self, given: dict[str, Any], progress: JobProgress) -> dict[str, Any]:
        subject_id = UUID(given["subject_id"])
        self.ran.append(subject_id)
        return {"answer": self.run(subject_id, progress)}

    def _save(self, subject_id: UUID, result: object) -> None:
        self.save(subject_id, result)

    def submit(self, asked_by: UUID | None = None) -> Job:
        with connected(), transaction():
            return jobs.submit(self.queue, KIND, Lane.QUICK, uuid4(), asked_by)

    def row(self, job: Job) -> Job:
        with connected():
            return Job.get_by_id(job.id)

    def do(self, run: Run) -> Job:
        """Submit a job that does this, run it once, and return its row."""
        self.run = run
        job = self.submit()
        self.runner.run_job(job.id)
        return self.row(job)

    def age(self, job: Job, seconds: float) -> None:
        """Make the last sign of life of a job older."""
        with connected():
            Job.update(heartbeat_at=clock.now() - timedelta(seconds=seconds)).where(Job.id == job.id).execute()


@pytest.fixture
def world(service: Service) -> World:
    return World(service)


def test_a_job_runs_once(world: World) -> None:
    job = world.do(lambda subject_id, progress: None)
    world.runner.run_job(job.id)
    assert world.ran == [job.subject_id]
    assert (job.status, job.progress_percent, job.attempts) == (JobStatus.SUCCEEDED, 100, 1)


def test_of_many_that_hear_the_bell_one_gets_the_job(world: World) -> None:
    world.run = lambda subject_id, progress: time.sleep(0.05)
    job = world.submit()
    threads = [threading.Thread(target=world.runner.run_job, args=(job.id,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(world.ran) == 1


def test_nobody_waits_for_all_that_somebody_else_asked_for(world: World) -> None:
    alice, bob = uuid4(), uuid4()
    of_alice = [world.submit(alice) for _ in range(4)]
    of_bob = world.submit(bob)
    begun, may_end = threading.Semaphore(0), threading.Event()

    def run(subject_id: UUID, progress: JobProgress) -> None:
        begun.release()
        may_end.wait(20)

    world.run = run
    threads = [threading.Thread(target=world.runner.run_job, args=(job.id,)) for job in of_alice[:3]]
    for thread in threads:
        thread.start()
        assert begun.acquire(timeout=20)
    may_end.set()
    for thread in threads:
        thread.join()
    # One of Alice runs, then the only one of Bob, then the next of Alice; whichever bell it was.
    assert world.ran == [of_alice[0].subject_id, of_bob.subject_id, of_alice[1].subject_id]


def test_one_worker_alone_takes_turns_too(world: World) -> None:
    alice, bob = uuid4(), uuid4()
    of_alice = [world.submit(alice) for _ in range(4)]
    of_bob = [world.submit(bob) for _ in range(2)]
    for job in [*of_alice, *of_bob]:
        world.runner.run_job(job.id)
    a, b = ([job.subject_id for job in theirs] for theirs in (of_alice, of_bob))
    assert world.ran == [a[0], b[0], a[1], b[1], a[2], a[3]]


def test_a_cancel_while_a_job_is_put_back_stops_nobody_else(world: World) -> None:
    stuck, other = world.submit(uuid4()), world.submit(uuid4())
    with connected():
        Job.update(is_cancel_requested=True).where(Job.id == stuck.id).execute()
    world.runner.run_job(other.id)
    assert world.ran == [other.subject_id]


def test_a_job_that_is_to_be_cancelled_is_not_queued_again(world: World) -> None:
    job, claim = world.submit(), uuid4()
    with connected():
        assert models.claim_job(job.id, claim, database_now())
        jobs.request_cancel(KIND, [job.subject_id])
        assert not models.queue_claimed_again(job.id, claim, stage="queued", due_at=database_now())
    assert world.row(job).status == JobStatus.RUNNING


def test_the_oldest_of_equals_comes_first(world: World) -> None:
    first, second = world.submit(uuid4()), world.submit(uuid4())
    world.runner.run_job(second.id)
    world.runner.run_job(first.id)
    assert world.ran == [first.subject_id, second.subject_id]


def test_a_job_of_a_transaction_that_is_undone_never_was(world: World) -> None:
    submitted: list[Job] = []

    def submit_and_fail() -> None:
        with connected(), transaction():
            submitted.append(jobs.submit(world.queue, KIND, Lane.QUICK, uuid4()))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        submit_and_fail()
    world.runner.run_job(submitted[0].id)
    assert world.ran == []


def test_progress_renews_the_heartbeat(world: World) -> None:
    def run(subject_id: UUID, progress: JobProgress) -> None:
        with connected():
            Job.update(heartbeat_at=clock.now() - timedelta(seconds=50)).execute()
        progress.report(42, "working")
        with connected():
            row = Job.get_by_id(progress.job_id)
            assert (row.progress_percent, row.stage) == (42, "working")
            assert clock.now() - row.heartbeat_at < timedelta(seconds=5)

    assert world.do(run).status == JobStatus.SUCCEEDED


def test_progress_is_written_once_a_second_at_most(world: World) -> None:
    def run(subject_id: UUID, progress: JobProgress) -> None:
        progress.report(1, "working")
        progress.report(2, "working")
        with connected():
            assert Job.get_by_id(progress.job_id).progress_percent == 1

    assert world.do(run).status == JobStatus.SUCCEEDED


def test_a_handler_learns_that_it_is_cancelled(world: World) -> None:
    def run(subject_id: UUID, progress: JobProgress) -> None:
        assert not progress.should_stop()
        with connected():
            jobs.request_cancel(KIND, [subject_id])
        progress.report(1, "working")
        assert progress.should_stop()
        raise JobStoppedError

    job = world.do(run)
    assert (job.status, world.failed) == (JobStatus.CANCELLED, [])


def test_what_a_job_returns_is_saved_with_its_end(world: World) -> None:
    job = world.do(lambda subject_id, progress: 42)
    assert (job.status, world.saved) == (JobStatus.SUCCEEDED, [(job.subject_id, {"answer": 42})])


def test_a_result_that_comes_after_a_cancel_is_not_saved(world: World) -> None:
    def run(subject_id: UUID, progress: JobProgress) -> None:
        with connected():
            jobs.request_cancel(KIND, [subject_id])

    assert (world.do(run).status, world.saved) == (JobStatus.CANCELLED, [])


def test_a_result_of_a_lost_claim_is_not_saved(world: World) -> None:
    def run(subject_id: UUID, progress: JobProgress) -> None:
        with connected():
            Job.update(claim=uuid4()).execute()
        progress.report(1, "working")
        assert progress.should_stop()

    assert (world.do(run).status, world.saved) == (JobStatus.RUNNING, [])


def test_results_and_the_end_of_the_job_are_one_transaction(world: World) -> None:
    def save(subject_id: UUID, result: object) -> None:
        Job.update(stage="half").execute()
        raise ValueError("the second half failed")

    world.save = save
    job = world.do(lambda subject_id, progress: None)
    assert (job.status, job.stage) == (JobStatus.FAILED, "failed")


def test_a_waiting_job_is_cancelled_without_running(world: World) -> None:
    job = world.submit()
    with connected():
        jobs.request_cancel(KIND, [job.subject_id])
    world.runner.run_job(job.id)
    assert (world.row(job).status, world.ran) == (JobStatus.CANCELLED, [])


def fail_passing(subject_id: UUID, progress: JobProgress) -> None:
    raise RetryableError("DOWN", "It is down.")


def fail_for_good(subject_id: UUID, progress: JobProgress) -> None:
    raise PermanentError("BAD", "It is bad.")


def fail_unexpectedly(subject_id: UUID, progress: JobProgress) -> None:
    raise ZeroDivisionError


def test_an_error_that_can_pass_is_tried_again_later(world: World) -> None:
    job = world.do(fail_passing)
    assert (job.status, job.error_code, world.failed) == (JobStatus.QUEUED, "DOWN", [])
    assert job.due_at > clock.now()
    world.runner.run_job(job.id)
    assert len(world.ran) == 1, "it ran before it was due"


def test_after_three_attempts_it_fails(world: World) -> None:
    job = world.do(fail_passing)
    for _ in range(MAXIMUM_ATTEMPTS):
        with connected():
            Job.update(due_at=clock.now()).execute()
        world.runner.run_job(job.id)
    assert len(world.ran) == MAXIMUM_ATTEMPTS
    assert world.failed == [(job.subject_id, "DOWN", "It is down.")]


def test_an_error_that_will_not_pass_fails_at_once(world: World) -> None:
    job = world.do(fail_for_good)
    assert (job.status, job.error_code, job.error_message) == (JobStatus.FAILED, "BAD", "It is bad.")
    assert world.failed == [(job.subject_id, "BAD", "It is bad.")]


def test_an_unexpected_error_fails_with_a_sentence_and_no_details(world: World) -> None:
    job = world.do(fail_unexpectedly)
    assert (job.status, job.error_code) == (JobStatus.FAILED, "INTERNAL_ERROR")
    assert "ZeroDivision" not in job.error_message


def test_retries_wait_longer_each_time_up_to_a_ceiling() -> None:
    assert [retry_delay_s(attempts, 1.0) for attempts in (1, 2, 3, 4, 5, 50)] == [5, 20, 80, 300, 300, 300]
    assert retry_delay_s(1, 0.0) == 2.5


def test_a_worker_that_leaves_puts_its_job_back(world: World) -> None:
    def run(subject_id: UUID, progress: JobProgress) -> None:
        world.is_leaving = True
        assert progress.should_stop()
        raise JobStoppedError

    job = world.do(run)
    assert (job.status, job.attempts) == (JobStatus.QUEUED, 0)
    world.is_leaving = False
    world.run = lambda subject_id, progress: None
    world.runner.run_job(job.id)
    assert world.row(job).status == JobStatus.SUCCEEDED


def test_a_leaving_worker_takes_no_job(world: World) -> None:
    job = world.submit()
    world.is_leaving = True
    world.runner.run_job(job.id)
    assert (world.row(job).status, world.ran) == (JobStatus.QUEUED, [])


def claim(world: World) -> Job:
    """A job that a worker has taken and never comes back from."""
    job = world.submit()
    with connected():
        assert models.claim_job(job.id, uuid4(), clock.now())
    return job


def reap(world: World) -> None:
    world.runner.reap(clock.now())


def test_a_lost_job_goes_back_to_the_queue(world: World) -> None:
    job = claim(world)
    world.age(job, 59)
    reap(world)
    assert world.row(job).status == JobStatus.RUNNING
    world.age(job, 61)
    reap(world)
    assert world.row(job).status == JobStatus.QUEUED
    world.runner.run_job(job.id)
    assert world.row(job).status == JobStatus.SUCCEEDED


def test_a_job_that_is_lost_three_times_fails(world: World) -> None:
    job = claim(world)
    with connected():
        Job.update(attempts=MAXIMUM_ATTEMPTS).execute()
    world.age(job, 61)
    reap(world)
    assert (world.row(job).status, world.row(job).error_code) == (JobStatus.FAILED, "WORKER_LOST")
    assert [told[:2] for told in world.failed] == [(job.subject_id, "WORKER_LOST")]


def test_a_lost_job_that_was_cancelled_is_cancelled(world: World) -> None:
    job = claim(world)
    with connected():
        jobs.request_cancel(KIND, [job.subject_id])
    world.age(job, 61)
    reap(world)
    assert world.row(job).status == JobStatus.CANCELLED


def test_a_cancelled_job_that_fails_for_now_is_not_tried_again(world: World) -> None:
    def run(subject_id: UUID, progress: JobProgress) -> None:
        with connected():
            jobs.request_cancel(KIND, [subject_id])
        raise RetryableError("DOWN", "It is down.")

    assert world.do(run).status == JobStatus.CANCELLED


def test_a_cancelled_job_of_a_leaving_worker_is_cancelled(world: World) -> None:
    def run(subject_id: UUID, progress: JobProgress) -> None:
        world.is_leaving = True
        with connected():
            jobs.request_cancel(KIND, [subject_id])
        raise JobStoppedError

    assert world.do(run).status == JobStatus.CANCELLED


def test_a_quick_job_that_takes_long_is_kept_alive_by_its_worker(world: World) -> None:
    def run(subject_id: UUID, progress: JobProgress) -> None:
        with connected():
            Job.update(heartbeat_at=clock.now() - timedelta(seconds=100)).execute()
            world.runner.pulse()
        reap(world)

    assert world.do(run).status == JobStatus.SUCCEEDED
    assert len(world.ran) == 1


def test_a_worker_hears_of_a_cancellation_while_its_handler_says_nothing(world: World) -> None:
    def run(subject_id: UUID, progress: JobProgress) -> None:
        with connected():
            jobs.request_cancel(KIND, [subject_id])
        assert not progress.should_stop()
        world.runner.pulse()
        progress.continue_in("copying")

    assert world.do(run).status == JobStatus.CANCELLED


def test_bells_do_not_pile_up_while_everybody_is_busy(world: World) -> None:
    for _ in range(5):
        world.submit()
    with connected():
        Job.update(due_at=clock.now() - timedelta(seconds=40)).execute()
    for _ in range(10):
        reap(world)
    assert sum(1 for _ in iter_bells(world)) == 5


def iter_bells(world: World) -> Iterator[UUID]:
    """All bells that are in the queue."""
    while not world.queue.is_quiet(Lane.QUICK):
        yield from heard(world)


def test_a_queue_that_cannot_be_asked_is_not_taken_for_quiet() -> None:
    assert not JobQueue("redis://127.0.0.1:1/0").is_quiet(Lane.QUICK)


def test_it_rings_again_for_what_nobody_came_for(world: World) -> None:
    job = world.submit()
    world.queue.clear()
    with connected():
        Job.update(due_at=clock.now() - timedelta(seconds=40)).execute()
    reap(world)
    assert heard(world) == [job.id]


def heard(world: World) -> list[UUID]:
    """The bells in the queue, taken off it by a real consumer."""
    bells: list[UUID] = []
    consumers = list(world.queue.consumers(bells.append, dict.fromkeys(Lane, 1)))
    for consumer in consumers:
        consumer.scheduler.start()
        for _, thread in consumer.worker_threads:
            thread.start()
    deadline = time.monotonic() + 5
    while not bells and time.monotonic() < deadline:
        time.sleep(0.05)
    for consumer in consumers:
        consumer.stop_flag.set()
        for _, thread in consumer.worker_threads:
            thread.join()
    return bells


def test_a_job_rings_the_bell_once_its_row_is_safe(world: World) -> None:
    world.queue.clear()
    job = world.submit()
    assert heard(world) == [job.id]


def test_a_delayed_bell_rings_later(world: World) -> None:
    world.queue.clear()
    job_id, began = uuid4(), time.monotonic()
    world.queue.ring(Lane.HEAVY, job_id, delay_s=1.0)
    assert heard(world) == [job_id]
    assert time.monotonic() - began >= 1


def test_a_bell_that_comes_too_early_is_rung_again_in_time(world: World) -> None:
    job = world.submit()
    world.queue.clear()
    with connected():
        Job.update(due_at=clock.now() + timedelta(seconds=1)).execute()
    world.runner.run_job(job.id)
    assert world.ran == []
    assert heard(world) == [job.id]
    world.runner.run_job(job.id)
    assert world.ran == [job.subject_id]


def test_a_worker_whose_clock_is_ahead_takes_no_running_job_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    if not is_postgresql():
        pytest.skip("SQLite has the clock of its one machine")
    job, claim = world.submit(), uuid4()
    with connected():
        assert models.claim_job(job.id, claim, database_now())
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=120))
    with connected():
        world.runner.reap(database_now())
    assert world.row(job).claim == claim


def test_a_worker_whose_clock_is_behind_finds_what_is_due(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    if not is_postgresql():
        pytest.skip("SQLite has the clock of its one machine")
    job = world.submit()
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() - timedelta(seconds=30))
    world.runner.run_job(job.id)
    assert world.ran == [job.subject_id]


def test_an_unknown_kind_stays_for_a_newer_worker(world: World) -> None:
    with connected(), transaction():
        job = jobs.submit(world.queue, "from_the_future", Lane.QUICK, uuid4())
    world.runner.run_job(job.id)
    assert (world.row(job).status, world.row(job).attempts) == (JobStatus.QUEUED, 0)


def test_a_missing_job_is_nothing(world: World) -> None:
    world.runner.run_job(uuid4())
    assert world.ran == []


def minute_of(now: datetime) -> str:
    return f"{now:%Y-%m-%dT%H:%M}"


def test_periodic_work_is_done_once_in_each_slot(service: Service) -> None:
    done: list[str] = []
    work = PeriodicWork("test", minute_of, lambda now: done.append(minute_of(now)))
    now = clock.now().replace(second=10)
    threads = [threading.Thread(target=jobs.run_periodic, args=([work], now)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    jobs.run_periodic([work], now + timedelta(seconds=30))
    jobs.run_periodic([work], now + timedelta(seconds=60))
    assert done == [minute_of(now), minute_of(now + timedelta(seconds=60))]


def test_periodic_work_that_fails_is_done_by_the_next(service: Service) -> None:
    done: list[str] = []

    def fail(now: datetime) -> None:
        raise ZeroDivisionError

    now = clock.now()
    with pytest.raises(ZeroDivisionError):
        jobs.run_periodic([PeriodicWork("test", minute_of, fail)], now)
    jobs.run_periodic([PeriodicWork("test", minute_of, lambda now: done.append("done"))], now)
    assert done == ["done"]


def test_daily_work_is_made_up_for_later() -> None:
    slot = jobs.daily_from(3)
    night = clock.now().replace(hour=2)
    assert slot(night) is None
    assert slot(night.replace(hour=3)) == slot(night.replace(hour=23)) == f"{night:%Y-%m-%d}"


def test_workers_are_known_by_their_heartbeat(service: Service) -> None:
    now = clock.now()
    jobs.record_heartbeat("one", now - timedelta(seconds=40))
    with connected():
        assert not jobs.has_worker(now, 30)
    jobs.record_heartbeat("one", now)
    with connected():
        assert jobs.has_worker(now, 30)
    jobs.forget_worker("one")
    with connected():
        assert not jobs.has_worker(now, 30)
