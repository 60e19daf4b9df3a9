"""The first start: the first administrator, by the token that the server has printed or by the settings."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from clipflow.accounts.models import User
from clipflow.administration.set_up import make_initial_administrator, set_up_address
from clipflow.core.db import connected
from tests.service.conftest import PASSWORD, Service

ADDRESS = "https://clips.example.org"


@pytest.fixture
def token(service: Service) -> str:
    with connected():
        address = set_up_address(service.resources, ADDRESS)
    assert address is not None
    return address.removeprefix(f"{ADDRESS}/setup#")


def set_up(service: Service, token: str, email: str = "root@example.org", password: str = PASSWORD) -> Any:
    body = {"setup_token": token, "email": email, "password": password}
    return service.anonymous().post("/api/v1/setup", json=body)


def test_it_makes_the_first_administrator_once(service: Service, token: str) -> None:
    assert set_up(service, token).status_code == 201
    with connected():
        assert User.get().is_admin
        assert set_up_address(service.resources, ADDRESS) is None
    assert set_up(service, token, "second@example.org").status_code == 404
    assert not (service.settings.data_dir / "setup_token.txt").exists()


def test_the_token_stays_the_same_until_then_and_is_the_owners_to_read(service: Service, token: str) -> None:
    with connected():
        assert set_up_address(service.resources, ADDRESS) == f"{ADDRESS}/setup#{token}"
    assert (service.settings.data_dir / "setup_token.txt").stat().st_mode & 0o077 == 0


def test_a_wrong_token_makes_nobody(service: Service, token: str) -> None:
    for wrong in ("x", token[:-1], f"{token}x", "ü" * 43):
        assert set_up(service, wrong).status_code == 404
    with connected():
        assert User.select().count() == 0


def test_a_weak_password_does_not_use_the_token_up(service: Service, token: str) -> None:
    assert set_up(service, token, password="weak").status_code == 400
    assert set_up(service, token).status_code == 201


def test_of_many_at_once_one_comes_first(service: Service, token: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        emails = [f"root{number}@example.org" for number in range(6)]
        answers = list(pool.map(lambda email: set_up(service, token, email).status_code, emails))
    assert sorted(answers) == [201, 404, 404, 404, 404, 404]


def test_there_is_none_where_somebody_runs_the_server(
    service: Service, token: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("bob")
    assert set_up(service, token).status_code == 404
    with connected():
        assert set_up_address(service.resources, ADDRESS) is None


def test_the_settings_may_name_the_first_administrator(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(service.settings), "initial_admin_email", "root@example.org")
    monkeypatch.setitem(vars(service.settings), "initial_admin_password", PASSWORD)
    for _ in range(2):
        with connected():
            make_initial_administrator(service.resources)
    with connected():
        [user] = User.select()
    assert (user.email, user.is_admin) == ("root@example.org", True)
