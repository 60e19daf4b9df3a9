"""A recording that is read while its storage comes and goes: what looks like a bad file then is none."""

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from clipflow import engine
from clipflow.core.errors import MissingError, StorageUnavailableError
from clipflow.core.storage.keys import key_for
from clipflow.core.storage.local import LocalStorage
from clipflow.media.service import local_recording

# Its first bytes are nobody's, so that a read fails as on a broken disk.
UNREADABLE = Path("/proc/self/mem")
KEY = key_for("media", "ab0e1d2c-0000-4000-8000-000000000000", ".mp4")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def storage(folder: Path) -> LocalStorage:
    made = LocalStorage(folder)
    made.claim("mine")
    made.put(KEY, b"no recording")
    return made


def read(storage: LocalStorage, look: Callable[[Path], object]) -> None:
    with local_recording(storage, KEY) as path:
        look(path)


def probe_while_away(folder: Path, path: Path) -> None:
    """Look at a recording whose storage is away meanwhile and back afterwards."""
    aside = folder.with_name("aside")
    folder.rename(aside)
    try:
        engine.probe(path)
    finally:
        aside.rename(folder)


def lose_and_find_damaged(folder: Path) -> None:
    folder.rename(folder.with_name("aside"))
    raise engine.CorruptMediaError("It is damaged.")


def fill_disk() -> None:
    raise OSError(errno.ENOSPC, "full")


def test_a_bad_file_stays_one(storage: LocalStorage) -> None:
    with pytest.raises(engine.UnsupportedMediaError):
        read(storage, engine.probe)


def test_a_file_that_was_away_for_a_moment_is_not_refused(storage: LocalStorage, folder: Path) -> None:
    with pytest.raises(StorageUnavailableError):
        read(storage, lambda path: probe_while_away(folder, path))


def test_a_file_that_breaks_off_while_it_is_away_is_not_refused(storage: LocalStorage, folder: Path) -> None:
    with pytest.raises((StorageUnavailableError, MissingError)):
        read(storage, lambda path: lose_and_find_damaged(folder))


def test_an_error_of_another_kind_stays_what_it_is(storage: LocalStorage) -> None:
    with pytest.raises(OSError, match="full"):
        read(storage, lambda path: fill_disk())


def test_a_storage_that_is_away_has_no_known_room(storage: LocalStorage, folder: Path) -> None:
    folder.rename(folder.with_name("aside"))
    with pytest.raises(StorageUnavailableError):
        storage.capacity()


def test_an_upload_whose_storage_goes_away_is_not_missing(storage: LocalStorage, folder: Path) -> None:
    upload_id = storage.begin(KEY, part_size_bytes=4, expected_bytes=4)
    folder.rename(folder.with_name("aside"))
    with pytest.raises(StorageUnavailableError):
        storage.part(upload_id, 1, b"four")
    with pytest.raises(StorageUnavailableError):
        storage.complete(upload_id)


@pytest.mark.skipif(not UNREADABLE.exists(), reason="needs a file that cannot be read")
def test_a_file_whose_disk_fails_is_not_damaged(storage: LocalStorage, folder: Path) -> None:
    (folder / KEY).unlink()
    (folder / KEY).symlink_to(UNREADABLE)

    def find_damaged(path: Path) -> None:
        raise engine.CorruptMediaError("It is damaged.")

    with pytest.raises(StorageUnavailableError):
        read(storage, find_damaged)
