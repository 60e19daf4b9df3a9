"""From registration to an edit decision list, as a newcomer goes."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.service.conftest import PASSWORD


def test_a_newcomer_gets_from_registration_to_a_cut_list(visitor: Visitor, new_email: str, tmp_path: Path) -> None:
    page = visitor.go("/sign-in")
    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("E-mail address").fill(new_email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()

    page.get_by_role("button", name="Try it with a sample recording").click()
    page.wait_for_selector("#review[data-ready=all]", timeout=60_000)
    expect(page.locator("#sum-suggestions")).to_have_text("2 left")

    decide_by_keyboard(page)
    tune_and_undo(page)
    page.keyboard.press("p")
    expect(page.locator("#review")).to_have_attribute("data-mode", "preview")
    page.keyboard.press("p")
    check_edit_decision_list(page, tmp_path)


def decide_by_keyboard(page: Page) -> None:
    page.keyboard.press("u")
    page.keyboard.press("x")
    page.keyboard.press("u")
    page.keyboard.press("v")
    expect(page.locator("#sum-suggestions")).to_have_text("0 left")
    expect(page.locator("#sum-cuts")).to_have_text("13")
    expect(page.locator("#save-state")).to_have_text("Saved")


def tune_and_undo(page: Page) -> None:
    saved = page.locator("#sum-saved").inner_text()
    page.keyboard.press("d")
    page.get_by_label("Pause that is kept").fill("300")
    expect(page.locator("#sum-saved")).not_to_have_text(saved)
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#tuning")).to_be_hidden()
    expect(page.locator("#save-state")).to_have_text("Saved")
    page.keyboard.press("Control+z")
    expect(page.locator("#sum-saved")).to_have_text(saved)
    expect(page.locator("#save-state")).to_have_text("Saved")


def check_edit_decision_list(page: Page, folder: Path) -> None:
    page.keyboard.press("e")
    page.get_by_label("Folder of the recording").fill("/Volumes/Footage")
    with page.expect_download() as download:
        page.locator("#first-format").get_by_role("button", name="Download Edit decision list (CMX3600)").click()
    target = folder / download.value.suggested_filename
    download.value.save_as(target)
    text = target.read_text()
    assert target.name == "Sample talk-cut.edl"
    assert "FCM: NON-DROP FRAME" in text
    # The first words begin at 1.39 s of a recording that starts at one o'clock: frame 35 of 25 a second.
    first = re.search(r"^001 .* C +(\S+) (\S+) (\S+) (\S+)$", text, re.MULTILINE)
    assert first is not None
    assert first[1] == "01:00:01:10"
    # The suggestion that was kept is in, the one that was removed is out.
    starts = [line.split()[-4] for line in text.splitlines() if re.match(r"^\d{3} ", line)]
    assert len(starts) == 12
    assert "01:00:26:13" not in starts
