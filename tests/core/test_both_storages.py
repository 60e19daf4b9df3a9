"""A disk and a bucket side by side."""

from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest

from clipflow.core.errors import MissingError, StorageUnavailableError
from clipflow.core.storage.both import BothStorages
from clipflow.core.storage.copies import LocalCopies
from clipflow.core.storage.keys import key_for, quarantine_key
from clipflow.core.storage.local import LocalStorage
from clipflow.core.storage.s3 import S3Storage
from tests.object_storage import ObjectStorage


@dataclass
class Pair:
    """The two, and both as one, with new files on either."""

    local: LocalStorage
    bucket: S3Storage

    @property
    def to_disk(self) -> BothStorages:
        return BothStorages(self.local, self.bucket, is_local_main=True, was_disk_used=lambda: True)

    @property
    def to_bucket(self) -> BothStorages:
        return BothStorages(self.local, self.bucket, is_local_main=False, was_disk_used=lambda: True)


@pytest.fixture
def pair(seaweed: ObjectStorage, tmp_path: Path) -> Pair:
    made = Pair(LocalStorage(tmp_path / "media"), S3Storage(seaweed.new_bucket(), LocalCopies(tmp_path / "copies")))
    made.local.claim("mine")
    made.bucket.claim("mine")
    return made


def new_key() -> str:
    return key_for("media", str(uuid4()), ".mp4")


def test_new_files_go_to_the_main_one(pair: Pair) -> None:
    first, second = new_key(), new_key()
    pair.to_disk.put(first, b"one")
    pair.to_bucket.put(second, b"two")
    assert [one.key for one in pair.local.list()] == [first]
    assert [one.key for one in pair.bucket.list()] == [second]


@pytest.mark.parametrize("name", ["to_disk", "to_bucket"])
def test_files_are_found_wherever_they_are(pair: Pair, name: str) -> None:
    both: BothStorages = getattr(pair, name)
    on_disk, in_bucket = new_key(), new_key()
    pair.local.put(on_disk, b"on the disk")
    pair.bucket.put(in_bucket, b"in the bucket")
    assert {one.key for one in both.list()} == {on_disk, in_bucket}
    for key, content in ((on_disk, b"on the disk"), (in_bucket, b"in the bucket")):
        with both.open_range(key, 3) as file, both.local_copy(key) as path:
            assert (file.read(), path.read_bytes(), both.size(key)) == (content[3:], content, len(content))
    is_signed = [
        both.url(one, valid_for_s=60, file_name="a", mime_type="b") is not None for one in (on_disk, in_bucket)
    ]
    assert is_signed == [False, True]


@pytest.mark.parametrize("name", ["to_disk", "to_bucket"])
def test_what_is_deleted_is_gone_from_both_and_from_what_was_put_aside(pair: Pair, name: str) -> None:
    both: BothStorages = getattr(pair, name)
    key = new_key()
    for storage in (pair.local, pair.bucket):
        storage.put(key, b"here")
        storage.put(quarantine_key(key), b"and aside")
    both.delete(key)
    assert [*both.list()] == []
    with pytest.raises(MissingError):
        both.size(key)
    other = pair.bucket if name == "to_disk" else pair.local
    assert [*other.list(in_quarantine=True)] == []


def test_nothing_is_deleted_in_what_belongs_to_another_installation(pair: Pair) -> None:
    key = new_key()
    pair.local.put(key, b"somebody else's")
    pair.local.claim("another")
    pair.to_bucket.delete(key)
    assert [one.key for one in pair.local.list()] == [key]
    assert [*pair.to_bucket.list()] == []


def test_an_upload_ends_where_it_began(pair: Pair) -> None:
    key = new_key()
    begun = pair.to_disk.begin(key, part_size_bytes=10, expected_bytes=3)
    pair.to_bucket.part(begun, 1, b"abc")
    assert [one.size_bytes for one in pair.to_bucket.parts(begun)] == [3]
    pair.to_bucket.complete(begun)
    assert pair.local.size(key) == 3
    begun = pair.to_bucket.begin(new_key(), part_size_bytes=10, expected_bytes=3)
    assert pair.to_disk.part_url(begun, 1, 3, valid_for_s=60) is not None
    pair.to_disk.abort(begun)
    with pytest.raises(MissingError):
        pair.to_bucket.parts(begun)


def test_an_upload_is_finished_while_the_other_one_is_away(pair: Pair, seaweed: ObjectStorage, tmp_path: Path) -> None:
    nowhere = replace(seaweed.new_bucket(), endpoint_url="http://127.0.0.1:1")
    away = S3Storage(nowhere, LocalCopies(tmp_path / "copies"))
    unmounted = LocalStorage(tmp_path / "not mounted")
    for both in (
        BothStorages(pair.local, away, is_local_main=True, was_disk_used=lambda: True),
        BothStorages(unmounted, pair.bucket, is_local_main=False, was_disk_used=lambda: True),
    ):
        key = new_key()
        begun = both.begin(key, part_size_bytes=10, expected_bytes=3)
        both.part(begun, 1, b"abc")
        with pytest.raises(MissingError):
            both.completed_size(begun)
        both.complete(begun, both.parts(begun))
        assert both.completed_size(begun) == both.size(key) == 3


def test_a_folder_that_was_never_used_is_no_disk_that_is_away(pair: Pair, tmp_path: Path) -> None:
    both = BothStorages(LocalStorage(tmp_path / "never"), pair.bucket, is_local_main=False, was_disk_used=lambda: False)
    key = new_key()
    both.put(key, b"in the bucket")
    assert both.size(key) == 13
    with pytest.raises(MissingError):
        both.size(new_key())


def test_what_was_on_a_disk_that_is_away_is_not_taken_for_lost(pair: Pair, tmp_path: Path) -> None:
    both = BothStorages(
        LocalStorage(tmp_path / "not mounted"), pair.bucket, is_local_main=False, was_disk_used=lambda: True
    )
    key = new_key()
    both.put(key, b"in the bucket")
    assert both.size(key) == 13
    with pytest.raises(StorageUnavailableError, match="mount"), both.local_copy(new_key()):
        pass


def test_files_are_deleted_while_the_other_one_is_away(pair: Pair, seaweed: ObjectStorage, tmp_path: Path) -> None:
    nowhere = replace(seaweed.new_bucket(), endpoint_url="http://127.0.0.1:1")
    away = S3Storage(nowhere, LocalCopies(tmp_path / "copies"))
    both = BothStorages(pair.local, away, is_local_main=True, was_disk_used=lambda: True)
    key = new_key()
    both.put(key, b"on the disk")
    both.delete(key)
    assert [*pair.local.list()] == []


def test_a_disk_that_is_away_is_not_taken_for_an_empty_one(pair: Pair, tmp_path: Path) -> None:
    both = BothStorages(
        LocalStorage(tmp_path / "not mounted"), pair.bucket, is_local_main=True, was_disk_used=lambda: True
    )
    with pytest.raises(StorageUnavailableError):
        both.size(new_key())
