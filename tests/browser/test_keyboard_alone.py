"""From the first page to a cut on the disk without ever touching a mouse."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor

NAME_OF_FOCUS = """() => {
  const element = document.activeElement;
  return element?.getAttribute("aria-label") || element?.labels?.[0]?.innerText || element?.innerText || "";
}"""
IS_SEEN = """() => {
  const box = document.activeElement.getBoundingClientRect();
  const at = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height, innerHeight) / 2);
  return at !== null && (document.activeElement.contains(at) || at.contains(document.activeElement)
    || [...(document.activeElement.labels ?? [])].some((one) => one.contains(at)));
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element with this name has the focus; every one on the way is in view."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate(NAME_OF_FOCUS)
        assert page.evaluate(IS_SEEN), f"the focus is hidden at {focused!r}"
        if name in focused:
            return
    raise AssertionError(f"no way leads to {name!r}")


def test_a_cut_is_made_by_keyboard_alone(visitor: Visitor, new_email: str, downloads: Path) -> None:
    page = visitor.go("/register")
    for label, text in (("E-mail address", new_email), ("Password", "Correct-Horse-7")):
        tab_to(page, label)
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_url("**/projects")
    tab_to(page, "Try it with a sample recording")
    page.keyboard.press("Enter")
    page.wait_for_url("**/review/*", timeout=60_000)
    expect(page.locator("#review")).to_have_attribute("data-ready", "all")
    left = page.locator("#sum-suggestions")
    expect(left).to_have_text("2 left")
    for key in ("u", "x", "u", "v"):
        page.keyboard.press(key)
    expect(left).to_have_text("0 left")
    expect(page.locator("#save-state")).to_have_text("Saved")
    page.keyboard.press("e")
    expect(page.locator("#first-format > li")).to_be_visible()
    with page.expect_download() as download:
        tab_to(page, "Download Edit decision list")
        page.keyboard.press("Enter")
    target = downloads / download.value.suggested_filename
    download.value.save_as(target)
    assert re.search(r"^001 .* 01:00:01:", target.read_text(), re.MULTILINE)
