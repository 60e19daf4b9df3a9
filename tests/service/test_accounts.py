"""Accounts: registering, signing in and staying signed in, passwords."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from clipflow.accounts import service as accounts
from clipflow.accounts.models import PasswordReset, RefreshToken, User
from clipflow.core import clock
from clipflow.core.db import connected
from tests.service.conftest import PASSWORD, Person, Service, deactivate

JSON = dict[str, object]


def register(client: FlaskClient, **body: object) -> object:
    return client.post("/api/v1/auth/register", json={"email": "dora@example.org", "password": PASSWORD, **body})


def refresh(service: Service, token: str) -> object:
    return service.anonymous().post("/api/v1/auth/refresh", json={"refresh_token": token})


def me(service: Service, token: str) -> int:
    answer = service.anonymous().get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


def test_it_registers_and_signs_in(service: Service) -> None:
    answer = register(service.anonymous(), email=" Dora@Example.org ", full_name="Dora 🎬")
    assert answer.status_code == 201
    user = answer.json["user"]
    assert (user["email"], user["full_name"], user["is_active"]) == ("dora@example.org", "Dora 🎬", True)
    assert "password" not in answer.text.replace("password_", "")
    assert me(service, answer.json["access_token"]) == 200


def test_it_never_shows_a_hash(service: Service, alice: Person) -> None:
    assert "hash" not in alice.get("/auth/me").text
    with connected():
        assert User.get().password_hash.startswith("$2b$04$")


@pytest.mark.parametrize("password", ["short1A", "nocapital1", "NoDigitHere", "A1" + "x" * 127, ""])
def test_it_refuses_a_weak_password(service: Service, password: str) -> None:
    answer = register(service.anonymous(), password=password)
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "VALIDATION_ERROR"
    assert "password" in answer.json["error"]["details"]


def test_it_takes_a_password_of_128_characters_in_any_script(service: Service) -> None:
    password = "Ä1" + "ж" * 125 + "\0"
    assert register(service.anonymous(), password=password).status_code == 201
    login = {"email": "dora@example.org", "password": password}
    assert service.anonymous().post("/api/v1/auth/login", json=login).status_code == 200
    longer = {"email": "dora@example.org", "password": password[:-1] + "x"}
    assert service.anonymous().post("/api/v1/auth/login", json=longer).status_code == 401


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@", "a b@example.org", "x" * 400 + "@example.org", "a\0@example.org"]
)
def test_it_refuses_what_is_no_address(service: Service, email: str) -> None:
    answer = register(service.anonymous(), email=email)
    assert answer.status_code == 400
    assert "email" in answer.json["error"]["details"]


def test_it_refuses_an_address_that_is_taken(service: Service, alice: Person) -> None:
    answer = register(service.anonymous(), email="ALICE@example.org")
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "CONFLICT")


def test_it_refuses_unknown_fields(service: Service) -> None:
    answer = register(service.anonymous(), is_admin=True)
    assert answer.status_code == 400
    assert answer.json["error"]["details"] == {"is_admin": "Unknown field."}


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(service: Service, alice: Person) -> None:
    client = service.anonymous()
    wrong = client.post("/api/v1/auth/login", json={"email": "alice@example.org", "password": "Wrong-One-1"})
    unknown = client.post("/api/v1/auth/login", json={"email": "nobody@example.org", "password": "Wrong-One-1"})
    assert (wrong.status_code, wrong.json) == (unknown.status_code, unknown.json)
    assert wrong.status_code == 401


def test_signing_in_is_remembered(service: Service, alice: Person) -> None:
    answer = service.anonymous().post("/api/v1/auth/login", json={"email": "alice@example.org", "password": PASSWORD})
    assert answer.json["user"]["last_login"] >= alice.user["last_login"]


def test_an_access_token_carries_its_session_and_no_more(service: Service, alice: Person) -> None:
    assert me(service, alice.access_token) == 200
    assert me(service, alice.refresh_token) == 401
    assert me(service, alice.access_token[:-2]) == 401


def test_refreshing_replaces_the_token(service: Service, alice: Person) -> None:
    answer = refresh(service, alice.refresh_token)
    assert answer.status_code == 200
    assert answer.json["refresh_token"] != alice.refresh_token
    assert refresh(service, answer.json["refresh_token"]).status_code == 200


def test_only_the_hash_of_a_refresh_token_is_kept(service: Service, alice: Person) -> None:
    with connected():
        assert all(alice.refresh_token not in str(row.__data__) for row in RefreshToken.select())


def test_two_tabs_may_refresh_at_the_same_moment(service: Service, alice: Person) -> None:
    first, second = refresh(service, alice.refresh_token), refresh(service, alice.refresh_token)
    assert (first.status_code, second.status_code) == (200, 200)
    assert refresh(service, first.json["refresh_token"]).status_code == 200
    assert refresh(service, second.json["refresh_token"]).status_code == 200


def test_a_token_that_was_replaced_long_ago_ends_the_session(service: Service, alice: Person) -> None:
    newer = refresh(service, alice.refresh_token).json
    with connected():
        RefreshToken.update(replaced_at=clock.now() - timedelta(seconds=11)).where(
            RefreshToken.replaced_at.is_null(False)
        ).execute()
    assert refresh(service, alice.refresh_token).status_code == 401
    assert refresh(service, newer["refresh_token"]).status_code == 401
    assert me(service, newer["access_token"]) == 401


def test_only_the_token_before_the_last_is_tolerated(service: Service, alice: Person) -> None:
    second = refresh(service, alice.refresh_token).json["refresh_token"]
    third = refresh(service, second).json["refresh_token"]
    assert refresh(service, alice.refresh_token).status_code == 401
    assert refresh(service, third).status_code == 401


def test_an_expired_refresh_token_is_refused(service: Service, alice: Person) -> None:
    with connected():
        RefreshToken.update(expires_at=clock.now()).execute()
    assert refresh(service, alice.refresh_token).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "é" * 50, "a" * 5000])
def test_a_made_up_refresh_token_is_refused(service: Service, token: str) -> None:
    assert refresh(service, token).status_code in (400, 401)


def test_signing_out_ends_access_and_refresh(service: Service, alice: Person) -> None:
    answer = alice.post("/auth/logout")
    assert answer.json == {"message": "Logged out successfully"}
    assert me(service, alice.access_token) == 401
    assert refresh(service, alice.refresh_token).status_code == 401


def test_signing_out_leaves_other_devices_signed_in(service: Service, alice: Person) -> None:
    login = {"email": "alice@example.org", "password": PASSWORD}
    other = service.anonymous().post("/api/v1/auth/login", json=login).json
    alice.post("/auth/logout")
    assert me(service, other["access_token"]) == 200


def test_a_deactivated_account_loses_access_at_once(service: Service, alice: Person) -> None:
    deactivate(service, "alice@example.org")
    assert me(service, alice.access_token) == 401
    assert refresh(service, alice.refresh_token).status_code == 401
    login = {"email": "alice@example.org", "password": PASSWORD}
    assert service.anonymous().post("/api/v1/auth/login", json=login).status_code == 401


def test_it_changes_name_and_settings(alice: Person) -> None:
    alice.patch("/auth/me", json={"settings": {"theme": "dark", "folder": "/a"}})
    answer = alice.patch("/auth/me", json={"full_name": "Alice A.", "settings": {"folder": None}})
    assert answer.json["user"]["full_name"] == "Alice A."
    assert answer.json["user"]["settings"] == {"theme": "dark"}


@pytest.mark.parametrize(
    "body",
    [
        {"email": "new@example.org"},
        {"full_name": "x" * 201},
        {"full_name": "a\0b"},
        {"settings": []},
        {"settings": {"a": "\0"}},
        {"settings": {"a": "x" * 20_000}},
        {"settings": {"a": ["b", {"c\0": 1}]}},
        {"settings": {"a": float("nan")}},
        {"settings": {"a": float("inf")}},
        {"settings": {"a": "\ud800"}},
    ],
)
def test_it_refuses_other_changes(alice: Person, body: JSON) -> None:
    assert alice.patch("/auth/me", json=body).status_code == 400


def test_settings_take_any_text_and_have_one_limit_together(alice: Person) -> None:
    kept = {"emoji": "😀", "path": "C:\\udata"}
    assert alice.patch("/auth/me", json={"settings": kept}).json["user"]["settings"] == kept
    assert alice.patch("/auth/me", json={"settings": {"b": "x" * 6000}}).status_code == 200
    assert alice.patch("/auth/me", json={"settings": {"c": "x" * 6000}}).status_code == 400


def test_letters_that_grow_when_lowered_are_no_way_around_the_length(service: Service) -> None:
    assert register(service.anonymous(), email="\u0130" * 300 + "@example.org").status_code == 400


def test_a_password_that_changes_during_a_sign_in_wins(
    service: Service, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compare_slowly(password: str, password_hash: str) -> bool:
        with connected():
            accounts.create_admin(service.resources, email="alice@example.org", password="Changed-Now-1")
        return True

    monkeypatch.setattr(accounts, "is_password", compare_slowly)
    login = {"email": "alice@example.org", "password": PASSWORD}
    assert service.anonymous().post("/api/v1/auth/login", json=login).status_code == 401


# Cookies


def browser(service: Service) -> FlaskClient:
    client = service.app.test_client()
    answer = register(client)
    assert answer.status_code == 201
    return client


def csrf(client: FlaskClient, name: str = "csrf_access_token") -> str:
    cookie = client.get_cookie(name)
    assert cookie is not None
    return cookie.value


def test_a_browser_may_read_with_its_cookie(service: Service) -> None:
    assert browser(service).get("/api/v1/auth/me").status_code == 200


def test_a_browser_needs_the_csrf_header_to_change_anything(service: Service) -> None:
    client = browser(service)
    assert client.patch("/api/v1/auth/me", json={}).status_code == 401
    assert client.patch("/api/v1/auth/me", json={}, headers={"X-CSRF-TOKEN": "x"}).status_code == 401
    assert client.patch("/api/v1/auth/me", json={}, headers={"X-CSRF-TOKEN": csrf(client)}).status_code == 200


def test_a_bad_bearer_does_not_fall_through_to_the_cookie(service: Service) -> None:
    client = browser(service)
    assert client.get("/api/v1/auth/me", headers={"Authorization": "Bearer nonsense"}).status_code == 401


def test_a_browser_refreshes_with_its_cookie_and_csrf_header(service: Service) -> None:
    client = browser(service)
    assert client.post("/api/v1/auth/refresh").status_code == 401
    headers = {"X-CSRF-TOKEN": csrf(client, "clipflow_refresh_csrf")}
    assert client.post("/api/v1/auth/refresh", headers=headers).status_code == 200


def test_cookies_are_kept_from_scripts_and_other_sites(service: Service) -> None:
    answer = register(service.anonymous())
    cookies = {
        line.split("=")[0] + re.search("Path=[^;]*", line)[0]: line for line in answer.headers.getlist("Set-Cookie")
    }
    for path in ("/api/v1/auth/refresh", "/api/v1/auth/logout"):
        assert "HttpOnly" in cookies[f"clipflow_refreshPath={path}"]
        assert "SameSite=Strict" in cookies[f"clipflow_refreshPath={path}"]
    access = cookies["clipflow_accessPath=/"]
    assert "HttpOnly" in access
    assert "SameSite=Lax" in access


def test_a_browser_whose_access_has_expired_can_still_sign_out(service: Service) -> None:
    client = browser(service)
    refresh_csrf = csrf(client, "clipflow_refresh_csrf")
    client.delete_cookie("clipflow_access")
    assert client.post("/api/v1/auth/logout").status_code == 401
    assert client.post("/api/v1/auth/logout", headers={"X-CSRF-TOKEN": refresh_csrf}).status_code == 200
    assert client.post("/api/v1/auth/refresh", headers={"X-CSRF-TOKEN": refresh_csrf}).status_code == 401


def test_signing_out_clears_the_cookies(service: Service) -> None:
    client = browser(service)
    client.post("/api/v1/auth/logout", headers={"X-CSRF-TOKEN": csrf(client)})
    assert client.get_cookie("clipflow_access") is None
    assert client.get_cookie("clipflow_refresh", path="/api/v1/auth/refresh") is None


# Forgotten passwords


def mailed_token(service: Service) -> str:
    """The secret in the newest mail of the outbox."""
    mails = sorted((service.settings.data_dir / "outbox").glob("*.eml"))
    text = mails[-1].read_text().replace("=\n", "")
    for mail in mails:
        mail.unlink()
    return re.search(r"token=(?:3D)?([\w-]+)", text)[1]


def ask_for_reset(service: Service, email: str = "alice@example.org") -> object:
    answer = service.anonymous().post("/api/v1/auth/forgot-password", json={"email": email})
    assert answer.status_code == 200
    service.run_jobs()
    return answer


def set_password(service: Service, token: str, password: str = "Brand-New-1") -> int:
    body = {"token": token, "new_password": password}
    return service.anonymous().post("/api/v1/auth/reset-password", json=body).status_code


def test_a_forgotten_password_is_set_anew_with_the_mailed_link(service: Service, alice: Person) -> None:
    ask_for_reset(service)
    assert set_password(service, mailed_token(service)) == 200
    login = {"email": "alice@example.org", "password": "Brand-New-1"}
    assert service.anonymous().post("/api/v1/auth/login", json=login).status_code == 200


def test_a_new_password_ends_every_session(service: Service, alice: Person) -> None:
    ask_for_reset(service)
    set_password(service, mailed_token(service))
    assert me(service, alice.access_token) == 401
    assert refresh(service, alice.refresh_token).status_code == 401


def test_a_link_works_once(service: Service, alice: Person) -> None:
    ask_for_reset(service)
    token = mailed_token(service)
    assert set_password(service, token) == 200
    assert set_password(service, token) == 400


def test_a_link_expires_after_half_an_hour(service: Service, alice: Person) -> None:
    ask_for_reset(service)
    with connected():
        reset = PasswordReset.get()
        assert timedelta(minutes=29) < reset.expires_at - clock.now() <= timedelta(minutes=30)
        PasswordReset.update(expires_at=clock.now()).execute()
    assert set_password(service, mailed_token(service)) == 400


def test_using_one_link_ends_the_others(service: Service, alice: Person) -> None:
    ask_for_reset(service)
    first = mailed_token(service)
    ask_for_reset(service)
    assert set_password(service, mailed_token(service)) == 200
    assert set_password(service, first) == 400


def test_a_weak_new_password_does_not_use_up_the_link(service: Service, alice: Person) -> None:
    ask_for_reset(service)
    token = mailed_token(service)
    assert set_password(service, token, "weak") == 400
    assert set_password(service, token) == 200


def test_an_unknown_address_gets_the_same_answer_and_no_mail(service: Service, alice: Person) -> None:
    known, unknown = ask_for_reset(service), ask_for_reset(service, "nobody@example.org")
    assert known.json == unknown.json
    assert len(list((service.settings.data_dir / "outbox").glob("*.eml"))) == 1
    mailed_token(service)


def test_only_the_hash_of_a_link_is_kept(service: Service, alice: Person) -> None:
    ask_for_reset(service)
    token = mailed_token(service)
    with connected():
        assert token not in str(PasswordReset.get().__data__)


def test_a_link_of_a_deactivated_account_is_refused(service: Service, alice: Person) -> None:
    ask_for_reset(service)
    deactivate(service, "alice@example.org")
    assert set_password(service, mailed_token(service)) == 400


def test_an_administrator_is_made_of_nobody_or_of_somebody(service: Service, alice: Person) -> None:
    with connected():
        assert accounts.create_admin(service.resources, email="Root@example.org", password=PASSWORD).is_admin
        assert accounts.create_admin(service.resources, email="alice@example.org", password="Other-Pass-1").is_admin
    assert me(service, alice.access_token) == 401


def test_it_lists_the_devices_that_are_signed_in(alice: Person, service: Service) -> None:
    credentials = {"email": "alice@example.org", "password": PASSWORD}
    phone = service.anonymous().post("/api/v1/auth/login", json=credentials, headers={"User-Agent": "Phone/1"})
    assert phone.status_code == 200
    [last, first] = alice.get("/auth/sessions").json["sessions"]
    assert (last["device"], last["is_current"], first["is_current"]) == ("Phone/1", False, True)


def test_a_device_that_is_signed_out_finds_the_door_shut(alice: Person, service: Service) -> None:
    credentials = {"email": "alice@example.org", "password": PASSWORD}
    token = service.anonymous().post("/api/v1/auth/login", json=credentials).json["access_token"]
    [other] = [one["id"] for one in alice.get("/auth/sessions").json["sessions"] if not one["is_current"]]
    assert alice.delete(f"/auth/sessions/{other}").status_code == 200
    assert alice.call("GET", "/auth/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert alice.get("/auth/me").status_code == 200
    assert alice.delete(f"/auth/sessions/{other}").status_code == 404


def test_nobody_ends_somebody_elses_session(alice: Person, charlie: Person) -> None:
    [session] = alice.get("/auth/sessions").json["sessions"]
    assert charlie.delete(f"/auth/sessions/{session['id']}").status_code == 404
    assert alice.get("/auth/me").status_code == 200


def test_an_odd_device_name_is_shortened_and_kept_printable(alice: Person, service: Service) -> None:
    credentials = {"email": "alice@example.org", "password": PASSWORD}
    service.anonymous().post("/api/v1/auth/login", json=credentials, headers={"User-Agent": "x\t" * 1000})
    assert alice.get("/auth/sessions").json["sessions"][0]["device"] == "x" * 300


def test_changing_the_password_signs_all_other_devices_out(alice: Person, service: Service) -> None:
    credentials = {"email": "alice@example.org", "password": PASSWORD}
    other = service.anonymous().post("/api/v1/auth/login", json=credentials).json["access_token"]
    body = {"current_password": PASSWORD, "new_password": "Brand-New-Horse-8"}
    answer = alice.post("/auth/change-password", json=body)
    assert answer.status_code == 200
    for token, status in ((other, 401), (alice.access_token, 401), (answer.json["access_token"], 200)):
        found = alice.call("GET", "/auth/me", headers={"Authorization": f"Bearer {token}"})
        assert found.status_code == status
    again = service.anonymous().post("/api/v1/auth/login", json={**credentials, "password": body["new_password"]})
    assert again.status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [("Wrong-Horse-7", "Brand-New-Horse-8", "current_password"), (PASSWORD, "short", "new_password")],
)
def test_a_refused_password_change_names_its_field(alice: Person, current: str, new: str, field: str) -> None:
    answer = alice.post("/auth/change-password", json={"current_password": current, "new_password": new})
    assert answer.status_code == 400
    assert [*answer.json["error"]["details"]] == [field]
    assert alice.get("/auth/me").status_code == 200


@pytest.mark.parametrize(
    "settings", [{"theme": "pink"}, {"analysis_options": {"keep_pause_ms": -1}}, {"analysis_options": {"speed": 1}}]
)
def test_it_refuses_preferences_that_mean_nothing(alice: Person, settings: dict[str, object]) -> None:
    assert alice.patch("/auth/me", json={"settings": settings}).status_code == 400


# One spelling of an address


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("alice@bücher.example", "Alice@xn--bcher-kva.example"),
        ("alice@example.org", "ａｌｉｃｅ@ｅxample.org"),
        ("alice@example.org", "ALICE＠Example.ORG"),
    ],
)
def test_spellings_of_one_mailbox_are_one_account(service: Service, first: str, second: str) -> None:
    client = service.anonymous()
    body = {"password": PASSWORD, "full_name": "Alice"}
    assert client.post("/api/v1/auth/register", json={**body, "email": first}).status_code == 201
    assert client.post("/api/v1/auth/register", json={**body, "email": second}).status_code == 409
    signed_in = client.post("/api/v1/auth/login", json={"email": second, "password": PASSWORD})
    assert signed_in.status_code == 200


@pytest.mark.parametrize(
    "character", ["\u200b", "\u00ad", "\u202e", "\u0001", "\x7f", "\u2060", "\u3164", "\u115f", "\u034f", "\u2800"]
)
def test_an_address_with_what_cannot_be_seen_is_none(service: Service, character: str) -> None:
    body = {"email": f"ali{character}ce@example.org", "password": PASSWORD, "full_name": "Alice"}
    assert service.anonymous().post("/api/v1/auth/register", json=body).status_code == 400


def test_two_tabs_that_refresh_at_once_get_one_successor(service: Service, alice: Person) -> None:
    answers = [refresh(service, alice.refresh_token) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json["refresh_token"] for answer in answers}) == 1


def test_the_access_cookie_lives_as_long_as_its_token(service: Service) -> None:
    body = {"email": "alice@example.org", "password": PASSWORD, "full_name": "Alice"}
    answer = service.anonymous().post("/api/v1/auth/register", json=body)
    cookies = [
        one for one in answer.headers.getlist("Set-Cookie") if one.startswith(("clipflow_access=", "csrf_access"))
    ]
    assert len(cookies) == 2
    assert all("Max-Age=1800;" in one for one in cookies)
