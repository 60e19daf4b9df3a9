"""What any place for files does, whether it is a disk of this machine or object storage."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from clipflow.core.errors import UnavailableError

# A disk that is filled to the last byte stops the database too.
RESERVED_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as a listing shows it."""

    key: str
    size_bytes: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much room there is."""

    total_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part of an upload that has arrived; ``etag`` changes whenever its bytes do."""

    number: int
    size_bytes: int
    etag: str


class Storage(Protocol):
    """Files by their keys. Nobody outside knows where they are; keys are made by :mod:`.keys`.

    A file comes whole by :meth:`put`, or in parts: ``begin``, ``part`` for each, ``complete`` or
    ``abort``. Until it is complete there is nothing under its key. All but the last part have the size
    that was said at the beginning; parts may come in any order, and again. The id of an upload ends in
    a colon and its key.
    """

    def owner(self) -> str | None:
        """The id of the installation that these files belong to, or None where nobody has claimed them yet.

        Raises:
            StorageUnavailableError: the storage cannot be asked.
        """

    def claim(self, installation_id: str) -> None:
        """Make the files those of an installation, whoever had them before.

        Raises:
            StorageUnavailableError: that cannot be written down.
        """

    def put(self, key: str, data: bytes) -> None:
        """Store a file, in the place of one that is there; raises UnavailableError when there is no room."""

    def open_range(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """Read from a file, from one byte up to another; whoever reads goes no further than ``end``.

        Raises:
            MissingError: there is no such file.
        """

    def size(self, key: str) -> int:
        """How many bytes a file has; raises MissingError."""

    def local_copy(self, key: str, wait: Callable[[], None] | None = None) -> AbstractContextManager[Path]:
        """A path at which tools of this machine can read the file meanwhile; raises MissingError.

        While a large file is copied ``wait`` is called several times a second; what it raises ends the copying.
        """

    def url(self, key: str, *, valid_for_s: int, file_name: str, mime_type: str) -> str | None:
        """A signed address at which others can read the file, or None where our own server answers it."""

    def delete(self, key: str) -> None:
        """Remove a file; it may be gone already."""

    def move(self, key: str, new_key: str) -> None:
        """Give a file another key, in the place of one that is there; it counts as modified then.

        Raises:
            MissingError: there is no such file.
        """

    def list(self, *, in_quarantine: bool = False) -> Iterator[StoredFile]:
        """All stored files, or those in quarantine instead."""

    def begin(self, key: str, *, part_size_bytes: int, expected_bytes: int | None) -> str:
        """Begin a file in parts; returns the id of the upload. Raises UnavailableError when there is no room."""

    def part(self, upload_id: str, number: int, data: bytes) -> str:
        """Take a part, counted from 1, and return its etag.

        Raises:
            MissingError: the upload is gone.
            UnavailableError: there is no room.
        """

    def part_url(self, upload_id: str, number: int, size_bytes: int, *, valid_for_s: int) -> str | None:
        """A signed address to which a part of exactly this size is put, or None where our own server takes it."""

    def parts(self, upload_id: str) -> Sequence[StoredPart]:
        """What has arrived, by its number; raises MissingError when the upload is gone."""

    def complete(self, upload_id: str, parts: Sequence[StoredPart] | None = None) -> None:
        """Make the file of the parts, safe on disk; of exactly these ``parts`` where they are named.

        Raises:
            MissingError: the upload is gone.
            ConflictError: others have come since they were listed.
        """

    def completed_size(self, upload_id: str) -> int:
        """How many bytes the file has that an upload has become; raises MissingError where it has not."""

    def abort(self, upload_id: str) -> None:
        """Forget an upload; it may be gone already."""

    def abandoned_uploads(self, older_than_s: float) -> Sequence[str]:
        """Ids of uploads that have not grown for this long."""

    def capacity(self) -> Capacity | None:
        """How much room there is, or None where there is no end to it."""


def check_room(storage: Storage, needed_bytes: int) -> None:
    """Raise UnavailableError when that much does not fit."""
    capacity = storage.capacity()
    if capacity is not None and capacity.free_bytes < needed_bytes + RESERVED_BYTES:
        raise no_room()


def no_room() -> UnavailableError:
    """What is said when a file does not fit."""
    return UnavailableError("There is no room left on the disk; ask whoever runs this server to make some.")
