"""Notes on the review page: written while it plays, answered, resolved, linked, seen by everybody who looks."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import MakeVisitor, Sample, Visitor, open_review, violations_of
from tests.browser.test_sharing import PHONE, make_link, open_link
from tests.service.processes import wait_until


@pytest.fixture
def without_notes(sample: Sample) -> Iterator[Sample]:
    """The sample, on which nobody has written anything, and to which no links lead afterwards."""
    yield sample
    for note in listed(sample):
        assert sample.caller.call("DELETE", f"/notes/{note['id']}").ok
    links = f"/projects/{sample.project_id}/links"
    for link in sample.caller.get(links)["links"]:
        assert sample.caller.call("DELETE", f"{links}/{link['id']}").ok


@pytest.fixture
def page(alice: Visitor, without_notes: Sample) -> Page:
    return open_review(alice.page, alice.address, without_notes)


def listed(sample: Sample) -> Any:
    return sample.caller.get(f"/media/{sample.media_id}/notes")["notes"]


def write(sample: Sample, at_ms: int, text: str, **more: Any) -> str:
    answer = sample.caller.call("POST", f"/media/{sample.media_id}/notes", json={"at_ms": at_ms, "text": text, **more})
    return str(answer.json()["note"]["id"])


def row(page: Page, text: str) -> Locator:
    return page.locator("#note-list > li", has=page.get_by_text(text, exact=True))


def test_a_note_is_written_at_the_playhead_while_it_plays_on(page: Page, without_notes: Sample) -> None:
    page.get_by_role("button", name="Play", exact=True).click()
    wait_until(
        lambda: page.wait_for_timeout(50) or page.evaluate("document.querySelector('video.is-front').currentTime > 0.3")
    )
    page.keyboard.press("Shift+N")
    expect(page.get_by_role("tab", name="Notes")).to_have_attribute("aria-selected", "true")
    about = page.locator("#note-when").inner_text()
    page.keyboard.type("Louder here")
    assert not page.evaluate("document.querySelector('video.is-front').paused")
    expect(page.locator("#note-when")).to_have_text(about)
    page.keyboard.press("Enter")
    expect(row(page, "Louder here")).to_contain_text(about)
    [note] = listed(without_notes)
    assert (note["text"], 0 < note["at_ms"] < 10_000) == ("Louder here", True)
    expect(page.locator(".note-pin")).to_have_count(1)
    expect(page.get_by_role("textbox", name="New note at")).to_have_value("")


def test_a_note_on_the_selected_segment_lasts_as_long_as_it(page: Page, without_notes: Sample) -> None:
    page.keyboard.press("u")
    page.keyboard.press("Alt+N")
    page.keyboard.type("Keep this one?")
    page.keyboard.press("Enter")
    expect(row(page, "Keep this one?")).to_be_visible()
    [note] = listed(without_notes)
    segments = without_notes.result()["segments"]
    assert (note["at_ms"], note["end_ms"]) in [(one["start_ms"], one["end_ms"]) for one in segments]


def test_shift_and_enter_make_a_line_and_escape_keeps_what_was_typed(page: Page, without_notes: Sample) -> None:
    page.keyboard.press("Shift+N")
    page.keyboard.type("One")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("Two")
    page.keyboard.press("Escape")
    field = page.get_by_role("textbox", name="New note at")
    expect(field).to_have_value("One\nTwo")
    field.press("Enter")
    expect(page.locator("#note-list > li")).to_have_count(1)
    assert [one["text"] for one in listed(without_notes)] == ["One\nTwo"]


def test_a_note_is_answered_resolved_changed_and_deleted(page: Page, without_notes: Sample) -> None:
    write(without_notes, 3_000, "Cut this?")
    page.reload()
    page.wait_for_selector("#review[data-ready=all]")
    expect(page.get_by_role("tab", name="Notes (1)")).to_be_visible()
    page.get_by_role("tab", name="Notes").click()
    row(page, "Cut this?").get_by_role("button", name="Reply to").click()
    page.get_by_role("textbox", name="Reply").fill("Yes.")
    page.keyboard.press("Enter")
    expect(row(page, "Cut this?").locator(".note-replies")).to_contain_text("Yes.")
    row(page, "Cut this?").get_by_role("button", name="Edit the note at").click()
    page.get_by_role("textbox", name="Edit the note").fill("Cut all of this?")
    page.get_by_role("button", name="Save", exact=True).click()
    row(page, "Cut all of this?").get_by_role("button", name="Resolve").click()
    expect(page.get_by_role("tab", name="Notes", exact=True)).to_be_visible()
    [note] = listed(without_notes)
    assert (note["text"], note["is_resolved"], len(note["replies"])) == ("Cut all of this?", True, 1)
    row(page, "Cut all of this?").get_by_role("button", name="Delete the note at").click()
    page.get_by_role("button", name="Delete the note", exact=True).click()
    expect(page.get_by_text("There are no notes yet.")).to_be_visible()
    assert listed(without_notes) == []


def test_notes_are_narrowed_down(page: Page, without_notes: Sample) -> None:
    write(without_notes, 1_000, "Open")
    done = write(without_notes, 2_000, "Done")
    without_notes.caller.call("PATCH", f"/notes/{done}", json={"version": 1, "is_resolved": True})
    page.reload()
    page.wait_for_selector("#review[data-ready=all]")
    page.get_by_role("tab", name="Notes").click()
    for choice, shown in (("open", ["Open"]), ("resolved", ["Done"]), ("mine", ["Open", "Done"])):
        page.locator("#note-filter").select_option(choice)
        expect(page.locator("#note-list .note-text")).to_have_text(shown)


def test_an_address_leads_to_a_note(alice: Visitor, without_notes: Sample) -> None:
    write(without_notes, 1_000, "Elsewhere")
    note = write(without_notes, 12_000, "Here")
    page = alice.go(f"/review/{without_notes.analysis_id}?note={note}")
    page.wait_for_selector("#review[data-ready=all]")
    expect(page.get_by_role("tab", name="Notes")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#clock")).to_have_text(re.compile(r"^0:12\.0"))
    expect(row(page, "Here")).to_be_focused()


def test_a_pin_leads_to_its_note(page: Page, without_notes: Sample) -> None:
    write(without_notes, 20_000, "In the middle")
    page.reload()
    page.wait_for_selector("#review[data-ready=all]")
    page.locator(".note-pin").click()
    expect(row(page, "In the middle")).to_be_visible()
    expect(page.locator("#clock")).to_have_text(re.compile(r"^0:20\.0"))


def test_what_others_write_appears_and_what_one_is_writing_stays(page: Page, without_notes: Sample) -> None:
    write(without_notes, 1_000, "First")
    page.get_by_role("tab", name="Notes").click()
    expect(row(page, "First")).to_be_visible()
    row(page, "First").get_by_role("button", name="Reply to").click()
    page.get_by_role("textbox", name="Reply").fill("Half a sentence")
    write(without_notes, 2_000, "Second")
    page.wait_for_timeout(6_000)
    expect(page.get_by_role("textbox", name="Reply")).to_have_value("Half a sentence")
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(row(page, "Second")).to_be_visible()


def test_what_somebody_else_has_changed_meanwhile_is_shown_and_the_own_text_stays(
    alice: Visitor, page: Page, without_notes: Sample
) -> None:
    alice.expect_fault("409")
    note = write(without_notes, 1_000, "One")
    page.get_by_role("tab", name="Notes").click()
    row(page, "One").get_by_role("button", name="Edit the note at").click()
    page.get_by_role("textbox", name="Edit the note").fill("Mine")
    without_notes.caller.call("PATCH", f"/notes/{note}", json={"version": 1, "text": "Theirs"})
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#notes-message")).to_contain_text("Somebody has changed the note meanwhile")
    expect(row(page, "Theirs")).to_be_visible()
    expect(page.get_by_role("textbox", name="Edit the note")).to_have_value("Mine")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(row(page, "Mine")).to_be_visible()


def test_what_is_typed_while_a_note_is_sent_is_another_note(page: Page, without_notes: Sample) -> None:
    held: list[Route] = []
    page.route("**/notes", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    page.keyboard.press("Shift+N")
    page.keyboard.type("First")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("Second")
    wait_until(lambda: page.wait_for_timeout(20) or held)
    held[0].continue_()
    page.unroute("**/notes")
    expect(row(page, "First")).to_be_visible()
    expect(page.get_by_role("textbox", name="New note at")).to_have_value("Second")
    page.keyboard.press("Enter")
    expect(row(page, "Second")).to_be_visible()
    assert sorted(one["text"] for one in listed(without_notes)) == ["First", "Second"]


def test_a_half_written_note_stays_where_it_began(page: Page) -> None:
    page.keyboard.press("Shift+N")
    page.keyboard.type("Half")
    page.keyboard.press("Escape")
    about = page.locator("#note-when").inner_text()
    page.keyboard.press("End")
    page.keyboard.press("Shift+N")
    expect(page.get_by_role("textbox", name="New note at")).to_have_value("Half")
    expect(page.locator("#note-when")).to_have_text(about)
    page.get_by_role("textbox", name="New note at").fill("")


def test_a_half_written_reply_survives_another_filter(page: Page, without_notes: Sample) -> None:
    write(without_notes, 1_000, "First")
    page.get_by_role("tab", name="Notes").click()
    row(page, "First").get_by_role("button", name="Reply to").click()
    page.keyboard.type("Half")
    page.locator("#note-filter").select_option("open")
    expect(page.get_by_role("textbox", name="Reply")).to_have_value("Half")
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_role("textbox", name="Reply")).to_have_count(0)


def test_text_is_shown_as_text(page: Page, without_notes: Sample) -> None:
    write(without_notes, 1_000, "<img src=x onerror=alert(1)> & <b>bold</b>")
    page.reload()
    page.wait_for_selector("#review[data-ready=all]")
    page.get_by_role("tab", name="Notes").click()
    expect(page.locator("#note-list .note-text")).to_have_text("<img src=x onerror=alert(1)> & <b>bold</b>")
    expect(page.locator("#note-list img")).to_have_count(0)


@pytest.mark.parametrize("permission", ["comment", "view"])
def test_a_guest_writes_where_the_link_says_so(
    alice: Visitor, make_visitor: MakeVisitor, without_notes: Sample, permission: str
) -> None:
    write(without_notes, 1_000, "By the team")
    link = make_link(alice.go(f"/projects/{without_notes.project_id}"), alice.address, permission)
    client = make_visitor(**PHONE)
    client.expect_fault("401")
    page = open_link(client, link, "Ann")
    page.get_by_role("link", name="Sample talk").click()
    page.wait_for_selector("#review[data-ready=all]")
    page.get_by_role("tab", name="Notes").click()
    expect(row(page, "By the team")).to_be_visible()
    expect(page.locator("#note-list").get_by_role("button", name="Delete")).to_have_count(0)
    field = page.get_by_role("textbox", name="New note at")
    if permission == "view":
        expect(field).to_be_hidden()
        return
    field.fill("By the client")
    page.get_by_role("button", name="Add note").click()
    expect(row(page, "By the client")).to_contain_text("Ann (guest)")
    assert violations_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_notes_keep_nobody_out(make_visitor: MakeVisitor, without_notes: Sample, scheme: str) -> None:
    note = write(without_notes, 1_000, "A note")
    write(without_notes, 1_000, "A reply", parent_id=note)
    visitor = make_visitor("alice@example.org", color_scheme=scheme, bypass_csp=True)
    page = open_review(visitor.page, visitor.address, without_notes)
    page.get_by_role("tab", name="Notes").click()
    row(page, "A note").get_by_role("button", name="Reply to").click()
    assert violations_of(page) == []
