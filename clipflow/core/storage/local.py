"""Files in a folder of this machine. The only place that turns a key into a path."""

import errno
import fcntl
import io
import logging
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, cast

from clipflow.core.errors import ConflictError, MissingError, StorageUnavailableError, UnavailableError
from clipflow.core.storage.keys import QUARANTINE, is_key, name_of_upload
from clipflow.core.storage.protocol import Capacity, StoredFile, StoredPart, check_room, no_room

logger = logging.getLogger(__name__)

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_INCOMING = "incoming"
# Beside an upload: number, size and etag of each part that has arrived.
_NOTES = ".arrived"
# Beside an upload, one for each part: held by whoever writes it.
_LOCK = ".lock"
_CAME_AGAIN = "A part was sent again at this moment; confirm the upload once more."
_ARRIVAL = re.compile(r"(?P<number>\d+) (?P<size>\d+) (?P<etag>[0-9a-f]{64})")
# Carries the id of the installation whose files these are.
OWNER_FILE = "installation.txt"
_UPLOAD_NAME = re.compile(r"[0-9a-f]{32}")


class LocalStorage:
    """The protocol of :class:`~clipflow.core.storage.protocol.Storage` on a disk.

    An upload is one file from the beginning; each part is written at its place in it, and its arrival
    is noted beside it, one line for each. Its id says where it is to go: a random name, the size of its
    parts, and the key.
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

    def size(self, key: str) -> int:
        """How many bytes a file has; raises MissingError."""
        path = self._path_of(key)
        try:
            # The mark first: an upload may become this file at any moment, and is there then.
            if self.owner() is not None and not path.exists():
                raise _missing()
            return path.stat().st_size
        except OSError as error:
            raise _not_there(error) from None

    @contextmanager
    def local_copy(self, key: str, wait: Callable[[], None] | None = None) -> Iterator[Path]:
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

    def part(self, upload_id: str, number: int, data: bytes) -> str:
        """Write a part at its place; raises MissingError, or UnavailableError when there is no room."""
        name, part_size_bytes, _ = _parsed(upload_id)
        # Others are writing too, and not every body says its length before.
        check_room(self, len(data))
        etag = sha256(data).hexdigest()
        path = self._incoming_path(name)
        try:
            with self._alone_with_part(name, number), path.open("r+b", buffering=0) as file:
                # Nothing is written into a file that is complete already, and perhaps checked.
                fcntl.flock(file, fcntl.LOCK_SH)
                if not os.path.samestat(os.fstat(file.fileno()), path.stat()):
                    raise FileNotFoundError
                file.seek((number - 1) * part_size_bytes)
                view = memoryview(data)
                while view:
                    view = view[file.write(view) :]
                # A note must not survive a power cut that its bytes do not.
                os.fsync(file.fileno())
                self._note_arrival(name, StoredPart(number, len(data), etag))
        except FileNotFoundError as error:
            raise self._why_missing(self._incoming_path(name), error) from None
        except OSError as error:
            raise _write_failed(error) from None
        return etag

    def part_url(self, upload_id: str, number: int, size_bytes: int, *, valid_for_s: int) -> str | None:
        """None: our own server takes parts for its disk."""
        return None

    def parts(self, upload_id: str) -> Sequence[StoredPart]:
        """What the notes say; of a part that came again, the last."""
        path = self._incoming_path(_parsed(upload_id)[0])
        try:
            path.stat()
            lines = path.with_suffix(_NOTES).read_text(encoding="ascii").splitlines()
        except OSError as error:
            if isinstance(error, FileNotFoundError) and path.exists():
                return []
            raise self._why_missing(path, error) from None
        # A line that a killed process has left unfinished says nothing.
        found = (_ARRIVAL.fullmatch(line) for line in lines)
        noted = [StoredPart(int(one["number"]), int(one["size"]), one["etag"]) for one in found if one]
        by_number = {one.number: one for one in noted}
        return [by_number[number] for number in sorted(by_number)]

    def complete(self, upload_id: str, parts: Sequence[StoredPart] | None = None) -> None:
        """Make it a stored file, safe on disk; raises MissingError when it is gone, ConflictError for other parts."""
        name, _, key = _parsed(upload_id)
        target = self._path_of(key)
        try:
            _make_folder(target.parent, self._folder)
            with self._incoming_path(name).open("rb") as file:
                # Whoever is writing a part ends first.
                fcntl.flock(file, fcntl.LOCK_EX)
                if parts is not None and list(self.parts(upload_id)) != list(parts):
                    raise ConflictError(_CAME_AGAIN)
                os.fsync(file.fileno())
                self._incoming_path(name).replace(target)
            _sync_folder(target.parent)
            self._forget_notes(name)
        except FileNotFoundError as error:
            raise self._why_missing(self._incoming_path(name), error) from None
        except OSError as error:
            raise _write_failed(error) from None

    def abort(self, upload_id: str) -> None:
        """Forget an upload; it may be gone already."""
        path = self._incoming_path(name_of_upload(upload_id))
        try:
            with suppress(FileNotFoundError), path.open("rb") as file:
                # Whoever is writing a part ends first, and notes nothing afterwards.
                fcntl.flock(file, fcntl.LOCK_EX)
                path.unlink(missing_ok=True)
            self._forget_notes(name_of_upload(upload_id))
        except OSError as error:
            raise _not_there(error) from None

    def completed_size(self, upload_id: str) -> int:
        """How many bytes the file has; raises MissingError where there is none yet."""
        return self.size(_parsed(upload_id)[2])

    def abandoned_uploads(self, older_than_s: float) -> Sequence[str]:
        """Ids of uploads that have not grown for this long."""
        limit = time.time() - older_than_s
        incoming = self._folder / _INCOMING
        old = {path.name.partition(".")[0] for path in incoming.glob("*") if _modified_at(path) < limit}
        # Of an upload that goes on its notes may be older, and notes alone are what a killed process has left.
        return sorted(old - {path.stem for path in incoming.glob("*.part") if _modified_at(path) >= limit})

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

    @contextmanager
    def _alone_with_part(self, name: str, number: int) -> Iterator[None]:
        """Keep a second sender of the same part waiting, so that what is noted of it is what is there."""
        path = self._incoming_path(name)
        lock_path = path.with_suffix(f".{number}{_LOCK}")
        with lock_path.open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                yield
            finally:
                if not path.exists():
                    # It was given up, or is complete, and nobody will remove this any more.
                    lock_path.unlink(missing_ok=True)

    def _forget_notes(self, name: str) -> None:
        path = self._incoming_path(name)
        for lock in path.parent.glob(f"{name}.*{_LOCK}"):
            lock.unlink(missing_ok=True)
        path.with_suffix(_NOTES).unlink(missing_ok=True)

    def _note_arrival(self, name: str, part: StoredPart) -> None:
        with self._incoming_path(name).with_suffix(_NOTES).open("ab", buffering=0) as notes:
            # One after another, so that no line stands within another.
            fcntl.flock(notes, fcntl.LOCK_EX)
            notes.write(f"\n{part.number} {part.size_bytes} {part.etag}\n".encode("ascii"))

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


def is_upload_of_disk(upload_id: str) -> bool:
    """Whether an upload in parts was begun here; no store calls one of its uploads like this."""
    return _UPLOAD_NAME.fullmatch(name_of_upload(upload_id)) is not None


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
