"""An object storage that goes away or answers wrongly, and workers that are killed while they copy from it."""

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from clipflow.core.errors import StorageUnavailableError
from clipflow.core.storage.copies import LocalCopies
from clipflow.core.storage.keys import key_for
from clipflow.core.storage.s3 import S3Storage
from scripts.lines import Line
from tests.conftest import write_sound
from tests.http_line import http_line
from tests.object_storage import ObjectStorage
from tests.service.conftest import environment_of
from tests.service.processes import Caller, installed, wait_until
from tests.service.test_object_storage import PART, Remote, settings_of

AWAY_S = 20
FAILED_COMPLETION = b'<?xml version="1.0"?><Error><Code>InternalError</Code><Message>Try again.</Message></Error>'


@pytest.fixture
def line(seaweed: ObjectStorage) -> Iterator[Line]:
    made = Line(seaweed.endpoint_url, 80)
    yield made
    made.close()


@pytest.fixture
def by_line(line: Line, seaweed: ObjectStorage, tmp_path: Path) -> Iterator[Remote]:
    """An installation that reaches its bucket by a line that can be cut; nothing of it is started but the web."""
    bucket = replace(seaweed.new_bucket(), endpoint_url=line.url)
    with installed({**environment_of("embedded", tmp_path / "data", None), **settings_of(bucket)}) as installation:
        _, address = installation.start_web()
        caller = Caller(address)
        yield Remote(installation, caller, caller.make_project(), bucket, seaweed)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty MiB of sound, in two parts."""
    return write_sound(tmp_path_factory.mktemp("faults") / "talk.wav", 20)


# Three quarters of a minute; the chaos that runs with every change takes storages away too.
@pytest.mark.exhaustive
@pytest.mark.timeout(180)
def test_a_storage_that_is_away_in_the_middle_of_everything_loses_nothing(
    by_line: Remote, line: Line, sound: Path
) -> None:
    caller, content = by_line.caller, sound.read_bytes()
    media_id = by_line.send(sound)
    announced = by_line.announce(len(content))["file_id"]
    first, second = by_line.addresses(announced, 1, 2)
    assert requests.put(first["url"], data=content[:PART], timeout=30).ok
    by_line.installation.start_worker()
    wait_until(lambda: caller.get(f"/media/{media_id}")["media_file"]["state"] == "ready")
    line.cut()
    away_until = time.monotonic() + AWAY_S
    analysis_id = caller.analyze(media_id)
    with pytest.raises(requests.ConnectionError):
        requests.put(second["url"], data=content[PART:], timeout=30)
    asked = [
        caller.call("GET", f"/media/{media_id}/file", headers={"Range": "bytes=0-99"}),
        caller.call("GET", f"/upload/{announced}/parts"),
        caller.call("POST", f"/upload/confirm/{announced}"),
    ]
    assert [one.status_code for one in asked] == [503, 503, 503]
    time.sleep(max(0.0, away_until - time.monotonic()))
    assert caller.status(analysis_id)["status"] in ("pending", "processing")
    line.mend()
    assert [one["part_number"] for one in caller.get(f"/upload/{announced}/parts")["parts"]] == [1]
    assert requests.put(second["url"], data=content[PART:], timeout=30).ok
    assert caller.call("POST", f"/upload/confirm/{announced}").status_code in (200, 202)
    wait_until(lambda: caller.get(f"/media/{announced}")["media_file"]["state"] == "ready")
    played = caller.call("GET", f"/media/{announced}/file", headers={"Range": f"bytes={PART - 5}-{PART + 4}"})
    assert played.content == content[PART - 5 : PART + 5]
    caller.wait_for_status(analysis_id, "completed", 60)


@pytest.mark.exhaustive
def test_a_worker_that_is_killed_while_it_copies_leaves_no_file_to_the_next(
    seaweed: ObjectStorage, tmp_path: Path, sound: Path
) -> None:
    is_slow, may_go_on = threading.Event(), threading.Event()

    def hold_reading(method: str, path: str) -> None:
        if is_slow.is_set() and method == "GET" and "/media/" in path:
            may_go_on.wait(30)

    with http_line(seaweed.endpoint_url, hold_reading) as endpoint:
        bucket = replace(seaweed.new_bucket(), endpoint_url=endpoint)
        values = {**environment_of("embedded", tmp_path / "data", None), **settings_of(bucket)}
        with installed(values) as installation:
            _, address = installation.start_web()
            caller = Caller(address)
            media_id = Remote(installation, caller, caller.make_project(), bucket, seaweed).send(sound)
            copies = installation.folder / "copies"
            worker = installation.start_worker()
            is_slow.set()
            analysis_id = caller.analyze(media_id)
            wait_until(lambda: [*copies.glob("*")])
            worker.kill()
            assert len([*copies.glob("*")]) == 1
            may_go_on.set()
            installation.start_worker()
            caller.wait_for_status(analysis_id, "completed", 60)
            assert [*copies.glob("*")] == []


@pytest.mark.parametrize("failures", [1, 99])
def test_a_completion_that_says_it_failed_within_a_success_is_not_believed(
    seaweed: ObjectStorage, tmp_path: Path, failures: int
) -> None:
    left = [failures]

    def fail_completions(method: str, path: str) -> tuple[int, bytes] | None:
        if method == "POST" and "uploadId=" in path and left[0]:
            left[0] -= 1
            return 200, FAILED_COMPLETION
        return None

    bucket, key = seaweed.new_bucket(), key_for("media", str(uuid4()), ".mp4")
    with http_line(seaweed.endpoint_url, fail_completions) as address:
        storage = S3Storage(replace(bucket, endpoint_url=address), LocalCopies(tmp_path))
        begun = storage.begin(key, part_size_bytes=PART, expected_bytes=None)
        storage.part(begun, 1, b"all of it")
        if failures > 3:
            with pytest.raises(StorageUnavailableError):
                storage.complete(begun)
            assert [one.size_bytes for one in storage.parts(begun)] == [9]
            left[0] = 0
        storage.complete(begun)
        assert storage.size(key) == 9


@pytest.mark.exhaustive
def test_work_waits_where_a_worker_has_no_room_for_a_copy(by_line: Remote, sound: Path) -> None:
    media_id = by_line.send(sound)
    # Where no folder can be made, as on a disk that is full.
    copies = by_line.installation.folder / "copies"
    shutil.rmtree(copies, ignore_errors=True)
    copies.write_text("no folder")
    worker = by_line.installation.start_worker()
    analysis_id = by_line.caller.analyze(media_id)
    worker.wait_for("waits for the storage")
    assert by_line.caller.status(analysis_id)["status"] in ("pending", "processing")
    copies.unlink()
    by_line.caller.wait_for_status(analysis_id, "completed", 60)
