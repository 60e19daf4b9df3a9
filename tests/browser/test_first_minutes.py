"""The first minutes: an empty server, the sample with its coach, and a phone in the hand."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import MakeVisitor, Sample, Visitor, choose_keys, open_review
from tests.browser.test_review import saved
from tests.conftest import SAMPLE, MakeMedia
from tests.service.conftest import environment_of
from tests.service.processes import installed

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
MUSIC_MS = (26_520, 32_800)


def test_an_empty_server_asks_for_the_first_account(chromium: Browser, tmp_path: Path) -> None:
    with installed(environment_of("embedded", tmp_path, None)) as installation:
        address = installation.start("web").wait_for(r"ClipFlow is ready at (http://\S+)")[1]
        context = chromium.new_context()
        page = context.new_page()
        page.goto(address)
        expect(page.get_by_role("heading", name="Create the first account")).to_be_visible()
        expect(page.get_by_text("finds speech, silence and filler words")).to_be_visible()
        page.get_by_label("E-mail address").fill("first@example.org")
        page.get_by_label("Password").fill("Correct-Horse-7")
        page.get_by_role("button", name="Make the account").click()
        page.wait_for_url("**/projects")
        context.clear_cookies()
        page.goto(address)
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        context.close()


def test_the_first_administrator_is_made_at_the_printed_address(chromium: Browser, tmp_path: Path) -> None:
    with installed(environment_of("embedded", tmp_path, None)) as installation:
        process = installation.start("web")
        address = process.wait_for(r"make the first administrator at (http://\S+)")[1]
        page = chromium.new_context().new_page()
        page.goto(address)
        page.get_by_label("E-mail address").fill("root@example.org")
        page.get_by_label("Password").fill("Correct-Horse-7")
        page.get_by_role("button", name="Make the administrator").click()
        expect(page.get_by_role("heading", name="Administration")).to_be_visible()
        page.context.clear_cookies()
        page.goto(address)
        page.reload()
        expect(page.get_by_text("There is nothing to set up here (any more)")).to_be_visible()
        page.context.close()


def test_all_wrong_fields_are_told_at_once(visitor: Visitor) -> None:
    visitor.expect_fault("400")
    page = visitor.go("/register")
    page.get_by_label("E-mail address").fill("nobody")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Make the account").click()
    expect(page.locator("[data-error-for=email]")).not_to_be_empty()
    expect(page.locator("[data-error-for=password]")).to_contain_text("8 to 128 characters")


def test_the_sample_opens_its_review_and_coaches_four_keys(newcomer: Visitor) -> None:
    page = newcomer.go("/projects")
    page.get_by_role("button", name="Try it with a sample recording").click()
    page.wait_for_url("**/review/*", timeout=60_000)
    expect(page.locator("#review")).to_have_attribute("data-ready", "all")
    steps = page.locator("#coach-steps > li")
    expect(steps).to_have_count(4)
    page.keyboard.press("Space")
    page.keyboard.press("Space")
    expect(steps.nth(0)).to_have_class(re.compile("is-done"))
    for key in ("u", "x", "p"):
        page.keyboard.press(key)
    expect(page.locator("#coach-told")).to_contain_text("That is all it takes")
    page.get_by_role("button", name="Close").first.click()
    expect(page.locator("#coach")).to_be_hidden()
    page.keyboard.press("p")


@pytest.fixture
def phone(make_visitor: MakeVisitor, sample: Sample) -> Iterator[Page]:
    choose_keys(sample.caller, "editor")
    visitor = make_visitor("alice@example.org", **PHONE)
    yield open_review(visitor.page, visitor.address, sample)
    choose_keys(sample.caller, "clipflow")


def test_a_phone_shows_one_suggestion_after_another(phone: Page, sample: Sample) -> None:
    expect(phone.locator("#card-told")).to_have_text("1 of 2")
    expect(phone.locator("#card-what")).to_contain_text("6.3 s")
    phone.get_by_role("button", name="Remove", exact=True).click()
    expect(phone.locator("#card-told")).to_have_text("2 of 2")
    saved(phone)
    assert sample.decisions() == [(*MUSIC_MS, "remove")]
    phone.get_by_role("button", name="Keep", exact=True).click()
    expect(phone.locator("#card-told")).to_have_text("Everything is decided.")


@pytest.mark.parametrize(("by_px", "action"), [(140, "keep"), (-140, "remove")])
def test_a_swipe_decides(by_px: int, action: str, phone: Page, sample: Sample) -> None:
    card = phone.locator("#card-canvas").bounding_box()
    assert card is not None
    x, y = card["x"] + card["width"] / 2, card["y"] + card["height"] / 2
    phone.mouse.move(x, y)
    phone.mouse.down()
    phone.mouse.move(x + by_px, y, steps=5)
    phone.mouse.up()
    expect(phone.locator("#card-told")).to_have_text("2 of 2")
    saved(phone)
    assert sample.decisions() == [(*MUSIC_MS, action)]


def test_a_short_swipe_decides_nothing(phone: Page, sample: Sample) -> None:
    card = phone.locator("#card-canvas").bounding_box()
    assert card is not None
    x, y = card["x"] + card["width"] / 2, card["y"] + card["height"] / 2
    phone.mouse.move(x, y)
    phone.mouse.down()
    phone.mouse.move(x + 50, y, steps=5)
    phone.mouse.up()
    expect(phone.locator("#card-told")).to_have_text("1 of 2")
    assert sample.decisions() == []


def test_the_buttons_of_a_card_are_at_the_thumb(phone: Page) -> None:
    for name in ("Remove", "Keep"):
        box = phone.get_by_role("button", name=name, exact=True).bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["y"] + box["height"] <= PHONE["viewport"]["height"]  # type: ignore[index]


def test_two_taps_in_quick_succession_decide_on_two_cards(phone: Page, sample: Sample) -> None:
    box = phone.get_by_role("button", name="Remove", exact=True).bounding_box()
    for _ in range(2):
        phone.touchscreen.tap(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
        phone.wait_for_timeout(300)
    expect(phone.locator("#card-told")).to_have_text("Everything is decided.")
    saved(phone)
    assert [action for *_, action in sample.decisions()] == ["remove", "remove"]
    phone.locator("#toast button").tap()
    expect(phone.locator("#card-told")).to_have_text("2 of 2")


def test_a_sound_leaves_no_empty_stage(make_visitor: MakeVisitor, sample: Sample, make_media: MakeMedia) -> None:
    sound = make_media("sound.m4a", "-i", SAMPLE, "-vn", "-t", "30", "-c:a", "copy")
    media_id = sample.caller.upload(sample.project_id, sound)
    analysis_id = sample.caller.analyze(media_id)
    sample.caller.wait_for_status(analysis_id, "completed")
    visitor = make_visitor("alice@example.org", viewport={"width": 1280, "height": 720})
    page = visitor.go(f"/review/{analysis_id}")
    expect(page.locator("#review")).to_have_attribute("data-ready", "all")
    stage, rows = page.locator(".stage").bounding_box(), page.locator("#segments").bounding_box()
    assert stage["height"] < 80
    assert rows["height"] > 150
    sample.caller.call("DELETE", f"/media/{media_id}")
