"""Moves the stored files from the disk into the bucket, or back, while everything runs."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clipflow.core import installation
from clipflow.core.db import connected
from clipflow.core.errors import ConflictError, MissingError, StorageUnavailableError
from clipflow.core.storage.digests import digest_of
from clipflow.core.storage.keys import quarantine_key
from clipflow.core.storage.protocol import Storage, check_room
from clipflow.core.storage.writing import StorageWriter
from clipflow.resources import Resources, places_of

_NAMES = {"local": "the disk", "s3": "the bucket"}


@dataclass(frozen=True, slots=True)
class Moved:
    """How many files were moved, or would be, how large they are together, and what is wrong with those that stay."""

    count: int
    total_bytes: int
    problems: tuple[str, ...] = ()


def move_files(
    resources: Resources, known_keys: Callable[[], set[str]], target_name: str, *, is_dry_run: bool,
    on_step: Callable[[str], None],
) -> Moved:  # fmt: skip
    """Move every file that a row speaks of to where new ones go; killed anywhere it goes on where it stopped.

    Each is copied, read back and compared; only then is it put aside where it was, and deleted there after a week.
    One that cannot be moved stays where it is, and does not keep the others from being moved.

    Raises:
        ConflictError: new files do not go there, or one of the two is not there or not ours.
        UnavailableError: there is no room.
    """  # fmt: skip
    source, target = _both(resources, target_name)
    with _alone(resources.settings.data_dir):
        return _move_all(resources, known_keys, source, target, is_dry_run=is_dry_run, on_step=on_step)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a second move on this machine out."""
    with (folder / "move.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConflictError("The files are being moved already; wait for that.") from None
        yield


def _move_all(
    resources: Resources, known_keys: Callable[[], set[str]], source: Storage, target: Storage, *, is_dry_run: bool,
    on_step: Callable[[str], None],
) -> Moved:  # fmt: skip
    with connected():
        known = known_keys()
    waiting = [one for one in source.list() if one.key in known]
    total_bytes = sum(one.size_bytes for one in waiting)
    if is_dry_run:
        return Moved(len(waiting), total_bytes)
    check_room(target, total_bytes)
    problems = []
    for number, one in enumerate(waiting, 1):
        on_step(f"file {number} of {len(waiting)}, {one.size_bytes / 1024**2:,.0f} MiB")
        try:
            _move(source, target, one.key)
        except StorageUnavailableError as error:
            # Either this file cannot be read, or one of the two is away, which asking for its mark tells.
            if source.owner() is None or target.owner() is None:
                raise
            problems.append(f"{one.key}: {error}")
            total_bytes -= one.size_bytes
    with connected():
        # What was deleted for good while it was on its way.
        for key in {one.key for one in waiting} - known_keys():
            resources.storage.delete(key)
    return Moved(len(waiting) - len(problems), total_bytes, tuple(problems))


def _both(resources: Resources, target_name: str) -> tuple[Storage, Storage]:
    """Where files are moved from, and to."""
    places = places_of(resources.settings)
    if "s3" not in places:
        raise ConflictError("There is no bucket; set S3_BUCKET_NAME and what belongs to it.")
    if resources.settings.storage_type != target_name:
        raise ConflictError(
            f"New files do not go to {_NAMES[target_name]}; set STORAGE_TYPE={target_name}, start the service again, "
            "and move the others then."
        )
    source = places["local" if target_name == "s3" else "s3"]
    resources.storage.check_owner()
    if source.owner() != installation.installation_id():
        raise ConflictError("What files are to be moved from is not there, or belongs to another installation.")
    return source, places[target_name]


def _move(source: Storage, target: Storage, key: str) -> None:
    try:
        expected = digest_of(source, key)
        there = _digest_in(target, key)
        if there != expected:
            if there is not None:
                target.delete(key)
            with source.open_range(key) as file, StorageWriter(target, key) as writer:
                writer.write_all(file)
                writer.complete()
            if _digest_in(target, key) != expected:
                target.delete(key)
                raise StorageUnavailableError(f"{key} did not arrive as it was sent; look at both storages.")
        source.move(key, quarantine_key(key))
    except MissingError:
        # Deleted for good in this moment.
        return


def _digest_in(storage: Storage, key: str) -> str | None:
    try:
        return digest_of(storage, key)
    except MissingError:
        return None
