"""A storage that is only written to, and only cleared, by the installation that it belongs to."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from clipflow.core.errors import StorageUnavailableError
from clipflow.core.storage.protocol import Capacity, Storage, StoredFile, StoredPart

_FOREIGN = "The storage belongs to another installation; ask whoever runs this server to look at its log."
_NOT_THERE = "The storage is not there at the moment; ask whoever runs this server whether it is mounted."


class OwnedStorage:
    """Passes everything on to a storage; what changes it only where it carries the id of this installation.

    A database that is empty, misspelt or of another day must not take the files of a living installation
    for left-overs, and what is written into a folder that is not mounted would be lost behind the mount.
    """

    def __init__(self, storage: Storage, installation_id: Callable[[], str]) -> None:
        self._storage = storage
        self._installation_id = installation_id

    def check_owner(self) -> None:
        """Raise StorageUnavailableError unless the storage is there and carries the id of this installation."""
        found = self._storage.owner()
        if found is None:
            raise StorageUnavailableError(_NOT_THERE)
        if found != self._installation_id():
            raise StorageUnavailableError(_FOREIGN)

    def owner(self) -> str | None:
        """As the storage does."""
        return self._storage.owner()

    def claim(self, installation_id: str) -> None:
        """As the storage does."""
        self._storage.claim(installation_id)

    def put(self, key: str, data: bytes) -> None:
        """As the storage does, if it is ours."""
        self.check_owner()
        self._storage.put(key, data)

    def open_range(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """As the storage does."""
        return self._storage.open_range(key, start, end)

    def size(self, key: str) -> int:
        """As the storage does."""
        return self._storage.size(key)

    def local_copy(self, key: str, wait: Callable[[], None] | None = None) -> AbstractContextManager[Path]:
        """As the storage does."""
        return self._storage.local_copy(key, wait)

    def url(self, key: str, *, valid_for_s: int, file_name: str, mime_type: str) -> str | None:
        """As the storage does."""
        return self._storage.url(key, valid_for_s=valid_for_s, file_name=file_name, mime_type=mime_type)

    def delete(self, key: str) -> None:
        """As the storage does, if it is ours."""
        self.check_owner()
        self._storage.delete(key)

    def move(self, key: str, new_key: str) -> None:
        """As the storage does, if it is ours."""
        self.check_owner()
        self._storage.move(key, new_key)

    def list(self, *, in_quarantine: bool = False) -> Iterator[StoredFile]:
        """As the storage does."""
        return self._storage.list(in_quarantine=in_quarantine)

    def begin(self, key: str, *, part_size_bytes: int, expected_bytes: int | None) -> str:
        """As the storage does, if it is ours."""
        self.check_owner()
        return self._storage.begin(key, part_size_bytes=part_size_bytes, expected_bytes=expected_bytes)

    def part(self, upload_id: str, number: int, data: bytes) -> str:
        """As the storage does; whose it is was asked at the beginning."""
        return self._storage.part(upload_id, number, data)

    def part_url(self, upload_id: str, number: int, size_bytes: int, *, valid_for_s: int) -> str | None:
        """As the storage does."""
        return self._storage.part_url(upload_id, number, size_bytes, valid_for_s=valid_for_s)

    def parts(self, upload_id: str) -> Sequence[StoredPart]:
        """As the storage does."""
        return self._storage.parts(upload_id)

    def complete(self, upload_id: str, parts: Sequence[StoredPart] | None = None) -> None:
        """As the storage does, if it is ours."""
        self.check_owner()
        self._storage.complete(upload_id, parts)

    def completed_size(self, upload_id: str) -> int:
        """As the storage does."""
        return self._storage.completed_size(upload_id)

    def abort(self, upload_id: str) -> None:
        """As the storage does; only who began an upload knows its id."""
        self._storage.abort(upload_id)

    def abandoned_uploads(self, older_than_s: float) -> Sequence[str]:
        """As the storage does, if it is ours."""
        self.check_owner()
        return self._storage.abandoned_uploads(older_than_s)

    def capacity(self) -> Capacity | None:
        """As the storage does."""
        return self._storage.capacity()
