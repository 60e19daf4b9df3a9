"""Where heavy work of a request is done, so that it holds up nobody else's."""

import logging
import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as OverdueError
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Protocol

import orjson
from pebble import ProcessExpired, ProcessPool

from clipflow.core.db import UNREACHABLE, connected, database, unreachable
from clipflow.core.errors import ServiceError, TooManyRequestsError, UnavailableError

logger = logging.getLogger(__name__)

PROCESSES = 2
# A page asks for some at once; more is somebody who means harm, or a program that should wait.
MOST_OF_ONE_OWNER = 6
# Whatever somebody asks for, there is a process left for others.
_AT_WORK_FOR_ONE_OWNER = PROCESSES - 1
_LONGEST_S = 60.0
# By then whoever waits hears that it did not work out, the time in which others are waited for included.
SHORT_ANSWER_WITHIN_S, LONG_ANSWER_WITHIN_S = 25.0, 90.0
# On a machine with much to do they take their time to start; younger ones do not hang.
_STARTS_WITHIN_S = 20.0
# Whatever a process has not given back goes with it.
_CALLS_OF_A_PROCESS = 500
# Long enough to start a process on a machine that is busy.
_BEGINS_WITHIN_S = 12.0
_ATTEMPTS = 2


class Workload(StrEnum):
    """What a function does to those who wait behind it."""

    SHORT = "short"  # What a review asks for with every key: milliseconds, for eight hours some hundred.
    LONG = "long"  # Imports, exports, retunes: may take seconds.


class Computing(Protocol):
    """Calls functions that may take much processor time."""

    def run(self, workload: Workload, owner: str, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """What a function returns, or raises; function, arguments and result can be pickled.

        Args:
            workload: short ones never wait behind long ones.
            owner: whoever asks, so that nobody takes all there is.
            function: at the top of a module; borrows its own database connection.
            arguments: for the function.
            named: for the function.

        Raises:
            TooManyRequestsError: the owner has as much under way as one may.
            UnavailableError: everybody together has, or it took too long.
        """


class ComputingInPlace:
    """Calls them where they are: for commands and tests, where nobody else waits."""

    def run(self, workload: Workload, owner: str, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """What the function returns, or raises."""
        return function(*arguments, **named)


class ComputingByWorkload:
    """Calls short and long ones in processes of their own; those for long ones are started when there is one."""

    def __init__(self, short: "ComputingProcesses", make_long: Callable[[], "ComputingProcesses"]) -> None:
        self._short = short
        self._make_long = make_long
        self._long: ComputingProcesses | None = None
        self._lock = threading.Lock()

    def run(self, workload: Workload, owner: str, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """As the protocol says."""
        processes = self._short if workload is Workload.SHORT else self._for_long_ones()
        return processes.run(owner, function, *arguments, **named)

    def _for_long_ones(self) -> "ComputingProcesses":
        with self._lock:
            if self._long is None:
                self._long = self._make_long()
            return self._long

    def stop(self) -> None:
        """End the processes, whatever they do."""
        for processes in (self._short, self._long):
            if processes is not None:
                processes.stop()


class ComputingProcesses:
    """Calls them in a few processes, each for a limited time; a call waits for a free one in the thread that asks.

    There is always a process that does not work for whoever has asked for the most.
    """

    def __init__(self, most_at_once: int, answer_within_s: float, begin: Callable[..., None], *arguments: Any) -> None:
        """No more than so many calls are under way; ``begin`` is what a process does first, with these arguments."""
        self._most_at_once = most_at_once
        self._answer_within_s = answer_within_s
        self._started_s = 0.0
        self._under_way: Counter[str] = Counter()
        self._turns: dict[str, threading.Semaphore] = {}
        self._lock = threading.Lock()
        self._futures: set[Future[Any]] = set()
        self._ended = 0
        self._begin = begin
        self._begin_with = arguments
        self._pool = self._start()

    def run(self, owner: str, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """As the protocol says; a process that is killed in the middle is replaced, and asked once more."""
        deadline_s = time.monotonic() + self._answer_within_s
        with self._slot(owner):
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    return self._result(*self._schedule(function, arguments, named), deadline_s)
                except OverdueError:
                    logger.warning("%s took longer than %.0f s and was ended", function.__name__, _LONGEST_S)
                    raise UnavailableError(
                        "This took too long and was given up; try again later, or split the recording."
                    ) from None
                except (ProcessExpired, BrokenProcessPool, CancelledError) as error:
                    logger.warning("A process ended in the middle of %s: %s", function.__name__, error)
                    if attempt == _ATTEMPTS:
                        raise _busy() from None
        raise AssertionError("every attempt returns or raises")

    def _schedule(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[ProcessPool, Future[Any]]:
        for _ in range(_ATTEMPTS):
            pool = self._pool
            try:
                return pool, pool.schedule(_call, args=(function, arguments, named), timeout=_LONGEST_S)
            except RuntimeError as error:
                # As when a process is killed that had nothing to do: such a pool takes no work ever again.
                self._replace(pool, str(error))
        raise _busy()

    def _result(self, pool: ProcessPool, future: Future[Any], deadline_s: float) -> Any:
        """What a call comes to; where no process begins anything, as when one was killed while it held what all need,
        they are replaced.
        """
        with self._lock:
            self._futures.add(future)
            ended_before = self._ended
        try:
            while True:
                try:
                    return future.result(max(0.0, min(_BEGINS_WITHIN_S, deadline_s - time.monotonic())))
                except OverdueError:
                    with self._lock:
                        is_idle = self._ended == ended_before and not any(one.running() for one in self._futures)
                        is_stuck = is_idle and time.monotonic() - self._started_s > _STARTS_WITHIN_S
                        ended_before = self._ended
                    if future.done():
                        # It may have come in this very moment.
                        return future.result()
                    if is_stuck:
                        self._replace(pool, "none of them begins what it is to do")
                        raise BrokenProcessPool from None
                    if time.monotonic() >= deadline_s:
                        future.cancel()
                        raise _busy() from None
        finally:
            with self._lock:
                self._futures.discard(future)
                self._ended += 1

    def _start(self) -> ProcessPool:
        self._started_s = time.monotonic()
        pool = ProcessPool(
            max_workers=PROCESSES,
            max_tasks=_CALLS_OF_A_PROCESS,
            initializer=self._begin,
            initargs=self._begin_with,
            context=multiprocessing.get_context("spawn"),
        )
        for _ in range(PROCESSES):
            # The first call of a process takes a second, which nobody has to wait for.
            pool.schedule(_nothing)
        return pool

    def _replace(self, broken: ProcessPool, reason: str) -> None:
        """Take new processes for those of a pool that does not work, unless somebody else has."""
        with self._lock:
            if self._pool is not broken:
                return
            logger.warning("The computing processes are replaced: %s", reason)
            self._pool = self._start()
        broken.stop()  # type: ignore[no-untyped-call]
        # What hangs may take its time to end.
        threading.Thread(target=broken.join, daemon=True).start()

    def stop(self) -> None:
        """End the processes, whatever they do."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    @contextmanager
    def _slot(self, owner: str) -> Iterator[None]:
        with self._lock:
            if self._under_way[owner] >= MOST_OF_ONE_OWNER:
                raise TooManyRequestsError(
                    "Several of your requests are still being worked on; wait for one of them.",
                    headers={"Retry-After": "1"},
                )
            if self._under_way.total() >= self._most_at_once:
                raise _busy()
            self._under_way[owner] += 1
            turn = self._turns.setdefault(owner, threading.Semaphore(_AT_WORK_FOR_ONE_OWNER))
        try:
            if not turn.acquire(timeout=self._answer_within_s):
                raise _busy()
            try:
                yield
            finally:
                turn.release()
        finally:
            with self._lock:
                self._under_way[owner] -= 1
                if not self._under_way[owner]:
                    del self._under_way[owner], self._turns[owner]


def as_json(function: Callable[..., Any], *arguments: Any, **named: Any) -> bytes:
    """What a function returns, as JSON: a long answer is made where it was worked out."""
    return orjson.dumps(function(*arguments, **named))


def _call(function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    try:
        with connected():
            return function(*arguments, **named)
    except UNREACHABLE as error:
        database.manual_close()
        raise unreachable(error) from None
    except ServiceError:
        raise
    except Exception:
        logger.exception("%s failed unexpectedly", function.__name__)
        raise


def _nothing() -> None:
    pass


def _busy() -> UnavailableError:
    return UnavailableError(
        "The server is busy with other work of this kind; try again in a few seconds.", headers={"Retry-After": "3"}
    )
