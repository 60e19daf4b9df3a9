"""Sending parts side by side: each is kept as soon as it is answered, and none is sent twice."""

import hashlib
import random
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

from clipflow.transcription.client import ServiceAccess, TranscriptionClient, Wish
from clipflow.transcription.errors import PassingServiceError, TranscriptionStoppedError
from clipflow.transcription.packing import FILE_EXTENSION, pack
from clipflow.transcription.parts import SoundPart

ATTEMPTS = 5
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
# A service that wants to be left alone for longer is asked again by the next run of the job.
_LONGEST_RETRY_AFTER_S = 300.0
_CHECK_S = 0.25
_GRACE_S = 5.0


@dataclass(frozen=True, slots=True)
class AnsweredPart:
    """A part with what the service said about it; ``answer`` is None for a part without speech, which is not sent."""

    number: int
    start_ms: int
    end_ms: int
    key: str
    answer: dict[str, Any] | None


class PartStore(Protocol):
    """Keeps answers, so that a part is paid once, whatever happens in between."""

    def find(self, key: str) -> dict[str, Any] | None:
        """The answer to the part of this key, if it was sent before."""

    def keep(self, part: AnsweredPart) -> None:
        """Write an answer down before anything else is done with it."""


def request_name(access: ServiceAccess, wish: Wish) -> str:
    """What makes answers exchangeable besides the sound: service, model, language and prompt."""
    parts = (access.address, access.model, wish.language or "", wish.prompt or "")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class PartSender:
    """Sends parts in threads of its own; used in a ``with`` block, which ends them.

    Args:
        access: the service.
        wish: language and prompt.
        store: where answers are kept.
        should_stop: asked several times a second.
    """

    def __init__(self, access: ServiceAccess, wish: Wish, store: PartStore, should_stop: Callable[[], bool]) -> None:
        self._wish = wish
        self._store = store
        self._should_stop = should_stop
        self._request_name = request_name(access, wish)
        self._client = TranscriptionClient(access)
        self._pool = ThreadPoolExecutor(access.parallel_requests, thread_name_prefix="transcription")
        self._waiting: set[Future[AnsweredPart]] = set()
        self._answered: list[AnsweredPart] = []
        self._stopping = threading.Event()
        self._most_ahead = access.parallel_requests + 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        for future in self._waiting:
            future.cancel()
        # What is on its way is paid already: it gets a moment to arrive and be kept.
        wait(self._waiting, timeout=_GRACE_S)
        self._client.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def done(self) -> int:
        """How many parts are answered."""
        return len(self._answered)

    def submit(self, part: SoundPart) -> None:
        """Take a part; waits while many are on their way, so that memory does not grow with the recording.

        Raises:
            TranscriptionError: a part failed for good, or it is to stop.
        """
        while len(self._waiting) >= self._most_ahead:
            self._collect()
        self._waiting.add(self._pool.submit(self._transcribe, part))

    def finish(self, report: Callable[[int], None]) -> list[AnsweredPart]:
        """Wait for all parts and return them in the order of the recording.

        Args:
            report: called several times a second with the number of answered parts.

        Raises:
            TranscriptionError: a part failed for good, or it is to stop; the others are kept.
        """
        while self._waiting:
            report(self.done)
            self._collect()
        report(self.done)
        return sorted(self._answered, key=lambda one: one.number)

    def _collect(self) -> None:
        if self._should_stop():
            raise TranscriptionStoppedError("The transcription was stopped.")
        done, _ = wait(self._waiting, timeout=_CHECK_S, return_when=FIRST_COMPLETED)
        for future in done:
            self._waiting.discard(future)
            self._answered.append(future.result())

    def _transcribe(self, part: SoundPart) -> AnsweredPart:
        key = hashlib.sha256(part.samples.tobytes() + self._request_name.encode()).hexdigest()
        if not part.has_speech:
            return AnsweredPart(part.number, part.start_ms, part.end_ms, key, None)
        known = self._store.find(key)
        if known is not None:
            return AnsweredPart(part.number, part.start_ms, part.end_ms, key, known)
        answered = AnsweredPart(part.number, part.start_ms, part.end_ms, key, self._send(part, key))
        self._store.keep(answered)
        return answered

    def _send(self, part: SoundPart, key: str) -> dict[str, Any]:
        # Without a name in the file system nothing is left of it when the process is killed.
        with tempfile.TemporaryFile() as file:
            pack(part.samples, file)
            # The name says which part it is, in the log of a service at home.
            name = f"from-{part.start_ms:09d}-ms.{FILE_EXTENSION}"
            for attempt in range(1, ATTEMPTS + 1):
                file.seek(0)
                try:
                    return self._client.transcribe(file, name, self._wish, key)
                except PassingServiceError as error:
                    if attempt == ATTEMPTS or (error.retry_after_s or 0.0) > _LONGEST_RETRY_AFTER_S:
                        raise
                    self._pause(pause_s(attempt, error.retry_after_s, random.random()))  # noqa: S311  no secret
        raise AssertionError("the last attempt returns or raises")

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise TranscriptionStoppedError("The transcription was stopped.")


def pause_s(attempt: int, retry_after_s: float | None, chance: float) -> float:
    """How long to wait before the next attempt: as long as the service says, else doubling, spread by chance."""
    if retry_after_s is not None:
        return retry_after_s + chance
    full_s: float = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** (attempt - 1))
    return full_s * (0.5 + chance / 2)
