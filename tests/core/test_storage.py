"""What every storage does, whatever it keeps files in."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest

from clipflow.core.errors import ConflictError, MissingError, StorageUnavailableError, UnavailableError
from clipflow.core.storage import s3
from clipflow.core.storage.both import BothStorages
from clipflow.core.storage.copies import LocalCopies
from clipflow.core.storage.keys import key_for, quarantine_key
from clipflow.core.storage.local import LocalStorage
from clipflow.core.storage.protocol import Storage, check_room
from clipflow.core.storage.s3 import S3Storage
from clipflow.core.storage.writing import StorageWriter

IMPLEMENTATIONS = ("local", "s3", "both, new files on the disk", "both, new files in the bucket")
MIB = 1024**2
# Its first bytes are nobody's, so that a read fails as on a broken disk.
UNREADABLE = Path("/proc/self/mem")


@pytest.fixture(params=IMPLEMENTATIONS)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty storage of each kind."""
    made: Storage
    local = LocalStorage(tmp_path / "media")
    if request.param == "local":
        made = local
    else:
        bucket = S3Storage(request.getfixturevalue("seaweed").new_bucket(), LocalCopies(tmp_path / "copies"))
        is_local_main = "disk" in request.param
        both = BothStorages(local, bucket, is_local_main=is_local_main, was_disk_used=lambda: False)
        made = bucket if request.param == "s3" else both
    made.claim("this installation")
    return made


@pytest.fixture
def key() -> str:
    return key_for("media", str(uuid4()), ".mp4")


def content_of(storage: Storage, key: str, start: int = 0, end: int | None = None) -> bytes:
    with storage.open_range(key, start, end) as file:
        return file.read() if end is None else file.read(end - start)


def keys_in(storage: Storage) -> set[str]:
    return {one.key for one in storage.list()}


def test_it_gives_back_what_was_put(storage: Storage, key: str) -> None:
    storage.put(key, b"some bytes")
    assert content_of(storage, key) == b"some bytes"


def test_it_replaces_what_is_put_again(storage: Storage, key: str) -> None:
    storage.put(key, b"the first, which is longer")
    storage.put(key, b"the second")
    assert content_of(storage, key) == b"the second"


def test_it_keeps_an_empty_file(storage: Storage, key: str) -> None:
    storage.put(key, b"")
    assert content_of(storage, key) == b""


def test_it_opens_a_file_at_a_byte(storage: Storage, key: str) -> None:
    storage.put(key, b"0123456789")
    assert content_of(storage, key, 3, 7) == b"3456"


def test_it_lends_tools_a_path(storage: Storage, key: str) -> None:
    storage.put(key, b"some bytes")
    with storage.local_copy(key) as path:
        assert path.read_bytes() == b"some bytes"


def test_it_lists_files_with_their_size_and_age(storage: Storage, key: str) -> None:
    storage.put(key, b"some bytes")
    [file] = storage.list()
    assert (file.key, file.size_bytes) == (key, 10)
    assert abs(file.modified_at.timestamp() - time.time()) < 60


def test_it_moves_a_file(storage: Storage, key: str) -> None:
    storage.put(key, b"some bytes")
    target = key_for("tracks", str(uuid4()))
    storage.move(key, target)
    assert keys_in(storage) == {target}
    assert content_of(storage, target) == b"some bytes"


def test_it_deletes_a_file_once_and_again(storage: Storage, key: str) -> None:
    storage.put(key, b"some bytes")
    storage.delete(key)
    storage.delete(key)
    assert keys_in(storage) == set()


def test_it_says_that_a_file_is_missing(storage: Storage, key: str) -> None:
    with pytest.raises(MissingError):
        storage.size(key)
    with pytest.raises(MissingError):
        storage.open_range(key)
    with pytest.raises(MissingError):
        storage.move(key, key_for("media", str(uuid4())))
    with pytest.raises(MissingError), storage.local_copy(key):
        pass


@pytest.mark.parametrize("wrong", ["", "media", "../etc/passwd", "media/aa/../../x", "/etc/passwd", "MEDIA/aa/x"])
def test_it_takes_no_key_that_is_not_ours(storage: Storage, wrong: str) -> None:
    with pytest.raises(ValueError, match="key"):
        storage.put(wrong, b"x")


def test_it_puts_parts_together_in_whatever_order_they_come(storage: Storage, key: str) -> None:
    parts = [bytes([number]) * 5 * MIB for number in range(2)] + [b"the end"]
    upload_id = storage.begin(key, part_size_bytes=5 * MIB, expected_bytes=10 * MIB + 7)
    for number in (3, 1, 2, 1):
        storage.part(upload_id, number, parts[number - 1])
    assert keys_in(storage) == set()
    storage.complete(upload_id)
    assert content_of(storage, key) == b"".join(parts)


def test_it_says_which_parts_have_arrived(storage: Storage, key: str) -> None:
    upload_id = storage.begin(key, part_size_bytes=5 * MIB, expected_bytes=10 * MIB)
    assert upload_id.endswith(f":{key}")
    assert list(storage.parts(upload_id)) == []
    etags = [storage.part(upload_id, number, data * 5 * MIB) for number, data in ((2, b"b"), (1, b"x"))]
    # Some stores know which came last by the second.
    time.sleep(1.1)
    etags.append(storage.part(upload_id, 1, b"a" * 5 * MIB))
    assert [(one.number, one.size_bytes, one.etag) for one in storage.parts(upload_id)] == [
        (1, 5 * MIB, etags[2]), (2, 5 * MIB, etags[0]),
    ]  # fmt: skip
    assert len(set(etags)) == 3
    storage.complete(upload_id)
    assert storage.size(key) == 10 * MIB
    with pytest.raises(MissingError):
        storage.parts(upload_id)


def test_it_is_made_of_the_parts_that_were_looked_at_and_no_others(storage: Storage, key: str) -> None:
    upload_id = storage.begin(key, part_size_bytes=5 * MIB, expected_bytes=5 * MIB)
    storage.part(upload_id, 1, b"a" * 5 * MIB)
    seen = storage.parts(upload_id)
    # Some stores know which came last by the second.
    time.sleep(1.1)
    storage.part(upload_id, 1, b"b" * 5 * MIB)
    with pytest.raises(ConflictError, match="confirm the upload once more"):
        storage.complete(upload_id, seen)
    with pytest.raises(MissingError):
        storage.completed_size(upload_id)
    storage.complete(upload_id, storage.parts(upload_id))
    assert storage.completed_size(upload_id) == 5 * MIB


def test_what_is_said_of_a_part_is_what_is_there_whoever_sends_it(storage: Storage, key: str) -> None:
    upload_id = storage.begin(key, part_size_bytes=5 * MIB, expected_bytes=5 * MIB)
    pieces = {storage.part(upload_id, 1, letter * 5 * MIB): letter for letter in (b"a", b"b")}
    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda letter: storage.part(upload_id, 1, letter * 5 * MIB), (b"a", b"b")))
    time.sleep(1.1)
    last = storage.part(upload_id, 1, b"a" * 5 * MIB)
    [there] = storage.parts(upload_id)
    assert there.etag == last
    storage.complete(upload_id, [there])
    assert content_of(storage, key) == pieces[there.etag] * 5 * MIB


def test_whoever_sends_a_part_of_the_disk_ends_before_another_begins(tmp_path: Path, key: str) -> None:
    storage = LocalStorage(tmp_path / "media")
    storage.claim("this installation")
    for _ in range(12):
        upload_id = storage.begin(key, part_size_bytes=4 * MIB, expected_bytes=None)
        send = partial(storage.part, upload_id, 1)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(send, [letter * 4 * MIB for letter in (b"a", b"b", b"c", b"d")]))
        [there] = storage.parts(upload_id)
        storage.complete(upload_id, [there])
        with storage.open_range(key) as file:
            assert sha256(file.read()).hexdigest() == there.etag


def test_parts_come_side_by_side(storage: Storage, key: str) -> None:
    upload_id = storage.begin(key, part_size_bytes=5 * MIB, expected_bytes=40 * MIB)
    pieces = [bytes([number]) * 5 * MIB for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: storage.part(upload_id, number + 1, pieces[number]), [*range(8), *range(8)]))
    assert [one.number for one in storage.parts(upload_id)] == list(range(1, 9))
    storage.complete(upload_id)
    assert content_of(storage, key) == b"".join(pieces)


def test_a_note_that_a_killed_process_left_unfinished_counts_for_nothing(tmp_path: Path, key: str) -> None:
    storage = LocalStorage(tmp_path / "media")
    storage.claim("this installation")
    upload_id = storage.begin(key, part_size_bytes=MIB, expected_bytes=None)
    [file] = (tmp_path / "media" / "incoming").glob("*.part")
    file.with_suffix(".arrived").write_text("\n1 10")
    storage.part(upload_id, 2, b"some")
    assert [one.number for one in storage.parts(upload_id)] == [2]


def test_it_forgets_an_upload_that_is_aborted(storage: Storage, key: str) -> None:
    upload_id = storage.begin(key, part_size_bytes=5 * MIB, expected_bytes=None)
    storage.part(upload_id, 1, b"some")
    storage.abort(upload_id)
    storage.abort(upload_id)
    with pytest.raises(MissingError):
        storage.part(upload_id, 2, b"more")
    with pytest.raises(MissingError):
        storage.complete(upload_id)
    assert keys_in(storage) == set()


def test_it_finds_uploads_that_nobody_goes_on_with(storage: Storage, key: str) -> None:
    upload_id = storage.begin(key, part_size_bytes=5 * MIB, expected_bytes=None)
    assert list(storage.abandoned_uploads(older_than_s=3600)) == []
    [abandoned] = storage.abandoned_uploads(older_than_s=-1)
    storage.abort(abandoned)
    with pytest.raises(MissingError):
        storage.complete(upload_id)
    assert list(storage.abandoned_uploads(older_than_s=-1)) == []


def test_it_refuses_what_has_no_room(storage: Storage, key: str) -> None:
    capacity = storage.capacity()
    if capacity is None:
        pytest.skip("this storage has no end")
    with pytest.raises(UnavailableError, match="no room"):
        check_room(storage, capacity.free_bytes)
    with pytest.raises(UnavailableError, match="no room"):
        storage.begin(key, part_size_bytes=MIB, expected_bytes=capacity.total_bytes)


def test_it_signs_an_address_or_says_that_our_own_server_answers(storage: Storage, key: str) -> None:
    storage.put(key, b"some bytes")
    address = storage.url(key, valid_for_s=60, file_name="talk.mp4", mime_type="video/mp4")
    assert address is None or address.startswith("http")


# Written while it comes in


def test_a_writer_stores_what_it_is_given_piece_by_piece(storage: Storage, key: str) -> None:
    pieces = [bytes([number % 251]) * (300_000 + number) for number in range(40)]
    with StorageWriter(storage, key) as writer:
        for piece in pieces:
            writer.write(piece)
        assert writer.size_bytes == sum(map(len, pieces))
        assert writer.complete() == key
    assert content_of(storage, key) == b"".join(pieces)


def test_a_writer_that_is_left_early_stores_nothing(storage: Storage, key: str) -> None:
    with StorageWriter(storage, key) as writer:
        writer.write(b"x" * 9 * MIB)
    assert keys_in(storage) == set()
    assert list(storage.abandoned_uploads(older_than_s=-1)) == []


def test_the_rest_of_an_upload_that_cannot_be_removed_stops_nothing(tmp_path: Path, key: str) -> None:
    storage = LocalStorage(tmp_path)
    with StorageWriter(storage, key) as writer:
        [path] = (tmp_path / "incoming").iterdir()
        path.unlink()
        # What cannot be unlinked: a folder in the file's place.
        path.mkdir()
        writer.discard()
    assert path.is_dir()


def test_it_carries_the_id_of_its_installation(storage: Storage) -> None:
    storage.claim("one")
    storage.claim("another")
    assert storage.owner() == "another"


def test_files_in_quarantine_are_listed_apart(storage: Storage, key: str) -> None:
    storage.put(key, b"some bytes")
    storage.move(key, quarantine_key(key))
    assert keys_in(storage) == set()
    assert [one.key for one in storage.list(in_quarantine=True)] == [quarantine_key(key)]


@pytest.mark.parametrize("storage", ["local"], indirect=True)
def test_a_file_that_was_moved_counts_as_modified_then(storage: Storage, key: str, tmp_path: Path) -> None:
    storage.put(key, b"some bytes")
    os.utime(tmp_path / "media" / key, (0, 0))
    storage.move(key, quarantine_key(key))
    [file] = storage.list(in_quarantine=True)
    assert abs(file.modified_at.timestamp() - time.time()) < 60


class InterruptedCopyError(Exception):
    """Somebody has had enough."""


@pytest.mark.parametrize("storage", ["s3"], indirect=True)
def test_whoever_waits_for_a_copy_ends_it(
    storage: Storage, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "_WAIT_S", 0.0)
    storage.put(key, bytes(64 * 1024**2))
    asked = 0

    def wait() -> None:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise InterruptedCopyError

    with pytest.raises(InterruptedCopyError), storage.local_copy(key, wait):
        pytest.fail("the copy was whole")
    assert asked == 3
    assert list((tmp_path / "copies").iterdir()) == []


@pytest.mark.parametrize("storage", ["local"], indirect=True)
def test_nothing_is_missing_from_a_storage_that_is_not_there(storage: Storage, key: str, tmp_path: Path) -> None:
    storage.put(key, b"some bytes")
    (tmp_path / "media").rename(tmp_path / "elsewhere")
    with pytest.raises(StorageUnavailableError):
        storage.open_range(key)
    with pytest.raises(StorageUnavailableError), storage.local_copy(key):
        pass


@pytest.mark.skipif(not UNREADABLE.exists(), reason="needs a file that cannot be read")
def test_a_disk_that_fails_while_a_file_is_read_is_a_storage_that_is_away(tmp_path: Path, key: str) -> None:
    storage = LocalStorage(tmp_path)
    storage.claim("mine")
    storage.put(key, b"some bytes")
    (tmp_path / key).unlink()
    (tmp_path / key).symlink_to(UNREADABLE)
    for size in (-1, 10):
        with storage.open_range(key) as file, pytest.raises(StorageUnavailableError):
            file.read(size)


def test_what_cannot_be_changed_is_said(tmp_path: Path, key: str) -> None:
    storage = LocalStorage(tmp_path)
    storage.claim("mine")
    # Where the file would be there is a folder, which cannot be unlinked as a file is.
    (tmp_path / key / "inner").mkdir(parents=True)
    with pytest.raises(StorageUnavailableError):
        storage.delete(key)
    storage.put(key_for("media", str(uuid4())), b"bytes")
    [stored] = [one.key for one in storage.list() if one.size_bytes == 5]
    with pytest.raises(UnavailableError):
        storage.move(stored, key)


def test_a_folder_that_cannot_be_made_cannot_be_claimed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageUnavailableError):
        LocalStorage(tmp_path / "file" / "media").claim("mine")


def test_nothing_is_made_where_the_folder_is_away(tmp_path: Path, key: str) -> None:
    storage = LocalStorage(tmp_path / "media")
    with pytest.raises((UnavailableError, StorageUnavailableError)):
        storage.begin(key, part_size_bytes=4, expected_bytes=None)
    assert not (tmp_path / "media").exists()


def test_a_part_that_is_written_while_an_upload_is_aborted_leaves_nothing(tmp_path: Path, key: str) -> None:
    storage = LocalStorage(tmp_path / "media")
    storage.claim("this installation")
    for _ in range(20):
        upload_id = storage.begin(key, part_size_bytes=MIB, expected_bytes=None)

        def write(number: int, upload_id: str = upload_id) -> None:
            with suppress(MissingError):
                storage.part(upload_id, number, b"x" * MIB)

        with ThreadPoolExecutor(4) as pool:
            writing = [pool.submit(write, number) for number in range(1, 5)]
            storage.abort(upload_id)
            for one in writing:
                one.result()
        assert list((tmp_path / "media" / "incoming").iterdir()) == []
