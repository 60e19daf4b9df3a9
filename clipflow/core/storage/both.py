"""A disk and a bucket side by side: new files go to one of them, and what is still in the other is found there."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

from clipflow.core.errors import MissingError, StorageUnavailableError
from clipflow.core.storage.keys import is_in_quarantine, quarantine_key
from clipflow.core.storage.local import LocalStorage, is_upload_of_disk
from clipflow.core.storage.protocol import Capacity, Storage, StoredFile, StoredPart

Found = TypeVar("Found")

_DISK_AWAY = "The disk with earlier files is not there at the moment; ask whoever runs this server to mount it."


class BothStorages:
    """The protocol of :class:`~clipflow.core.storage.protocol.Storage` on two others.

    The disk is asked first, because that costs nothing; of the other one, files are listed and deleted only
    where both belong to the same installation.
    """

    def __init__(
        self, local: LocalStorage, bucket: Storage, *, is_local_main: bool, was_disk_used: Callable[[], bool]
    ) -> None:
        """``is_local_main`` says where new files go, ``was_disk_used`` whether they ever went to the disk."""
        self._local = local
        self._bucket = bucket
        self._main: Storage = local if is_local_main else bucket
        self._other: Storage = bucket if is_local_main else local
        self._was_disk_used = was_disk_used

    def owner(self) -> str | None:
        """As the main one does."""
        return self._main.owner()

    def claim(self, installation_id: str) -> None:
        """As the main one does."""
        self._main.claim(installation_id)

    def put(self, key: str, data: bytes) -> None:
        """Store a file in the main one."""
        self._main.put(key, data)

    def open_range(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """Read from a file, wherever it is; raises MissingError."""
        return self._where_it_is(key, lambda storage: storage.open_range(key, start, end))

    def size(self, key: str) -> int:
        """How many bytes a file has, wherever it is; raises MissingError."""
        return self._where_it_is(key, lambda storage: storage.size(key))

    @contextmanager
    def local_copy(self, key: str, wait: Callable[[], None] | None = None) -> Iterator[Path]:
        """A path to a file, wherever it is; raises MissingError."""
        with ExitStack() as stack:
            yield self._where_it_is(key, lambda storage: stack.enter_context(storage.local_copy(key, wait)))

    def url(self, key: str, *, valid_for_s: int, file_name: str, mime_type: str) -> str | None:
        """A signed address of what is in the bucket, None for what is on the disk."""
        if self._is_on_disk(key):
            return None
        return self._bucket.url(key, valid_for_s=valid_for_s, file_name=file_name, mime_type=mime_type)

    def delete(self, key: str) -> None:
        """Remove a file from both, and what was put aside of it when it was moved.

        Where the one that is not the main one is away, the clean-up finds what is left there once it is back.
        """
        keys = [key] if is_in_quarantine(key) else [key, quarantine_key(key)]
        for one in keys:
            self._main.delete(one)
        with suppress(StorageUnavailableError):
            if self._is_other_ours():
                for one in keys:
                    self._other.delete(one)

    def move(self, key: str, new_key: str) -> None:
        """Give a file another key where it is; raises MissingError."""
        self._where_it_is(key, lambda storage: storage.move(key, new_key))

    def list(self, *, in_quarantine: bool = False) -> Iterator[StoredFile]:
        """The files of both; one that is in both is named once."""
        seen = set()
        # In this order, so that what is moved to the main one meanwhile is seen in one of them.
        for storage in (self._other, self._main) if self._is_other_ours() else (self._main,):
            for one in storage.list(in_quarantine=in_quarantine):
                if one.key not in seen:
                    seen.add(one.key)
                    yield one

    def begin(self, key: str, *, part_size_bytes: int, expected_bytes: int | None) -> str:
        """Begin a file in the main one."""
        return self._main.begin(key, part_size_bytes=part_size_bytes, expected_bytes=expected_bytes)

    def part(self, upload_id: str, number: int, data: bytes) -> str:
        """As the one does where the upload was begun."""
        return self._of_upload(upload_id).part(upload_id, number, data)

    def part_url(self, upload_id: str, number: int, size_bytes: int, *, valid_for_s: int) -> str | None:
        """As the one does where the upload was begun."""
        return self._of_upload(upload_id).part_url(upload_id, number, size_bytes, valid_for_s=valid_for_s)

    def parts(self, upload_id: str) -> Sequence[StoredPart]:
        """As the one does where the upload was begun."""
        return self._of_upload(upload_id).parts(upload_id)

    def complete(self, upload_id: str, parts: Sequence[StoredPart] | None = None) -> None:
        """As the one does where the upload was begun."""
        self._of_upload(upload_id).complete(upload_id, parts)

    def completed_size(self, upload_id: str) -> int:
        """As the one does where the upload was begun; the other one may be away."""
        return self._of_upload(upload_id).completed_size(upload_id)

    def abort(self, upload_id: str) -> None:
        """As the one does where the upload was begun."""
        self._of_upload(upload_id).abort(upload_id)

    def abandoned_uploads(self, older_than_s: float) -> Sequence[str]:
        """Those of both."""
        others = self._other.abandoned_uploads(older_than_s) if self._is_other_ours() else ()
        return [*self._main.abandoned_uploads(older_than_s), *others]

    def capacity(self) -> Capacity | None:
        """As the main one does."""
        return self._main.capacity()

    def _where_it_is(self, key: str, act: Callable[[Storage], Found]) -> Found:
        first, second = (self._local, self._bucket) if self._is_on_disk(key) else (self._bucket, self._local)
        try:
            return act(first)
        except MissingError:
            # It may have been moved in this moment.
            if second is self._bucket or self._is_on_disk(key):
                return act(second)
            if self._local.owner() is None and self._was_disk_used():
                raise StorageUnavailableError(_DISK_AWAY) from None
            raise

    def _is_on_disk(self, key: str) -> bool:
        # A folder that was never used is no storage that is away.
        if self._main is self._bucket and self._local.owner() is None:
            return False
        try:
            self._local.size(key)
        except MissingError:
            return False
        return True

    def _is_other_ours(self) -> bool:
        owner = self._other.owner()
        return owner is not None and owner == self._main.owner()

    def _of_upload(self, upload_id: str) -> Storage:
        return self._local if is_upload_of_disk(upload_id) else self._bucket
