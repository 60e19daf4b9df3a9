"""The transcript on the pages: transcribed or imported, read, searched, corrected, cut by its words."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from scripts.fake_openai import FakeOpenAI, phrases, shaped
from tests.browser.conftest import (
    MakeVisitor,
    Sample,
    Visitor,
    open_more,
    open_review,
    try_sample,
    violations_of,
)
from tests.service.processes import Caller

LENGTH_S, SAID = phrases()
SPOKEN = " ".join(one.text for one in SAID)


@pytest.fixture(scope="session")
def transcribed_sample(address: str) -> Sample:
    """Dora's project with the sample and its transcript."""
    caller = Caller(address, "dora@example.org")
    project_id = caller.make_project()
    media_id = caller.call("POST", f"/projects/{project_id}/sample").json()["media_file"]["id"]
    analysis_id = caller.call("POST", f"/media/{media_id}/analyze", json={"processing_mode": "whisper"}).json()[
        "analysis_id"
    ]
    caller.wait_for_status(analysis_id, "completed")
    return Sample(caller, project_id, media_id, analysis_id, {})


@pytest.fixture
def transcribed(transcribed_sample: Sample) -> Sample:
    """As it was after the analysis."""
    transcribed_sample.decide(0, 57_400, "auto")
    return transcribed_sample


@pytest.fixture
def dora(make_visitor: MakeVisitor, transcribed: Sample) -> Visitor:
    return make_visitor("dora@example.org")


@pytest.fixture
def review(dora: Visitor, transcribed: Sample) -> Page:
    """The review with its transcript open."""
    page = open_review(dora.page, dora.address, transcribed)
    page.get_by_role("tab", name="Transcript").click()
    expect(word(page, 0)).to_have_text("Good")
    return page


@pytest.fixture
def calm(fake_openai: FakeOpenAI) -> Iterator[FakeOpenAI]:
    yield fake_openai
    fake_openai.book.orders.clear()


def word(page: Page, index: int) -> Locator:
    return page.locator(f"#transcript-words [data-index='{index}']")


def saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_have_text("Saved")


def select_words(page: Page, first: int, last: int) -> None:
    """Drag over words."""
    begin, end = word(page, first).bounding_box(), word(page, last).bounding_box()
    assert begin is not None
    assert end is not None
    page.mouse.move(begin["x"] + 1, begin["y"] + begin["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] - 1, end["y"] + end["height"] / 2, steps=5)
    page.mouse.up()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.exhaustive)])
def test_the_transcript_keeps_nobody_out(make_visitor: MakeVisitor, transcribed: Sample, scheme: str) -> None:
    dora = make_visitor("dora@example.org", color_scheme=scheme, bypass_csp=True)
    page = open_review(dora.page, dora.address, transcribed)
    page.keyboard.press("t")
    select_words(page, 1, 3)
    page.keyboard.press("x")
    expect(word(page, 2)).to_have_attribute("data-action", "remove")
    assert violations_of(page) == []
    word(page, 4).dblclick()
    assert violations_of(page) == []
    page.keyboard.press("Escape")
    transcribed.caller.call("GET", transcribed.path)


def test_the_price_is_asked_before_anything_is_sent(newcomer: Visitor, calm: FakeOpenAI) -> None:
    page = newcomer.go("/projects")
    try_sample(page)
    expect(page.get_by_role("link", name="Review Sample talk")).to_be_visible(timeout=60_000)
    asked = len(calm.book.log)
    open_more(page, "Sample talk")
    page.get_by_label("Find").select_option("whisper")
    page.get_by_role("button", name="Analyse again: Sample talk").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 minute of sound will be sent to 127.0.0.1, for about 0.01 USD.")
    dialog.get_by_role("button", name="Cancel").click()
    assert len(calm.book.log) == asked
    open_more(page, "Sample talk")
    page.get_by_role("button", name="Analyse again: Sample talk").click()
    review = page.get_by_role("link", name="Review Sample talk")
    before = review.get_attribute("href")
    page.get_by_role("button", name="Send and transcribe").click()
    # The earlier review stays open until the new one is there.
    expect(review).not_to_have_attribute("href", before, timeout=60_000)
    review.click()
    page.wait_for_selector("#review[data-ready=all]")
    page.keyboard.press("t")
    expect(word(page, 0)).to_have_text("Good")


def test_a_refusal_of_the_service_is_said_on_the_card(newcomer: Visitor, calm: FakeOpenAI) -> None:
    page = newcomer.go("/projects")
    try_sample(page)
    expect(page.get_by_role("link", name="Review Sample talk")).to_be_visible(timeout=60_000)
    calm.order("no-budget")
    open_more(page, "Sample talk")
    page.get_by_label("Find").select_option("whisper")
    page.get_by_role("button", name="Analyse again: Sample talk").click()
    page.get_by_role("button", name="Send and transcribe").click()
    expect(page.get_by_text("The budget at the transcription service is used up")).to_be_visible(timeout=60_000)


def test_a_transcript_is_imported_into_the_review(review_without: Page, tmp_path: Path) -> None:
    page = review_without
    page.keyboard.press("t")
    expect(page.get_by_text("There is no transcript yet")).to_be_visible()
    wrong = tmp_path / "wrong.srt"
    wrong.write_text("nothing")
    page.locator("#transcript-file").set_input_files(wrong)
    expect(page.locator("#transcript-outcome")).to_contain_text("in no format that is known")
    right = tmp_path / "talk.json"
    right.write_text(json.dumps(shaped(SAID, "", LENGTH_S)))
    with page.expect_navigation():
        page.locator("#transcript-file").set_input_files(right)
    page.wait_for_selector("#review[data-ready=all]")
    page.get_by_role("tab", name="Transcript").click()
    expect(page.locator("#transcript-words")).to_contain_text("Everybody knows that filler")


@pytest.fixture
def review_without(newcomer: Visitor) -> Page:
    """The review of a recording without a transcript."""
    newcomer.expect_fault("400 (BAD REQUEST)")
    page = newcomer.go("/projects")
    try_sample(page)
    page.get_by_role("link", name="Review Sample talk").click(timeout=60_000)
    page.wait_for_selector("#review[data-ready=all]")
    return page


def test_a_click_on_a_word_goes_there(review: Page) -> None:
    word(review, 40).click()
    expect(word(review, 40)).to_have_class(re.compile("is-current"))
    expect(review.locator("#clock")).to_have_text(re.compile(r"0:23\.\d\d"))


def test_the_transcript_follows_playback(review: Page) -> None:
    word(review, 0).click()
    review.keyboard.press("Space")
    # Words come and go too quickly to wait for one of them.
    expect(review.locator(".is-current")).not_to_have_text("Good")
    review.keyboard.press("Space")


def test_what_is_said_is_searched(review: Page) -> None:
    review.get_by_placeholder("Search").fill("pause")
    expect(review.locator("#transcript-found")).to_have_text("2 matches")
    review.keyboard.press("Enter")
    expect(review.locator("#transcript-found")).to_have_text("1 of 2")
    expect(review.locator(".is-match")).to_have_text("pause")
    expect(review.locator("#clock")).to_have_text(re.compile("0:09"))
    review.get_by_label("Next match").click()
    expect(review.locator("#clock")).to_have_text(re.compile("0:15"))
    review.get_by_placeholder("Search").fill("elephant")
    expect(review.locator("#transcript-found")).to_have_text("Not said")


def test_selected_words_are_removed_and_brought_back(review: Page, transcribed: Sample) -> None:
    select_words(review, 1, 3)
    review.get_by_role("button", name="Remove words").click()
    expect(word(review, 2)).to_have_attribute("data-action", "remove")
    saved(review)
    ((start_ms, end_ms, action),) = transcribed.decisions()
    assert action == "remove"
    assert abs(start_ms - 1_750) < 60
    assert abs(end_ms - 2_770) < 60
    review.keyboard.press("Control+z")
    expect(word(review, 2)).to_have_attribute("data-action", "keep")
    saved(review)
    assert transcribed.decisions() == []


def test_selected_words_are_decided_on_by_key(review: Page, transcribed: Sample) -> None:
    select_words(review, 0, 1)
    review.keyboard.press("x")
    expect(word(review, 0)).to_have_attribute("data-action", "remove")
    saved(review)
    assert len(transcribed.decisions()) == 1


def test_all_of_a_filler_are_accepted_at_once_and_one_undo_takes_it_back(review: Page, transcribed: Sample) -> None:
    review.get_by_role("button", name="Remove all speech that the transcript leaves out").click()
    saved(review)
    assert transcribed.decisions() == [(20_610, 21_400, "remove")]
    expect(review.locator("#fillers")).to_be_hidden()
    review.keyboard.press("Control+z")
    saved(review)
    assert transcribed.decisions() == []
    expect(review.locator("#fillers")).to_be_visible()


def test_a_corrected_word_is_saved_and_becomes_a_filler(review: Page, transcribed: Sample) -> None:
    word(review, 2).dblclick()
    review.get_by_label("Word", exact=True).fill("um,")
    review.get_by_role("button", name="Save", exact=True).click()
    expect(word(review, 2)).to_have_attribute("data-filler", "um")
    expect(review.get_by_role("button", name="Remove all “um”")).to_be_visible()
    saved(review)
    review.get_by_role("tab", name="Segments").click()
    expect(review.locator(".segment-row").filter(has_text="Filler “um”")).to_have_count(1)
    # As it was, for the next test.
    review.get_by_role("tab", name="Transcript").click()
    word(review, 2).click()
    review.keyboard.press("Enter")
    review.get_by_label("Word", exact=True).fill("and")
    review.get_by_role("button", name="Save", exact=True).click()
    expect(word(review, 2)).not_to_have_attribute("data-filler", "um")
    saved(review)
    assert transcribed.result()["transcription"] == SPOKEN


def test_corrections_that_add_words_or_take_some_away_are_undone_and_done_again(
    review: Page, transcribed: Sample
) -> None:
    for text, spoken in (("and all of", "morning and all of"), ("", "morning welcome")):
        word(review, 2).dblclick()
        review.get_by_label("Word", exact=True).fill(text)
        review.get_by_role("button", name="Save", exact=True).click()
        saved(review)
        assert spoken in transcribed.result()["transcription"]
        review.keyboard.press("Control+z")
        saved(review)
        assert transcribed.result()["transcription"] == SPOKEN
        expect(word(review, 2)).to_have_text("and")
        review.keyboard.press("Control+Shift+z")
        saved(review)
        assert spoken in transcribed.result()["transcription"]
        review.keyboard.press("Control+z")
        saved(review)
    assert transcribed.result()["transcription"] == SPOKEN


def test_the_list_of_segments_shows_what_is_said(review: Page) -> None:
    review.get_by_role("tab", name="Segments").click()
    expect(review.locator(".segment-row").filter(has_text="A second voice joins in")).to_have_count(1)
    review.get_by_label("Type").select_option("filler")
    expect(review.locator(".segment-row:visible")).to_have_count(1)


def test_a_word_that_is_clicked_while_playing_is_played(review: Page) -> None:
    word(review, 0).click()
    review.keyboard.press("Space")
    expect(review.locator("#review")).to_have_attribute("data-mode", "playing")
    word(review, 40).click()
    expect(review.locator("#clock")).to_have_text(re.compile(r"0:2[345]\.\d\d"))
    review.keyboard.press("Space")


def test_words_are_selected_and_removed_by_key_alone(review: Page, transcribed: Sample) -> None:
    word(review, 5).click()
    for _ in range(3):
        review.keyboard.press("Shift+ArrowRight")
    review.keyboard.press("x")
    expect(word(review, 7)).to_have_attribute("data-action", "remove")
    expect(word(review, 8)).to_have_attribute("data-action", "keep")
    saved(review)
    ((start_ms, end_ms, _),) = transcribed.decisions()
    assert (abs(start_ms - 2_920) < 60, abs(end_ms - 3_890) < 60) == (True, True)


def test_a_selection_that_reaches_beyond_the_box_is_of_its_words(review: Page, transcribed: Sample) -> None:
    word(review, 5).click()
    review.keyboard.press("Control+a")
    review.keyboard.press("x")
    saved(review)
    ((start_ms, end_ms, action),) = transcribed.decisions()
    assert (start_ms <= 1_500, end_ms >= 55_000, action) == (True, True, "remove")


def test_corrections_mean_their_word_although_its_number_has_changed(review: Page, transcribed: Sample) -> None:
    for was, text in (("and", ""), ("made", "ELEVENTH")):
        review.locator("#transcript-words [data-index]").get_by_text(was, exact=True).first.dblclick()
        review.get_by_label("Word", exact=True).fill(text)
        review.get_by_role("button", name="Save", exact=True).click()
    saved(review)
    expect(word(review, 2)).to_have_text("welcome")
    said = transcribed.result()["transcription"].split()
    assert said[:11] == [
        "Good",
        "morning",
        "welcome",
        "to",
        "a",
        "little",
        "recording",
        "that",
        "was",
        "ELEVENTH",
        "by",
    ]
    # As it was, for the next test.
    content = json.dumps(shaped(SAID, "", LENGTH_S))
    path = f"/media/{transcribed.media_id}/transcript"
    assert transcribed.caller.call("POST", path, files={"file": ("talk.json", content)}).status_code == 200


def test_a_correction_whose_answer_is_lost_is_made_once(review: Page, dora: Visitor, transcribed: Sample) -> None:
    dora.expect_fault("ERR_FAILED")
    dora.expect_fault("409")

    lost: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method == "PATCH" and not lost:
            route.fetch()
            route.abort()
            lost.append(route.request.url)
        else:
            route.continue_()

    review.route("**/transcript", lose)
    word(review, 2).dblclick()
    review.get_by_label("Word", exact=True).fill("one two")
    review.get_by_role("button", name="Save", exact=True).click()
    saved(review)
    expect(word(review, 3)).to_have_text("two")
    assert transcribed.result()["transcription"].split()[:5] == ["Good", "morning", "one", "two", "welcome"]
    content = json.dumps(shaped(SAID, "", LENGTH_S))
    path = f"/media/{transcribed.media_id}/transcript"
    assert transcribed.caller.call("POST", path, files={"file": ("talk.json", content)}).status_code == 200


def test_keys_move_from_word_to_word(review: Page) -> None:
    word(review, 0).click()
    review.locator("#transcript-words").focus()
    review.keyboard.press("ArrowRight")
    expect(word(review, 1)).to_have_class(re.compile("is-current"))


def test_fillers_of_a_project_are_kept_with_its_settings(newcomer: Visitor) -> None:
    page = newcomer.go("/projects")
    try_sample(page)
    expect(page.get_by_role("link", name="Review Sample talk")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Settings of this project").click()
    page.get_by_label("Further fillers").fill("a little\nbasically speaking")
    page.get_by_label("Language that is spoken").fill("en")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#project-message")).to_contain_text("The settings are saved")
    page.get_by_role("button", name="Settings of this project").click()
    expect(page.get_by_label("Further fillers")).to_have_value("a little\nbasically speaking")
