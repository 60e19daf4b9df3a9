"""Uploads in parts in the browser: paused, without a network, after a reload, and nothing sent twice without need."""

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from clipflow.core.storage.s3 import Bucket
from tests.browser.conftest import MakeVisitor, Visitor, new_context, violations_of, visit
from tests.conftest import SAMPLE, write_sound
from tests.object_storage import ObjectStorage
from tests.service.conftest import environment_of
from tests.service.processes import Caller, Installation, installed, wait_until
from tests.service.test_object_storage import settings_of

MIB = 1024**2
# Of an address in the bucket; long enough for a page to load.
ADDRESS_LIFETIME_S = 8
PART = re.compile(r"/api/v1/upload/[0-9a-f-]{36}/parts/(\d+)\?|[?&]partNumber=(\d+)")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty MiB of sound, in three parts."""
    return write_sound(tmp_path_factory.mktemp("uploads") / "long.wav", 40)


@pytest.fixture
def owner(address: str, new_email: str) -> Caller:
    return Caller(address, new_email)


@pytest.fixture
def project_id(owner: Caller) -> str:
    return owner.make_project()


@pytest.fixture
def uploader(make_visitor: MakeVisitor, owner: Caller, new_email: str) -> Visitor:
    return make_visitor(new_email, bypass_csp=True)


@pytest.fixture
def page(uploader: Visitor, project_id: str) -> Page:
    return uploader.go(f"/projects/{project_id}")


@dataclass
class Sending:
    """Somebody who sends files to a project.

    Attributes:
        page: of the project.
        owner: the same person, talking to the server.
        parts: the numbers of the parts that the page has sent whole.
        line: how fast the page sends.
        left: what the storage holds of uploads and recordings, in its own words.
    """

    page: Page
    visitor: Visitor
    owner: Caller
    project_id: str
    parts: list[int]
    line: CDPSession
    left: Callable[[], list[str]]

    def begin(self, file: Path) -> None:
        """Send a file at eight MiB a second, until one part is there."""
        limit(self.line, 8 * MIB)
        self.page.locator("#files").set_input_files(file)
        wait_until(lambda: self.page.wait_for_timeout(50) or self.parts)

    def reload(self) -> None:
        self.visitor.expect_fault("ERR_ABORTED")
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.page.reload()

    def hurry(self) -> None:
        limit(self.line, -1)

    def expect_arrived(self, file: Path) -> None:
        """The file is there, and no part was sent twice."""
        expect(self.page.locator("#uploads > li")).to_have_count(0, timeout=60_000)
        [found] = self.owner.get(f"/projects/{self.project_id}")["project"]["media_files"]
        assert self.owner.call("GET", found["download_url"].removeprefix("/api/v1")).content == file.read_bytes()
        assert sorted(self.parts) == [1, 2, 3]


def parts_sent_by(page: Page) -> list[int]:
    """The numbers of the parts that a page sends whole from now on."""
    numbers: list[int] = []

    def see(response: Any) -> None:
        if response.request.method == "PUT" and response.ok and (found := PART.search(response.url)):
            numbers.append(int(found[1] or found[2]))

    page.on("response", see)
    return numbers


@pytest.fixture
def sent(page: Page) -> list[int]:
    """The numbers of the parts that the page has sent whole."""
    return parts_sent_by(page)


@pytest.fixture
def sending(
    page: Page, uploader: Visitor, owner: Caller, project_id: str, sent: list[int], installation: Installation
) -> Iterator[Sending]:
    line = page.context.new_cdp_session(page)
    yield Sending(page, uploader, owner, project_id, sent, line, lambda: uploaded(installation))
    limit(line, -1)


@pytest.fixture
def sending_to_bucket(chromium: Browser, seaweed: ObjectStorage, tmp_path: Path) -> Iterator[Sending]:
    with bucket_site(chromium, seaweed, tmp_path, "proxy") as (visitor, project_id, caller, bucket):
        page = visitor.go(f"/projects/{project_id}")
        line = page.context.new_cdp_session(page)

        def left() -> list[str]:
            begun = seaweed.client.list_multipart_uploads(Bucket=bucket.name, Prefix=bucket.prefix)
            keys = [key for key in seaweed.keys_in(bucket) if "/tracks/" not in f"/{key}"]
            return sorted(keys) + [one["Key"] for one in begun.get("Uploads", ())]

        yield Sending(page, visitor, caller, project_id, parts_sent_by(page), line, left)
        limit(line, -1)


@pytest.fixture(params=["disk", pytest.param("bucket", marks=pytest.mark.exhaustive)])
def sending_anywhere(request: pytest.FixtureRequest) -> Sending:
    """Somebody who sends files to a project, whatever storage is behind it."""
    found: Sending = request.getfixturevalue("sending" if request.param == "disk" else "sending_to_bucket")
    return found


def limit(session: CDPSession, bytes_per_second: int, *, is_offline: bool = False) -> None:
    """Let what a page sends be as fast as this, or nothing come through at all."""
    conditions = {"offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", conditions)
    # What the page is told of its network.
    session.send("Network.overrideNetworkState", conditions)


def test_a_file_is_sent_in_parts(sending: Sending, recording: Path) -> None:
    sending.page.locator("#files").set_input_files(recording)
    sending.expect_arrived(recording)


def test_it_is_paused_and_goes_on(sending: Sending, recording: Path) -> None:
    sending.begin(recording)
    row = sending.page.locator("#uploads > li")
    expect(row).to_contain_text(re.compile(r"MiB/s, \d+:\d\d left"))
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("paused at")
    assert violations_of(sending.page) == []
    before = list(sending.parts)
    sending.page.wait_for_timeout(500)
    assert sending.parts == before
    sending.hurry()
    row.get_by_role("button", name="Go on").click()
    sending.expect_arrived(recording)


def test_without_a_network_it_waits_and_goes_on_by_itself(sending_anywhere: Sending, recording: Path) -> None:
    sending = sending_anywhere
    sending.visitor.expect_fault("ERR_INTERNET_DISCONNECTED")
    limit(sending.line, 8 * MIB)
    sending.page.locator("#files").set_input_files(recording)
    expect(sending.page.locator("#uploads > li")).to_contain_text("MiB/s")
    limit(sending.line, 0, is_offline=True)
    expect(sending.page.locator("#uploads > li")).to_contain_text("the network is away, it goes on by itself")
    sending.hurry()
    sending.expect_arrived(recording)


def test_after_a_reload_the_same_file_goes_on_and_another_is_refused(
    sending_anywhere: Sending, recording: Path, tmp_path: Path
) -> None:
    sending = sending_anywhere
    sending.begin(recording)
    sending.reload()
    row = sending.page.locator("#uploads > li")
    expect(row).to_contain_text("40.0 MiB, not finished; kept until")
    other = tmp_path / "long.wav"
    other.write_bytes(recording.read_bytes()[:-1] + b"?")
    row.locator("input[type=file]").set_input_files(other)
    expect(row).to_contain_text("This is another file")
    sending.hurry()
    row.locator("input[type=file]").set_input_files(recording)
    sending.expect_arrived(recording)


def test_the_same_file_chosen_as_a_new_one_goes_on_too(sending: Sending, recording: Path) -> None:
    sending.begin(recording)
    sending.reload()
    expect(sending.page.locator("#uploads > li")).to_contain_text("not finished")
    assert violations_of(sending.page) == []
    sending.hurry()
    sending.page.locator("#files").set_input_files(recording)
    sending.expect_arrived(recording)


def test_what_another_program_has_sent_of_another_file_is_not_mixed_in(
    page: Page, owner: Caller, project_id: str, recording: Path, sent: list[int]
) -> None:
    content = recording.read_bytes()
    body = {"project_id": project_id, "filename": recording.name, "content_type": "audio/wav"}
    upload = owner.call("POST", "/upload/presigned", json={**body, "file_size": len(content)}).json()
    path, size = f"/upload/{upload['file_id']}/parts", upload["part_size"]
    # The first part is another one, the second is that of the file.
    for number, data in ((1, bytes(size)), (2, content[size : 2 * size])):
        [address] = owner.call("POST", path, json={"part_numbers": [number]}).json()["parts"]
        assert owner.call("PUT", address["url"].partition("/api/v1")[2], data=data).ok
    page.reload()
    expect(page.locator("#uploads > li")).to_contain_text("not finished")
    page.locator("#files").set_input_files(recording)
    expect(page.locator("#uploads > li")).to_have_count(0, timeout=60_000)
    [found] = owner.get(f"/projects/{project_id}")["project"]["media_files"]
    assert owner.call("GET", found["download_url"].removeprefix("/api/v1")).content == content
    assert sorted(sent) == [1, 3]


def uploaded(installation: Installation) -> list[str]:
    """All files of uploads; the worker makes tracks of others' recordings meanwhile."""
    return [name for name in installation.files() if not name.startswith("tracks/")]


def test_what_is_cancelled_leaves_nothing(sending_anywhere: Sending, recording: Path) -> None:
    sending = sending_anywhere
    sending.visitor.expect_fault("ERR_")
    before = sending.left()
    sending.begin(recording)
    assert sending.left() != before
    sending.page.locator("#uploads > li").get_by_role("button", name="Cancel the upload").click()
    expect(sending.page.locator("#uploads > li")).to_have_count(0)
    sending.hurry()
    wait_until(lambda: sending.page.wait_for_timeout(50) or sending.left() == before)
    assert sending.owner.get("/uploads") == {"uploads": []}
    sending.page.reload()
    expect(sending.page.get_by_text("There is no recording yet")).to_be_visible()
    expect(sending.page.locator("#uploads > li")).to_have_count(0)


def test_what_was_not_finished_can_be_given_up(sending: Sending) -> None:
    body = {"filename": "other.wav", "content_type": "audio/wav", "file_size": 40 * MIB}
    sending.owner.call("POST", "/upload/presigned", json={**body, "project_id": sending.project_id})
    sending.page.reload()
    sending.page.get_by_role("button", name="Cancel the upload of other.wav").click()
    expect(sending.page.locator("#uploads > li")).to_have_count(0)
    assert sending.owner.get("/uploads") == {"uploads": []}


def test_a_part_that_is_refused_for_a_moment_is_sent_again(sending: Sending, recording: Path) -> None:
    sending.visitor.expect_fault("503")
    error = {"code": "SERVICE_UNAVAILABLE", "message": "Come again.", "details": {}}
    away = re.compile(r"/parts/2\?")
    sending.page.route(away, lambda route: route.fulfill(status=503, json={"error": error}), times=2)
    sending.page.locator("#files").set_input_files(recording)
    sending.expect_arrived(recording)


@pytest.fixture(scope="module")
def half_an_hour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample again and again, for thirty minutes."""
    path = tmp_path_factory.mktemp("long") / "half an hour.mp4"
    command = ["ffmpeg", "-v", "error", "-stream_loop", "-1", "-i", str(SAMPLE), "-t", "1800", "-c", "copy", str(path)]
    subprocess.run(command, check=True)
    return path


RemotePage = tuple[Visitor, str, Caller, Bucket]


@contextmanager
def bucket_site(chromium: Browser, seaweed: ObjectStorage, folder: Path, delivery: str) -> Iterator[RemotePage]:
    """Somebody on a server whose recordings are in a bucket, and a project."""
    bucket = seaweed.new_bucket()
    values = {**environment_of("embedded", folder, None), **settings_of(bucket), "S3_DELIVERY": delivery}
    values["MEDIA_URL_TTL_S"] = str(ADDRESS_LIFETIME_S)
    with installed(values) as started:
        address = started.serve()
        caller = Caller(address, "alice@example.org")
        visitor = visit(new_context(chromium, {}), address, "alice@example.org")
        visitor.expect_fault(f"request to {bucket.endpoint_url}/")
        visitor.sign_in()
        yield visitor, caller.make_project(), caller, bucket
        visitor.context.close()
        visitor.watched.check()


@pytest.fixture(params=[pytest.param("proxy", marks=pytest.mark.exhaustive), "redirect"])
def remote_page(
    chromium: Browser, seaweed: ObjectStorage, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[RemotePage]:
    """The page of a project on a server whose recordings are in a bucket."""
    with bucket_site(chromium, seaweed, tmp_path, request.param) as site:
        yield site


def test_a_file_goes_to_a_bucket_and_plays_from_there(
    remote_page: tuple[Visitor, str, Caller, Bucket], recording: Path
) -> None:
    visitor, project_id, caller, bucket = remote_page
    page = visitor.go(f"/projects/{project_id}")
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "PUT" else None)
    page.locator("#files").set_input_files([recording, SAMPLE])
    expect(page.get_by_role("link", name="Review talk")).to_be_visible(timeout=60_000)
    assert len(sent) == 4
    assert all(one.startswith(f"{bucket.endpoint_url}/{bucket.name}/{bucket.prefix}") for one in sent)
    [found] = [one for one in caller.get(f"/projects/{project_id}")["project"]["media_files"] if one["title"] == "long"]
    assert caller.call("GET", f"/media/{found['id']}/file").content == recording.read_bytes()
    page.get_by_role("link", name="Review talk").click()
    page.wait_for_selector("#review[data-ready=all]")
    page.keyboard.press("End")
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    wait_until(
        lambda: page.wait_for_timeout(50) or page.evaluate("document.querySelector('video.is-front').currentTime > 1")
    )
    assert page.evaluate("document.querySelector('video.is-front').videoWidth > 0")


def play_from(page: Page, second: int) -> None:
    """Seek, play for a moment, and stop again."""
    page.evaluate("second => { document.querySelector('video.is-front').currentTime = second }", second)
    front = "document.querySelector('video.is-front')"
    wait_until(lambda: page.wait_for_timeout(50) or not page.evaluate(f"{front}.seeking"))
    page.keyboard.press(" ")
    wait_until(lambda: page.wait_for_timeout(50) or page.evaluate(f"{front}.currentTime") > second + 0.3)
    page.keyboard.press(" ")


# Half a minute, with a server and a worker of its own.
@pytest.mark.exhaustive
def test_half_an_hour_is_sought_in_and_goes_on_after_its_address_has_expired(
    remote_page: tuple[Visitor, str, Caller, Bucket], half_an_hour: Path
) -> None:
    visitor, project_id, caller, bucket = remote_page
    # What an address that has expired is answered with.
    visitor.expect_fault("403")
    media_id = caller.upload(project_id, half_an_hour)
    analysis_id = caller.analyze(media_id)
    caller.wait_for_status(analysis_id, "completed", 100)
    page = visitor.page
    answers: list[tuple[str, int]] = []
    page.on("response", lambda one: answers.append((one.url, one.status)))
    visitor.go(f"/review/{analysis_id}")
    page.wait_for_selector("#review[data-ready=all]")
    for second in (1500, 600):
        play_from(page, second)
    page.wait_for_timeout((ADDRESS_LIFETIME_S + 1) * 1000)
    play_from(page, 1700)
    played = [(url, status) for url, status in answers if "/file" in url or url.startswith(bucket.endpoint_url)]
    assert 206 in {status for _, status in played}
    assert 200 not in {status for url, status in played if url.startswith(bucket.endpoint_url)}
