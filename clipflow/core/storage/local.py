"""Where files are kept. The only place that turns a key into a path."""

import errno
import hmac
import logging
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from clipflow.core.errors import MissingError, UnavailableError

logger = logging.getLogger(__name__)

# A disk that is filled to the last byte stops the database too.
RESERVED_BYTES = 64 * 1024**2
_CHECK_EVERY_BYTES = 4 * 1024**2
_KEY = re.compile(r"[a-z]+/[0-9a-f]{2}/[0-9a-f-]{36}(\.[a-z0-9]{1,8})?")
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_INCOMING = "incoming"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as a listing shows it."""

    key: str
    size_bytes: int
    modified_at: datetime


class LocalStorage:
    """Files in a folder of this machine.

    Object storage will offer the same methods; nobody else knows where a file is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()

    def prepare(self) -> None:
        """Make the folders; OSError when that is not possible."""
        (self._folder / _INCOMING).mkdir(parents=True, exist_ok=True)

    def receive(self, expected_bytes: int | None = None) -> "LocalIncoming":
        """Begin a new file; raises UnavailableError when there is no room for what is expected."""
        self.check_room(expected_bytes or 0)
        return LocalIncoming(self)

    def check_room(self, needed_bytes: int) -> None:
        """Raise UnavailableError when that much does not fit."""
        if self.free_bytes() < needed_bytes + RESERVED_BYTES:
            raise _no_room()

    def free_bytes(self) -> int:
        """Room that is left on the disk."""
        return shutil.disk_usage(self._folder).free

    def open(self, key: str) -> BinaryIO:
        """Open a stored file for reading; raises MissingError."""
        try:
            return self.path_of(key).open("rb")
        except FileNotFoundError:
            raise MissingError("The file is not there any more.") from None

    @contextmanager
    def local_file(self, key: str) -> Iterator[Path]:
        """A path of this machine at which tools can read the file."""
        yield self.path_of(key)

    def move(self, key: str, new_key: str) -> None:
        """Keep a stored file under another key."""
        target = self.path_of(new_key)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.path_of(key).replace(target)
        except FileNotFoundError:
            raise MissingError("The file is not there any more.") from None

    def delete(self, key: str) -> None:
        """Remove a file; it may be gone already."""
        self.path_of(key).unlink(missing_ok=True)

    def files(self) -> Iterator[StoredFile]:
        """All stored files."""
        for path in self._folder.glob("[a-z]*/??/*"):
            key = path.relative_to(self._folder).as_posix()
            if _KEY.fullmatch(key):
                with suppress(FileNotFoundError):
                    facts = path.stat()
                    yield StoredFile(key, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))

    def abandoned(self, older_than_s: float) -> list[Path]:
        """Files that were on their way in and have not grown for this long."""
        limit = time.time() - older_than_s
        return [path for path in (self._folder / _INCOMING).glob("*") if _modified_at(path) < limit]

    def path_of(self, key: str) -> Path:
        """The path of a key; a key that is not one of ours raises ValueError."""
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no key of a stored file")
        return self._folder / key

    def incoming_path(self) -> Path:
        """A new name for a file on its way in."""
        return self._folder / _INCOMING / f"{secrets.token_hex(16)}.part"


class LocalIncoming:
    """A file on its way into a :class:`LocalStorage`, already on the disk that it stays on."""

    def __init__(self, storage: LocalStorage) -> None:
        self._storage = storage
        self._path = storage.incoming_path()
        self._size_bytes = 0
        self._unchecked_bytes = 0
        try:
            # Unbuffered, because it comes in large pieces; one copy less.
            self._file = self._path.open("xb", buffering=0)
        except OSError as error:
            raise _write_failed(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    @property
    def path(self) -> Path:
        """Where tools of this machine can read it meanwhile."""
        return self._path

    @property
    def size_bytes(self) -> int:
        """How much has been written."""
        return self._size_bytes

    def write(self, data: bytes) -> int:
        """Append; raises UnavailableError when there is no room."""
        view = memoryview(data)
        self._unchecked_bytes += len(data)
        try:
            if self._unchecked_bytes >= _CHECK_EVERY_BYTES:
                # Others are writing too, and not every body says its length before.
                self._unchecked_bytes = 0
                self._storage.check_room(0)
            while view:
                view = view[self._file.write(view) :]
        except UnavailableError:
            self.discard()
            raise
        except OSError as error:
            self.discard()
            raise _write_failed(error) from None
        self._size_bytes += len(data)
        return len(data)

    def keep(self, key: str) -> None:
        """Make it a stored file, safe on disk."""
        target = self._storage.path_of(key)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.fsync(self._file.fileno())
            self._file.close()
            self._path.replace(target)
        except OSError as error:
            self.discard()
            raise _write_failed(error) from None

    def discard(self) -> None:
        """Forget it; does nothing once it is kept."""
        with suppress(OSError):
            self._file.close()
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            # The daily clean-up will find it; whoever sent it must not wait for that.
            logger.warning("The rest of an upload could not be removed: %s", error)


class UploadSigner:
    """Signs the addresses that raw uploads are sent to, so that they can be checked without a look at the database."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def sign(self, file_id: str, size_bytes: int, expires_at: int) -> str:
        """The signature of an address for one file of one size until one second."""
        message = f"upload:{file_id}:{size_bytes}:{expires_at}".encode()
        return hmac.new(self._secret, message, sha256).hexdigest()

    def is_valid(self, file_id: str, size_bytes: int, expires_at: int, signature: str) -> bool:
        """Whether the signature is ours and still counts."""
        expected = self.sign(file_id, size_bytes, expires_at)
        return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")) and time.time() < expires_at


def key_for(kind: str, file_id: str, extension: str = "") -> str:
    """The key of a file: its kind (media, tracks), spread over 256 folders by its id."""
    return f"{kind}/{file_id[:2]}/{file_id}{extension}"


def _modified_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _no_room() -> UnavailableError:
    return UnavailableError("There is no room left on the disk; ask whoever runs this server to make some.")


def _write_failed(error: OSError) -> UnavailableError:
    if error.errno in _NO_ROOM:
        return _no_room()
    return UnavailableError("The file could not be stored; ask whoever runs this server to look at its disk.")
