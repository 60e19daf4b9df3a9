"""The review: decisions, tools, the network, other tabs, sessions."""

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import MakeVisitor, Sample, Visitor, open_review
from tests.conftest import SAMPLE, MakeMedia
from tests.service.conftest import PASSWORD
from tests.service.processes import Caller, wait_until

# Of the sample: a stretch of silence, and the first suggestion.
SILENCE = (5420, 7190)
SUGGESTION = (26520, 32800)


def saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_have_text("Saved")


def hold_in(held: list[Route]) -> Callable[[Route], None]:
    """Keeps calls back until the test lets them go."""

    def hold(route: Route) -> None:
        held.append(route)

    return hold


def select_row(page: Page, time_text: str) -> None:
    page.locator(".segment-row:not([hidden])", has_text=time_text).first.click()


def test_a_decision_is_saved_as_it_is_made(review: Page, sample: Sample) -> None:
    select_row(review, "0:05.42")
    review.keyboard.press("k")
    saved(review)
    assert sample.decisions() == [(*SILENCE, "keep")]


def test_the_next_segment_is_selected_after_a_decision(review: Page) -> None:
    select_row(review, "0:05.42")
    review.keyboard.press("k")
    expect(review.locator(".segment-row[aria-selected=true] .time")).to_have_text("0:07.19")


def test_a_decision_is_on_screen_before_the_server_has_answered(review: Page) -> None:
    held: list[Route] = []
    review.route("**/segments?segments=false", hold_in(held))
    select_row(review, "0:05.42")
    review.keyboard.press("k")
    expect(review.locator(".segment-row", has_text="0:05.42").locator(".action")).to_have_text("Keep ✎")
    expect(review.locator("#save-state")).to_have_text("Saving …")
    [route] = held
    route.continue_()
    saved(review)


def test_a_decision_can_be_taken_back_undone_and_done_again(review: Page, sample: Sample) -> None:
    select_row(review, "0:05.42")
    review.keyboard.press("k")
    select_row(review, "0:05.42")
    review.keyboard.press("a")
    saved(review)
    assert sample.decisions() == []
    review.keyboard.press("Control+z")
    saved(review)
    assert sample.decisions() == [(*SILENCE, "keep")]
    review.keyboard.press("Control+z")
    saved(review)
    assert sample.decisions() == []
    review.keyboard.press("Control+Shift+z")
    saved(review)
    assert sample.decisions() == [(*SILENCE, "keep")]


def test_splitting_merging_and_notes(review: Page, sample: Sample) -> None:
    select_row(review, "0:05.42")
    review.keyboard.press("ArrowRight")
    review.keyboard.press("s")
    saved(review)
    # A second later, on the nearest frame of 25 a second.
    assert sample.decisions() == [(5420, 6440, "remove"), (6440, 7190, "remove")]
    select_row(review, "0:05.42")
    review.keyboard.press("m")
    saved(review)
    assert sample.decisions() == [(*SILENCE, "remove")]
    review.keyboard.press("n")
    review.locator("#note-text").fill("a door, k x")
    review.keyboard.press("Control+Enter")
    expect(review.locator(".segment-row", has_text="a door, k x")).to_be_visible()
    saved(review)
    assert sample.result()["decisions"][0]["note"] == "a door, k x"


def test_a_suggestion_with_a_note_still_waits(review: Page) -> None:
    review.keyboard.press("u")
    review.keyboard.press("n")
    review.locator("#note-text").fill("applause?")
    review.get_by_role("button", name="Save", exact=True).click()
    saved(review)
    expect(review.locator("#sum-suggestions")).to_have_text("2 left")


def test_an_edge_is_dragged_to_a_quiet_frame(review: Page, sample: Sample) -> None:
    select_row(review, "0:05.42")
    review.keyboard.press("z")
    box = review.locator("#waveform-canvas").bounding_box()
    assert box is not None
    # The segment fills the middle 1 / 1.6 of the view.
    edge_x, y = box["x"] + box["width"] * (0.5 - 0.5 / 1.6), box["y"] + 100
    review.mouse.move(edge_x, y)
    review.mouse.down()
    review.mouse.move(edge_x + 40, y, steps=4)
    review.mouse.up()
    saved(review)
    [(_, left_end, left), (right_start, right_end, right)] = sample.decisions()
    assert (left, right, left_end, right_end) == ("keep", "remove", right_start, 7190)
    assert 5420 < left_end < 5700
    assert left_end % 40 == 0, "frames of 25 a second begin every 40 ms"


def test_a_dragged_edge_shows_how_far_it_goes_and_is_heard_when_let_go(review: Page) -> None:
    box = review.locator("#waveform-canvas").bounding_box()
    edge_x, y = box["x"] + box["width"] * SILENCE[0] / 57_400, box["y"] + box["height"] / 2
    review.mouse.move(edge_x, y)
    review.mouse.down()
    review.keyboard.down("Alt")
    review.mouse.move(edge_x + 10, y, steps=3)
    expect(review.locator("#edge-draft")).to_have_text(re.compile(r"· \+\d+ f"))
    # Asked from here, because the policy of the page lets nothing ask again and again within it.
    wait_until(lambda: review.evaluate("Math.abs(document.querySelector('video').currentTime - 5.42) < 1"))
    review.mouse.up()
    review.keyboard.up("Alt")
    expect(review.locator("#edge-draft")).to_be_hidden()
    expect(review.locator("#review")).to_have_attribute("data-mode", "stretch")


def test_an_edge_is_dragged_in_the_overview_too(review: Page, sample: Sample) -> None:
    box = review.locator("#overview-canvas").bounding_box()
    edge_x, y = box["x"] + box["width"] * SILENCE[0] / 57_400, box["y"] + box["height"] / 2
    review.mouse.move(edge_x, y)
    review.mouse.down()
    review.mouse.move(edge_x - 12, y, steps=3)
    review.mouse.up()
    saved(review)
    [(_, end_ms, kept), (start_ms, _, removed)] = sample.decisions()
    assert (kept, removed, end_ms) == ("keep", "remove", start_ms)
    assert start_ms < SILENCE[0] - 200


def test_edges_move_by_a_frame_by_key(review: Page, sample: Sample) -> None:
    select_row(review, "0:05.42")
    review.keyboard.press("Alt+ArrowRight")
    saved(review)
    assert sample.decisions() == [(*SILENCE[:1], 7240, "remove"), (7240, 10770, "keep")]


def test_a_click_on_the_waveform_selects_and_a_wheel_zooms(review: Page) -> None:
    box = review.locator("#waveform-canvas").bounding_box()
    assert box is not None
    review.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100)
    review.mouse.wheel(0, -600)
    expect(review.locator("#overview-window")).not_to_have_css("width", f"{box['width']}px")
    review.mouse.click(box["x"] + box["width"] / 2, box["y"] + 100)
    # The middle of 57.4 s.
    expect(review.locator(".segment-row[aria-selected=true] .time")).to_have_text("0:26.52")
    review.keyboard.press("f")
    # The style itself, because the width in pixels may be rounded.
    expect(review.locator("#overview-window")).to_have_attribute("style", re.compile(r"width: 100%"))


def test_the_list_is_filtered(review: Page) -> None:
    review.get_by_label("Action").select_option("suggest_remove")
    expect(review.locator(".segment-row:visible")).to_have_count(2)
    review.get_by_label("Action").select_option("")
    review.get_by_label("Undecided suggestions first").check()
    expect(review.locator(".segment-row:visible .time").first).to_have_text("0:26.52")
    review.get_by_label("Type").select_option("filler")
    expect(review.locator("#segments-empty")).to_be_visible()


def test_suggestions_first_are_stepped_through_with_one_key_each(review: Page, sample: Sample) -> None:
    review.get_by_label("Undecided suggestions first").check()
    review.locator(".segment-row:visible").first.click()
    review.keyboard.press("x")
    review.keyboard.press("x")
    saved(review)
    expect(review.locator("#sum-suggestions")).to_have_text("0 left")
    assert [action for _, _, action in sample.decisions()] == ["remove", "remove"]


def test_letters_in_a_field_decide_nothing(review: Page, sample: Sample) -> None:
    select_row(review, "0:05.42")
    review.locator("#filter [name=type]").focus()
    review.keyboard.press("k")
    review.keyboard.press("n")
    review.locator("#segments").focus()
    review.keyboard.press("n")
    review.locator("#note-text").press_sequentially("kxa")
    review.keyboard.press("Escape")
    # Had one of them decided, this would come after it.
    select_row(review, "0:16.49")
    review.keyboard.press("k")
    saved(review)
    assert sample.decisions() == [(*SILENCE, "remove"), (16490, 16830, "keep")]
    assert sample.result()["decisions"][0]["note"] == "kxa"


def test_the_network_may_be_lost_in_the_middle_of_deciding(review: Page, alice: Visitor, sample: Sample) -> None:
    alice.expect_fault("ERR_INTERNET_DISCONNECTED")
    alice.context.set_offline(True)
    for _ in range(2):
        review.keyboard.press("u")
        review.keyboard.press("x")
    expect(review.locator("#save-state")).to_contain_text("Offline, will retry")
    assert sample.decisions() == []
    alice.context.set_offline(False)
    saved(review)
    assert [action for _, _, action in sample.decisions()] == ["remove", "remove"]


def test_leaving_warns_only_while_something_is_unsaved(review: Page, alice: Visitor) -> None:
    asked: list[str] = []
    review.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    # A browser asks only on behalf of a page that someone has used.
    select_row(review, "0:05.42")
    review.keyboard.press("k")
    saved(review)
    review.reload()
    review.wait_for_selector("#review[data-ready=all]")
    assert asked == []
    alice.expect_fault("net::ERR_FAILED")
    review.route("**/segments?segments=false", lambda route: route.abort())
    review.keyboard.press("u")
    review.keyboard.press("x")
    expect(review.locator("#save-state")).to_contain_text("Offline")
    review.reload()
    assert asked == ["beforeunload"]


def test_what_could_not_be_saved_survives_a_reload(review: Page, alice: Visitor, sample: Sample) -> None:
    review.on("dialog", lambda dialog: dialog.accept())
    alice.expect_fault("net::ERR_FAILED")
    review.route("**/segments?segments=false", lambda route: route.abort())
    review.keyboard.press("u")
    review.keyboard.press("x")
    expect(review.locator("#save-state")).to_contain_text("Offline")
    review.unroute("**/segments?segments=false")
    review.reload()
    expect(review.locator("#toast")).to_have_text("Decisions that could not be saved before have been made again.")
    saved(review)
    assert sample.decisions() == [(*SUGGESTION, "remove")]


def test_a_lost_answer_is_no_conflict(review: Page, alice: Visitor, sample: Sample) -> None:
    answers = iter(["lost"])

    def lose_first_answer(route: Route) -> None:
        if next(answers, None):
            route.fetch()
            route.abort()
        else:
            route.continue_()

    alice.expect_fault("net::ERR_FAILED")
    alice.expect_fault("409")
    review.route("**/segments?segments=false", lose_first_answer)
    review.keyboard.press("u")
    review.keyboard.press("x")
    wait_until(lambda: review.evaluate("1") and any("409" in fault for fault in alice.watched.faults))
    saved(review)
    expect(review.locator("#conflict")).to_be_hidden()
    assert sample.decisions() == [(*SUGGESTION, "remove")]


@pytest.mark.parametrize("keeps_own", [True, False])
def test_the_second_of_two_tabs_is_told_and_can_reload(
    review: Page, alice: Visitor, sample: Sample, keeps_own: bool
) -> None:
    alice.expect_fault("409")
    second = open_review(alice.open_tab(), alice.address, sample)
    review.keyboard.press("u")
    review.keyboard.press("k")
    saved(review)
    second.keyboard.press("u")
    second.keyboard.press("x")
    expect(second.get_by_text("You have decided on the same stretches meanwhile in another tab")).to_be_visible()
    button = "Load theirs, and make mine again" if keeps_own else "Load theirs, without mine"
    second.get_by_role("button", name=button).click()
    saved(second)
    expect(second.locator("#conflict")).to_be_hidden()
    assert sample.decisions() == [(*SUGGESTION, "remove" if keeps_own else "keep")]


def test_two_tabs_that_decide_on_different_stretches_are_merged_without_a_word(
    review: Page, alice: Visitor, sample: Sample
) -> None:
    second = open_review(alice.open_tab(), alice.address, sample)
    select_row(review, "0:05.42")
    review.keyboard.press("k")
    saved(review)
    second.keyboard.press("u")
    second.keyboard.press("x")
    saved(second)
    expect(second.locator("#conflict")).to_be_hidden()
    assert sample.decisions() == [(*SILENCE, "keep"), (*SUGGESTION, "remove")]
    second.get_by_label("Action").select_option("Decided by hand")
    expect(second.locator("#segments")).to_contain_text("Keep ✎")


def test_an_expired_access_token_is_exchanged_without_a_word(review: Page, alice: Visitor, sample: Sample) -> None:
    alice.expect_fault("401")
    alice.context.clear_cookies(name="clipflow_access")
    review.keyboard.press("u")
    review.keyboard.press("x")
    saved(review)
    expect(review.locator("#sign-in-dialog")).to_be_hidden()
    assert sample.decisions() == [(*SUGGESTION, "remove")]


def test_a_page_whose_access_token_has_expired_comes_back_by_itself(alice: Visitor, sample: Sample) -> None:
    alice.context.clear_cookies(name="clipflow_access")
    open_review(alice.page, alice.address, sample)


def test_a_session_that_ends_in_the_middle_is_begun_anew_without_losing_the_place(
    review: Page, alice: Visitor, sample: Sample
) -> None:
    alice.expect_fault("401")
    review.keyboard.press("u")
    place = review.url
    alice.context.clear_cookies()
    review.keyboard.press("x")
    dialog = review.locator("#sign-in-dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Password").fill("Wrong-Horse-7")
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(dialog.get_by_text("E-mail address, user name or password is wrong")).to_be_visible()
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(dialog).to_be_hidden()
    saved(review)
    assert review.url == place
    assert sample.decisions() == [(*SUGGESTION, "remove")]


def test_a_strangers_review_is_not_there(charlie: Visitor, sample: Sample) -> None:
    charlie.expect_fault("404")
    for path in (f"/review/{sample.analysis_id}", f"/projects/{sample.project_id}"):
        page = charlie.go(path)
        expect(page.get_by_role("heading", name="That did not work")).to_be_visible()
        expect(page.get_by_text("There is no such")).to_be_visible()


def test_a_preset_shows_its_effect_and_is_kept_for_the_project(review: Page, sample: Sample) -> None:
    told = review.locator("#tuning [data-outcome]")
    review.keyboard.press("t")
    review.get_by_role("button", name="Podcast").click()
    expect(review.get_by_role("button", name="Podcast")).to_have_attribute("aria-pressed", "true")
    expect(told).to_have_text(re.compile(r"All together: \+.*cuts"))
    review.get_by_role("button", name="Save for the project").click()
    expect(review.get_by_text("New analyses of this project begin with these settings.").first).to_be_visible()
    path = f"/projects/{sample.project_id}"
    settings = sample.caller.get(path)["project"]["settings"]
    assert (settings["keep_pause_ms"], settings["min_silence_duration_ms"]) == (500, 900)
    sample.caller.call("PATCH", path, json={"settings": {}})
    review.get_by_role("button", name="Reset", exact=True).click()
    expect(told).to_have_text("All together: no change.")


def test_the_effect_of_a_slider_stands_beside_it(review: Page) -> None:
    review.keyboard.press("t")
    review.get_by_label("Pause that is kept").fill("400")
    effect = review.locator(".slider", has=review.get_by_label("Pause that is kept")).locator("[data-effect]")
    expect(effect).to_have_text(re.compile(r"\+\d+ s"))


def test_a_tuning_is_undone_after_the_page_was_loaded_again(review: Page, sample: Sample) -> None:
    cuts = review.locator("#sum-cuts").inner_text()
    review.keyboard.press("t")
    review.get_by_label("Shortest silence").fill("2000")
    review.get_by_role("button", name="Apply").click()
    expect(review.locator("#sum-cuts")).not_to_have_text(cuts)
    expect(review.locator("#tuning")).to_be_hidden()
    saved(review)
    tuned = review.locator("#sum-cuts").inner_text()
    review.reload()
    expect(review.locator("#review")).to_have_attribute("data-ready", "all")
    review.keyboard.press("Control+z")
    expect(review.locator("#sum-cuts")).to_have_text(cuts)
    saved(review)
    assert sample.result()["options"]["min_silence_duration_ms"] != 2000
    review.keyboard.press("Control+Shift+z")
    expect(review.locator("#sum-cuts")).to_have_text(tuned)
    saved(review)
    assert sample.result()["options"]["min_silence_duration_ms"] == 2000


def test_tuning_keeps_decisions_and_is_not_kept_until_applied(review: Page, sample: Sample) -> None:
    select_row(review, "0:05.42")
    review.keyboard.press("k")
    saved(review)
    before = sample.result()["summary"]
    cuts = review.locator("#sum-cuts").inner_text()
    review.keyboard.press("t")
    review.get_by_label("Shortest silence").fill("2000")
    expect(review.locator("#sum-cuts")).not_to_have_text(cuts)
    review.keyboard.press("Escape")
    expect(review.locator("#sum-cuts")).to_have_text(cuts)
    assert sample.result()["summary"] == before
    review.keyboard.press("t")
    review.get_by_label("Shortest silence").fill("2000")
    review.get_by_role("button", name="Apply").click()
    expect(review.locator("#tuning")).to_be_hidden()
    saved(review)
    result = sample.result()
    assert result["options"]["min_silence_duration_ms"] == 2000
    assert sample.decisions() == [(*SILENCE, "keep")]
    expect(review.locator(".segment-row", has_text="0:05.42").locator(".action")).to_have_text("Keep ✎")


def watch_player(page: Page) -> None:
    page.evaluate("""() => {
      window.heard = [];
      const look = () => {
        const front = document.querySelector("video.is-front");
        if (!front.paused) window.heard.push([performance.now(), front.currentTime * 1000]);
        requestAnimationFrame(look);
      };
      look();
    }""")


def test_a_preview_skips_what_is_removed_without_a_stall(review: Page, sample: Sample) -> None:
    segments = sample.result()["segments"]
    watch_player(review)
    review.keyboard.press("p")
    # Two cuts further on.
    wait_until(lambda: review.evaluate("window.heard.at(-1)?.[1] > 15000"), 40)
    review.keyboard.press("p")
    heard: list[list[float]] = review.evaluate("window.heard")
    removed = [one for one in segments if one["action"] == "remove"]
    inside = [ms for _, ms in heard if any(one["start_ms"] + 60 < ms < one["end_ms"] - 60 for one in removed)]
    # The sound ends on time by its own clock; a busy page may show a picture or two of what is cut.
    assert len(inside) <= 3
    (first_wall, first), (last_wall, last) = heard[0], heard[-1]
    skipped = sum(
        one["end_ms"] - one["start_ms"] for one in removed if first <= one["start_ms"] and one["end_ms"] <= last
    )
    lost_ms = (last_wall - first_wall) - (last - first - skipped)
    assert lost_ms < 1500, f"playing took {lost_ms:.0f} ms longer than the cut"


def test_auditioning_a_join_loops_a_second_either_side(review: Page) -> None:
    select_row(review, "0:05.42")
    watch_player(review)
    review.keyboard.press("l")
    expect(review.locator("#review")).to_have_attribute("data-mode", "loop")
    wait_until(lambda: review.evaluate("window.heard.length > 0 && performance.now() - window.heard[0][0] > 5000"), 30)
    heard = [ms for _, ms in review.evaluate("window.heard")]
    assert min(heard) >= 4420 - 60
    assert max(heard) <= 8190 + 400
    # The sound ends on time by its own clock; a busy page may show a picture or two of what is cut.
    assert len([ms for ms in heard if 5480 < ms < 7130]) <= 3
    # It came back to its beginning at least once.
    assert sum(later < earlier - 1000 for earlier, later in pairwise(heard)) >= 1
    review.keyboard.press(" ")
    expect(review.locator("#review")).to_have_attribute("data-mode", "paused")


def test_a_segment_is_played_from_its_start_to_its_end(review: Page) -> None:
    select_row(review, "0:16.49")
    watch_player(review)
    review.locator("#segments").focus()
    review.keyboard.press("Enter")
    expect(review.locator("#review")).to_have_attribute("data-mode", "paused")
    heard = [ms for _, ms in review.evaluate("window.heard")]
    assert min(heard) >= 16430
    # A page on a busy machine looks seldom.
    assert max(heard) <= 16834 + 400


def test_the_speed_is_changed_by_key(review: Page) -> None:
    review.keyboard.press("]")
    review.keyboard.press("]")
    assert review.evaluate("document.querySelector('video.is-front').playbackRate") == 1.5
    review.keyboard.press("[")
    assert review.locator("#rate").input_value() == "1.25"


def test_sound_alone_is_reviewed_too(alice: Visitor, sample: Sample, make_media: MakeMedia) -> None:
    file = make_media("sound.m4a", "-i", SAMPLE, "-vn", "-t", "12", "-c:a", "copy")
    analysis_id = analyse(sample.caller, sample.project_id, file)
    page = alice.go(f"/review/{analysis_id}")
    page.wait_for_selector("#review[data-ready=all]")
    expect(page.locator("#timecode")).to_have_text("")
    page.keyboard.press(" ")
    wait_until(lambda: page.evaluate("document.querySelector('video.is-front').currentTime > 0.3"))
    page.keyboard.press("e")
    expect(page.get_by_label("Frame rate of the project")).to_be_visible()
    expect(page.locator("#formats .formats button:disabled").first).to_be_attached()


def test_a_file_that_the_browser_cannot_play_can_be_reviewed_all_the_same(
    alice: Visitor, sample: Sample, make_media: MakeMedia
) -> None:
    file = make_media("odd.avi", "-i", SAMPLE, "-t", "12", "-c:v", "mpeg4", "-c:a", "pcm_s16le")
    analysis_id = analyse(sample.caller, sample.project_id, file)
    page = alice.go(f"/review/{analysis_id}")
    page.wait_for_selector("#review[data-ready=all]")
    expect(page.get_by_text("This browser cannot play the recording")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    saved(page)


def analyse(caller: Caller, project_id: str, file: Path) -> str:
    analysis_id = caller.analyze(caller.upload(project_id, file))
    caller.wait_for_status(analysis_id, "completed")
    return analysis_id


def test_the_keys_are_shown(review: Page) -> None:
    review.keyboard.press("?")
    expect(review.get_by_role("heading", name="Keys")).to_be_visible()
    review.keyboard.press("Escape")
    expect(review.locator("#keys-dialog")).to_be_hidden()


def test_letters_can_be_switched_off(alice: Visitor, sample: Sample) -> None:
    sample.caller.call("PATCH", "/auth/me", json={"settings": {"letter_keys": False}})
    try:
        page = open_review(alice.page, alice.address, sample)
        page.keyboard.press("k")
        page.keyboard.press("Delete")
        saved(page)
        expect(page.locator("#undo")).to_be_enabled()
        assert sample.decisions() == [(0, 1390, "remove")]
    finally:
        sample.caller.call("PATCH", "/auth/me", json={"settings": {"letter_keys": None}})


def test_a_key_that_is_held_decides_once(review: Page, sample: Sample) -> None:
    select_row(review, "0:05.42")
    review.keyboard.down("k")
    for _ in range(5):
        review.keyboard.down("k")
    review.keyboard.up("k")
    saved(review)
    assert len(sample.decisions()) == 1


def test_space_after_a_click_on_a_button_plays(review: Page, sample: Sample) -> None:
    select_row(review, "0:05.42")
    review.get_by_role("button", name="Keep", exact=True).click()
    review.keyboard.press("Space")
    expect(review.locator("#review")).to_have_attribute("data-mode", "playing")
    review.keyboard.press("Space")
    saved(review)
    assert len(sample.decisions()) == 1


def test_an_undo_goes_to_what_it_has_changed(review: Page) -> None:
    select_row(review, "0:05.42")
    review.keyboard.press("k")
    review.keyboard.press("End")
    review.keyboard.press("h")
    review.keyboard.press("Control+z")
    expect(review.locator(".segment-row[aria-selected=true] .time")).to_have_text("0:05.42")


def test_a_preview_follows_what_is_decided_while_it_plays(review: Page) -> None:
    select_row(review, "0:07.19")
    review.keyboard.press("p")
    expect(review.locator("#review")).to_have_attribute("data-mode", "preview")
    wait_until(lambda: review.evaluate("document.querySelector('video.is-front').currentTime > 7.5"))
    review.keyboard.press("x")
    # What is being played has just been removed; the next that is kept begins at 14.51 s.
    wait_until(lambda: review.evaluate("document.querySelector('video.is-front').currentTime >= 14.4"), 5)
    review.keyboard.press("ArrowRight")
    expect(review.locator("#review")).to_have_attribute("data-mode", "preview")
    review.keyboard.press("Space")
    review.keyboard.press("Space")
    expect(review.locator("#review")).to_have_attribute("data-mode", "preview")


def test_the_player_goes_on_after_the_access_token_has_expired(review: Page, alice: Visitor) -> None:
    alice.expect_fault("401")
    alice.context.clear_cookies(name="clipflow_access")
    # As a browser does that needs more of a recording than it has.
    review.evaluate("document.querySelector('video.is-front').load()")
    wait_until(lambda: review.evaluate("document.querySelector('video.is-front').readyState >= 3"))
    review.keyboard.press("Space")
    wait_until(lambda: review.evaluate("document.querySelector('video.is-front').currentTime > 0.3"))
    expect(review.locator("#review-message")).to_have_text("")


def test_of_two_tabs_that_tune_the_second_changes_nothing_before_it_is_told(
    review: Page, alice: Visitor, sample: Sample
) -> None:
    alice.expect_fault("409")
    second = open_review(alice.open_tab(), alice.address, sample)
    select_row(review, "0:05.42")
    review.keyboard.press("k")
    saved(review)
    second.keyboard.press("t")
    second.get_by_label("Shortest silence").fill("2000")
    second.get_by_role("button", name="Apply").click()
    expect(second.get_by_text("Someone has changed the segments meanwhile")).to_be_visible()
    assert sample.result()["options"]["min_silence_duration_ms"] == 300
    second.get_by_role("button", name="Load theirs, and make mine again").click()
    saved(second)
    wait_until(lambda: sample.result()["options"]["min_silence_duration_ms"] == 2000)
    assert sample.decisions() == [(*SILENCE, "keep")]


def test_left_over_decisions_do_not_overwrite_what_came_since(review: Page, alice: Visitor, sample: Sample) -> None:
    review.on("dialog", lambda dialog: dialog.accept())
    alice.expect_fault("net::ERR_FAILED")
    review.route("**/segments?segments=false", lambda route: route.abort())
    select_row(review, "0:05.42")
    review.keyboard.press("k")
    expect(review.locator("#save-state")).to_contain_text("Offline")
    sample.decide(5000, 8000, "remove")
    review.unroute("**/segments?segments=false")
    # Another tab, after this one was closed.
    review.close()
    page = open_review(alice.open_tab(), alice.address, sample)
    expect(page.get_by_text("these segments have been changed since")).to_be_visible()
    page.get_by_role("button", name="Load theirs, without mine").click()
    saved(page)
    assert sample.decisions() == [(5000, 8000, "remove")]


def test_a_change_that_the_server_refuses_holds_nothing_else_up(review: Page, alice: Visitor, sample: Sample) -> None:
    alice.expect_fault("400")
    refused = '{"error": {"code": "VALIDATION_ERROR", "message": "It lies outside.", "details": {}}}'
    held: list[Route] = []
    review.route("**/segments?segments=false", hold_in(held))
    select_row(review, "0:05.42")
    review.keyboard.press("k")
    wait_until(lambda: review.evaluate("1") and held)
    review.keyboard.press("u")
    review.keyboard.press("x")
    held[0].fulfill(status=400, body=refused)
    expect(review.get_by_text("The server has refused a change: It lies outside.")).to_be_visible()
    review.unroute("**/segments?segments=false")
    review.get_by_role("button", name="Load theirs, and make mine again").click()
    saved(review)
    assert sample.decisions() == [(*SUGGESTION, "remove")]


def test_the_export_does_not_wait_for_what_cannot_be_saved(review: Page, alice: Visitor, sample: Sample) -> None:
    alice.expect_fault("409")
    sample.decide(*SUGGESTION, "keep")
    review.keyboard.press("u")
    review.keyboard.press("x")
    expect(review.locator("#conflict")).to_be_visible()
    review.keyboard.press("e")
    expect(review.locator("#export-dialog")).to_be_hidden()
    expect(review.locator("#toast")).to_contain_text("answer the question above first")


@pytest.mark.parametrize("height", [620, 780, 1300])
def test_everything_is_in_view_on_a_desk(make_visitor: MakeVisitor, sample: Sample, height: int) -> None:
    alice = make_visitor("alice@example.org", viewport={"width": 1366, "height": height})
    page = open_review(alice.page, alice.address, sample)
    page.keyboard.press("t")
    for selector in ("#sum-after", ".waveform", ".overview", "#tuning"):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["y"] >= 0, selector
        assert box["y"] + box["height"] <= height, selector
