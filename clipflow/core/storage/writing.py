"""Writes a file into a storage while it comes in."""

import logging
from collections.abc import Callable
from types import TracebackType
from typing import BinaryIO, Self

from clipflow.core.errors import UnavailableError
from clipflow.core.storage.protocol import Storage

logger = logging.getLogger(__name__)

# No object storage takes less than 5 MiB, but for the last part.
_PART_BYTES = 8 * 1024**2
_PIECE_BYTES = 1024**2


def _go_on() -> None:
    pass


class StorageWriter:
    """A file on its way into a storage: written piece by piece, then completed, or discarded when left before.

    Raises UnavailableError when there is no room for it.
    """

    def __init__(self, storage: Storage, key: str, expected_bytes: int | None = None) -> None:
        self.key = key
        self._storage = storage
        self._upload_id = storage.begin(key, part_size_bytes=_PART_BYTES, expected_bytes=expected_bytes)
        self._pieces: list[bytes] = []
        self._waiting_bytes = 0
        self._parts = 0
        self._size_bytes = 0
        self._is_open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    @property
    def size_bytes(self) -> int:
        """How much has been written."""
        return self._size_bytes

    def write(self, data: bytes) -> int:
        """Append; raises UnavailableError when there is no room, and nothing is left of it then."""
        view = memoryview(data)
        self._size_bytes += len(data)
        while self._waiting_bytes + len(view) >= _PART_BYTES:
            fitting = _PART_BYTES - self._waiting_bytes
            self._send(b"".join((*self._pieces, view[:fitting])))
            view = view[fitting:]
        if view:
            self._pieces.append(bytes(view))
            self._waiting_bytes += len(view)
        return len(data)

    def write_all(self, file: BinaryIO, before_each: Callable[[], None] = _go_on) -> None:
        """Append the rest of a file; what ``before_each`` piece raises ends that. Raises as :meth:`write` does."""
        while piece := file.read(_PIECE_BYTES):
            before_each()
            self.write(piece)

    def complete(self) -> str:
        """Make it a stored file, and return its key; raises UnavailableError when there is no room."""
        if self._pieces or not self._parts:
            self._send(b"".join(self._pieces))
        try:
            self._storage.complete(self._upload_id)
        except BaseException:
            self.discard()
            raise
        self._is_open = False
        return self.key

    def discard(self) -> None:
        """Forget it; does nothing once it is complete."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            self._storage.abort(self._upload_id)
        except UnavailableError as error:
            # The daily clean-up will find it; whoever sent it must not wait for that.
            logger.warning("The rest of an upload could not be removed: %s", error)

    def _send(self, data: bytes) -> None:
        self._pieces, self._waiting_bytes = [], 0
        self._parts += 1
        try:
            self._storage.part(self._upload_id, self._parts, data)
        except BaseException:
            self.discard()
            raise
