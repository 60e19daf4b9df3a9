"""A small team moves in, as one story: from the set-up page to the client whose link is revoked."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.running import free_port
from tests.browser import test_second_factor as second_factor
from tests.browser.conftest import Visitor, new_context, visit
from tests.browser.test_sharing import PHONE, make_link, open_link
from tests.browser.test_teams import make_team
from tests.mail_server import Inbox, mail_server
from tests.service.conftest import PASSWORD, environment_of
from tests.service.processes import installed, wait_until

OpenBrowser = Callable[..., Visitor]


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with mail_server() as server:
        yield server


@pytest.fixture
def set_up_address(tmp_path: Path, inbox: Inbox) -> Iterator[str]:
    """What a server prints at its first start, that lets in who is invited, and has a mail server."""
    port = free_port()
    values = {
        **environment_of("embedded", tmp_path, None),
        "REGISTRATION_MODE": "invitation",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(inbox.port),
        "SMTP_STARTTLS": "false",
    }
    with installed(values) as started:
        process = started.start("serve", environment={"PORT": str(port)})
        found = process.wait_for(r"http://\S+/setup#\S+")[0]
        process.wait_for("The worker is ready")
        yield found


@pytest.fixture
def open_browser(chromium: Browser, set_up_address: str) -> Iterator[OpenBrowser]:
    """Opens a browser of its own for somebody."""
    address = set_up_address.partition("/setup")[0]
    visitors: list[Visitor] = []

    def make(email: str = "", **options: Any) -> Visitor:
        visitors.append(visit(new_context(chromium, options), address, email))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.context.close()
    for visitor in visitors:
        visitor.watched.check()


def test_a_small_team_moves_in(set_up_address: str, open_browser: OpenBrowser, inbox: Inbox) -> None:
    root, ed = open_browser("root@example.org"), open_browser("ed@example.org")
    set_up(root.page, set_up_address)
    invite_to_new_team(root.page, "Desk", ed.email)
    link = wait_until(lambda: inbox.link_to(ed.email, r"http://\S+/invitation#\S+"))
    assert link.startswith(f"{root.address}/invitation#")
    register_by_invitation(ed.page, link, ed.email, "ed.editor")
    secret = second_factor.set_up(ed)
    second_factor.sign_out(ed.page)
    second_factor.sign_in_with(ed.page, "ed.editor", second_factor.code_for(secret))
    project = make_project_with_recording(ed.page, "Desk", "Interview")

    client = open_browser(**PHONE)
    client.expect_fault("401")
    link = make_link(ed.page, ed.address, "decide")
    open_link(client, link, "Ann").get_by_role("link", name="Sample talk").click()
    client.page.get_by_role("tab", name="Suggestions").click()
    client.page.locator("#card-remove").click()
    expect(client.page.locator("#save-state")).to_have_text("Saved")
    see_the_decision_of(root.page, project, "Ann (guest)")

    ed.page.get_by_role("button", name="Revoke").first.click()
    ed.page.get_by_role("dialog", name="Revoke the link?").get_by_role("button", name="Revoke").click()
    expect(ed.page.get_by_text("There is no open link.")).to_be_visible()
    client.page.locator("#card-remove").click()
    expect(client.page.get_by_text("This link is over")).to_be_visible()
    again = open_browser(**PHONE)
    again.expect_fault("404")
    again.page.goto(link)
    again.page.get_by_label("Your name").fill("Ann")
    again.page.get_by_role("button", name="Open", exact=True).click()
    expect(again.page.get_by_text("There is no such link (any more)")).to_be_visible()

    switch_off_in_the_middle(root, ed, project)


def set_up(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("E-mail address").fill("root@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the administrator").click()
    page.wait_for_url("**/administration")


def invite_to_new_team(page: Page, name: str, email: str) -> None:
    make_team(page, name)
    page.locator("#invite-email").fill(email)
    page.get_by_label("Role", exact=True).select_option("editor")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text(f"A mail with the link is on its way to {email}.")).to_be_visible()


def register_by_invitation(page: Page, link: str, email: str, username: str) -> None:
    page.goto(link)
    expect(page.get_by_text("invites you to the team Desk")).to_be_visible()
    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_url("**/projects")


def make_project_with_recording(page: Page, team: str, name: str) -> str:
    """A project of a team with the analysed sample; returns its address."""
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name").fill(name)
    page.locator("#project-team").select_option(team)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    page.get_by_role("button", name="Add the sample recording").click()
    expect(page.get_by_role("link", name="Review Sample talk")).to_be_visible(timeout=60_000)
    return page.url


def see_the_decision_of(page: Page, project: str, name: str) -> None:
    page.goto(project)
    page.get_by_role("link", name="Review Sample talk").click()
    page.wait_for_selector("#review[data-ready=all]")
    page.get_by_role("button", name="History").click()
    expect(page.locator("#history-list > li").first).to_contain_text(name)


def switch_off_in_the_middle(root: Visitor, person: Visitor, project: str) -> None:
    person.expect_fault("401")
    page = root.go("/administration")
    page.locator("#people-filter [name=query]").fill(person.email)
    expect(page.locator("#people > li")).to_have_count(1)
    page.get_by_role("button", name="Switch off").click()
    page.get_by_role("button", name="Yes").click()
    expect(page.locator("#people > li")).to_contain_text("switched off")
    person.page.goto(project)
    person.page.wait_for_url("**/sign-in*")
