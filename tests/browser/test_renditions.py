"""Pictures on cards and over the waveform, and recordings that no browser plays, in the browser."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Sample, Visitor, new_context, open_review, violations_of, visit
from tests.conftest import SAMPLE, MakeMedia
from tests.service.conftest import environment_of
from tests.service.processes import Caller, Installation, installed, wait_until

MADE = {"MAKE_PICTURES": "true", "PROXY_MODE": "needed", "PROXY_PRESET": "ultrafast"}
FILLED = re.compile(r"url\(.*/storyboard/0\.jpg")


@dataclass
class Site:
    """A server that makes pictures and copies, somebody who looks, and the worker that does."""

    installation: Installation
    visitor: Visitor
    caller: Caller
    project_id: str

    def upload(self, file: Path) -> str:
        return self.caller.upload(self.project_id, file)

    def wait_for(self, media_id: str, *kinds: str) -> None:
        def is_there() -> bool:
            found = self.caller.get(f"/media/{media_id}/renditions")["renditions"]
            return {one["kind"] for one in found if one["is_there"]} >= set(kinds)

        wait_until(is_there, 60)

    def analysed(self, media_id: str) -> Sample:
        analysis_id = self.caller.analyze(media_id)
        self.caller.wait_for_status(analysis_id, "completed")
        return Sample(self.caller, self.project_id, media_id, analysis_id, {})


@pytest.fixture(scope="module")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("renditions")
    with installed({**environment_of("embedded", folder, None), **MADE}) as started:
        _, address = started.start_web()
        started.start("worker")
        caller = Caller(address, "alice@example.org")
        visitor = visit(new_context(chromium, {"bypass_csp": True}), address, "alice@example.org")
        visitor.sign_in()
        yield Site(started, visitor, caller, caller.make_project())
        visitor.context.close()
        visitor.watched.check()


@pytest.fixture(scope="module")
def recording(site: Site, make_media: MakeMedia) -> str:
    """The first half minute of the sample, with its pictures."""
    media_id = site.upload(make_media("start.mp4", "-i", SAMPLE, "-t", "30", "-c", "copy"))
    site.wait_for(media_id, "thumbnail", "poster", "storyboard")
    return media_id


def test_a_card_shows_its_picture_and_runs_through_the_recording_under_the_pointer(site: Site, recording: str) -> None:
    page = site.visitor.go(f"/projects/{site.project_id}")
    picture = page.locator(f"[data-recording-id='{recording}'] .picture")
    expect(picture.locator("img")).to_be_visible()
    assert picture.locator("img").evaluate("image => image.naturalWidth") == 320
    box = picture.bounding_box()
    assert box is not None
    seen = set()
    for share in (0.1, 0.5, 0.9):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        tile = picture.locator(".scrub-tile")
        expect(tile).to_have_css("background-image", FILLED)
        seen.add(tile.evaluate("tile => tile.style.backgroundPosition"))
    assert len(seen) == 3
    page.mouse.move(0, 0)
    expect(picture.locator(".scrub-tile")).to_be_hidden()


def test_the_waveform_shows_the_picture_under_the_pointer(site: Site, recording: str) -> None:
    page = open_review(site.visitor.page, site.visitor.address, site.analysed(recording))
    waveform = page.locator("#waveform")
    box = waveform.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    tile = page.locator("#hover-tile")
    expect(tile).to_be_visible()
    expect(tile).to_have_css("background-image", FILLED)
    # Half of 30 s, a picture every 2 s, ten on a line of the sheet.
    assert tile.evaluate("tile => tile.style.backgroundPosition") == "-1120px 0px"
    assert violations_of(page) == []


@pytest.fixture
def is_played(site: Site) -> Callable[[], bool]:
    def is_played() -> bool:
        """Whether a picture has come."""
        seen: bool = site.visitor.page.locator("#player-a").evaluate("player => player.videoWidth > 0")
        return seen

    return is_played


def test_what_no_browser_plays_is_played_once_its_copy_is_there(
    site: Site, make_media: MakeMedia, is_played: Callable[[], bool]
) -> None:
    prores = make_media(
        "camera.mov", "-i", SAMPLE, "-t", "8", "-c:v", "prores_ks", "-profile:v", "0", "-c:a", "pcm_s16le"
    )
    media_id = site.upload(prores)
    site.wait_for(media_id, "thumbnail", "proxy")
    sample = site.analysed(media_id)
    page = open_review(site.visitor.page, site.visitor.address, sample)
    wait_until(lambda: page.wait_for_timeout(50) or is_played())
    expect(page.locator("#copy-notice")).to_be_hidden()
    for ms in (6000, 2500, 4040):
        seek(page, ms)
        shown = page.locator("#player-a").evaluate("player => player.currentTime")
        assert shown == pytest.approx(ms / 1000, abs=0.002)


def seek(page: Page, ms: int) -> None:
    page.locator("#player-a").evaluate(
        "(player, s) => new Promise((done) => { player.onseeked = done; player.currentTime = s; })", ms / 1000
    )


def test_while_a_copy_is_made_it_is_said_and_then_it_plays(
    site: Site, make_media: MakeMedia, is_played: Callable[[], bool]
) -> None:
    prores = make_media(
        "other.mov", "-i", SAMPLE, "-t", "6", "-c:v", "prores_ks", "-profile:v", "0", "-c:a", "pcm_s16le"
    )
    media_id = site.upload(prores)
    site.wait_for(media_id, "proxy")
    sample = site.analysed(media_id)
    for process in site.installation.processes[1:]:
        process.stop()
    # Made again while no worker is there, and without the one that is.
    site.caller.call("DELETE", f"/media/{media_id}/renditions/proxy")
    site.caller.call("POST", f"/media/{media_id}/renditions/proxy")
    site.visitor.expect_fault("409 (CONFLICT)")
    page = open_review(site.visitor.page, site.visitor.address, sample)
    expect(page.locator("#copy-notice")).to_contain_text("A copy that browsers play is being made")
    expect(page.locator("#waveform-canvas")).to_be_visible()
    site.installation.start("worker")
    wait_until(lambda: page.wait_for_timeout(50) or is_played(), 60)
    expect(page.locator("#copy-notice")).to_be_hidden()


def test_a_browser_that_cannot_show_the_picture_is_offered_a_copy(
    site: Site, recording: str, is_played: Callable[[], bool]
) -> None:
    sample = site.analysed(recording)
    page = site.visitor.open_tab()
    # Some play the sound of HEVC, and say nothing of its picture.
    page.add_init_script("Object.defineProperty(HTMLVideoElement.prototype, 'videoWidth', { get: () => 0 })")
    open_review(page, site.visitor.address, sample)
    expect(page.locator("#copy-notice")).to_contain_text("cannot show the picture")
    page.get_by_role("button", name="Make a copy that it plays").click()
    site.wait_for(recording, "proxy")
    page.close()
