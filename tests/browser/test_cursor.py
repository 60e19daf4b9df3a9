"""One cursor: what is heard, selected and said is one thing, and what is decided on is what was meant."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakeVisitor, Sample, Visitor, open_review
from tests.browser.test_review import SILENCE, SUGGESTION, saved, select_row
from tests.browser.test_transcript import dora, transcribed, transcribed_sample, word  # noqa: F401

SELECTED = ".segment-row[aria-selected=true] .time"


def play_into_the_silence(page: Page) -> None:
    """Play from a second before it, and go on playing."""
    select_row(page, "0:05.42")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(SELECTED)).to_have_text("0:01.39")
    page.keyboard.press("Space")
    expect(page.locator(SELECTED)).to_have_text("0:05.42")


def test_what_is_decided_while_it_plays_is_what_is_heard(review: Page, sample: Sample) -> None:
    play_into_the_silence(review)
    review.keyboard.press("k")
    review.keyboard.press("Space")
    saved(review)
    assert sample.decisions() == [(*SILENCE, "keep")]


def test_the_selection_follows_what_is_heard_unless_it_is_held(review: Page) -> None:
    play_into_the_silence(review)
    review.get_by_role("button", name="Hold the selection").click()
    expect(review.locator("#clock")).to_have_text(re.compile(r"0:(0[89]|1\d)"))
    expect(review.locator(SELECTED)).to_have_text("0:05.42")
    review.keyboard.press("Space")


def test_home_takes_the_selection_along(review: Page) -> None:
    select_row(review, "0:05.42")
    review.keyboard.press("Home")
    expect(review.locator(SELECTED)).to_have_text("0:00.00")
    review.keyboard.press("j")
    expect(review.locator(SELECTED)).to_have_text("0:01.39")


def test_a_click_on_a_row_takes_the_playhead_along_while_it_plays(review: Page) -> None:
    review.keyboard.press("Space")
    select_row(review, "0:05.42")
    expect(review.locator("#clock")).to_have_text(re.compile(r"0:0[567]"))
    review.keyboard.press("Space")


def test_a_suggestion_at_the_very_beginning_is_not_skipped(alice: Visitor, sample: Sample) -> None:
    sample.decide(0, 1390, "suggest_remove")
    review = open_review(alice.page, alice.address, sample)
    review.keyboard.press("u")
    expect(review.locator(SELECTED)).to_have_text("0:00.00")
    review.keyboard.press("u")
    expect(review.locator(SELECTED)).to_have_text("0:26.52")


def test_what_was_split_is_joined_again(review: Page, sample: Sample) -> None:
    select_row(review, "0:05.42")
    review.keyboard.press("ArrowRight")
    review.keyboard.press("s")
    expect(review.locator(SELECTED)).to_have_text("0:06.44")
    review.keyboard.press("m")
    saved(review)
    assert sample.decisions() == [(*SILENCE, "remove")]


def test_what_was_typed_into_a_note_is_kept_by_escape(review: Page, sample: Sample) -> None:
    select_row(review, "0:05.42")
    review.keyboard.press("n")
    review.locator("#note-text").fill("a door")
    review.keyboard.press("Escape")
    saved(review)
    assert sample.result()["decisions"][0]["note"] == "a door"


def test_a_decision_says_what_it_was_and_offers_the_way_back(review: Page, sample: Sample) -> None:
    select_row(review, "0:05.42")
    review.keyboard.press("k")
    expect(review.locator("#toast")).to_contain_text("Kept 0:05.42")
    review.locator("#toast").get_by_text("Undo").click()
    saved(review)
    assert sample.decisions() == []


def test_after_a_word_was_clicked_a_suggestion_is_what_is_removed(
    dora: Visitor,  # noqa: F811
    transcribed: Sample,  # noqa: F811
) -> None:
    review = open_review(dora.page, dora.address, transcribed)
    review.get_by_role("tab", name="Transcript").click()
    word(review, 2).click()
    review.keyboard.press("u")
    review.keyboard.press("x")
    saved(review)
    [(start_ms, end_ms, action)] = transcribed.decisions()
    suggested = next(one for one in transcribed.result()["segments"] if one["decided_by"] == "user")
    assert (start_ms, end_ms, action) == (suggested["start_ms"], suggested["end_ms"], "remove")
    assert suggested["type"] != "speech"


@pytest.mark.parametrize("offset_px", [-11, 11])
def test_a_finger_catches_an_edge_that_is_near(make_visitor: MakeVisitor, sample: Sample, offset_px: int) -> None:
    alice = make_visitor("alice@example.org", has_touch=True, viewport={"width": 1024, "height": 768})
    review = open_review(alice.page, alice.address, sample)
    select_row(review, "0:05.42")
    review.keyboard.press("z")
    box = review.locator("#waveform-canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * (0.5 - 0.5 / 1.6) + offset_px, box["y"] + 100
    session = alice.context.new_cdp_session(review)
    for kind, at in (("touchStart", x), ("touchMove", x + 30), ("touchMove", x + 60), ("touchEnd", None)):
        points = [] if at is None else [{"x": at, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    saved(review)
    assert [action for _, _, action in sample.decisions()] == ["keep", "remove"]
    assert SUGGESTION[0] > sample.decisions()[0][1] > SILENCE[0]


def test_going_elsewhere_forgets_rows_that_were_selected(review: Page, sample: Sample) -> None:
    review.locator("#segments").focus()
    review.keyboard.press("Control+a")
    box = review.locator("#waveform-canvas").bounding_box()
    review.mouse.click(box["x"] + box["width"] * 12 / 57.4, box["y"] + box["height"] / 2)
    review.keyboard.press("x")
    expect(review.locator("#toast")).to_contain_text("Removed 0:10.77")


def test_another_filter_forgets_rows_that_were_selected(review: Page, sample: Sample) -> None:
    review.get_by_label("Type").select_option("speech")
    review.locator("#segments").focus()
    review.keyboard.press("Control+a")
    review.get_by_label("Type").select_option("silence")
    expect(review.locator(".segment-row.is-marked:not([hidden])")).to_have_count(0)
    review.keyboard.press("Control+z")


def test_after_an_edge_was_let_go_what_is_decided_on_is_beside_it(review: Page, sample: Sample) -> None:
    box = review.locator("#waveform-canvas").bounding_box()
    edge_x, y = box["x"] + box["width"] * 10.77 / 57.4, box["y"] + box["height"] / 2
    review.locator(".segment-row", has_text="0:01.39").first.click()
    review.mouse.move(edge_x, y)
    review.mouse.down()
    review.mouse.move(edge_x + 20, y, steps=3)
    review.mouse.up()
    expect(review.locator("#review")).to_have_attribute("data-mode", "paused", timeout=10_000)
    expect(review.locator(SELECTED)).to_have_text(re.compile(r"0:11\."))
    expect(review.locator("#clock")).to_have_text(re.compile(r"0:11\."))


def test_a_click_in_the_overview_moves_everything(review: Page) -> None:
    box = review.locator("#overview-canvas").bounding_box()
    review.mouse.click(box["x"] + box["width"] * 30 / 57.4, box["y"] + box["height"] / 2)
    expect(review.locator(SELECTED)).to_have_text("0:26.52")
    expect(review.locator("#clock")).to_have_text(re.compile("0:(29|30)"))


@pytest.mark.parametrize("canvas", ["#waveform-canvas", "#overview-canvas"])
def test_escape_lets_go_of_an_edge(review: Page, sample: Sample, canvas: str) -> None:
    box = review.locator(canvas).bounding_box()
    edge_x, y = box["x"] + box["width"] * 10.77 / 57.4, box["y"] + box["height"] / 2
    review.mouse.move(edge_x, y)
    review.mouse.down()
    review.mouse.move(edge_x + 20, y, steps=3)
    expect(review.locator("#edge-draft")).to_be_visible()
    review.keyboard.press("Escape")
    review.mouse.move(edge_x + 30, y)
    review.mouse.up()
    expect(review.locator("#edge-draft")).to_be_hidden()
    assert sample.decisions() == []


def test_a_kind_that_is_opened_is_gone_through_one_by_one(review: Page) -> None:
    review.locator("#group-list .group-name").first.click()
    expect(review.locator("#segments")).to_be_focused()
    review.keyboard.press("x")
    expect(review.locator("#toast")).to_contain_text("Removed 0:26.52")
