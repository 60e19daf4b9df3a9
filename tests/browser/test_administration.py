"""An administrator finds somebody, switches the account off, and sees it in the log."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakeVisitor, Visitor, violations_of
from tests.service.processes import Caller, Installation


@pytest.fixture
def root(make_visitor: MakeVisitor, installation: Installation) -> Visitor:
    command = ("create-admin", "--email", "root@example.org", "--password", "Correct-Horse-7")
    assert installation.start(*command).wait() == 0
    return make_visitor("root@example.org", bypass_csp=True)


def test_somebody_is_switched_off_in_the_middle_of_a_session(
    root: Visitor, make_visitor: MakeVisitor, address: str, new_email: str
) -> None:
    Caller(address, new_email)
    other = make_visitor(new_email)
    other.expect_fault("401")
    other.go("/projects")
    page = root.go("/administration")
    expect(page.locator("#numbers > div")).to_have_count(8)
    page.get_by_label("Search").fill(new_email)
    expect(page.locator("#people > li")).to_have_count(1)
    page.get_by_role("button", name="Switch off").click()
    page.get_by_role("button", name="Yes").click()
    expect(page.locator("#people > li")).to_contain_text("switched off")
    other.page.get_by_role("button", name="New project").click()
    other.page.get_by_label("Name").fill("Too late")
    other.page.get_by_role("button", name="Save").click()
    expect(other.page.get_by_role("dialog", name="Your session has ended")).to_be_visible()
    page.locator("#audit-filter [name=action]").fill("account.switched_off")
    expect(page.locator("#events > li").first).to_contain_text("account.switched_off")
    assert violations_of(page) == []


def test_nobody_else_finds_the_page(newcomer: Visitor) -> None:
    newcomer.expect_fault("404")
    page = newcomer.go("/administration")
    expect(page.get_by_role("heading", name="That did not work")).to_be_visible()
    expect(page.get_by_role("link", name="Administration")).to_have_count(0)
