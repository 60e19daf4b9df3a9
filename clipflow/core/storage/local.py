"""Files in a folder of this machine. The only place that turns a key into a path."""

import errno
import io
import logging
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from clipflow.core.errors import MissingError, StorageUnavailableError, UnavailableError
from clipflow.core.storage.keys import QUARANTINE, is_key
from clipflow.core.storage.protocol import Capacity, StoredFile, check_room, no_room

logger = logging.getLogger(__name__)

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_INCOMING = "incoming"
# Carries the id of the installation whose files these are.
OWNER_FILE = "installation.txt"


class LocalStorage:
    """The protocol of :class:`~clipflow.core.storage.protocol.Storage` on a disk.

    An upload is one file from the beginning; each part is written at its place in it. Its id says
    where it is to go: a random name, the size of its parts, and the key.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()

    def owner(self) -> str | None:
        """What the mark in the folder says."""
        try:
            return (self._folder / OWNER_FILE).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise _not_there(error) from None

    def claim(self, installation_id: str) -> None:
        """Make the folder where there is none, and write the mark, whole or not at all."""
        draft = self._folder / f"{OWNER_FILE}.{secrets.token_hex(8)}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft.write_text(f"{installation_id}\n", encoding="ascii")
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            draft.replace(self._folder / OWNER_FILE)
            _sync_folder(self._folder)
        except OSError as error:
            raise _not_there(error) from None

    def put(self, key: str, data: bytes) -> None:
        """Store a file, in the place of one that is there; raises UnavailableError when there is no room."""
        upload_id = self.begin(key, part_size_bytes=max(1, len(data)), expected_bytes=len(data))
        try:
            self.part(upload_id, 1, data)
            self.complete(upload_id)
        except BaseException:
            with suppress(StorageUnavailableError):
                self.abort(upload_id)
            raise

    def open_range(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """Open a file at a byte; raises MissingError."""
        path = self._path_of(key)
        try:
            file = io.BufferedReader(_StoredFileReader(path))
        except OSError as error:
            raise self._why_missing(path, error) from None
        file.seek(start)
        return cast(BinaryIO, file)

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        """The file itself; raises MissingError."""
        path = self._path_of(key)
        try:
            path.stat()
        except OSError as error:
            raise self._why_missing(path, error) from None
        yield path

    def url(self, key: str, *, valid_for_s: int, file_name: str, mime_type: str) -> str | None:
        """None: our own server answers files of its disk."""
        return None

    def delete(self, key: str) -> None:
        """Remove a file; it may be gone already."""
        try:
            self._path_of(key).unlink(missing_ok=True)
        except OSError as error:
            raise _not_there(error) from None

    def move(self, key: str, new_key: str) -> None:
        """Give a file another key; raises MissingError."""
        path, target = self._path_of(key), self._path_of(new_key)
        try:
            # First, so that a file in quarantine is never older than its time there.
            os.utime(path)
            _make_folder(target.parent, self._folder)
            path.replace(target)
            _sync_folder(target.parent)
        except FileNotFoundError as error:
            raise self._why_missing(path, error) from None
        except OSError as error:
            raise _write_failed(error) from None

    def list(self, *, in_quarantine: bool = False) -> Iterator[StoredFile]:
        """All stored files, or those in quarantine instead."""
        try:
            for path in self._folder.glob(f"{QUARANTINE if in_quarantine else ''}[a-z]*/??/*"):
                key = path.relative_to(self._folder).as_posix()
                if is_key(key):
                    with suppress(FileNotFoundError):
                        facts = path.stat()
                        yield StoredFile(key, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))
        except OSError as error:
            raise _not_there(error) from None

    def begin(self, key: str, *, part_size_bytes: int, expected_bytes: int | None) -> str:
        """Begin a file in parts; raises UnavailableError when there is no room for what is expected."""
        self._path_of(key)
        check_room(self, expected_bytes or 0)
        name = secrets.token_hex(16)
        try:
            # Never the folder above it, which may be away.
            (self._folder / _INCOMING).mkdir(exist_ok=True)
            self._incoming_path(name).touch(exist_ok=False)
        except OSError as error:
            raise _write_failed(error) from None
        return f"{name}:{part_size_bytes}:{key}"

    def part(self, upload_id: str, number: int, data: bytes) -> None:
        """Write a part at its place; raises UnavailableError when there is no room."""
        name, part_size_bytes, _ = _parsed(upload_id)
        # Others are writing too, and not every body says its length before.
        check_room(self, len(data))
        try:
            with self._incoming_path(name).open("r+b", buffering=0) as file:
                file.seek((number - 1) * part_size_bytes)
                view = memoryview(data)
                while view:
                    view = view[file.write(view) :]
        except FileNotFoundError as error:
            raise self._why_missing(self._incoming_path(name), error) from None
        except OSError as error:
            raise _write_failed(error) from None

    def complete(self, upload_id: str) -> None:
        """Make it a stored file, safe on disk; raises MissingError when the upload is gone."""
        name, _, key = _parsed(upload_id)
        target = self._path_of(key)
        try:
            _make_folder(target.parent, self._folder)
            with self._incoming_path(name).open("rb") as file:
                os.fsync(file.fileno())
            self._incoming_path(name).replace(target)
            _sync_folder(target.parent)
        except FileNotFoundError as error:
            raise self._why_missing(self._incoming_path(name), error) from None
        except OSError as error:
            raise _write_failed(error) from None

    def abort(self, upload_id: str) -> None:
        """Forget an upload; it may be gone already."""
        try:
            self._incoming_path(upload_id.partition(":")[0]).unlink(missing_ok=True)
        except OSError as error:
            raise _not_there(error) from None

    def abandoned_uploads(self, older_than_s: float) -> Sequence[str]:
        """Ids of uploads that have not grown for this long."""
        limit = time.time() - older_than_s
        return [path.stem for path in (self._folder / _INCOMING).glob("*.part") if _modified_at(path) < limit]

    def capacity(self) -> Capacity:
        """The room on the disk."""
        try:
            usage = shutil.disk_usage(self._folder)
        except OSError as error:
            raise _not_there(error) from None
        return Capacity(usage.total, usage.free)

    def _why_missing(self, path: Path, error: OSError) -> MissingError | StorageUnavailableError:
        """A file that is not there is missing, unless the whole folder is, or was for a moment."""
        if isinstance(error, FileNotFoundError) and self.owner() is not None and not path.exists():
            return _missing()
        return _not_there(error)

    def _path_of(self, key: str) -> Path:
        if not is_key(key):
            raise ValueError(f"{key!r} is no key of a stored file")
        return self._folder / key

    def _incoming_path(self, name: str) -> Path:
        if not name.isalnum():
            raise ValueError(f"{name!r} is no upload")
        return self._folder / _INCOMING / f"{name}.part"


class _StoredFileReader(io.FileIO):
    """A file whose disk may fail, or whose mount may go away, while it is read."""

    def readinto(self, buffer: Any) -> int | None:
        """As a file does; raises StorageUnavailableError."""
        try:
            return super().readinto(buffer)
        except OSError as error:
            raise _not_there(error) from None

    def readall(self) -> bytes:
        """As a file does; raises StorageUnavailableError."""
        try:
            return super().readall()
        except OSError as error:
            raise _not_there(error) from None


def _parsed(upload_id: str) -> tuple[str, int, str]:
    name, part_size_bytes, key = upload_id.split(":", 2)
    return name, int(part_size_bytes), key


def _modified_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _missing() -> MissingError:
    return MissingError("The file is not there any more.")


def _not_there(error: Exception) -> StorageUnavailableError:
    logger.error("The storage cannot be used: %s", error)
    return StorageUnavailableError(
        "The stored files cannot be reached at the moment; ask whoever runs this server to look at its disk."
    )


def _make_folder(folder: Path, root: Path) -> None:
    """Make a folder so that it survives a power cut, up to the root, which is there."""
    if folder.is_dir():
        return
    if folder.parent != root:
        _make_folder(folder.parent, root)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk; a file's own bytes are synced apart from them."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_failed(error: OSError) -> UnavailableError:
    if error.errno in _NO_ROOM:
        return no_room()
    return _not_there(error)
