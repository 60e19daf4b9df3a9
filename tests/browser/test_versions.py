"""A review is left and taken up again, finished, analysed anew in its place, and gone back to."""

import re

import pytest
from playwright.sync_api import Page, expect

from scripts.fake_openai import FakeOpenAI
from tests.browser.conftest import Sample, Visitor, choose_keys, open_review
from tests.browser.test_review import SILENCE, saved, select_row
from tests.service.processes import Caller

SELECTED = ".segment-row[aria-selected=true] .time"


def reopened(page: Page) -> Page:
    page.reload()
    expect(page.locator("#review")).to_have_attribute("data-ready", "all")
    return page


def test_a_review_begins_where_it_was_left(review: Page) -> None:
    select_row(review, "0:05.42")
    review.locator("#filter [name=action]").select_option("remove")
    reopened(review)
    expect(review.locator("#clock")).to_have_text("0:05.42")
    expect(review.locator(SELECTED)).to_have_text("0:05.42")
    expect(review.locator("#filter [name=action]")).to_have_value("remove")


def test_the_transcript_tab_is_remembered(review: Page) -> None:
    review.keyboard.press("w")
    expect(review.locator("#transcript")).to_be_visible()
    reopened(review)
    expect(review.locator("#transcript")).to_be_visible()


@pytest.mark.parametrize(("text", "clock"), [("12.5", "0:12.50"), ("0:07.2", "0:07.20"), ("nonsense", "0:00.00")])
def test_an_address_names_a_moment(text: str, clock: str, alice: Visitor, sample: Sample) -> None:
    page = alice.go(f"/review/{sample.analysis_id}?t={text}")
    expect(page.locator("#review")).to_have_attribute("data-ready", "all")
    expect(page.locator("#clock")).to_have_text(clock)


def test_a_decision_is_undone_after_the_page_was_loaded_again(review: Page, sample: Sample) -> None:
    select_row(review, "0:05.42")
    review.keyboard.press("k")
    saved(review)
    reopened(review)
    review.keyboard.press("Control+z")
    expect(review.locator("#undo")).to_be_disabled()
    saved(review)
    assert sample.decisions() == []
    review.keyboard.press("Control+Shift+z")
    saved(review)
    expect(review.locator("#undo")).to_be_enabled()
    assert sample.decisions() == [(*SILENCE, "keep")]


def test_what_others_did_meanwhile_is_not_undone_by_an_old_page(review: Page, sample: Sample) -> None:
    select_row(review, "0:05.42")
    review.keyboard.press("k")
    saved(review)
    sample.decide(10_000, 11_000, "keep")
    reopened(review)
    expect(review.locator("#undo")).to_be_disabled()


def test_dividers_are_moved_by_hand_and_by_key_and_stay(review: Page) -> None:
    divider = review.get_by_role("separator", name="Width of the picture")
    before = review.locator(".stage").bounding_box()
    place = divider.bounding_box()
    assert before is not None
    assert place is not None
    review.mouse.move(place["x"] + 3, place["y"] + 40)
    review.mouse.down()
    review.mouse.move(place["x"] - 150, place["y"] + 40, steps=4)
    review.mouse.up()
    after = review.locator(".stage").bounding_box()
    assert after is not None
    assert before["width"] - after["width"] > 100
    divider.focus()
    review.keyboard.press("ArrowLeft")
    value = divider.get_attribute("aria-valuenow")
    reopened(review)
    assert divider.get_attribute("aria-valuenow") == value


def test_the_waveform_is_made_higher(review: Page) -> None:
    before = review.locator("#waveform").bounding_box()
    review.get_by_role("separator", name="Height of the waveform").focus()
    for _ in range(3):
        review.keyboard.press("ArrowUp")
    after = review.locator("#waveform").bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] - before["height"] > 50


def test_a_review_is_finished_and_goes_on(review: Page, sample: Sample) -> None:
    review.get_by_role("button", name="Mark as reviewed").click()
    expect(review.locator("#reviewed")).to_have_attribute("aria-pressed", "true")
    assert sample.result()["reviewed_at"] is not None
    reopened(review)
    review.get_by_role("button", name="Reviewed", exact=True).click()
    expect(review.locator("#reviewed")).to_have_attribute("aria-pressed", "false")
    assert sample.result()["reviewed_at"] is None


@pytest.fixture
def twice(address: str, alice: Visitor) -> Sample:
    """A recording with two analyses, of which the first one has a decision."""
    caller = Caller(address, "alice@example.org")
    project_id = caller.make_project()
    media_id = caller.call("POST", f"/projects/{project_id}/sample").json()["media_file"]["id"]
    first = caller.analyze(media_id)
    caller.wait_for_status(first, "completed")
    sample = Sample(caller, project_id, media_id, first, {})
    sample.decide(*SILENCE, "keep")
    caller.wait_for_status(caller.analyze(media_id), "completed")
    return sample


def test_an_earlier_version_is_looked_at_and_gone_back_to(alice: Visitor, twice: Sample) -> None:
    page = open_review(alice.page, alice.address, twice)
    expect(page.get_by_text("This is an earlier version")).to_be_visible()
    page.get_by_role("button", name="Go back to this version").click()
    expect(page.locator("#older-version")).to_be_hidden()
    page.locator("#versions summary").click()
    rows = page.locator("#versions-list > li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("1 decision · current")
    rows.nth(1).get_by_role("link").click()
    page.wait_for_url(re.compile(f"/review/(?!{twice.analysis_id})"))
    expect(page.get_by_text("This is an earlier version")).to_be_visible()


def test_a_recording_is_transcribed_in_its_review_and_keeps_the_decisions(
    newcomer: Visitor, address: str, new_email: str, fake_openai: FakeOpenAI
) -> None:
    caller = Caller(address, new_email)
    choose_keys(caller, "editor")
    project_id = caller.make_project()
    media_id = caller.call("POST", f"/projects/{project_id}/sample").json()["media_file"]["id"]
    analysis_id = caller.analyze(media_id)
    caller.wait_for_status(analysis_id, "completed")
    page = open_review(newcomer.page, address, Sample(caller, project_id, media_id, analysis_id, {}))
    select_row(page, "0:05.42")
    page.keyboard.press("v")
    page.keyboard.press("t")
    page.get_by_role("button", name="Transcribe the recording").click()
    page.get_by_role("button", name="Send and transcribe").click()
    page.wait_for_url(re.compile(f"/review/(?!{analysis_id})"), timeout=60_000)
    expect(page.locator("#transcript-words")).to_contain_text("morning")
    newer = page.url.split("/review/")[1].split("#")[0]
    found = caller.get(f"/analysis/{newer}")["analysis_result"]
    assert [(one["start_ms"], one["end_ms"], one["action"]) for one in found["decisions"]] == [(*SILENCE, "keep")]
