"""The queue: only a bell that wakes a worker. What is to be done stands in the database."""

import logging
import sqlite3
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

import redis
from huey import Huey, RedisHuey, SqliteHuey
from huey.consumer import Consumer

from clipflow.core.logs import say_outage_in_one_line

logger = logging.getLogger(__name__)

RunJob = Callable[[UUID], None]
# What waits idly for the bell hears it after this long at most (SQLite is polled).
_LONGEST_PAUSE_S = 0.5
_REDIS_TIMEOUT_S = 5


class Lane(StrEnum):
    """Jobs of one lane wait for each other only: a mail is not held up by a recording of six hours."""

    HEAVY = "heavy"
    QUICK = "quick"
    CHECKS = "checks"
    REMOTE = "remote"
    PICTURES = "pictures"
    PROXIES = "proxies"


class JobQueue:
    """One Huey queue for each lane, on SQLite or Redis."""

    def __init__(self, url: str) -> None:
        self._run_job: RunJob | None = None
        self._lanes = {lane: _open_huey(url, f"clipflow-{lane}") for lane in Lane}
        # The name is part of what lies in the queue; a renamed task would be taken off it and lost.
        self._tasks = {lane: huey.task(name="run_job")(self._run) for lane, huey in self._lanes.items()}

    def ring(self, lane: Lane, job_id: UUID, delay_s: float = 0.0) -> None:
        """Wake a worker for this job, now or later; a bell that cannot be rung is rung again by the reaper."""
        task = self._tasks[lane]
        try:
            if delay_s:
                task.schedule((str(job_id),), delay=delay_s)
            else:
                task(str(job_id))
        except Exception as error:
            logger.warning("The queue cannot be reached, so job %s waits for the reaper: %s", job_id, error)

    def check(self) -> None:
        """Raise whatever stands between us and the queue."""
        for huey in self._lanes.values():
            huey.pending_count()

    def is_quiet(self, lane: Lane) -> bool:
        """Whether no bell of this lane is waiting to be heard; False while the queue cannot be asked."""
        try:
            return int(self._lanes[lane].pending_count()) == 0
        except Exception as error:
            logger.warning("The queue cannot be asked: %s", error)
            return False

    def clear(self) -> None:
        """Forget every bell."""
        for huey in self._lanes.values():
            huey.flush()

    def consumers(self, run_job: RunJob, threads: dict[Lane, int]) -> Iterable[Consumer]:
        """The threads that wait for the bell and call ``run_job``."""
        self._run_job = run_job
        for name in ("Worker", "Scheduler"):
            say_outage_in_one_line(
                f"huey.consumer.{name}",
                (redis.RedisError, sqlite3.OperationalError),
                "The queue cannot be read, so jobs wait until it can: %s",
            )
        for lane, huey in self._lanes.items():
            yield Consumer(
                huey,
                workers=threads[lane],
                periodic=False,
                initial_delay=0.05,
                max_delay=_LONGEST_PAUSE_S,
                check_worker_health=True,
            )

    def _run(self, job_id: str) -> None:
        assert self._run_job is not None, "only a worker takes jobs off the queue"
        self._run_job(UUID(job_id))


def _open_huey(url: str, name: str) -> Huey:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = Path(unquote(url.removeprefix("sqlite:///")))
        path.parent.mkdir(parents=True, exist_ok=True)
        # Without WAL, because Huey uses Python's own SQLite, which may have the WAL-reset bug; a bell needs no fsync.
        return SqliteHuey(name, filename=str(path), results=False, journal_mode="truncate", fsync=False)
    pool = redis.ConnectionPool.from_url(
        url, socket_connect_timeout=_REDIS_TIMEOUT_S, socket_timeout=_REDIS_TIMEOUT_S, health_check_interval=30
    )
    return RedisHuey(name, results=False, connection_pool=pool, read_timeout=1)
