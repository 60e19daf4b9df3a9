"""The library in the browser: found, narrowed, changed in place, and all of it in the address."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Visitor, new_context, violations_of, visit
from tests.browser.test_sharing import PHONE
from tests.conftest import SAMPLE
from tests.service.conftest import environment_of
from tests.service.processes import Caller, installed

WORDS = "1\n00:00:01,500 --> 00:00:05,310\nGood morning everybody\n\n2\n00:00:07,300 --> 00:00:10,700\nand a monster\n"


@dataclass
class Shelf:
    """Somebody with three recordings, one of which is analysed and transcribed."""

    visitor: Visitor
    caller: Caller
    project_id: str
    media_ids: dict[str, str]

    def go(self, query: str = "") -> Page:
        page = self.visitor.go(f"/library{query}")
        expect(page.locator("#library")).not_to_have_attribute("aria-busy", "true")
        return page


def titles(page: Page) -> list[str]:
    return page.locator("#library [data-name]").all_inner_texts()


@pytest.fixture(scope="module")
def shelf(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    folder = tmp_path_factory.mktemp("library")
    settings = {**environment_of("embedded", folder, None), "MAKE_PICTURES": "true"}
    with installed(settings) as started:
        address = started.serve()
        caller = Caller(address, "alice@example.org")
        visitor = visit(new_context(chromium, {"bypass_csp": True}), address, "alice@example.org")
        visitor.sign_in()
        project_id = caller.make_project()
        ids = {}
        for title in ("Café talk", "Interview", "Meeting"):
            ids[title] = caller.upload(project_id, SAMPLE)
            assert caller.call("PATCH", f"/media/{ids[title]}", json={"title": title}).ok
        caller.wait_for_status(caller.analyze(ids["Interview"]), "completed")
        captions = folder / "words.srt"
        captions.write_text(WORDS)
        with captions.open("rb") as stream:
            assert caller.call("POST", f"/media/{ids['Interview']}/transcript", files={"file": stream}).ok
        yield Shelf(visitor, caller, project_id, ids)
        visitor.context.close()
        visitor.watched.check()


def test_it_finds_a_title_and_keeps_the_search_in_the_address(shelf: Shelf) -> None:
    page = shelf.go()
    expect(page.locator("#library-count")).to_have_text("3 recordings")
    page.get_by_role("searchbox").fill("cafe")
    expect(page.locator("#library [data-name]")).to_have_text(["Café talk"])
    assert page.url.endswith("?q=cafe")
    page.reload()
    expect(page.locator("#library [data-name]")).to_have_text(["Café talk"])
    expect(page.get_by_role("searchbox")).to_have_value("cafe")
    page.go_back()
    expect(page.locator("#library [data-name]")).to_have_count(3)
    expect(page.get_by_role("searchbox")).to_have_value("")


def test_it_finds_what_is_said_and_a_click_goes_there(shelf: Shelf) -> None:
    page = shelf.go("?q=MONSTER")
    expect(page.locator("[data-snippet]")).to_have_text("“good morning everybody and a monster”")
    page.get_by_role("link", name="Interview", exact=True).click()
    page.wait_for_selector("#review[data-ready=all]")
    expect(page.locator("#transcript-text")).to_have_value("MONSTER")
    expect(page.locator("#clock")).to_have_text(re.compile(r"0:0[789]|0:10"))


def test_it_is_narrowed_sorted_and_says_when_nothing_is_left(shelf: Shelf) -> None:
    page = shelf.go()
    page.get_by_label("State").select_option("To review")
    expect(page.locator("#library [data-name]")).to_have_text(["Interview"])
    page.get_by_label("State").select_option("Failed")
    expect(page.get_by_role("heading", name="Nothing like that")).to_be_visible()
    page.get_by_role("button", name="Show everything").click()
    page.get_by_label("Order").select_option("Title")
    expect(page.locator("#library [data-name]")).to_have_text(["Café talk", "Interview", "Meeting"])
    page.get_by_role("button", name="List").click()
    expect(page.locator("#library")).to_have_attribute("data-view", "list")
    page.reload()
    expect(page.locator("#library")).to_have_attribute("data-view", "list")
    page.get_by_role("button", name="Cards").click()


def test_title_description_and_category_are_changed_in_place(shelf: Shelf) -> None:
    page = shelf.go()
    page.get_by_role("button", name="Edit Meeting").click()
    page.locator("#recording-title").fill("Weekly meeting")
    page.get_by_role("textbox", name="Description").fill("What everybody does")
    page.get_by_role("button", name="New category …").click()
    page.locator("#category-name").fill("Inside")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator("#category-dialog")).to_be_hidden()
    page.get_by_role("button", name="Save").click()
    row = page.locator(f"[data-recording-id='{shelf.media_ids['Meeting']}']")
    expect(row).to_contain_text("Weekly meeting")
    expect(row.locator("[data-category]")).to_have_text("Inside")
    page.locator("#library-category").select_option("Inside")
    expect(page.locator("#library [data-name]")).to_have_text(["Weekly meeting"])
    assert "category=inside" in page.url


def test_something_is_done_with_several_at_once(shelf: Shelf) -> None:
    page = shelf.go()
    page.get_by_role("checkbox", name="Choose Café talk").check()
    page.get_by_role("checkbox", name="Choose Interview").check()
    expect(page.locator("#library-chosen")).to_have_text("2 recordings chosen")
    page.locator("#bulk-category").select_option("Without")
    expect(page.locator("#toast")).to_contain_text("2 recordings changed.")
    expect(page.locator("#library-bulk")).to_be_hidden()
    page.get_by_role("checkbox", name="Choose Interview").check()
    page.locator("#bulk-export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download", exact=True).click()
    assert download.value.suggested_filename == "cuts.zip"
    other = shelf.caller.make_project()
    page.reload()
    page.get_by_role("checkbox", name="Choose Café talk").check()
    page.locator("#bulk-move").click()
    page.locator("#bulk-project").select_option(other)
    page.get_by_role("button", name="Move", exact=True).last.click()
    expect(page.locator("#toast")).to_contain_text("1 recording moved.")
    doomed = shelf.caller.upload(shelf.project_id, SAMPLE)
    shelf.caller.call("PATCH", f"/media/{doomed}", json={"title": "Doomed"})
    page.reload()
    page.get_by_role("checkbox", name="Choose Doomed").check()
    page.locator("#bulk-delete").click()
    page.get_by_role("button", name="Delete the recordings").click()
    expect(page.locator("#library [data-name]")).to_have_count(3)


def test_it_works_by_keyboard_and_keeps_nobody_out(shelf: Shelf) -> None:
    page = shelf.go()
    page.get_by_role("searchbox").focus()
    page.keyboard.type("inter")
    page.keyboard.press("Enter")
    expect(page.locator("#library [data-name]")).to_have_text(["Interview"])
    page.locator("#library [data-name]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/review/"))
    page = shelf.go()
    assert violations_of(page) == []
    page.get_by_role("button", name="Edit Interview").click()
    assert violations_of(page) == []


def test_it_fits_a_phone(shelf: Shelf, chromium: Browser) -> None:
    context = new_context(chromium, PHONE)
    visitor = visit(context, shelf.visitor.address, "alice@example.org")
    visitor.sign_in()
    page = visitor.go("/library")
    expect(page.locator("#library [data-name]")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()
    visitor.watched.check()
