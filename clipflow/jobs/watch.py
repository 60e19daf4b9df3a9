"""What a worker does besides running jobs: it says that it lives, reaps, and starts periodic work."""

import logging
import threading
from collections.abc import Callable, Sequence

from clipflow.core.db import UNREACHABLE, connected, database_now
from clipflow.core.errors import UnavailableError
from clipflow.jobs import service
from clipflow.jobs.protocol import PeriodicWork
from clipflow.jobs.runner import JobRunner

logger = logging.getLogger(__name__)

_HEARTBEAT_S = 3.0
_REAP_S = 60.0


class Watch:
    """The heartbeat of one worker, whose jobs go back to the queue when it is missing for ``lost_after_s``."""

    def __init__(self, worker_id: str, runner: JobRunner, works: Sequence[PeriodicWork], lost_after_s: float) -> None:
        self._worker_id = worker_id
        self._runner = runner
        self._works = list(works)
        # A short patience wants to be reassured more often.
        self._beat_every_s = min(_HEARTBEAT_S, lost_after_s / 3)
        self._beats_for_each_reap = max(1, round(min(_REAP_S, lost_after_s) / self._beat_every_s))

    def run(self, leaving: threading.Event, after_each_beat: Callable[[], None]) -> None:
        """Watch until the worker leaves."""
        self._try(self._first_round)
        rounds = 0
        while not leaving.wait(self._beat_every_s):
            rounds += 1
            self._try(self._beat)
            if rounds % self._beats_for_each_reap == 0:
                self._try(self._reap)
            after_each_beat()

    def leave(self) -> None:
        """Tell that this worker has left."""
        try:
            service.forget_worker(self._worker_id)
        except (UnavailableError, *UNREACHABLE):
            logger.warning("The database cannot be told that this worker has left")

    def _first_round(self) -> None:
        self._beat()
        self._reap()
        self._runner.ring_all(database_now())

    def _beat(self) -> None:
        now = database_now()
        service.record_heartbeat(self._worker_id, now)
        self._runner.pulse()
        self._runner.ring_missed(now)

    def _reap(self) -> None:
        now = database_now()
        self._runner.reap(now)
        service.run_periodic(self._works, now)

    def _try(self, action: Callable[[], None]) -> None:
        try:
            with connected():
                action()
        except (UnavailableError, *UNREACHABLE):
            logger.warning("The database cannot be reached; trying again soon")
        except Exception:
            logger.exception("The worker's watch stumbled")
