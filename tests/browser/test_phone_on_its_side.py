"""The review on a phone that is held sideways: what is heard, its waveform and what decides fit on the screen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from scripts.browser import ARGUMENTS, find_browser
from tests.browser.conftest import Sample, new_context, open_review, visit

SIDEWAYS = {"viewport": {"width": 844, "height": 390}, "is_mobile": True, "has_touch": True}
# Emulated phones have a mouse for the style sheets otherwise.
FINGERS = "primaryPointerType=2,availablePointerTypes=2,primaryHoverType=1,availableHoverTypes=1"


@pytest.fixture
def phone(chromium: Browser, address: str, sample: Sample) -> Iterator[Page]:
    program = find_browser(chromium.browser_type)
    arguments = [*ARGUMENTS, f"--blink-settings={FINGERS}"]
    with chromium.browser_type.launch(executable_path=program, args=arguments) as browser:
        visitor = visit(new_context(browser, SIDEWAYS), address, "alice@example.org")
        visitor.sign_in()
        yield open_review(visitor.page, address, sample)
        visitor.context.close()
        visitor.watched.check()


def test_picture_waveform_and_what_decides_fit_on_the_screen(phone: Page) -> None:
    for place in (
        phone.locator("video.is-front"), phone.locator("#waveform"),
        phone.get_by_role("button", name="Keep", exact=True), phone.get_by_role("button", name="Remove", exact=True),
    ):  # fmt: skip
        box = place.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 390


def test_everything_that_is_touched_is_large_enough(phone: Page) -> None:
    small = phone.eval_on_selector_all(
        "#review button",
        "all => all.filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 43.5)"
        ".map(one => one.id + one.className + one.getBoundingClientRect().height)",
    )
    assert small == []


def test_a_button_without_its_word_keeps_its_name(phone: Page) -> None:
    assert phone.get_by_role("button", name="Export").first.is_visible()
