"""The second factor in the browser: set up with the password asked again, needed at the next sign-in."""

import re
import time

import pyotp
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.service.conftest import PASSWORD


def code_for(secret: str, step: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * step)


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def set_up(person: Visitor) -> str:
    """Switch the second factor on, and return its secret; the recovery codes are shown then."""
    page = person.go("/account")
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    secret = page.locator("#factor-secret").inner_text()
    page.get_by_label("Code of the app").fill(code_for(secret, -1))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.locator("#factor-code-list > li")).to_have_count(10)
    return secret


def sign_in_with(page: Page, name: str, code: str) -> None:
    """Sign in with the password and a code, of the app or a recovery code."""
    sign_in(page, name)
    page.get_by_label("Code of your app, or a recovery code").fill(code)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/projects")


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/sign-in")


def test_a_code_is_needed_once_it_is_set_up(newcomer: Visitor, new_email: str) -> None:
    secret, page = set_up(newcomer), newcomer.page
    recovery_code = page.locator("#factor-code-list > li").first.inner_text()
    expect(page.locator("#factor-told")).to_have_text(re.compile("10 recovery codes are left"))
    for code in (code_for(secret), recovery_code):
        sign_out(page)
        sign_in_with(page, new_email, code)
    newcomer.go("/account")
    expect(page.get_by_text("Second factor switched on")).to_be_visible()


def test_a_code_shows_who_it_is_too(newcomer: Visitor) -> None:
    newcomer.expect_fault("403")
    secret, page = set_up(newcomer), newcomer.go("/account")
    refused = {"error": {"code": "REAUTHENTICATION_REQUIRED", "message": "Type your password again first."}}
    page.route("**/api/v1/auth/2fa/recovery-codes", lambda route: route.fulfill(status=403, json=refused), times=1)
    page.get_by_role("button", name="Make new recovery codes").click()
    dialog = page.get_by_role("dialog", name="Is it still you?")
    dialog.get_by_label("Password, or the code of your app").fill(code_for(secret))
    dialog.get_by_role("button", name="Go on").click()
    expect(page.locator("#factor-code-list > li")).to_have_count(10)


def test_the_password_is_asked_again_before_what_is_dangerous(newcomer: Visitor) -> None:
    newcomer.expect_fault("403")
    newcomer.expect_fault("400")
    page = newcomer.page
    refused = {"error": {"code": "REAUTHENTICATION_REQUIRED", "message": "Type your password again first."}}
    page.route("**/api/v1/auth/2fa/totp", lambda route: route.fulfill(status=403, json=refused), times=1)
    newcomer.go("/account")
    page.get_by_role("button", name="Set it up").click()
    dialog = page.get_by_role("dialog", name="Is it still you?")
    dialog.get_by_label("Password").fill("Wrong-Horse-7")
    dialog.get_by_role("button", name="Go on").click()
    expect(dialog.get_by_text("This is wrong; type it again.")).to_be_visible()
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
