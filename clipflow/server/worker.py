"""The worker process: waits for the bell, runs jobs, and goes on watching meanwhile."""

import logging
import os
import secrets
import socket
import threading
from datetime import timedelta

from clipflow import registry
from clipflow.config import Settings
from clipflow.configuration import tasks as configuration
from clipflow.core import clock
from clipflow.core.db import database, open_database
from clipflow.core.queue import Lane
from clipflow.core.temporary import use_own_temporary_folder
from clipflow.jobs.runner import JobRunner
from clipflow.jobs.watch import Watch
from clipflow.resources import Resources
from clipflow.server.signals import on_stop

logger = logging.getLogger(__name__)

_QUICK_THREADS = 2
_CHECK_THREADS = 2
_GRACE_S = 20.0
_CHECK_S = 0.5
_ANSWER_WITHIN_S = 30.0
_SPARE_CONNECTIONS = 6


class Worker:
    """Runs jobs until it is told to stop; running ones go back to the queue then."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._temporary = use_own_temporary_folder(settings.data_dir)
        self._leaving = threading.Event()
        self._resources = resources = Resources.from_settings(settings)
        lanes = {
            Lane.HEAVY: settings.worker_threads,
            Lane.QUICK: _QUICK_THREADS,
            Lane.CHECKS: _CHECK_THREADS,
            Lane.REMOTE: settings.transcription_threads,
            **dict.fromkeys((Lane.PICTURES, Lane.PROXIES), 1),
        }
        # A transcription writes down several answers at a time.
        sending = settings.transcription_threads * settings.whisper_parallel_requests
        connections = sum(lanes.values()) + sending + _SPARE_CONNECTIONS
        database.initialize(open_database(settings.database, connections, _ANSWER_WITHIN_S))
        lost_after_s = settings.worker_lost_after_s
        runner = JobRunner(resources.queue, registry.job_handlers(resources), lost_after_s, self._leaving.is_set)
        self._consumers = list(resources.queue.consumers(runner.run_job, lanes))
        self._id = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._watch = Watch(self._id, runner, registry.periodic_works(resources), lost_after_s)

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; a second signal ends at once."""
        os.nice(self._settings.worker_niceness)
        watch = (self._leaving, self._check_consumers)
        threading.Thread(target=self._watch.run, args=watch, name="watch", daemon=True).start()
        for consumer in self._consumers:
            consumer.start()
        # After the consumers, which set handlers of their own.
        on_stop(self._leaving.set)
        logger.info("The worker is ready", extra={"worker_id": self._id})
        while not self._leaving.wait(_CHECK_S):
            pass
        self._leave()

    def _check_consumers(self) -> None:
        configuration.follow(self._resources)
        for consumer in self._consumers:
            consumer.check_worker_health()

    def _leave(self) -> None:
        for consumer in self._consumers:
            consumer.stop_flag.set()
        deadline = clock.now() + timedelta(seconds=_GRACE_S)
        for consumer in self._consumers:
            for _, thread in consumer.worker_threads:
                thread.join(max(0.0, (deadline - clock.now()).total_seconds()))
        self._watch.leave()
        logger.info("The worker has stopped", extra={"worker_id": self._id})
