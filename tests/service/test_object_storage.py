"""Recordings in a bucket: sent there by whoever has an address, played from there, and analysed on other machines."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from clipflow.core.storage.copies import LocalCopies
from clipflow.core.storage.s3 import Bucket, S3Storage
from clipflow.operations.bucket import BucketError, checks
from scripts.databases import own_database
from scripts.running import free_port
from tests.conftest import SAMPLE, write_sound
from tests.object_storage import ObjectStorage
from tests.service.conftest import DATABASE_URL, Servers, environment_of
from tests.service.processes import Caller, Installation, installed, wait_until

MIB = 1024**2
PART = 16 * MIB


def settings_of(bucket: Bucket) -> dict[str, str]:
    return {
        "STORAGE_TYPE": "s3", "S3_BUCKET_NAME": bucket.name, "S3_ACCESS_KEY": bucket.access_key,
        "S3_SECRET_KEY": bucket.secret_key, "S3_ENDPOINT_URL": bucket.endpoint_url, "S3_PREFIX": bucket.prefix,
    }  # fmt: skip


@dataclass
class Remote:
    """An installation whose recordings are in a bucket, and somebody who uses it."""

    installation: Installation
    caller: Caller
    project_id: str
    bucket: Bucket
    store: ObjectStorage

    def announce(self, size: int) -> Any:
        body = {"project_id": self.project_id, "filename": "talk.wav", "content_type": "audio/wav", "file_size": size}
        return self.caller.call("POST", "/upload/presigned", json=body).json()

    def addresses(self, file_id: str, *numbers: int) -> Any:
        return self.caller.call("POST", f"/upload/{file_id}/parts", json={"part_numbers": numbers}).json()["parts"]

    def send(self, file: Path) -> str:
        """Send a file in parts, straight to the bucket; returns the id of the recording."""
        content = file.read_bytes()
        announced = self.announce(len(content))
        for one in self.addresses(announced["file_id"], *range(1, announced["part_count"] + 1)):
            start = (one["part_number"] - 1) * PART
            assert requests.put(one["url"], data=content[start : start + one["size"]], timeout=30).ok
        confirmed = self.caller.call("POST", f"/upload/confirm/{announced['file_id']}")
        assert confirmed.status_code in (200, 202), confirmed.text
        return str(announced["file_id"])


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty MiB of sound, in two parts."""
    return write_sound(tmp_path_factory.mktemp("remote") / "talk.wav", 20)


@pytest.fixture(scope="module")
def remote(seaweed: ObjectStorage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    bucket = seaweed.new_bucket()
    values = environment_of("embedded", tmp_path_factory.mktemp("remote-data"), None)
    with installed({**values, **settings_of(bucket)}) as installation:
        address = installation.serve()
        caller = Caller(address)
        yield Remote(installation, caller, caller.make_project(), bucket, seaweed)


@pytest.fixture(scope="module")
def media_id(remote: Remote, recording: Path) -> str:
    return remote.send(recording)


def test_what_is_sent_in_parts_is_in_the_bucket_and_comes_back(remote: Remote, media_id: str, recording: Path) -> None:
    content = remote.caller.call("GET", f"/media/{media_id}/file").content
    assert content == recording.read_bytes()
    assert remote.store.uploads_in(remote.bucket) == []
    assert [name for name in remote.installation.files() if not name.startswith("incoming/")] == []


def test_a_form_upload_goes_to_the_bucket_too(remote: Remote) -> None:
    before = remote.store.keys_in(remote.bucket)
    media_id = remote.caller.upload(remote.project_id, SAMPLE)
    assert remote.caller.call("GET", f"/media/{media_id}/file").content == SAMPLE.read_bytes()
    assert len(remote.store.keys_in(remote.bucket)) == len(before) + 1
    assert remote.caller.call("DELETE", f"/media/{media_id}").status_code == 200
    wait_until(lambda: remote.store.keys_in(remote.bucket) == before)


def test_a_range_is_answered_by_four_mebibytes_at_most(remote: Remote, media_id: str, recording: Path) -> None:
    content, path = recording.read_bytes(), f"/media/{media_id}/file"
    whole = remote.caller.call("GET", path, headers={"Range": "bytes=0-"})
    assert (whole.status_code, whole.content) == (206, content[: 4 * MIB])
    assert whole.headers["Content-Range"] == f"bytes 0-{4 * MIB - 1}/{len(content)}"
    end = remote.caller.call("GET", path, headers={"Range": "bytes=-100"})
    assert end.content == content[-100:]
    head = remote.caller.call("HEAD", path)
    assert int(head.headers["Content-Length"]) == len(content)


def test_an_analysis_takes_a_copy_that_is_gone_afterwards(remote: Remote) -> None:
    analysis_id = remote.caller.analyze(remote.caller.upload(remote.project_id, SAMPLE))
    remote.caller.wait_for_status(analysis_id, "completed")
    assert len(remote.caller.get(f"/analysis/{analysis_id}")["analysis_result"]["segments"]) == 27
    assert list((remote.installation.folder / "copies").iterdir()) == []


def test_a_stranger_puts_what_the_address_says_and_nothing_else(remote: Remote) -> None:
    announced = remote.announce(PART + 5)
    first, last = remote.addresses(announced["file_id"], 1, 2)
    assert (last["size"], last["url"].startswith(remote.bucket.endpoint_url)) == (5, True)
    refused = [
        requests.put(last["url"], data=b"123456", timeout=20),
        requests.put(last["url"], data=b"1234", timeout=20),
        requests.put(last["url"].replace("partNumber=2", "partNumber=1"), data=b"12345", timeout=20),
        requests.put(last["url"].replace("X-Amz-Expires=900", "X-Amz-Expires=90000"), data=b"12345", timeout=20),
        requests.get(last["url"], timeout=20),
        requests.put(first["url"].split("?")[0], data=b"12345", timeout=20),
    ]
    assert [one.status_code for one in refused] == [403] * len(refused)
    assert requests.put(last["url"], data=b"12345", timeout=20).ok
    [part] = remote.caller.get(f"/upload/{announced['file_id']}/parts")["parts"]
    assert (part["part_number"], part["size"]) == (2, 5)
    missing = remote.caller.call("POST", f"/upload/confirm/{announced['file_id']}").json()["error"]
    assert (missing["code"], missing["details"]) == ("PARTS_MISSING", {"part_numbers": [1]})
    assert remote.caller.call("DELETE", f"/upload/{announced['file_id']}").status_code == 204
    assert remote.store.uploads_in(remote.bucket) == []


def test_a_browser_of_another_origin_may_put_parts_and_read_their_etag(remote: Remote) -> None:
    announced = remote.announce(5)
    [only] = remote.addresses(announced["file_id"], 1)
    origin = {"Origin": "https://clips.example.org"}
    asked = requests.options(only["url"], headers={**origin, "Access-Control-Request-Method": "PUT"}, timeout=20)
    assert asked.ok
    assert "PUT" in asked.headers["Access-Control-Allow-Methods"]
    sent = requests.put(only["url"], data=b"12345", headers=origin, timeout=20)
    assert "etag" in sent.headers["Access-Control-Expose-Headers"].lower()
    assert remote.caller.call("DELETE", f"/upload/{announced['file_id']}").status_code == 204


def test_nobody_reads_the_bucket_without_an_address(remote: Remote, media_id: str) -> None:
    [key] = [one for one in remote.store.keys_in(remote.bucket) if one.endswith(".wav")]
    address = f"{remote.bucket.endpoint_url}/{remote.bucket.name}"
    assert requests.get(f"{address}/{key}", timeout=20).status_code == 403
    assert requests.get(address, timeout=20).status_code == 403


def test_whole_recordings_are_downloaded_one_after_another_for_ever(
    remote: Remote, media_id: str, recording: Path
) -> None:
    for _ in range(5):
        assert remote.caller.call("GET", f"/media/{media_id}/file").content == recording.read_bytes()


def test_a_download_that_is_broken_off_is_over(remote: Remote, media_id: str) -> None:
    for _ in range(5):
        with remote.caller.call("GET", f"/media/{media_id}/file", stream=True) as answer:
            assert answer.status_code == 200
        wait_until(lambda: remote.caller.call("HEAD", f"/media/{media_id}/file").ok)


def test_a_browser_is_sent_to_the_bucket_where_that_is_wanted(remote: Remote, media_id: str, recording: Path) -> None:
    _, address = remote.installation.start_web({"S3_DELIVERY": "redirect", "MEDIA_URL_TTL_S": "60"})
    caller = Caller(address)
    sent = caller.call("GET", f"/media/{media_id}/file", allow_redirects=False)
    assert (sent.status_code, sent.headers["Cache-Control"]) == (302, "no-store")
    there = sent.headers["Location"]
    assert "X-Amz-Expires=60" in there
    part = requests.get(there, headers={"Range": "bytes=100-199"}, timeout=20)
    assert (part.status_code, part.content) == (206, recording.read_bytes()[100:200])
    assert part.headers["Content-Type"] == "audio/wav"
    assert caller.call("HEAD", f"/media/{media_id}/file", allow_redirects=False).status_code == 200
    page = requests.get(f"{address}/sign-in", timeout=20).headers["Content-Security-Policy"]
    assert f"media-src 'self' {remote.bucket.endpoint_url};" in page
    assert f"connect-src 'self' {remote.bucket.endpoint_url};" in page


def test_the_doctor_tries_all_that_is_asked_of_a_bucket(remote: Remote) -> None:
    process = remote.installation.start("doctor", environment={"PUBLIC_URL": "https://clips.example.org"})
    process.wait()
    said = process.wait_for(r"(?s).*").string
    for name in ("write, read, delete", "uploads in parts", "browsers (CORS)", "strangers", "clock"):
        assert f"bucket: {name}" in said
    assert said.count("as it should be") == 5
    assert remote.store.uploads_in(remote.bucket) == []


def test_the_doctor_says_what_is_missing_in_the_rules_for_browsers(remote: Remote) -> None:
    rules = {"AllowedOrigins": ["https://other.example.org"], "AllowedMethods": ["GET"], "AllowedHeaders": ["*"]}
    client, name = remote.store.client, remote.bucket.name
    client.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [rules]})
    try:
        storage = S3Storage(remote.bucket, LocalCopies(remote.installation.folder / "copies"))
        with pytest.raises(BucketError, match=r"Allow PUT and GET from https://clips\.example\.org"):
            dict(checks(storage, "https://clips.example.org"))["bucket: browsers (CORS)"]()
    finally:
        remote.store.new_bucket()


def test_a_storage_that_is_away_is_said_and_loses_nothing(
    tmp_path: Path, recording: Path, seaweed: ObjectStorage
) -> None:
    bucket, port = seaweed.new_bucket(), free_port()
    values = {**environment_of("embedded", tmp_path, None), **settings_of(bucket)}
    with installed(values) as installation:
        _, address = installation.start_web()
        caller = Caller(address)
        remote = Remote(installation, caller, caller.make_project(), bucket, seaweed)
        media_id = remote.send(recording)
        away = {"S3_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        _, other = installation.start_web(away)
        caller.move_to(other)
        refused = [
            caller.call("GET", f"/media/{media_id}/file", headers={"Range": "bytes=0-9"}),
            caller.call(
                "POST", f"/projects/{remote.project_id}/upload", files={"file": ("a.mp4", SAMPLE.read_bytes())}
            ),
        ]
        assert [one.status_code for one in refused] == [503, 503]
        assert refused[0].json()["error"]["message"].startswith("The stored files cannot be reached")
        caller.move_to(address)
        assert caller.call("GET", f"/media/{media_id}/file").content == recording.read_bytes()


# Half a minute, with four processes.
@pytest.mark.exhaustive
def test_machines_without_a_common_disk_share_the_work(
    tmp_path: Path, seaweed: ObjectStorage, request: pytest.FixtureRequest
) -> None:
    if not DATABASE_URL:
        pytest.skip("CLIPFLOW_TEST_DATABASE_URL names no PostgreSQL to test on")
    shared: Servers = request.getfixturevalue("servers")
    bucket = seaweed.new_bucket()
    with own_database(DATABASE_URL) as url:
        values = {
            **environment_of("servers", tmp_path / "web", Servers(url, shared.queue_url)), **settings_of(bucket),
            "SECRET_KEY": "of-the-web-0123456789abcdefghij", "JWT_SECRET_KEY": "of-tokens-0123456789abcdefghijk",
        }  # fmt: skip
        with installed(values) as installation:
            _, address = installation.start_web()
            for name in ("one", "two"):
                installation.start_worker({"DATA_DIR": str(tmp_path / name), "WORKER_COUNT": "1"})
            caller = Caller(address)
            project_id = caller.make_project()
            media_ids = [caller.upload(project_id, SAMPLE) for _ in range(4)]
            with ThreadPoolExecutor(4) as pool:
                analyses = list(pool.map(caller.analyze, media_ids))
            for analysis_id in analyses:
                caller.wait_for_status(analysis_id, "completed")
            for media_id in media_ids:
                assert len(caller.get(f"/media/{media_id}/waveform?points=10")["peaks"]) == 10
