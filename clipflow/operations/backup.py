"""Backups: a folder with a copy of the database, a list of the stored files, and, where wanted, these files."""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO

from clipflow import __version__, encrypted
from clipflow.core import clock, dumps, installation
from clipflow.core.db import connected, migrate
from clipflow.core.errors import MissingError
from clipflow.core.storage.digests import digest_of
from clipflow.core.storage.keys import is_key
from clipflow.core.storage.protocol import Storage, check_room
from clipflow.core.storage.writing import StorageWriter
from clipflow.core.temporary import is_used_by_process
from clipflow.jobs import service as jobs
from clipflow.operations.service import WORKER_SEEN_WITHIN_S
from clipflow.resources import Resources

MANIFEST = "manifest.json"
_FILES = "files"
_LOCK = "backup.lock"
_FORMAT = 1
_PIECE_BYTES = 1024**2
_RESTORING = "restoring.txt"
# What no reader of a folder takes for a part of a backup.
_DRAFT = ".draft"
# Of a backup that is being made.
_DRAFT_MANIFEST = "manifest.next.json"
_DAMAGED = ".damaged"
_DUMP = re.compile(r"database-\d{8}T\d{12}\.(sqlite|dump)")


class BackupError(Exception):
    """A backup could not be made or put back; the message says what to do."""


@dataclass(frozen=True, slots=True)
class BackedUpFile:
    """A stored file as it was."""

    key: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What belongs to a backup. ``key_names`` are those of ENCRYPTION_KEYS that its secrets need, never the keys."""

    made_at: str
    version: str
    installation_id: str
    database: BackedUpFile
    key_names: list[str]
    has_files: bool
    files: list[BackedUpFile]

    @property
    def total_bytes(self) -> int:
        """How large the files are together."""
        return sum(one.size_bytes for one in self.files)


Step = Callable[[str], None]


def make_backup(
    resources: Resources, known_keys: Callable[[], set[str]], folder: Path, *, with_files: bool, on_step: Step
) -> tuple[Manifest, list[str]]:
    """Back up into a folder that is empty or holds an earlier backup, which then is brought up to date.

    The database comes first, then the list, then the files: killed anywhere it can be made again, and what is there
    already is not copied twice. Returns what the backup holds, and the keys of files that rows speak of and that the
    storage has lost since the last one, whose copies are kept.

    Raises:
        BackupError, DumpError: it cannot be made.
        StorageUnavailableError: the storage is away, or another installation's.
    """
    resources.storage.check_owner()
    with _locked(folder):
        earlier = _earlier_manifests(folder)
        if any(one.installation_id != installation.installation_id() for one in earlier):
            raise BackupError(f"{folder} holds the backup of another installation; choose another folder.")
        on_step("the database is copied")
        with connected():
            known = known_keys()
        name = f"database-{clock.now():%Y%m%dT%H%M%S%f}{dumps.ending()}"
        dumps.dump(resources.settings.database, folder / name)
        on_step("the files are listed")
        with connected():
            still_known = known_keys()
            key_names = sorted(encrypted.count_by_key())
        before = {one.key: one for manifest in earlier for one in manifest.files}
        files = {one.key: one for one in _described(resources.storage, known | still_known, before)}
        # What rows still speak of is not deleted from a backup because its disk has lost it.
        lost = {key: one for key, one in before.items() if key in still_known and key not in files}
        manifest = Manifest(
            clock.now().isoformat(), __version__, installation.installation_id(), _described_file(folder / name, name),
            key_names, with_files, sorted((files | lost).values(), key=lambda one: one.key),
        )  # fmt: skip
        # A draft, because an earlier backup is good until this one is.
        _write_manifest(folder / _DRAFT_MANIFEST, manifest)
        if with_files:
            gone = _copy_files(resources.storage, folder, manifest, lost.keys(), on_step)
            manifest = replace(manifest, files=[one for one in manifest.files if one.key not in gone])
            _write_manifest(folder / _DRAFT_MANIFEST, manifest)
        (folder / _DRAFT_MANIFEST).replace(folder / MANIFEST)
        _remove_others(folder, manifest)
    return manifest, sorted(lost)


def read_manifest(folder: Path, name: str = MANIFEST) -> Manifest:
    """What a folder says that it holds; raises BackupError."""
    try:
        said = json.loads((folder / name).read_text(encoding="utf-8"))
        if said.pop("format") != _FORMAT:
            raise BackupError("The backup was made by a newer version; use that one.")
        files = [BackedUpFile(**one) for one in said.pop("files")]
        manifest = Manifest(**{**said, "database": BackedUpFile(**said["database"])}, files=files)
        _check_types(manifest)
    except FileNotFoundError:
        raise BackupError(f"There is no backup in {folder}; check the name.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"The list of the backup cannot be read ({error}).") from None
    if not all(is_key(one.key) for one in files) or Path(manifest.database.key).name != manifest.database.key:
        raise BackupError("The list of the backup names files that are none of ours.")
    return manifest


def _check_types(manifest: Manifest) -> None:
    """Raise TypeError where a list was changed by hand, or damaged."""
    texts = [manifest.made_at, manifest.version, manifest.installation_id, *manifest.key_names]
    for one in (manifest.database, *manifest.files):
        texts += [one.key, one.sha256]
        if type(one.size_bytes) is not int or one.size_bytes < 0:
            raise TypeError(f"{one.size_bytes!r} is no size")
    wrong = [text for text in texts if not isinstance(text, str)]
    if wrong or type(manifest.has_files) is not bool:
        raise TypeError(f"{wrong or manifest.has_files!r} is not what belongs there")


def problems_of(folder: Path, manifest: Manifest, on_step: Step) -> Iterator[str]:
    """What is wrong with a backup, a sentence each; nothing where all is as it was.

    A file that is not as it was is put aside, so that the next backup copies it again.
    """
    on_step("the database is looked at")
    copy = folder / manifest.database.key
    if _is_other(copy, manifest.database):
        yield "The copy of the database is missing or changed."
    else:
        try:
            dumps.check_dump(copy)
        except dumps.DumpError as error:
            yield str(error)
    if not manifest.has_files:
        return
    for number, one in enumerate(manifest.files, 1):
        on_step(f"file {number} of {len(manifest.files)} is looked at")
        path = folder / _FILES / one.key
        if _is_other(path, one):
            # Looking needs no right to write; where there is none it stays.
            with suppress(OSError):
                path.replace(path.with_name(path.name + _DAMAGED))
            yield f"{one.key} is missing or changed."


def restore_backup(
    resources: Resources, storage: Storage, folder: Path, *, has_its_storage: bool, on_step: Step
) -> Manifest:
    """Put a backup into an empty installation: the files first, so that no row speaks of one that is not there.

    Killed in the middle it can be done again. ``storage`` is the bare one, because the id comes with the database;
    ``has_its_storage`` says that it is the one that the backup was made of, or a copy of it.

    Raises:
        BackupError, DumpError: the installation is not empty, or the backup is not whole.
        UnavailableError: the database or the storage is away.
    """
    manifest = read_manifest(folder)
    _check_empty(resources.settings.data_dir)
    _check_storage_is_free(storage, manifest, resources.settings.data_dir / _RESTORING, has_its_storage=has_its_storage)
    if _is_other(folder / manifest.database.key, manifest.database):
        raise BackupError("The copy of the database is missing or changed; use another backup.")
    there = {one.key: one.size_bytes for one in storage.list()}
    unknown = there.keys() - {one.key for one in manifest.files}
    for number, one in enumerate((one for one in manifest.files if one.key in there), 1):
        on_step(f"file {number} of {len(there)} in the storage is looked at")
        if there[one.key] == one.size_bytes and digest_of(storage, one.key) != one.sha256:
            # Of the right size, and damaged: to be put back like one that is missing.
            there[one.key] = -1
    if unknown:
        raise BackupError(f"There are {len(unknown)} other files in the storage; restore into an empty installation.")
    if manifest.has_files:
        storage.claim(manifest.installation_id)
        _put_files_back(storage, folder, manifest, there, on_step)
    else:
        missing = [one.key for one in manifest.files if there.get(one.key) != one.size_bytes]
        if missing:
            raise BackupError(
                f"{len(missing)} of {len(manifest.files)} files are not in the storage, and this backup has none; put "
                "them there first."
            )
        storage.claim(manifest.installation_id)
    on_step("the database is put back")
    # Somebody may have come in while files were copied.
    _check_empty(resources.settings.data_dir)
    dumps.restore(resources.settings.database, folder / manifest.database.key)
    migrate(resources.settings.data_dir)
    (resources.settings.data_dir / _RESTORING).unlink(missing_ok=True)
    return manifest


def _check_empty(data_dir: Path) -> None:
    # What runs on this machine has the database open, and would go on with the one that was replaced.
    if is_used_by_process(data_dir):
        raise BackupError("This installation is running; stop it first.")
    if not dumps.is_empty():
        raise BackupError("There are people in this database already; restore into an empty installation.")
    if dumps.has_tables():
        with connected():
            if jobs.has_worker(clock.now(), WORKER_SEEN_WITHIN_S):
                raise BackupError("A worker of this installation is running; stop it first.")


def _check_storage_is_free(storage: Storage, manifest: Manifest, mark: Path, *, has_its_storage: bool) -> None:
    """Refuse a storage that a living installation may use; ``mark`` is there while a restore that broke off goes on."""
    owner = storage.owner()
    goes_on = mark.exists() and mark.read_text(encoding="utf-8") == manifest.made_at
    is_free = owner is None or (dumps.has_tables() and owner == installation.installation_id())
    if owner == manifest.installation_id and not (has_its_storage or goes_on):
        raise BackupError(
            "The storage is that of the installation that was backed up. To go on with it, where the rest is lost, say "
            "--with-its-storage; else set UPLOAD_DIR or the bucket to an empty one."
        )
    if not is_free and owner != manifest.installation_id:
        raise BackupError("The storage belongs to another installation; set UPLOAD_DIR or the bucket to an empty one.")
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(manifest.made_at, encoding="utf-8")


def missing_keys(resources: Resources, manifest: Manifest) -> list[str]:
    """The names of those keys that the secrets of a backup need, and that this installation does not have."""
    ring = resources.key_ring
    return sorted(set(manifest.key_names) - (ring.names if ring else frozenset()))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Make the folder where there is none, and keep others out meanwhile."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
    except BlockingIOError:
        raise BackupError("Somebody else backs up into this folder at the moment; wait for it.") from None
    except OSError as error:
        raise BackupError(f"The backup could not be written ({error.strerror}); choose another place.") from None


def _earlier_manifests(folder: Path) -> list[Manifest]:
    """Of an earlier backup, and of one that broke off."""
    names = [name for name in (MANIFEST, _DRAFT_MANIFEST) if (folder / name).exists()]
    others = [path.name for path in folder.iterdir() if path.name != _LOCK and not _DUMP.fullmatch(path.name)]
    if others and not names:
        raise BackupError(f"There is something else in {folder}; choose an empty folder, or an earlier backup.")
    return [read_manifest(folder, name) for name in names]


def _described(storage: Storage, known: set[str], before: dict[str, BackedUpFile]) -> Iterator[BackedUpFile]:
    """The stored files that rows speak of; one that was read for an earlier backup is not read again."""
    for one in sorted(storage.list(), key=lambda stored: stored.key):
        if one.key not in known:
            continue
        earlier = before.get(one.key)
        if earlier is not None and earlier.size_bytes == one.size_bytes:
            yield earlier
            continue
        try:
            yield BackedUpFile(one.key, one.size_bytes, digest_of(storage, one.key))
        except MissingError:
            # Deleted for good in this moment.
            continue


def _described_file(path: Path, name: str) -> BackedUpFile:
    with path.open("rb") as file:
        return BackedUpFile(name, path.stat().st_size, file_digest(file, "sha256").hexdigest())


def _write_manifest(path: Path, manifest: Manifest) -> None:
    draft = path.with_name(f"{path.name}{_DRAFT}")
    with draft.open("w", encoding="utf-8") as file:
        json.dump({"format": _FORMAT, **asdict(manifest)}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _copy_files(storage: Storage, folder: Path, manifest: Manifest, lost: Collection[str], on_step: Step) -> set[str]:
    """Copy what is not there yet but what the storage has ``lost``; returns the keys of what was deleted meanwhile."""
    gone = set()
    missing = [
        one
        for one in manifest.files
        if one.key not in lost and not _is_there(folder / _FILES / one.key, one.size_bytes)
    ]
    free_bytes = shutil.disk_usage(folder).free
    if sum(one.size_bytes for one in missing) > free_bytes:
        raise BackupError(f"Only {free_bytes / 1024**3:.1f} GiB are free in {folder}; choose a larger place.")
    for number, one in enumerate(missing, 1):
        on_step(f"file {number} of {len(missing)} is copied")
        target = folder / _FILES / one.key
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(target.name + _DRAFT)
        try:
            with storage.open_range(one.key) as source, draft.open("wb") as copy:
                digest = _copy(source, copy.write)
                copy.flush()
                os.fsync(copy.fileno())
        except MissingError:
            gone.add(one.key)
            draft.unlink(missing_ok=True)
            continue
        if digest != one.sha256:
            raise BackupError(f"{one.key} cannot be read as it was; look at the disk of the storage.")
        draft.replace(target)
    return gone


def _remove_others(folder: Path, manifest: Manifest) -> None:
    """Remove what earlier backups have left that this one does not speak of."""
    for path in folder.iterdir():
        if _DUMP.fullmatch(path.name) and path.name != manifest.database.key:
            path.unlink()
    wanted = {one.key for one in manifest.files}
    root = folder / _FILES
    for path in root.rglob("*"):
        if path.is_file() and path.relative_to(root).as_posix() not in wanted:
            path.unlink()


def _put_files_back(storage: Storage, folder: Path, manifest: Manifest, there: dict[str, int], on_step: Step) -> None:
    missing = [one for one in manifest.files if there.get(one.key) != one.size_bytes]
    check_room(storage, sum(one.size_bytes for one in missing))
    for number, one in enumerate(missing, 1):
        on_step(f"file {number} of {len(missing)} is put back")
        try:
            with (folder / _FILES / one.key).open("rb") as file, StorageWriter(storage, one.key) as writer:
                if _copy(file, writer.write) != one.sha256:
                    raise BackupError(f"{one.key} is changed in the backup; use another one.")
                storage.delete(one.key)
                writer.complete()
        except FileNotFoundError:
            raise BackupError(f"{one.key} is missing in the backup; use another one.") from None
        except PermissionError:
            raise BackupError(f"{one.key} in the backup cannot be read; check the rights on it.") from None


def _copy(source: BinaryIO, write: Callable[[bytes], object]) -> str:
    digest = sha256()
    while piece := source.read(_PIECE_BYTES):
        digest.update(piece)
        write(piece)
    return digest.hexdigest()


def _is_there(path: Path, size_bytes: int) -> bool:
    is_plain = path.is_file() and not path.is_symlink() and os.access(path, os.R_OK)
    return is_plain and path.stat().st_size == size_bytes


def _is_other(path: Path, expected: BackedUpFile) -> bool:
    if not _is_there(path, expected.size_bytes):
        return True
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest() != expected.sha256
    except OSError:
        # A disk that fails at it has lost it.
        return True
