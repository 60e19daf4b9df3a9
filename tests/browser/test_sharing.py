"""A client reviews by a link, on a phone and without an account, until the link is revoked; and the team sees it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakeVisitor, Sample, Visitor, open_review, violations_of
from tests.service.processes import Caller

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "bypass_csp": True}


def make_link(page: Page, address: str, permission: str, password: str = "") -> str:
    """Make a link on the page of a project; returns its path, because the server of the test does not know its port."""
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_label("Guests can", exact=True).select_option(permission)
    if password:
        page.locator("#link-password").fill(password)
    page.get_by_role("button", name="Make a link").click()
    field = page.get_by_label("The link, which is shown this once")
    expect(field).to_have_value(re.compile("/shared#"))
    return f"{address}/shared#{field.input_value().partition('#')[2]}"


def open_link(visitor: Visitor, link: str, name: str) -> Page:
    page = visitor.page
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_role("link", name="Sample talk")).to_be_visible()
    return page


def test_a_client_decides_by_a_link_until_it_is_revoked(
    alice: Visitor, make_visitor: MakeVisitor, sample: Sample
) -> None:
    project = alice.go(f"/projects/{sample.project_id}")
    link = make_link(project, alice.address, "decide")
    watching = open_review(alice.open_tab(), alice.address, sample)
    client = make_visitor(**PHONE)
    client.expect_fault("401")
    page = open_link(client, link, "Ann")
    expect(page.locator("#own-name")).to_have_text("Ann (guest)")
    assert violations_of(page) == []
    page.get_by_role("link", name="Sample talk").click()
    page.wait_for_selector("#review[data-ready=all]")
    expect(page.get_by_role("button", name="Tune")).to_have_count(0)
    expect(page.get_by_role("button", name="Export")).to_have_count(0)
    page.get_by_role("tab", name="Suggestions").click()
    page.locator("#card-remove").click()
    expect(page.locator("#save-state")).to_have_text("Saved")
    [(start_ms, end_ms, action)] = sample.decisions()
    assert action == "remove"
    expect(watching.locator("#present")).to_have_text("Here too: Ann (guest)")
    row = watching.locator(f".segment-row[data-start='{start_ms}']")
    expect(row).to_contain_text("Ann (guest)")
    watching.get_by_role("button", name="History").click()
    expect(watching.locator("#history-list > li").first).to_contain_text("Ann (guest)")
    project.bring_to_front()
    project.get_by_role("button", name="Who was here").click()
    expect(project.locator("#links > li").first).to_contain_text("Ann, 1 decision")
    project.get_by_role("button", name="Revoke").first.click()
    project.get_by_role("dialog", name="Revoke the link?").get_by_role("button", name="Revoke").click()
    expect(project.get_by_text("There is no open link.")).to_be_visible()
    page.locator("#card-remove").click()
    expect(page.get_by_text("This link is over")).to_be_visible()
    assert sample.decisions() == [(start_ms, end_ms, action)]


def test_a_guest_who_may_only_look_is_offered_nothing_else(
    alice: Visitor, make_visitor: MakeVisitor, sample: Sample
) -> None:
    link = make_link(alice.go(f"/projects/{sample.project_id}"), alice.address, "view")
    client = make_visitor()
    page = open_link(client, link, "Ben")
    page.get_by_role("link", name="Sample talk").click()
    page.wait_for_selector("#review[data-ready=all]")
    for name in ("Keep", "Remove", "Undo", "Mark as reviewed", "Tune", "Export"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    page.locator("#segments").focus()
    page.keyboard.press("x")
    expect(page.locator("#toast")).to_have_text("You may look at this recording, but not do this.")
    assert sample.decisions() == []


def test_a_password_is_asked_for(alice: Visitor, make_visitor: MakeVisitor, sample: Sample) -> None:
    link = make_link(alice.go(f"/projects/{sample.project_id}"), alice.address, "view", password="tulip")
    client = make_visitor()
    client.expect_fault("401")
    page = client.page
    page.goto(link)
    page.get_by_label("Your name").fill("Ann")
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_text("The link has a password; type it.")).to_be_visible()
    page.get_by_label("Password of the link").fill("rose")
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_text("This password is wrong; type it again.")).to_be_visible()
    page.get_by_label("Password of the link").fill("tulip")
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_role("link", name="Sample talk")).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="Sample talk")).to_be_visible()


def test_who_is_signed_in_is_told_so(alice: Visitor, sample: Sample) -> None:
    link = make_link(alice.go(f"/projects/{sample.project_id}"), alice.address, "view")
    page = alice.open_tab()
    page.goto(link)
    page.get_by_role("button", name="Sign out and open the link").click()
    expect(page.get_by_label("Your name")).to_be_visible()


def test_two_people_see_each_others_decisions(alice: Visitor, make_visitor: MakeVisitor, sample: Sample) -> None:
    first = open_review(alice.page, alice.address, sample)
    second = open_review(make_visitor("alice@example.org").page, alice.address, sample)
    sample.decide(0, 400, "keep")
    for page in (first, second):
        expect(page.locator(".segment-row[data-start='0']")).to_have_attribute("data-decided-by", "user")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_dialogs(make_visitor: MakeVisitor, sample: Sample, scheme: str) -> None:
    alice = make_visitor("alice@example.org", bypass_csp=True, color_scheme=scheme)
    page = alice.page
    alice.go(f"/projects/{sample.project_id}")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.locator("#move-team option").first).to_be_attached()
    assert violations_of(page) == []
    open_review(page, alice.address, sample)
    page.get_by_role("button", name="History").click()
    assert violations_of(page) == []


def test_a_team_has_its_own_list_of_projects(newcomer: Visitor) -> None:
    page = newcomer.go("/projects")
    page.locator(".team-switcher summary").click()
    page.get_by_role("link", name="Members and roles").click()
    page.wait_for_url("**/teams")
    page.get_by_role("button", name="New team").click()
    page.get_by_label("Name").fill("Desk")
    page.get_by_role("button", name="Make the team").click()
    page.get_by_role("link", name="Its projects").click()
    expect(page.get_by_text("This team has no project yet.")).to_be_visible()
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name").fill("Of the desk")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/projects/*-*")
    page.locator(".team-switcher summary").click()
    page.get_by_role("link", name="Personal", exact=True).click()
    expect(page.get_by_role("link", name="Of the desk")).to_have_count(0)
    page.locator(".team-switcher summary").click()
    page.get_by_role("link", name="Desk", exact=True).click()
    expect(page.get_by_role("link", name="Of the desk")).to_be_visible()


def test_a_key_of_a_service_is_kept_and_never_shown(newcomer: Visitor) -> None:
    page = newcomer.go("/account")
    part = page.locator("[data-provider=transcription]")
    part.get_by_label("Key", exact=True).fill("sk-abcdefgh1234")
    part.get_by_label("Address of the service").fill("http://127.0.0.1:1/v1")
    part.get_by_role("button", name="Keep the key").click()
    expect(part.get_by_text("A key that ends in 1234 is kept for http://127.0.0.1:1/v1")).to_be_visible()
    part.get_by_role("button", name="Try it").click()
    expect(part.get_by_text("own network; name another address")).to_be_visible()
    page.reload()
    expect(part.get_by_text("A key that ends in 1234")).to_be_visible()
    assert "abcdefgh" not in page.content()
    part.get_by_role("button", name="Forget it").click()
    expect(part.get_by_text("There is none.")).to_be_visible()


def test_a_token_is_made_shown_once_and_revoked(make_visitor: MakeVisitor, address: str, new_email: str) -> None:
    Caller(address, new_email)
    page = make_visitor(new_email, bypass_csp=True).go("/account")
    page.locator("#token-name").fill("Backup")
    page.get_by_label("download cut lists").check()
    page.get_by_role("button", name="Make a token").click()
    expect(page.get_by_label("The token, which is shown this once")).to_have_value(re.compile("^clf_"))
    row = page.locator("#tokens > li")
    expect(row).to_contain_text("exports:read")
    assert violations_of(page) == []
    row.get_by_role("button", name="Revoke Backup").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)
