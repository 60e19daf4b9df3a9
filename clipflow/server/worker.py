"""The worker process: waits for the bell, runs jobs, tells that it lives, and reaps."""

import logging
import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from types import FrameType

from clipflow import registry
from clipflow.config import Settings
from clipflow.core import clock
from clipflow.core.db import UNREACHABLE, connected, database, open_database
from clipflow.core.errors import UnavailableError
from clipflow.core.queue import Lane
from clipflow.jobs import service as jobs
from clipflow.jobs.service import JobRunner, PeriodicWork
from clipflow.resources import Resources

logger = logging.getLogger(__name__)

_QUICK_THREADS = 2
_HEARTBEAT_S = 5.0
_REAP_S = 60.0
_GRACE_S = 20.0
_CHECK_S = 0.5
_SPARE_CONNECTIONS = 6


class Worker:
    """Runs jobs until it is told to stop; running ones go back to the queue then."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._leaving = threading.Event()
        resources = Resources.from_settings(settings)
        lanes = {
            Lane.HEAVY: settings.worker_threads,
            Lane.QUICK: _QUICK_THREADS,
            Lane.REMOTE: settings.transcription_threads,
        }
        # A transcription writes down several answers at a time.
        sending = settings.transcription_threads * settings.whisper_parallel_requests
        connections = sum(lanes.values()) + sending + _SPARE_CONNECTIONS
        database.initialize(open_database(settings.database, connections))
        self._works: list[PeriodicWork] = registry.periodic_works(resources)
        self._runner = JobRunner(
            resources.queue, registry.job_handlers(resources), settings.worker_lost_after_s, self._leaving.is_set
        )
        self._consumers = list(resources.queue.consumers(self._runner.run_job, lanes))
        self._id = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; a second signal ends at once."""
        os.nice(self._settings.worker_niceness)
        keeper = threading.Thread(target=self._keep_watch, name="watch", daemon=True)
        keeper.start()
        for consumer in self._consumers:
            consumer.start()
        # After the consumers, which set handlers of their own.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        logger.info("The worker is ready", extra={"worker_id": self._id})
        while not self._leaving.wait(_CHECK_S):
            pass
        self._leave()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        for again in (signal.SIGINT, signal.SIGTERM):
            signal.signal(again, signal.SIG_DFL)
        self._leaving.set()

    def _leave(self) -> None:
        for consumer in self._consumers:
            consumer.stop_flag.set()
        deadline = clock.now() + timedelta(seconds=_GRACE_S)
        for consumer in self._consumers:
            for _, thread in consumer.worker_threads:
                thread.join(max(0.0, (deadline - clock.now()).total_seconds()))
        try:
            jobs.forget_worker(self._id)
        except (UnavailableError, *UNREACHABLE):
            logger.warning("The database cannot be told that this worker has left")
        logger.info("The worker has stopped", extra={"worker_id": self._id})

    def _keep_watch(self) -> None:
        """Tell that this worker lives, reap each minute, and start periodic work."""
        self._watch_once(self._first_round)
        rounds = 0
        while not self._leaving.wait(self._beat_every_s()):
            rounds += 1
            self._watch_once(self._beat)
            if rounds % max(1, round(self._reap_every_s() / self._beat_every_s())) == 0:
                self._watch_once(self._tick)
            for consumer in self._consumers:
                consumer.check_worker_health()

    def _beat_every_s(self) -> float:
        # A short patience wants to be reassured more often.
        return min(_HEARTBEAT_S, self._settings.worker_lost_after_s / 3)

    def _reap_every_s(self) -> float:
        return min(_REAP_S, float(self._settings.worker_lost_after_s))

    def _first_round(self) -> None:
        self._beat()
        now = clock.now()
        self._runner.reap(now)
        self._runner.ring_all(now)
        jobs.run_periodic(self._works, now)

    def _beat(self) -> None:
        jobs.record_heartbeat(self._id, clock.now())
        self._runner.pulse()

    def _tick(self) -> None:
        now = clock.now()
        self._runner.reap(now)
        jobs.run_periodic(self._works, now)

    def _watch_once(self, action: Callable[[], None]) -> None:
        try:
            with connected():
                action()
        except (UnavailableError, *UNREACHABLE):
            logger.warning("The database cannot be reached; trying again soon")
        except Exception:
            logger.exception("The worker's watch stumbled")
