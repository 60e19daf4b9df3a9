"""Who guesses is closed out; the owner of an account is not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from clipflow.accounts.models import User
from clipflow.core import clock
from clipflow.core.db import connected
from tests.service.conftest import PASSWORD, Person, Service

ALICE = "alice@example.org"


def try_password(service: Service, password: str, name: str = ALICE, cookie: str = "") -> Any:
    headers = {"Cookie": f"clipflow_device={cookie}"} if cookie else {}
    body = {"email": name, "password": password}
    return service.anonymous().post("/api/v1/auth/login", json=body, headers=headers)


def guess(service: Service, times: int, name: str = ALICE, cookie: str = "") -> list[int]:
    return [try_password(service, f"Wrong-Horse-{number}", name, cookie).status_code for number in range(times)]


def device_cookie(service: Service) -> str:
    """Of a browser on which Alice has signed in."""
    answer = try_password(service, PASSWORD)
    assert answer.status_code == 200
    [cookie] = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("clipflow_device=")]
    assert "HttpOnly" in cookie
    return cookie.partition("=")[2].partition(";")[0]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    def move(**by: float) -> None:
        moment = clock.now() + timedelta(**by)
        monkeypatch.setattr(clock, "now", lambda: moment)

    return move


def test_five_wrong_passwords_close_the_account_to_strangers(service: Service, alice: Person) -> None:
    assert guess(service, 5) == [401] * 5
    closed = try_password(service, PASSWORD)
    assert (closed.status_code, closed.json["error"]["code"]) == (429, "RATE_LIMITED")
    assert 800 < int(closed.headers["Retry-After"]) <= 900


def test_its_owner_signs_in_on_a_known_device_all_the_same(service: Service, alice: Person) -> None:
    cookie = device_cookie(service)
    guess(service, 5)
    assert try_password(service, PASSWORD, cookie=cookie).status_code == 200


def test_a_known_device_has_five_tries_of_its_own(service: Service, alice: Person) -> None:
    cookie = device_cookie(service)
    assert guess(service, 5, cookie=cookie) == [401] * 5
    assert try_password(service, PASSWORD, cookie=cookie).status_code == 429
    assert try_password(service, PASSWORD).status_code == 200


def test_a_device_of_somebody_else_or_a_made_up_one_is_not_known(
    service: Service, alice: Person, charlie: Person
) -> None:
    cookie = device_cookie(service)
    guess(service, 5, "charlie@example.org")
    guess(service, 5)
    assert try_password(service, PASSWORD, "charlie@example.org", cookie).status_code == 429
    forged = f"{cookie.partition('.')[0]}.{'0' * 64}"
    for made_up in (forged, "nonsense", "a.b.c"):
        assert try_password(service, PASSWORD, cookie=made_up).status_code == 429


def test_an_address_that_nobody_has_behaves_the_same(service: Service, alice: Person) -> None:
    assert guess(service, 6, "nobody@example.org") == [401] * 5 + [429]
    assert guess(service, 6) == [401] * 5 + [429]


def test_being_closed_out_neither_counts_nor_goes_on(service: Service, alice: Person, later: Any) -> None:
    guess(service, 5)
    assert guess(service, 10) == [429] * 10
    later(minutes=15, seconds=1)
    assert try_password(service, PASSWORD).status_code == 200


def test_it_is_closed_longer_each_time(service: Service, alice: Person, later: Any) -> None:
    waits = []
    for _ in range(4):
        guess(service, 5)
        waits.append(round(int(try_password(service, PASSWORD).headers["Retry-After"]) / 60))
        later(minutes=61)
    assert waits == [15, 30, 60, 60]


def test_a_right_password_begins_anew(service: Service, alice: Person) -> None:
    guess(service, 4)
    assert try_password(service, PASSWORD).status_code == 200
    assert guess(service, 5) == [401] * 5


def test_failures_far_apart_close_nothing(service: Service, alice: Person, later: Any) -> None:
    for _ in range(4):
        guess(service, 3)
        later(minutes=16)
    assert try_password(service, PASSWORD).status_code == 200


def test_failures_at_the_same_moment_are_all_counted(service: Service, alice: Person) -> None:
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda number: try_password(service, f"Wrong-Horse-{number}"), range(5)))
    assert try_password(service, PASSWORD).status_code == 429


def test_after_a_hundred_in_a_row_only_a_reset_helps(service: Service, alice: Person) -> None:
    with connected():
        User.update(failures_in_row=100).where(User.email == ALICE).execute()
    assert try_password(service, PASSWORD).status_code == 401


def test_that_is_not_so_on_a_device_that_is_known(service: Service, alice: Person) -> None:
    cookie = device_cookie(service)
    with connected():
        User.update(failures_in_row=100).where(User.email == ALICE).execute()
    assert try_password(service, PASSWORD, cookie=cookie).status_code == 200


def test_guessing_where_the_password_is_changed_closes_that_too(alice: Person) -> None:
    body = {"current_password": "Wrong-Horse-7", "new_password": "Better-Horse-9"}
    statuses = [alice.post("/auth/change-password", json=body).status_code for _ in range(6)]
    assert statuses == [400] * 5 + [429]


@pytest.mark.parametrize("username", ["a\u0000", "nobody", "x" * 320])
def test_any_user_name_is_answered(service: Service, username: str) -> None:
    body = {"username": username, "password": PASSWORD}
    assert service.anonymous().post("/api/v1/auth/login", json=body).status_code in (400, 401)
