"""An administrator finds somebody, switches the account off, and sees it in the log."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakeVisitor, Visitor, violations_of
from tests.service.processes import Caller, Installation


def make_administrator(installation: Installation) -> None:
    command = ("create-admin", "--email", "root@example.org", "--password", "Correct-Horse-7")
    assert installation.start(*command).wait() == 0


@pytest.fixture
def root(make_visitor: MakeVisitor, installation: Installation) -> Visitor:
    make_administrator(installation)
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
    expect(page.get_by_role("img", name="Recordings, by week. from")).to_be_visible()
    expect(page.locator("#charts rect")).to_have_count(3 * 12)
    page.locator("#people-filter [name=query]").fill(new_email)
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


def test_a_setting_is_changed(root: Visitor, visitor: Visitor) -> None:
    page = root.go("/administration")
    field = page.get_by_label("An invitation is good for, days")
    field.fill("0")
    root.expect_fault("400")
    page.get_by_role("button", name="Save the settings").click()
    expect(page.locator("[data-error-for=invitation_days]")).to_contain_text("from 1 to 90")
    field.fill("9")
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_text("The settings are saved.")).to_be_visible()
    page.reload()
    expect(field).to_have_value("9")
    field.fill("")
    page.get_by_role("button", name="Save the settings").click()
    expect(field).to_have_value("7")
    assert violations_of(page) == []


def test_a_team_gets_a_limit_and_its_page_shows_it(root: Visitor, newcomer: Visitor, address: str) -> None:
    team = Caller(address, newcomer.email).call("POST", "/teams", json={"name": f"Desk {newcomer.email[:6]}"}).json()
    page = root.go("/administration")
    find_team(page, team["team"]["name"])
    page.get_by_label("Storage, MiB").fill("5")
    page.locator("#teams").get_by_role("button", name="Save").click()
    expect(page.locator("#teams").get_by_text("Saved.")).to_be_visible()
    other = newcomer.go(f"/teams/{team['team']['id']}")
    expect(other.get_by_label(re.compile(r"^Stored: 0 .* of 5\.0 MiB"))).to_be_visible()


def test_an_administrator_joins_a_team_and_sees_what_is_in_it(root: Visitor, newcomer: Visitor, address: str) -> None:
    name = f"Desk {newcomer.email[:6]}"
    owner = Caller(address, newcomer.email)
    team = owner.call("POST", "/teams", json={"name": name}).json()["team"]
    project = owner.call("POST", "/projects", json={"name": f"Of {name}", "team_id": team["id"]}).json()["project"]
    page = root.go("/administration")
    find_team(page, name)
    page.get_by_role("button", name=f"Members of {name}").click()
    dialog = page.get_by_role("dialog", name=f"Members of {name}")
    expect(dialog.locator("#team-members > li")).to_contain_text([newcomer.email])
    assert violations_of(page) == []
    dialog.get_by_label("Join as").select_option("Viewer")
    dialog.get_by_role("button", name="Join the team").click()
    expect(dialog.locator("#team-members > li")).to_have_count(2)
    expect(dialog.get_by_role("button", name="Join the team")).to_be_hidden()
    own = page.locator("#team-members > li", has_text="root@example.org")
    root.go(f"/projects/{project['id']}")
    expect(page.get_by_role("heading", name=f"Of {name}")).to_be_visible()
    root.go("/administration")
    find_team(page, name)
    page.get_by_role("button", name=f"Members of {name}").click()
    own.get_by_role("button", name="Take out: root@example.org").click()
    page.get_by_role("dialog", name="Take root@example.org out of the team?").get_by_role(
        "button", name="Take out"
    ).click()
    expect(dialog.locator("#team-members > li")).to_have_count(1)


def test_somebody_is_deleted(root: Visitor, address: str, new_email: str) -> None:
    Caller(address, new_email)
    page = root.go("/administration")
    page.locator("#people-filter [name=query]").fill(new_email)
    expect(page.locator("#people > li")).to_have_count(1)
    page.get_by_role("button", name="Delete", exact=False).first.click()
    root.expect_fault("400")
    page.get_by_label("E-mail address of who gets them").fill("nobody@example.org")
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("Nobody here has this address.")).to_be_visible()
    page.get_by_label("are deleted too").check()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.locator("#people > li")).to_have_count(0)


def find_team(page: Page, name: str) -> None:
    """Search for a team; by way of none, so that what is seen is no older list."""
    for query, found in ((f"no {name}", 0), (name, 1)):
        page.locator("#teams-filter [name=query]").fill(query)
        expect(page.locator("#teams > li")).to_have_count(found)


def test_nobody_else_finds_the_page(newcomer: Visitor) -> None:
    newcomer.expect_fault("404")
    page = newcomer.go("/administration")
    expect(page.get_by_role("heading", name="That did not work")).to_be_visible()
    expect(page.get_by_role("link", name="Administration")).to_have_count(0)
