"""The page of a project with many recordings: found, chosen, changed and followed together."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import MakeVisitor, Visitor, open_more
from tests.conftest import SAMPLE, MakeMedia
from tests.service.processes import Caller, Installation

LENGTHS_S = {"Zebra crossing": 6, "Interview with Ada": 8, "ärger": 7}


@pytest.fixture(scope="module")
def owner(address: str) -> Caller:
    return Caller(address, "edith@example.org")


@pytest.fixture
def project_id(owner: Caller, make_media: MakeMedia) -> str:
    """Three recordings, of which one is analysed."""
    project_id = owner.make_project()
    for title, length_s in LENGTHS_S.items():
        file = make_media(f"{length_s}s.m4a", "-i", SAMPLE, "-vn", "-t", str(length_s), "-c:a", "copy")
        media_id = owner.upload(project_id, file)
        assert owner.call("PATCH", f"/media/{media_id}", json={"title": title}).ok
    owner.wait_for_status(owner.analyze(media_id), "completed")
    return project_id


@pytest.fixture
def edith(make_visitor: MakeVisitor, owner: Caller) -> Visitor:
    return make_visitor("edith@example.org")


@pytest.fixture
def page(edith: Visitor, project_id: str) -> Page:
    page = edith.go(f"/projects/{project_id}")
    expect(page.locator("#recordings > li")).to_have_count(3)
    return page


def titles(page: Page) -> list[str]:
    return page.locator("#recordings [data-name]").all_inner_texts()


def choose(page: Page, *wanted: str) -> None:
    for title in wanted:
        page.get_by_role("checkbox", name=f"Choose {title}", exact=True).check()


def test_recordings_are_found_by_title_whatever_the_accents(page: Page) -> None:
    page.get_by_role("searchbox", name="Search the recordings").fill("arg")
    expect(page.locator("#recordings > li")).to_have_count(1)
    assert titles(page) == ["ärger"]
    expect(page.locator("#recordings-count")).to_have_text("1 of 3 recordings")
    page.get_by_role("searchbox", name="Search the recordings").fill("nothing like that")
    expect(page.get_by_text("No recording is like that")).to_be_visible()


def test_recordings_are_sorted(page: Page) -> None:
    expect(page.locator("#recordings > li")).to_have_count(3)
    page.get_by_label("Order").select_option("title")
    expect(page.locator("#recordings [data-name]").first).to_have_text("ärger")
    assert titles(page) == ["ärger", "Interview with Ada", "Zebra crossing"]
    page.get_by_label("Order").select_option("longest")
    expect(page.locator("#recordings [data-name]").first).to_have_text("Interview with Ada")


def test_recordings_are_shown_by_where_they_stand(page: Page, owner: Caller, project_id: str) -> None:
    page.get_by_label("Show", exact=True).select_option("review")
    expect(page.locator("#recordings [data-name]")).to_have_text(["ärger"])
    page.get_by_label("Show", exact=True).select_option("new")
    expect(page.locator("#recordings > li")).to_have_count(2)
    [analysis_id] = [
        analysis["id"]
        for media in owner.get(f"/projects/{project_id}")["project"]["media_files"]
        for analysis in media["analysis_results"]
    ]
    assert owner.call("PUT", f"/analysis/{analysis_id}/reviewed").ok
    page.reload()
    expect(page.locator(".badge:visible")).to_have_text("Reviewed")
    page.get_by_label("Show", exact=True).select_option("reviewed")
    expect(page.locator("#recordings [data-name]")).to_have_text(["ärger"])


def test_the_list_view_is_remembered(page: Page) -> None:
    page.get_by_title("List").click()
    expect(page.locator("#recordings")).to_have_attribute("data-view", "list")
    page.reload()
    expect(page.locator("#recordings")).to_have_attribute("data-view", "list")


def test_a_title_is_changed_where_it_stands(page: Page) -> None:
    page.get_by_role("button", name="Rename ärger").click()
    page.get_by_label("Title of ärger").fill("Joy")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Joy", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Joy", exact=True)).to_be_visible()


def test_escape_leaves_a_title_as_it_was(page: Page) -> None:
    page.get_by_role("button", name="Rename ärger").click()
    page.get_by_label("Title of ärger").fill("Joy")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="ärger", exact=True)).to_be_visible()


def test_picture_and_title_lead_to_the_review(page: Page) -> None:
    page.get_by_role("heading", name="ärger").get_by_role("link").click()
    expect(page.locator("#review")).to_have_attribute("data-ready", "all")


def test_several_are_analysed_together_and_followed_by_one_request(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    choose(page, "Zebra crossing", "Interview with Ada")
    expect(page.locator("#bulk-told")).to_have_text("2 chosen")
    page.locator("#bulk-analyse").click()
    for title in ("Zebra crossing", "Interview with Ada"):
        expect(page.get_by_role("link", name=f"Review {title}")).to_be_visible(timeout=60_000)
    assert any("/progress" in one for one in asked)
    assert not any("/status" in one for one in asked)


def test_cuts_of_several_are_downloaded_in_one_archive(page: Page) -> None:
    choose(page, "ärger", "Zebra crossing")
    page.get_by_role("button", name="Export the cuts").click()
    expect(page.locator("#bulk-export-told")).to_contain_text("1 cut in one zip archive")
    expect(page.locator("#bulk-export-told")).to_contain_text("1 recording without a finished analysis")
    page.locator("#bulk-format").select_option("csv")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download", exact=True).click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        assert len(archive.namelist()) == 1


def test_several_are_moved_to_another_project(page: Page, owner: Caller) -> None:
    other = owner.call("POST", "/projects", json={"name": "Elsewhere"}).json()["project"]["id"]
    choose(page, "ärger", "Zebra crossing")
    page.get_by_role("button", name="Move", exact=True).click()
    page.get_by_label("Project", exact=True).select_option(other)
    page.locator("#bulk-move-dialog").get_by_role("button", name="Move").click()
    expect(page.locator("#recordings [data-name]")).to_have_text(["Interview with Ada"])
    assert len(owner.get(f"/projects/{other}")["project"]["media_files"]) == 2


def test_several_are_deleted_together(page: Page, edith: Visitor, owner: Caller, project_id: str) -> None:
    # A picture that is just being asked for.
    edith.expect_fault("404")
    page.get_by_role("button", name="Choose all").click()
    page.locator("#bulk-delete").click()
    expect(page.locator("#confirm-dialog")).to_contain_text("Zebra crossing")
    page.get_by_role("button", name="Delete the recordings").click()
    expect(page.get_by_text("There is no recording yet")).to_be_visible()
    assert owner.get(f"/projects/{project_id}")["project"]["media_files"] == []


def test_shift_chooses_a_stretch(page: Page) -> None:
    boxes = page.locator("#recordings [data-choose]")
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator("#bulk-told")).to_have_text("3 chosen")


def test_an_analysis_that_there_is_no_room_for_yet_begins_by_itself(page: Page, edith: Visitor) -> None:
    edith.expect_fault("429")
    answers = iter(["later"])

    def put_off_once(route: Route) -> None:
        if next(answers, None):
            error = {"code": "RATE_LIMITED", "message": "Too many requests; wait a moment.", "details": {}}
            route.fulfill(status=429, json={"error": error})
        else:
            route.continue_()

    page.route("**/analyze", put_off_once)
    page.get_by_role("button", name="Analyse: Zebra crossing").click()
    expect(page.locator("#analyses-waiting")).to_contain_text("1 analysis waiting; they start by themselves.")
    expect(page.get_by_role("link", name="Review Zebra crossing")).to_be_visible(timeout=60_000)
    expect(page.locator("#analyses-waiting")).to_be_empty()


def test_an_analysis_again_keeps_the_decisions(page: Page, owner: Caller, project_id: str) -> None:
    media = next(
        one for one in owner.get(f"/projects/{project_id}")["project"]["media_files"] if one["title"] == "ärger"
    )
    [analysis] = media["analysis_results"]
    change = {"start_ms": 0, "end_ms": 500, "action": "keep"}
    body = {"version": 1, "changes": [change]}
    assert owner.call("PATCH", f"/analysis/{analysis['id']}/segments", json=body).ok
    open_more(page, "ärger")
    page.get_by_role("button", name="Analyse again: ärger").click()
    expect(page.get_by_role("link", name="Review ärger")).not_to_have_attribute(
        "href", f"/review/{analysis['id']}", timeout=60_000
    )
    newer = page.get_by_role("link", name="Review ärger").get_attribute("href")
    assert newer is not None
    found = owner.get(f"/analysis/{newer.rsplit('/', 1)[-1]}")["analysis_result"]
    assert [(one["start_ms"], one["end_ms"], one["action"]) for one in found["decisions"]] == [(0, 500, "keep")]


def test_a_link_opens_beside_the_page_while_something_is_sent(page: Page, edith: Visitor, tmp_path: Path) -> None:
    edith.expect_fault("ERR_")
    large = tmp_path / "large.mp4"
    with large.open("wb") as file:
        file.truncate(200 * 1024**2)
    session = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 4 * 1024**2}
    session.send("Network.emulateNetworkConditions", slow)
    page.locator("#files").set_input_files(large)
    expect(page.locator("#uploads > li")).to_contain_text(re.compile("MiB/s"))
    with page.context.expect_page() as beside:
        page.get_by_role("heading", name="ärger").get_by_role("link").click()
    expect(beside.value.locator("#review")).to_be_attached()
    expect(page.locator("#uploads > li")).to_have_count(1)
    beside.value.close()
    page.locator("#uploads > li").get_by_role("button", name="Cancel the upload").click()


def test_projects_say_what_they_hold(edith: Visitor, project_id: str) -> None:
    page = edith.go("/projects")
    expect(page.locator("#projects > li").first).to_contain_text("3 recordings · 0:21")


def test_a_review_stays_open_while_another_analysis_runs_or_has_failed(
    page: Page, owner: Caller, project_id: str, installation: Installation
) -> None:
    card = page.locator("#recordings > li", has=page.get_by_role("link", name=re.compile("^Review")))
    href = card.get_by_role("link", name=re.compile("^Review")).get_attribute("href")
    recording_id = card.get_attribute("data-recording-id")
    # It came last.
    files = [path for path in (installation.folder / "media" / "media").rglob("*") if path.is_file()]
    stored = max(files, key=lambda path: path.stat().st_mtime_ns)
    away = stored.with_name("away")
    stored.rename(away)
    try:
        owner.wait_for_status(owner.analyze(recording_id), "failed")
        page.reload()
        expect(page.get_by_role("link", name=re.compile("^Review")).first).to_have_attribute("href", href)
    finally:
        away.rename(stored)


def test_who_writes_a_title_is_not_disturbed(page: Page, owner: Caller, project_id: str, tmp_path: Path) -> None:
    page.get_by_role("button", name=re.compile("^Rename")).first.click()
    field = page.locator("[data-title-input]:visible")
    field.fill("Half a ti")
    page.locator("#files").set_input_files(SAMPLE)
    expect(page.locator("#recordings > li")).to_have_count(4)
    expect(field).to_have_value("Half a ti")
    expect(field).to_be_focused()
    page.get_by_placeholder("Search").click()
    expect(page.get_by_placeholder("Search")).to_be_focused()
    expect(page.get_by_role("link", name="Half a ti", exact=True)).to_be_visible()


def test_what_was_deleted_is_restored_or_deleted_for_good(
    edith: Visitor, project_id: str, owner: Caller, page: Page
) -> None:
    before = titles(page)
    for title in before[:2]:
        open_more(page, title)
        page.get_by_role("button", name=f"Delete {title}", exact=True).click()
        dialog = page.get_by_role("dialog", name=f"Delete {title}?")
        expect(dialog).to_contain_text("For 7 days this can be taken back below.")
        dialog.get_by_role("button", name="Delete the recording").click()
        expect(page.get_by_role("heading", name=title, exact=True)).to_have_count(0)
    bin_of = page.locator("#bin")
    expect(bin_of.locator("summary")).to_have_text("Deleted recordings (2)")
    bin_of.locator("summary").click()
    bin_of.get_by_role("button", name=f"Restore {before[0]}", exact=True).click()
    expect(page.get_by_role("heading", name=before[0], exact=True)).to_be_visible()
    expect(bin_of.locator("summary")).to_have_text("Deleted recordings (1)")
    bin_of.get_by_role("button", name=f"Delete for good: {before[1]}").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
    expect(bin_of).to_be_hidden()
    assert owner.get(f"/projects/{project_id}/deleted") == {"recordings": []}
    assert sorted(titles(page)) == sorted(set(before) - {before[1]})
