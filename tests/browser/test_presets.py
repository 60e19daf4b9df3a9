"""Presets in the browser: made from settings, chosen for analyses and exports, looked after on the team's page."""

import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakeVisitor, Visitor, violations_of
from tests.conftest import SAMPLE, MakeMedia
from tests.service.processes import Caller

CUT = {"format": "edl", "media_folder": "/Volumes/Footage"}


@pytest.fixture(scope="module")
def owner(address: str) -> Caller:
    return Caller(address, "olga@example.org")


@pytest.fixture
def olga(make_visitor: MakeVisitor, owner: Caller) -> Visitor:
    return make_visitor("olga@example.org", bypass_csp=True)


@pytest.fixture
def team_id(owner: Caller) -> str:
    """A team of its own for each test, whose presets are those of the test."""
    return str(owner.call("POST", "/teams", json={"name": "Desk"}).json()["team"]["id"])


@pytest.fixture
def project_id(owner: Caller, team_id: str) -> str:
    answer = owner.call("POST", "/projects", json={"name": "Talks", "team_id": team_id})
    return str(answer.json()["project"]["id"])


@pytest.fixture
def media_id(owner: Caller, project_id: str, make_media: MakeMedia) -> str:
    file = make_media("8s.m4a", "-i", SAMPLE, "-vn", "-t", "8", "-c:a", "copy")
    media_id = owner.upload(project_id, file)
    assert owner.call("PATCH", f"/media/{media_id}", json={"title": "Talk"}).ok
    return media_id


def make(owner: Caller, team_id: str, name: str, **more: object) -> None:
    answer = owner.call("POST", "/presets", json={"team_id": team_id, "name": name, **more})
    assert answer.status_code == 201, answer.text


def open_project(olga: Visitor, project_id: str) -> Page:
    page = olga.go(f"/projects/{project_id}")
    expect(page.locator("#recordings")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("#analysis-preset option").first).to_be_attached()
    return page


def options_of(owner: Caller, project_id: str) -> dict[str, object]:
    project = owner.call("GET", f"/projects/{project_id}").json()["project"]
    options: dict[str, object] = project["media_files"][0]["analysis_results"][0]["options"]
    return options


def test_the_settings_of_a_project_become_a_preset_that_an_upload_is_analysed_with(
    olga: Visitor, owner: Caller, team_id: str, project_id: str, make_media: MakeMedia
) -> None:
    page = open_project(olga, project_id)
    page.get_by_role("button", name="Settings of this project").click()
    page.get_by_role("button", name="Podcast").click()
    page.get_by_label("Language that is spoken").fill("de")
    page.get_by_role("button", name="Save as a preset of the team").click()
    page.locator("#preset-dialog").get_by_label("Name").fill("Long talks")
    page.locator("#preset-dialog").get_by_role("button", name="Save").click()
    expect(page.locator("#toast")).to_have_text("The preset Long talks is saved.")
    page.locator("#settings-dialog").get_by_role("button", name="Cancel").click()
    page.get_by_label("Analyse with").select_option("Long talks")
    file = make_media("8s.m4a", "-i", SAMPLE, "-vn", "-t", "8", "-c:a", "copy")
    page.locator("#files").set_input_files(file)
    expect(page.locator("a[data-review]")).to_be_visible(timeout=60_000)
    options = options_of(owner, project_id)
    assert (options["keep_pause_ms"], options["language"]) == (500, "de")
    page.reload()
    expect(page.get_by_label("Analyse with").locator("option:checked")).to_have_text("Long talks")


def test_one_of_clipflows_own_ways_to_cut_is_chosen_without_a_preset(
    olga: Visitor, owner: Caller, project_id: str, media_id: str
) -> None:
    page = open_project(olga, project_id)
    page.get_by_label("Analyse with").select_option("Tight")
    page.get_by_role("button", name="Analyse: Talk").click()
    expect(page.get_by_role("link", name="Review Talk")).to_be_visible(timeout=60_000)
    assert options_of(owner, project_id)["speech_pad_start_ms"] == 50


def test_the_default_is_said_and_used_where_nothing_else_is_chosen(
    olga: Visitor, owner: Caller, team_id: str, project_id: str, media_id: str
) -> None:
    make(owner, team_id, "Lecture", analysis={"keep_pause_ms": 700}, is_default=True)
    page = open_project(olga, project_id)
    expect(page.get_by_label("Analyse with").locator("option:checked")).to_have_text(
        "Settings of this project, then Lecture"
    )
    page.get_by_role("button", name="Settings of this project").click()
    expect(page.get_by_label("Pause that is kept")).to_have_value("700")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Analyse: Talk").click()
    expect(page.get_by_role("link", name="Review Talk")).to_be_visible(timeout=60_000)
    assert options_of(owner, project_id)["keep_pause_ms"] == 700


def test_an_export_begins_with_the_default_and_saves_another(
    olga: Visitor, owner: Caller, team_id: str, project_id: str, media_id: str
) -> None:
    make(owner, team_id, "Avid", export=CUT, is_default=True)
    analysis_id = owner.analyze(media_id)
    owner.wait_for_status(analysis_id, "completed")
    page = olga.go(f"/review/{analysis_id}")
    page.wait_for_selector("#review[data-ready=all]")
    page.evaluate("localStorage.removeItem('clipflow.last-format')")
    page.locator("[data-command=export]").click()
    dialog = page.locator("#export-dialog")
    expect(dialog.get_by_label("Folder of the recording")).to_have_value("/Volumes/Footage")
    expect(dialog.locator("#first-format [data-title]")).to_have_text("Edit decision list (CMX3600)")
    dialog.get_by_label("Folder of the recording").fill("/srv/talks")
    dialog.get_by_role("button", name="Save as a preset").click()
    page.locator("#preset-dialog").get_by_label("Name").fill("Server")
    expect(page.locator("#preset-format")).to_have_value("edl")
    page.locator("#preset-dialog").get_by_role("button", name="Save").click()
    expect(dialog.locator("[data-presets] option")).to_have_text(["None", "Avid", "Server"])
    [saved] = [
        one["export"]
        for one in owner.call("GET", f"/presets?team_id={team_id}").json()["presets"]
        if one["name"] == "Server"
    ]
    assert (saved["format"], saved["media_folder"]) == ("edl", "/srv/talks")


def test_the_tuning_of_a_review_becomes_a_preset(
    olga: Visitor, owner: Caller, team_id: str, project_id: str, media_id: str
) -> None:
    analysis_id = owner.analyze(media_id)
    owner.wait_for_status(analysis_id, "completed")
    page = olga.go(f"/review/{analysis_id}")
    page.wait_for_selector("#review[data-ready=all]")
    page.locator("#open-tuning").click()
    page.locator("#tuning").get_by_role("button", name="Tight").click()
    page.locator("#tuning").get_by_role("button", name="Save as a preset").click()
    page.locator("#preset-dialog").get_by_label("Name").fill("Shorts")
    page.locator("#preset-dialog").get_by_role("button", name="Save").click()
    expect(page.locator("#toast")).to_have_text("The preset Shorts is saved.")
    [saved] = owner.call("GET", f"/presets?team_id={team_id}").json()["presets"]
    assert saved["analysis"]["speech_pad_end_ms"] == 80


def test_many_cuts_are_exported_with_a_preset(
    olga: Visitor, owner: Caller, team_id: str, project_id: str, media_id: str, downloads: Path
) -> None:
    make(owner, team_id, "Avid", export=CUT)
    owner.wait_for_status(owner.analyze(media_id), "completed")
    page = open_project(olga, project_id)
    page.get_by_role("checkbox", name="Choose Talk").check()
    page.get_by_role("button", name="Export the cuts").click()
    page.get_by_label("Preset", exact=True).select_option("Avid")
    expect(page.locator("#bulk-folder")).to_have_value("/Volumes/Footage")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        assert [Path(one).suffix for one in archive.namelist()] == [".edl"]


def test_a_team_looks_after_its_presets(olga: Visitor, owner: Caller, team_id: str) -> None:
    make(owner, team_id, "Avid", export=CUT)
    make(owner, team_id, "Podcast", analysis={"keep_pause_ms": 500})
    page = olga.go(f"/teams/{team_id}")
    rows = page.locator("#presets > li")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("Export · format edl, folder /Volumes/Footage")
    page.get_by_label("Begin with Podcast where nothing else is chosen").check()
    expect(page.locator("#toast")).to_have_text("Podcast is the default now.")
    page.get_by_label("Name of the preset Podcast").fill("Avid")
    page.get_by_label("Name of the preset Podcast").press("Enter")
    expect(page.get_by_label("Name of the preset Avid").first).to_have_value("Avid")
    page.get_by_label("Name of the preset Avid").first.fill(" ")
    page.get_by_label("Name of the preset Avid").first.press("Enter")
    expect(page.get_by_label("Name of the preset Avid").first).to_have_value("Avid")
    assert violations_of(page) == []
    page.get_by_role("button", name="Delete the preset Avid").last.click()
    page.locator("#confirm-dialog-yes").click()
    expect(rows).to_have_count(1)
