"""Sending parts side by side: each is kept as soon as it is answered, and none is sent twice."""

import hashlib
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, Protocol, Self, cast

from clipflow.transcription.client import ServiceAccess, TranscriptionClient, TranscriptionRequest
from clipflow.transcription.encoding import FILE_EXTENSION, pack
from clipflow.transcription.errors import PassingServiceError, TranscriptionError, TranscriptionStoppedError
from clipflow.transcription.parts import SoundPart

ATTEMPTS = 5
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
# What was perhaps answered without our hearing of it may have to be paid again.
_ATTEMPTS_PERHAPS_PAID = 3
_MOST_PACKING = 2
_CHECK_S = 0.25
_GRACE_S = 8.0


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


class InFlightParts:
    """Parts that are being sent right now by this process, so that two analyses do not both pay for one."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, key: str, should_stop: Callable[[], bool]) -> Iterator[None]:
        """Be the only one who sends the part of this key; waits for whoever does."""
        with self._changed:
            while key in self._keys:
                if should_stop():
                    raise TranscriptionStoppedError("The transcription was stopped.")
                self._changed.wait(_CHECK_S)
            self._keys.add(key)
        try:
            yield
        finally:
            with self._changed:
                self._keys.discard(key)
                self._changed.notify_all()


def request_name(access: ServiceAccess, request: TranscriptionRequest, audio_track: int = 0) -> str:
    """What makes answers exchangeable besides the sound: service, model, language and prompt.

    The track is for estimates, which do not know the sound yet.
    """
    parts = (access.address, access.model, request.language or "", request.prompt or "", str(audio_track))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _PackedPart:
    """A part that is ready to be sent; its file has no name, so that nothing is left of it after a kill."""

    number: int
    start_ms: int
    end_ms: int
    key: str
    file: IO[bytes]


class PartSender:
    """Packs and sends parts in threads of its own; used in a ``with`` block, which ends them.

    Packing keeps up with decoding, so that the decoder never waits for the service.

    Args:
        access: the service.
        request: language and prompt.
        store: where answers are kept.
        should_stop: asked several times a second.
        tell: called several times a second while it waits, so that whoever follows hears that the work goes on.
        in_flight: what this process is sending already.
    """

    def __init__(
        self,
        access: ServiceAccess,
        request: TranscriptionRequest,
        store: PartStore,
        should_stop: Callable[[], bool],
        tell: Callable[[], None],
        in_flight: InFlightParts,
    ) -> None:
        self._request = request
        self._store = store
        self._should_stop = should_stop
        self._tell = tell
        self._timeout_s = access.timeout_s
        self._request_name = request_name(access, request)
        self._client = TranscriptionClient(access)
        self._packers = ThreadPoolExecutor(1, thread_name_prefix="packing")
        self._senders = ThreadPoolExecutor(access.parallel_requests, thread_name_prefix="sending")
        self._packing: set[Future[_PackedPart | AnsweredPart]] = set()
        self._sending: dict[Future[AnsweredPart], _PackedPart] = {}
        self._answered: list[AnsweredPart] = []
        self._stopping = threading.Event()
        self._on_the_way = in_flight

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._send_no_more()
        # What is on its way is paid already: after a failure it may arrive and be kept, after a stop it gets a moment.
        is_failure = isinstance(error, TranscriptionError) and not isinstance(error, TranscriptionStoppedError)
        self._await_paid(self._timeout_s if is_failure else _GRACE_S, stops_early=is_failure)
        self._client.close()
        self._packers.shutdown(wait=False, cancel_futures=True)
        self._senders.shutdown(wait=False, cancel_futures=True)

    def submit(self, part: SoundPart) -> None:
        """Take a part; waits only while others are being packed, which bounds the sound that is held in memory.

        Raises:
            TranscriptionError: a part failed for good, or it is to stop.
        """
        while len(self._packing) >= _MOST_PACKING:
            self._collect()
        self._packing.add(self._packers.submit(self._prepare, part))

    def finish(self, report: Callable[[int], None]) -> list[AnsweredPart]:
        """Wait for all parts and return them in the order of the recording.

        Args:
            report: called with the number of answered parts.

        Raises:
            TranscriptionError: a part failed for good, or it is to stop; the others are kept.
        """
        while self._packing or self._sending:
            report(len(self._answered))
            self._collect()
        report(len(self._answered))
        return sorted(self._answered, key=lambda one: one.number)

    def _await_paid(self, seconds: float, *, stops_early: bool) -> None:
        """Let what is on its way arrive; where the wait may be long, a stop ends it."""
        left = {one for one in self._sending if not one.done()}
        deadline_s = time.monotonic() + seconds
        while left and time.monotonic() < deadline_s and not (stops_early and self._should_stop()):
            _, left = wait(left, timeout=_CHECK_S)
            self._tell()

    def _send_no_more(self) -> None:
        """Take back what is not on its way yet."""
        self._stopping.set()
        for packing in self._packing:
            if not packing.cancel():
                packing.add_done_callback(_close_packed)
        self._packing.clear()
        for sending, part in self._sending.items():
            if sending.cancel():
                part.file.close()

    def _collect(self) -> None:
        if self._should_stop():
            raise TranscriptionStoppedError("The transcription was stopped.")
        self._tell()
        pending: list[Future[Any]] = [*self._packing, *self._sending]
        wait(pending, timeout=_CHECK_S, return_when=FIRST_COMPLETED)
        for packing in [one for one in self._packing if one.done()]:
            self._packing.discard(packing)
            packed = packing.result()
            if isinstance(packed, AnsweredPart):
                self._answered.append(packed)
            else:
                self._sending[self._senders.submit(self._send_and_keep, packed)] = packed
        for sending in [one for one in self._sending if one.done()]:
            del self._sending[sending]
            self._answered.append(sending.result())

    def _prepare(self, part: SoundPart) -> _PackedPart | AnsweredPart:
        key = hashlib.sha256(part.samples.tobytes() + self._request_name.encode()).hexdigest()
        known = self._store.find(key) if part.has_speech else None
        if known is not None or not part.has_speech:
            return AnsweredPart(part.number, part.start_ms, part.end_ms, key, known)
        file = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115  closed by whoever sends it
        pack(part.samples, file)
        return _PackedPart(part.number, part.start_ms, part.end_ms, key, file)

    def _send_and_keep(self, part: _PackedPart) -> AnsweredPart:
        with part.file, self._on_the_way.hold(part.key, self._stopping.is_set):
            # Someone else may have sent it while this one waited.
            known = self._store.find(part.key)
            answer = known if known is not None else self._send(part)
            answered = AnsweredPart(part.number, part.start_ms, part.end_ms, part.key, answer)
            if known is None:
                self._store.keep(answered)
        return answered

    def _send(self, part: _PackedPart) -> dict[str, Any]:
        # The name says which part it is, in the log of a service at home.
        name = f"from-{part.start_ms:09d}-ms.{FILE_EXTENSION}"
        attempt = 0
        while True:
            attempt += 1
            if self._stopping.is_set():
                raise TranscriptionStoppedError("The transcription was stopped.")
            part.file.seek(0)
            try:
                return self._client.transcribe(part.file, name, self._request, part.key)
            except PassingServiceError as error:
                if attempt >= (_ATTEMPTS_PERHAPS_PAID if error.may_be_paid else ATTEMPTS):
                    raise
                self._pause(pause_s(attempt, error.retry_after_s, random.random()))  # noqa: S311  no secret

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise TranscriptionStoppedError("The transcription was stopped.")


def _close_packed(packing: Future[_PackedPart | AnsweredPart]) -> None:
    if not packing.cancelled() and packing.exception() is None:
        packed = packing.result()
        if isinstance(packed, _PackedPart):
            packed.file.close()


def pause_s(attempt: int, retry_after_s: float | None, chance: float) -> float:
    """How long to wait before the next attempt: as long as the service says, else doubling, spread by chance."""
    if retry_after_s is not None:
        return retry_after_s + chance
    full_s: float = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** (attempt - 1))
    return full_s * (0.5 + chance / 2)
