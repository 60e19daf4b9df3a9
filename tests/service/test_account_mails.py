"""Mails about accounts: an address confirmed or changed by one, the way out of a lock-out, and what people are told."""

import re
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest

from clipflow.accounts import service as accounts
from clipflow.accounts.models import AccountMail, User
from clipflow.core import clock
from clipflow.core.db import connected
from tests.conftest import text_of_mail
from tests.service.conftest import PASSWORD, Person, Service
from tests.service.test_second_factor import forget_who_it_is


@pytest.fixture
def confirming(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses have to be confirmed first."""
    monkeypatch.setitem(vars(service.settings), "email_verification", "required")


def mails(service: Service) -> list[tuple[str, str, str]]:
    """What has been sent since it was last asked: to whom, the subject, and the secret of the link."""
    service.run_jobs()
    found = []
    for file in sorted((service.settings.data_dir / "outbox").glob("*.eml")):
        mail = message_from_bytes(file.read_bytes())
        secret = re.search(r"#([\w-]{43})", text_of_mail(file.read_bytes()))
        found.append((mail["To"], mail["Subject"], secret[1] if secret else ""))
        file.unlink()
    return found


def register(service: Service, email: str = "dora@example.org") -> Any:
    body = {"email": email, "password": PASSWORD}
    return service.anonymous().post("/api/v1/auth/register", json=body)


def sign_in(service: Service, email: str = "dora@example.org", password: str = PASSWORD) -> Any:
    return service.anonymous().post("/api/v1/auth/login", json={"email": email, "password": password})


def send(service: Service, path: str, **body: Any) -> Any:
    return service.anonymous().post(f"/api/v1/auth/{path}", json=body)


@pytest.mark.usefixtures("confirming")
def test_who_registers_confirms_the_address_and_signs_in(service: Service) -> None:
    answer = register(service)
    assert (answer.status_code, "access_token" in answer.json) == (202, False)
    assert "Set-Cookie" not in answer.headers
    refused = sign_in(service)
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "EMAIL_NOT_VERIFIED")
    [(to, _, secret)] = mails(service)
    assert to == "dora@example.org"
    assert send(service, "verify-email", token=secret).status_code == 200
    assert sign_in(service).status_code == 200
    assert send(service, "verify-email", token=secret).status_code == 400


@pytest.mark.usefixtures("confirming")
def test_nobody_learns_by_registering_whether_there_is_an_account(service: Service) -> None:
    first = register(service)
    mails(service)
    again = register(service)
    assert (again.status_code, again.text) == (first.status_code, first.text)
    [(to, subject, secret)] = mails(service)
    assert (to, secret) == ("dora@example.org", "")
    assert "already" in subject


@pytest.mark.usefixtures("confirming")
def test_a_wrong_password_is_all_that_is_said_of_an_address_that_is_not_confirmed(service: Service) -> None:
    register(service)
    assert sign_in(service, password="Wrong-Horse-1").status_code == 401


@pytest.mark.usefixtures("confirming")
def test_the_mail_is_sent_again_for_who_waits_for_it(service: Service) -> None:
    register(service)
    [(_, _, first)] = mails(service)
    answers = [send(service, "verify-email/resend", email=f"{name}@example.org") for name in ("dora", "nobody")]
    assert {(one.status_code, one.text) for one in answers} == {(202, answers[0].text)}
    [(to, _, second)] = mails(service)
    assert to == "dora@example.org"
    assert send(service, "verify-email", token=second).status_code == 200
    send(service, "verify-email/resend", email="dora@example.org")
    assert mails(service) == []
    assert first != second


@pytest.mark.usefixtures("confirming")
def test_a_link_is_good_for_two_days(service: Service) -> None:
    register(service)
    [(_, _, secret)] = mails(service)
    with connected():
        AccountMail.update(expires_at=clock.now()).execute()
    assert send(service, "verify-email", token=secret).status_code == 400
    assert sign_in(service).status_code == 403


def change_address(service: Service, person: Person, new_email: str) -> str:
    """Ask for another address; returns the secret that was mailed to it."""
    assert person.post("/auth/email", json={"new_email": new_email}).status_code == 202
    sent = {to: secret for to, _, secret in mails(service)}
    assert sent[person.user["email"]] == ""
    return sent[new_email]


def test_the_old_address_counts_until_then(service: Service, alice: Person) -> None:
    change_address(service, alice, "ada@example.org")
    assert alice.get("/auth/me").json["user"]["email"] == "alice@example.org"
    assert sign_in(service, "alice@example.org").status_code == 200
    assert sign_in(service, "ada@example.org").status_code == 401


def test_a_change_of_the_address_signs_the_other_devices_out(service: Service, alice: Person) -> None:
    other = sign_in(service, "alice@example.org").json["access_token"]
    secret = change_address(service, alice, "ada@example.org")
    assert send(service, "verify-email", token=secret).status_code == 200
    assert alice.get("/auth/me").json["user"]["email"] == "ada@example.org"
    headers = {"Authorization": f"Bearer {other}"}
    assert service.anonymous().get("/api/v1/auth/me", headers=headers).status_code == 401
    assert sign_in(service, "ada@example.org").status_code == 200
    assert [(to, secret) for to, _, secret in mails(service)] == [("alice@example.org", "")]


def test_an_address_of_somebody_else_is_not_to_be_had_or_found_out(
    service: Service, alice: Person, charlie: Person
) -> None:
    free = alice.post("/auth/email", json={"new_email": "free@example.org"})
    mails(service)
    taken = alice.post("/auth/email", json={"new_email": "charlie@example.org"})
    assert (taken.status_code, taken.text) == (free.status_code, free.text)
    sent = {to: secret for to, _, secret in mails(service)}
    assert sent == {"charlie@example.org": "", "alice@example.org": ""}


def test_an_address_that_was_taken_meanwhile_is_a_conflict(service: Service, alice: Person) -> None:
    secret = change_address(service, alice, "ada@example.org")
    register(service, "ada@example.org")
    assert send(service, "verify-email", token=secret).status_code == 409
    assert alice.get("/auth/me").json["user"]["email"] == "alice@example.org"


def test_another_address_is_for_who_has_shown_lately_who_it_is(alice: Person) -> None:
    forget_who_it_is(alice)
    answer = alice.post("/auth/email", json={"new_email": "ada@example.org"})
    assert answer.json["error"]["code"] == "REAUTHENTICATION_REQUIRED"


def test_wrong_passwords_bring_one_mail_a_day_with_a_way_out(service: Service, alice: Person) -> None:
    for number in range(5):
        sign_in(service, "alice@example.org", "Wrong-Horse-1")
        assert len(mails(service)) == (1 if number == 2 else 0), number
    assert sign_in(service, "alice@example.org").status_code == 429


def test_the_way_out_lets_new_devices_in_again(service: Service, alice: Person) -> None:
    for _ in range(5):
        sign_in(service, "alice@example.org", "Wrong-Horse-1")
    [(_, _, secret)] = mails(service)
    assert send(service, "verify-email", token=secret).status_code == 400
    assert send(service, "unlock", token=secret).status_code == 200
    assert sign_in(service, "alice@example.org").status_code == 200
    assert send(service, "unlock", token=secret).status_code == 400


def test_an_address_that_nobody_has_is_sent_nothing(service: Service) -> None:
    for _ in range(5):
        sign_in(service, "nobody@example.org", "Wrong-Horse-1")
    assert mails(service) == []


def test_who_changes_the_password_or_the_second_factor_is_told(service: Service, alice: Person) -> None:
    body = {"current_password": PASSWORD, "new_password": "Better-Horse-9"}
    changed = alice.post("/auth/change-password", json=body).json
    alice.access_token = changed["access_token"]
    alice.delete("/auth/2fa/totp")
    told = {(to, subject.split(" ")[1]) for to, subject, _ in mails(service)}
    assert told == {("alice@example.org", "password"), ("alice@example.org", "second")}


def test_somebody_who_is_switched_off_is_sent_nothing(service: Service, alice: Person) -> None:
    alice.post("/auth/email", json={"new_email": "ada@example.org"})
    with connected():
        User.update(is_active=False).execute()
    assert mails(service) == []


def test_old_mails_are_forgotten(service: Service, alice: Person) -> None:
    alice.post("/auth/email", json={"new_email": "ada@example.org"})
    with connected():
        AccountMail.update(expires_at=clock.now() - timedelta(seconds=1)).execute()
    service.run_jobs()
    with connected():
        accounts.forget_expired(clock.now(), is_dry_run=False)
        assert AccountMail.select().count() == 0


@pytest.mark.parametrize(
    ("rules", "password", "needed"),
    [
        ({"password_min_length": 12}, "Tulip-Rose-7", ""),
        ({"password_min_length": 13}, "Tulip-Rose-7", "13 to 128 characters"),
        ({"password_require": ("lower", "special")}, "TULIPROSE7", "a lower-case letter"),
        ({"password_require": ("special",)}, "TulipRose7", "a sign"),
        ({"password_require": ()}, "tulip roses in may", ""),
        ({}, "Password1", "tried first"),
        ({}, "Football2024!", "tried first"),
        ({"password_blocklist": False}, "Password1", ""),
    ],
)
def test_what_a_password_must_be_is_set(
    service: Service, monkeypatch: pytest.MonkeyPatch, rules: dict[str, Any], password: str, needed: str
) -> None:
    for name, value in rules.items():
        monkeypatch.setitem(vars(service.settings), name, value)
    answer = service.anonymous().post("/api/v1/auth/register", json={"email": "dora@example.org", "password": password})
    assert answer.status_code == (400 if needed else 201), answer.text
    if needed:
        assert needed in answer.json["error"]["details"]["password"]


def test_a_new_password_ends_a_change_of_the_address_that_somebody_else_has_asked_for(
    service: Service, alice: Person
) -> None:
    alice.post("/auth/email", json={"new_email": "thief@example.org"})
    [link] = [secret for to, _, secret in mails(service) if to == "thief@example.org"]
    alice.post("/auth/change-password", json={"current_password": PASSWORD, "new_password": "Another-Horse-8"})
    assert send(service, "verify-email", token=link).status_code == 400
    assert sign_in(service, "alice@example.org", "Another-Horse-8").status_code == 200


def test_the_address_that_was_asked_for_last_is_the_one_that_counts(service: Service, alice: Person) -> None:
    alice.post("/auth/email", json={"new_email": "typo@example.org"})
    [mistyped] = [secret for to, _, secret in mails(service) if to == "typo@example.org"]
    alice.post("/auth/email", json={"new_email": "right@example.org"})
    [right] = [secret for to, _, secret in mails(service) if to == "right@example.org"]
    assert send(service, "verify-email", token=right).status_code == 200
    assert send(service, "verify-email", token=mistyped).status_code == 400


def test_a_link_to_an_address_that_the_account_had_before_does_not_bring_it_back(
    service: Service, alice: Person
) -> None:
    send(service, "verify-email/resend", email="alice@example.org")
    [old] = [secret for to, _, secret in mails(service) if to == "alice@example.org"]
    alice.post("/auth/email", json={"new_email": "new@example.org"})
    [new] = [secret for to, _, secret in mails(service) if to == "new@example.org"]
    assert send(service, "verify-email", token=new).status_code == 200
    assert send(service, "verify-email", token=old).status_code == 400
    assert sign_in(service, "new@example.org").status_code == 200


@pytest.mark.parametrize(
    ("further", "status"), [({"username": "taken"}, 409), ({"invitation": "x" * 43}, 404)], ids=["user name", "link"]
)
def test_a_refusal_tells_nothing_of_the_address_either(
    service: Service, alice: Person, monkeypatch: pytest.MonkeyPatch, further: dict[str, str], status: int
) -> None:
    monkeypatch.setitem(vars(service.settings), "email_verification", "required")
    alice.patch("/auth/me", json={"username": "taken"})
    for email in ("alice@example.org", "nobody@example.org"):
        body = {"email": email, "password": PASSWORD, **further}
        assert service.anonymous().post("/api/v1/auth/register", json=body).status_code == status, email
