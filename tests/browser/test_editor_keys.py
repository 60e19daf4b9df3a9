"""The keys of video editors: shuttle, ranges, trims, frames and edges; maps that are chosen, and keys of one's own."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Sample, Visitor, choose_keys, open_review, try_sample
from tests.browser.test_review import SILENCE, saved, select_row

SELECTED = ".segment-row[aria-selected=true] .time"


@pytest.fixture
def editing(alice: Visitor, sample: Sample) -> Iterator[Page]:
    """The review of someone who has chosen the keys of editors."""
    choose_keys(sample.caller, "editor")
    yield open_review(alice.page, alice.address, sample)
    choose_keys(sample.caller, "clipflow")


def seconds(page: Page) -> float:
    minutes, rest = page.locator("#clock").inner_text().split(":")
    return 60 * int(minutes) + float(rest)


def go_to(page: Page, time: str, seconds_on: int) -> None:
    select_row(page, time)
    for _ in range(seconds_on):
        page.keyboard.press("Shift+Period")


def test_x_removes_and_v_keeps_what_is_selected(editing: Page, sample: Sample) -> None:
    select_row(editing, "0:05.42")
    editing.keyboard.press("v")
    editing.keyboard.press("x")
    saved(editing)
    assert (*SILENCE, "keep") in sample.decisions()
    assert [action for _, _, action in sample.decisions()] == ["keep", "remove"]


def test_a_range_between_two_marks_is_removed(editing: Page, sample: Sample) -> None:
    go_to(editing, "0:01.39", 1)
    editing.keyboard.press("i")
    editing.keyboard.press("Shift+Period")
    editing.keyboard.press("o")
    expect(editing.locator("#range-told")).to_have_text("0:02.40 to 0:03.40, 1.00 s")
    editing.keyboard.press("x")
    saved(editing)
    assert sample.decisions() == [(2400, 3400, "remove")]
    expect(editing.locator("#range-tools")).to_be_hidden()


def test_a_range_that_is_drawn_is_kept_by_its_button(editing: Page, sample: Sample) -> None:
    editing.keyboard.press("f")
    wave = editing.locator("#waveform-canvas").bounding_box()
    assert wave
    middle = wave["y"] + wave["height"] / 2
    editing.mouse.move(wave["x"] + 0.52 * wave["width"], middle)
    editing.mouse.down()
    editing.mouse.move(wave["x"] + 0.6 * wave["width"], middle, steps=4)
    editing.mouse.up()
    editing.get_by_role("button", name="Keep the range").click()
    saved(editing)
    ((start, end, action),) = sample.decisions()
    assert action == "keep"
    length = sample.result()["summary"]["duration_ms"]
    assert abs(start - 0.52 * length) < 300
    assert abs(end - 0.6 * length) < 300


def test_a_range_is_forgotten_by_going_elsewhere(editing: Page, sample: Sample) -> None:
    go_to(editing, "0:01.39", 1)
    editing.keyboard.press("i")
    editing.keyboard.press("Shift+Period")
    editing.keyboard.press("o")
    expect(editing.locator("#range-tools")).to_be_visible()
    select_row(editing, "0:05.42")
    expect(editing.locator("#range-tools")).to_be_hidden()
    editing.keyboard.press("v")
    saved(editing)
    assert sample.decisions() == [(*SILENCE, "keep")]


def test_a_range_with_one_side_decides_on_nothing_but_what_is_selected(editing: Page, sample: Sample) -> None:
    go_to(editing, "0:01.39", 1)
    editing.keyboard.press("i")
    select_row(editing, "0:05.42")
    editing.keyboard.press("v")
    saved(editing)
    assert sample.decisions() == [(*SILENCE, "keep")]


def test_escape_forgets_a_range(editing: Page) -> None:
    go_to(editing, "0:01.39", 1)
    editing.keyboard.press("i")
    editing.keyboard.press("Shift+Period")
    editing.keyboard.press("o")
    editing.keyboard.press("Escape")
    expect(editing.locator("#range-tools")).to_be_hidden()


def test_trims_take_the_rest_of_a_segment_out(editing: Page, sample: Sample) -> None:
    go_to(editing, "0:01.39", 1)
    editing.keyboard.press("q")
    expect(editing.locator(SELECTED)).to_have_text("0:02.40")
    editing.keyboard.press("Shift+Period")
    editing.keyboard.press("w")
    saved(editing)
    assert sample.decisions() == [(1390, 2400, "remove"), (3400, 5420, "remove")]


def test_a_trim_is_undone_by_one_key(editing: Page, sample: Sample) -> None:
    go_to(editing, "0:01.39", 1)
    editing.keyboard.press("q")
    editing.keyboard.press("Control+z")
    saved(editing)
    assert sample.decisions() == []


def test_arrows_go_by_frames_and_from_edge_to_edge(editing: Page) -> None:
    select_row(editing, "0:01.39")
    editing.keyboard.press("Shift+ArrowRight")
    assert seconds(editing) == pytest.approx(1.39 + 0.4, abs=0.06)
    editing.keyboard.press("Control+ArrowRight")
    expect(editing.locator("#clock")).to_have_text("0:05.42")
    editing.keyboard.press("Control+ArrowLeft")
    expect(editing.locator("#clock")).to_have_text("0:01.39")
    editing.keyboard.press("ArrowRight")
    assert seconds(editing) == pytest.approx(1.39 + 0.04, abs=0.04)


def test_the_shuttle_goes_forwards_faster_and_stops(editing: Page) -> None:
    editing.keyboard.press("l")
    editing.keyboard.press("l")
    expect(editing.locator("#clock")).to_have_text(re.compile("0:0[3-9]"))
    assert editing.evaluate("document.querySelector('video.is-front').playbackRate") == 2
    editing.keyboard.press("k")
    expect(editing.locator("#review")).to_have_attribute("data-mode", "paused")
    assert editing.evaluate("document.querySelector('video.is-front').playbackRate") == 1


def test_the_shuttle_goes_backwards_and_takes_the_selection_along(editing: Page) -> None:
    select_row(editing, "0:05.42")
    editing.keyboard.press("j")
    expect(editing.locator("#review")).to_have_attribute("data-mode", "backwards")
    expect(editing.locator(SELECTED)).to_have_text("0:01.39")
    expect(editing.locator("#clock")).to_have_text(re.compile("0:0[0-3]"))
    editing.keyboard.press("Space")
    assert 0 <= seconds(editing) < 5


def test_what_was_decided_flashes_in_the_list(editing: Page) -> None:
    select_row(editing, "0:05.42")
    editing.keyboard.press("v")
    expect(editing.locator(".segment-row.is-flashed .time")).to_have_text("0:05.42")
    expect(editing.locator(".segment-row.is-flashed")).to_have_count(0)


def test_a_person_chooses_a_map_once(newcomer: Visitor, sample: Sample) -> None:
    newcomer.go("/projects")
    try_sample(newcomer.page)
    newcomer.page.get_by_role("link", name="Review Sample talk").click()
    expect(newcomer.page.locator("#review")).to_have_attribute("data-ready", "all")
    newcomer.page.get_by_role("button", name="ClipFlow’s own").click()
    expect(newcomer.page.get_by_role("button", name="Keep", exact=True)).to_have_attribute("title", "Keep (K)")
    newcomer.page.reload()
    expect(newcomer.page.locator("#review")).to_have_attribute("data-ready", "all")
    expect(newcomer.page.locator("#keys-notice")).to_be_hidden()
    expect(newcomer.page.get_by_role("button", name="Keep", exact=True)).to_have_attribute("title", "Keep (K)")


def test_a_key_is_changed_for_good(editing: Page, sample: Sample) -> None:
    editing.keyboard.press("?")
    editing.get_by_role("button", name="Change the key for: Take the decision back").click()
    editing.keyboard.press("x")
    expect(editing.locator("#keys-message")).to_contain_text("X is chosen")
    editing.get_by_role("button", name="Close").click()
    editing.reload()
    expect(editing.locator("#review")).to_have_attribute("data-ready", "all")
    select_row(editing, "0:05.42")
    editing.keyboard.press("v")
    select_row(editing, "0:05.42")
    editing.keyboard.press("x")
    saved(editing)
    assert sample.decisions() == []


def test_a_key_of_the_browser_is_refused(editing: Page) -> None:
    editing.keyboard.press("?")
    editing.get_by_role("button", name="Change the key for: Take the decision back").click()
    editing.keyboard.press("Control+r")
    expect(editing.locator("#keys-message")).to_contain_text("Ctrl R is the browser's own")
    editing.keyboard.press("Escape")
    expect(editing.locator("#keys-message")).to_be_empty()
