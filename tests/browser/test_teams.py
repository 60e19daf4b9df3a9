"""A team is made, somebody is invited by mail and comes in, and sees what the role allows."""

import re
from email import message_from_bytes
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import MakeVisitor, Visitor
from tests.conftest import text_of_mail
from tests.service.conftest import PASSWORD
from tests.service.processes import Installation, wait_until


def link_in_mail_to(address: str, outbox: Path) -> str:
    def look() -> str | None:
        for file in outbox.glob("*.eml"):
            mail = message_from_bytes(file.read_bytes())
            found = re.search(r"http://\S+/invitation#\S+", text_of_mail(file.read_bytes()))
            if mail["To"] == address and found:
                return found[0]
        return None

    return str(wait_until(look))


def make_team(page: Page, name: str) -> None:
    page.locator(".team-switcher summary").click()
    page.get_by_role("link", name="Members and roles").click()
    page.get_by_role("button", name="New team").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Make the team").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def test_somebody_comes_in_by_mail_and_sees_what_the_role_allows(
    newcomer: Visitor, make_visitor: MakeVisitor, new_email: str, installation: Installation
) -> None:
    page = newcomer.go("/projects")
    make_team(page, "Desk")
    guest_email = f"guest-{new_email}"
    page.locator("#invite-email").fill(guest_email)
    page.get_by_label("Role", exact=True).select_option("reviewer")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text(f"A mail with the link is on its way to {guest_email}.")).to_be_visible()
    expect(page.locator("#invitations > li")).to_contain_text(guest_email)
    visitor = make_visitor()
    other = visitor.page
    link = link_in_mail_to(guest_email, installation.folder / "outbox")
    # The server of the test does not know its own port.
    other.goto(f"{visitor.address}/invitation#{link.partition('#')[2]}")
    expect(other.get_by_text("invites you to the team Desk")).to_be_visible()
    other.get_by_role("link", name="Make an account").click()
    other.get_by_label("E-mail address").fill(guest_email)
    other.get_by_label("User name").fill(f"guest{new_email[:6]}")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Make the account").click()
    other.wait_for_url("**/projects")
    other.goto(f"{visitor.address}/teams")
    other.get_by_role("link", name="Desk").click()
    expect(other.locator("#members > li")).to_have_count(2)
    expect(other.get_by_role("button", name="Leave the team")).to_be_visible()
    expect(other.get_by_role("button", name="Delete the team")).to_have_count(0)
    page.reload()
    expect(page.locator("#members > li")).to_have_count(2)
    expect(page.locator("#invitations > li")).to_have_count(0)


def test_an_owner_deletes_a_team_by_its_name(newcomer: Visitor) -> None:
    newcomer.expect_fault("400")
    page = newcomer.go("/projects")
    make_team(page, "Short-lived")
    page.get_by_role("button", name="Delete the team").click()
    field = page.get_by_label("Type the name of the team")
    field.fill("something else")
    page.get_by_role("dialog").get_by_role("button", name="Delete the team").click()
    expect(page.get_by_text("This is not the team's name")).to_be_visible()
    field.fill("Short-lived")
    page.get_by_role("dialog").get_by_role("button", name="Delete the team").click()
    page.wait_for_url("**/teams")
    expect(page.get_by_role("link", name="Short-lived")).to_have_count(0)


def test_a_link_that_is_not_valid_says_so(visitor: Visitor) -> None:
    visitor.expect_fault("404")
    page = visitor.go("/invitation#nothing")
    expect(page.get_by_text("This invitation is not valid (any more)")).to_be_visible()
