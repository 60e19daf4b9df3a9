"""Recordings move from the disk into a bucket and back while people work."""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from clipflow import registry
from clipflow.core import clock
from clipflow.core.db import connected, database
from clipflow.core.errors import ConflictError, StorageUnavailableError
from clipflow.core.storage.copies import LocalCopies
from clipflow.core.storage.keys import key_for
from clipflow.core.storage.local import LocalStorage
from clipflow.core.storage.protocol import Storage
from clipflow.core.storage.s3 import Bucket, S3Storage
from clipflow.operations import moving_files
from clipflow.operations import service as operations
from clipflow.operations.moving_files import Moved, move_files
from tests.object_storage import ObjectStorage
from tests.service.conftest import Service, build_service, environment_of
from tests.service.processes import Caller, Installation, installed
from tests.service.test_object_storage import settings_of


@pytest.fixture
def bucket(seaweed: ObjectStorage) -> Bucket:
    return seaweed.new_bucket()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with installed(environment_of("embedded", tmp_path / "data", None)) as made:
        yield made


def run(installation: Installation, *arguments: str, **environment: str) -> tuple[int, str]:
    process = installation.start(*arguments, environment=environment)
    return process.wait(60), process.log


def start_with(installation: Installation, storage: str, bucket: Bucket) -> Caller:
    """Serve with new files going there, and the other one known."""
    for process in installation.processes:
        process.stop()
    installation.environment.update({**settings_of(bucket), "STORAGE_TYPE": storage})
    return Caller(installation.serve())


def content(caller: Caller, media_id: str) -> bytes:
    return caller.call("GET", f"/media/{media_id}/file").content


# Three quarters of a minute; each step of it has a test of its own.
@pytest.mark.exhaustive
def test_recordings_move_into_a_bucket_and_back_and_play_all_the_time(
    installation: Installation, bucket: Bucket, seaweed: ObjectStorage, clip: Path
) -> None:
    caller = Caller(installation.serve())
    project_id = caller.make_project()
    first = caller.upload(project_id, clip)
    caller.wait_for_status(caller.analyze(first), "completed")
    caller = start_with(installation, "s3", bucket)
    second = caller.upload(project_id, clip)
    assert content(caller, first) == content(caller, second) == clip.read_bytes()
    assert len([name for name in installation.files() if name.endswith(".mp4")]) == 1
    # Of both kinds, at the same time: an analysis of what is still on the disk, with its tracks in the bucket.
    caller.wait_for_status(caller.analyze(first), "completed")

    status, log = run(installation, "storage", "migrate", "--to", "s3", "--dry-run")
    assert (status, "would be moved" in log) == (0, True), log
    status, log = run(installation, "storage", "migrate", "--to", "s3")
    assert (status, "are moved" in log) == (0, True), log
    assert all(name.startswith("quarantine/") for name in installation.files())
    assert content(caller, first) == clip.read_bytes()
    assert caller.get(f"/media/{first}/waveform?points=100")["peaks"]
    assert "0 files" in run(installation, "storage", "migrate", "--to", "s3")[1]

    caller = start_with(installation, "local", bucket)
    assert run(installation, "storage", "migrate", "--to", "local")[0] == 0
    assert content(caller, first) == content(caller, second) == clip.read_bytes()
    assert {key.removeprefix(bucket.prefix).split("/")[0] for key in seaweed.keys_in(bucket)} == {
        "quarantine", "installation.txt",
    }  # fmt: skip


@pytest.mark.exhaustive
def test_a_move_whose_process_is_killed_goes_on(installation: Installation, bucket: Bucket, clip: Path) -> None:
    caller = Caller(installation.serve())
    project_id = caller.make_project()
    recordings = [caller.upload(project_id, clip) for _ in range(6)]
    caller = start_with(installation, "s3", bucket)
    process = installation.start("storage", "migrate", "--to", "s3")
    process.wait_for("file 2 of 6")
    process.send(signal.SIGKILL)
    process.wait(20)
    assert [content(caller, one) for one in recordings] == [clip.read_bytes()] * 6
    assert run(installation, "storage", "migrate", "--to", "s3")[0] == 0
    assert [content(caller, one) for one in recordings] == [clip.read_bytes()] * 6
    assert all(name.startswith("quarantine/") for name in installation.files())


@pytest.fixture
def moving(tmp_path: Path, bucket: Bucket, clip: Path) -> Iterator[Service]:
    """A service whose new files go to a bucket, with a recording that is still on the disk."""
    was = database.obj
    values = environment_of("embedded", tmp_path / "moving", None)
    before = build_service(values)
    alice = before.person("alice")
    alice.upload(alice.make_project(), clip)
    database.close_all()
    yield build_service({**values, **settings_of(bucket)})
    database.close_all()
    database.initialize(was)


def move(service: Service) -> Moved:
    return move_files(service.resources, registry.known_keys, "s3", is_dry_run=False, on_step=lambda step: None)


def clean_up(service: Service, in_days: int) -> operations.CleanUp:
    later = clock.now() + timedelta(days=in_days)
    with connected():
        return operations.clean_up(service.resources, registry.known_keys, later, is_dry_run=False)


def test_what_was_moved_waits_a_week_where_it_was(moving: Service) -> None:
    move(moving)
    assert clean_up(moving, 6).recovered_files == []
    assert len(moving.stored_files()) == 1
    assert len(clean_up(moving, 8).deleted_files) == 1
    assert moving.stored_files() == []


def test_a_copy_that_is_not_what_was_sent_is_not_kept(moving: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as damaged:
        damaged.setattr(moving_files.StorageWriter, "write", lambda self, data: len(data))
        moved = move(moving)
    [problem] = moved.problems
    assert "did not arrive as it was sent" in problem
    assert (moved.count, moved.total_bytes) == (0, 0)
    [name] = moving.stored_files()
    assert name.startswith("media/")
    assert move(moving).count == 1


def test_a_file_that_cannot_be_read_does_not_keep_the_others(
    moving: Service, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [bad] = moving.stored_files()
    disk = LocalStorage(moving.settings.storage_folder)
    good = key_for("media", str(uuid4()), ".mp4")
    disk.put(good, clip.read_bytes())
    read = moving_files.digest_of

    def digest_of(storage: Storage, key: str) -> str:
        if key == bad:
            raise StorageUnavailableError("The storage cannot be reached (Input/output error).")
        return read(storage, key)

    with monkeypatch.context() as broken:
        broken.setattr(moving_files, "digest_of", digest_of)
        moved = move_files(moving.resources, lambda: {bad, good}, "s3", is_dry_run=False, on_step=lambda step: None)
    assert moved.count == 1
    assert [problem.split(":")[0] for problem in moved.problems] == [bad]
    assert [one.key for one in disk.list()] == [bad]


def test_what_half_arrived_before_is_replaced(moving: Service, bucket: Bucket, tmp_path: Path, clip: Path) -> None:
    [key] = moving.stored_files()
    there = S3Storage(bucket, LocalCopies(tmp_path / "copies"))
    there.put(key, os.urandom(clip.stat().st_size))
    move(moving)
    with there.open_range(key) as file:
        assert file.read() == clip.read_bytes()


def test_files_are_moved_only_to_where_new_ones_go(moving: Service) -> None:
    with pytest.raises(ConflictError, match="set STORAGE_TYPE=local"):
        move_files(moving.resources, registry.known_keys, "local", is_dry_run=False, on_step=lambda step: None)


def test_nothing_is_moved_from_a_folder_of_another_installation(moving: Service) -> None:
    LocalStorage(moving.settings.storage_folder).claim("00000000-0000-4000-8000-000000000000")
    with pytest.raises(ConflictError, match="another installation"):
        move(moving)


def test_an_installation_without_a_bucket_says_so(service: Service) -> None:
    with pytest.raises(ConflictError, match="S3_BUCKET_NAME"):
        move_files(service.resources, registry.known_keys, "s3", is_dry_run=True, on_step=lambda step: None)
