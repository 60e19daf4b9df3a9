"""A recording of five gigabytes: over a bad line from the browser, scanned, and analysed by a worker elsewhere."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from playwright.sync_api import Browser, expect

from scripts.databases import own_database
from tests.browser.conftest import Visitor, new_context, visit
from tests.browser.test_uploads import limit, parts_sent_by
from tests.conftest import SAMPLE
from tests.object_storage import object_storage
from tests.scanner import scanner_daemon
from tests.service.conftest import DATABASE_URL, QUEUE_URL, Servers, environment_of
from tests.service.processes import Caller, installed, wait_until
from tests.service.test_object_storage import settings_of

SIZE_MB = int(os.environ.get("CLIPFLOW_TEST_LARGE_MB", "5200"))
# The recording, what the storage has of it, and the copies of scanner and worker.
_COPIES = 4
_SECONDS = 10
_MIB = 1024**2
_PATIENCE_S = 1500

pytestmark = [pytest.mark.exhaustive, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A noisy picture of 1080p beside the sample's talk, again and again."""
    folder = tmp_path_factory.mktemp("large")
    if shutil.disk_usage(folder).free < _COPIES * SIZE_MB * 1e6:
        pytest.skip(f"there is no room for {_COPIES} files of {SIZE_MB} MB")
    picture, target = folder / "picture.mp4", folder / "long talk.mp4"
    source = f"testsrc2=size=1920x1080:rate=25:duration={_SECONDS},noise=alls=40:allf=t"
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-b:v", "40M", "-maxrate", "40M", "-bufsize", "20M"]
    run("-f", "lavfi", "-i", source, *coding, str(picture))
    length_s = _SECONDS * SIZE_MB * 1e6 / picture.stat().st_size
    looped = ["-stream_loop", "-1", "-i", str(picture), "-stream_loop", "-1", "-i", str(SAMPLE)]
    run(*looped, "-map", "0:v", "-map", "1:a", "-c", "copy", "-t", f"{length_s:.0f}", str(target))
    return target


def run(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments], check=True)


@dataclass
class Site:
    """A page of a project, and somebody who talks to the same server."""

    visitor: Visitor
    caller: Caller
    project_id: str


@pytest.fixture(params=["disk", "bucket"])
def site(
    request: pytest.FixtureRequest, chromium: Browser, tmp_path: Path, seaweed: None, scanner_installed: None
) -> Iterator[Site]:
    """A server on PostgreSQL and Redis with a scanner; with a bucket its worker has a folder of its own."""
    if not (DATABASE_URL and QUEUE_URL):
        pytest.skip("CLIPFLOW_TEST_DATABASE_URL and CLIPFLOW_TEST_QUEUE_URL name no PostgreSQL and Redis to test on")
    with ExitStack() as stack:
        url = stack.enter_context(own_database(DATABASE_URL))
        queue_url = urlunsplit(urlsplit(QUEUE_URL)._replace(path="/14"))
        is_remote = request.param == "bucket"
        bucket = stack.enter_context(object_storage(SIZE_MB // 100)).new_bucket() if is_remote else None
        values = {
            **environment_of("servers", tmp_path / "web", Servers(url, queue_url)),
            **({} if bucket is None else settings_of(bucket)),
            "SECRET_KEY": "of-the-web-0123456789abcdefghij", "JWT_SECRET_KEY": "of-tokens-0123456789abcdefghijk",
            "MAX_FILE_SIZE_MB": "6000", "CLAMD_ADDRESS": stack.enter_context(scanner_daemon(1500)).address,
        }  # fmt: skip
        installation = stack.enter_context(installed(values))
        _, address = installation.start_web()
        installation.start_worker({} if bucket is None else {"DATA_DIR": str(tmp_path / "worker")})
        caller = Caller(address)
        visitor = visit(new_context(chromium, {}), address, "alice@example.org")
        if bucket is not None:
            visitor.expect_fault(f"request to {bucket.endpoint_url}/")
        visitor.sign_in()
        yield Site(visitor, caller, caller.make_project())
        visitor.context.close()
        visitor.watched.check()


def test_it_arrives_over_a_bad_line_and_after_a_reload_and_is_analysed(site: Site, recording: Path) -> None:
    for fault in ("ERR_INTERNET_DISCONNECTED", "ERR_ABORTED", "ERR_FAILED"):
        site.visitor.expect_fault(fault)
    page = site.visitor.go(f"/projects/{site.project_id}")
    line = page.context.new_cdp_session(page)
    sent = parts_sent_by(page)
    rows = page.locator("#uploads > li")
    parts = -(-recording.stat().st_size // (16 * _MIB))
    limit(line, 60 * _MIB)
    page.locator("#files").set_input_files(recording)
    wait_until(lambda: page.wait_for_timeout(100) or len(sent) >= parts // 4, 300)
    limit(line, 0, is_offline=True)
    expect(rows).to_contain_text("the network is away, it goes on by itself")
    limit(line, 60 * _MIB)
    wait_until(lambda: page.wait_for_timeout(100) or len(sent) >= parts // 2, 300)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(rows).to_contain_text("not finished; kept until")
    limit(line, -1)
    rows.locator("input[type=file]").set_input_files(recording)
    expect(rows).to_have_count(0, timeout=_PATIENCE_S * 1000)
    # What was on its way when the line broke or the page went may be sent again, and nothing else.
    assert len(set(range(1, parts + 1)) - set(sent)) <= 4
    assert len(sent) <= parts + 8
    expect(page.get_by_role("link", name="Review long talk")).to_be_visible(timeout=_PATIENCE_S * 1000)
    [found] = site.caller.get(f"/projects/{site.project_id}")["project"]["media_files"]
    assert (found["state"], found["file_size"]) == ("ready", recording.stat().st_size)
    [analysis] = found["analysis_results"]
    assert analysis["summary"]["duration_ms"] > 600_000 * SIZE_MB / 5200
    assert analysis["summary"]["cuts"] > 10
    ranged = site.caller.call("GET", f"/media/{found['id']}/file", headers={"Range": "bytes=5000000-5000099"})
    assert (ranged.status_code, len(ranged.content)) == (206, 100)
    assert re.fullmatch(r"bytes 5000000-5000099/\d+", ranged.headers["Content-Range"])
