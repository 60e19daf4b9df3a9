"""Suggestions by the hundred: kinds that are heard and decided on as a whole, and rows that are selected together."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Sample, Visitor, open_review
from tests.browser.test_review import SUGGESTION, saved, select_row

SECOND_SUGGESTION = (45_820, 46_560)


@pytest.fixture
def many(alice: Visitor, sample: Sample) -> Page:
    """The sample with twenty more suggestions, made by hand."""
    starts_ms = range(5500, 6700, 60)
    changes = [{"start_ms": one, "end_ms": one + 20, "action": "suggest_remove"} for one in starts_ms]
    body = {"version": sample.result()["version"], "changes": changes}
    assert sample.caller.call("PATCH", f"{sample.path}/segments", json=body).ok
    return open_review(alice.page, alice.address, sample)


def show_suggestions(page: Page) -> None:
    """Let the list show the two suggestions of the sample alone."""
    page.get_by_label("Action").select_option("suggest_remove")
    expect(page.locator(".segment-row:visible")).to_have_count(2)


def test_what_waits_is_shown_by_kind_with_its_number(many: Page) -> None:
    expect(many.locator("#group-list > li").first).to_contain_text("Suggested by hand, under 0.5 s × 20")
    expect(many.locator("#decided-told")).to_have_text("0 of 22 decided")


def test_a_kind_is_removed_as_a_whole_and_one_undo_takes_it_back(many: Page, sample: Sample) -> None:
    many.get_by_role("button", name="Remove all of Suggested by hand, under 0.5 s × 20").click()
    saved(many)
    assert sum(action == "remove" for _, _, action in sample.decisions()) == 20
    expect(many.locator("#toast")).to_contain_text("Removed Suggested by hand")
    expect(many.locator("#sum-suggestions")).to_have_text("2 left")
    many.keyboard.press("Control+z")
    saved(many)
    assert {action for _, _, action in sample.decisions()} == {"suggest_remove"}


def test_the_list_shows_the_members_of_a_kind_alone(many: Page) -> None:
    many.locator("#group-list .group-name", has_text="Suggested by hand").click()
    expect(many.locator(".segment-row[aria-selected=true] .time")).to_have_text("0:05.50")
    many.keyboard.press("End")
    assert set(many.locator(".segment-row:visible .length").all_inner_texts()) == {"0.02 s"}
    many.locator("#group-list .group-name", has_text="Suggested by hand").click()
    expect(many.locator(".segment-row:visible", has_text="Speech").first).to_be_visible()


def test_everything_that_waits_is_decided_on_with_a_few_keys(many: Page, sample: Sample) -> None:
    many.keyboard.press("g")
    for key, left in (("x", 2), ("k", 1), ("x", 0)):
        many.keyboard.press(key)
        expect(many.locator("#sum-suggestions")).to_have_text(f"{left} left")
    saved(many)
    assert "suggest_remove" not in {action for _, _, action in sample.decisions()}


def test_keys_that_come_faster_than_the_page_draws_each_mean_the_next_kind(many: Page, sample: Sample) -> None:
    many.keyboard.press("g")
    many.evaluate(
        """for (const key of ["x", "k", "x"]) document.activeElement.dispatchEvent(
             new KeyboardEvent("keydown", { key, code: `Key${key.toUpperCase()}`, bubbles: true, cancelable: true }))"""
    )
    expect(many.locator("#sum-suggestions")).to_have_text("0 left")
    saved(many)
    decided = [action for _, _, action in sample.decisions()]
    assert (decided.count("remove"), decided.count("keep")) == (21, 1)


def test_five_of_a_kind_are_heard(many: Page) -> None:
    many.get_by_role("button", name=re.compile("Listen to five of Suggested by hand")).click()
    expect(many.locator("#review")).to_have_attribute("data-mode", "listening")
    many.keyboard.press("Space")


def test_rows_that_are_selected_together_are_decided_on_together(review: Page, sample: Sample) -> None:
    show_suggestions(review)
    select_row(review, "0:26.52")
    review.locator(".segment-row:visible").nth(1).click(modifiers=["Shift"])
    expect(review.locator(".segment-row.is-marked:visible")).to_have_count(2)
    review.keyboard.press("x")
    saved(review)
    assert [action for _, _, action in sample.decisions()] == ["remove", "remove"]
    review.keyboard.press("Control+z")
    saved(review)
    assert sample.decisions() == []


def test_single_rows_are_added_and_all_are_selected_by_key(review: Page, sample: Sample) -> None:
    select_row(review, "0:05.42")
    review.locator(".segment-row:visible", has_text="0:16.49").click(modifiers=["Control"])
    expect(review.locator(".segment-row.is-marked:visible")).to_have_count(2)
    review.keyboard.press("Escape")
    expect(review.locator(".segment-row.is-marked:visible")).to_have_count(0)
    show_suggestions(review)
    review.locator("#segments").focus()
    review.keyboard.press("Control+a")
    review.keyboard.press("k")
    saved(review)
    assert sample.decisions()[0] == (*SUGGESTION, "keep")
    assert len(sample.decisions()) == 2
