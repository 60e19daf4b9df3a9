"""The second factor: set up, needed at sign-in, used once, replaced by recovery codes, removed."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pyotp
import pytest

from clipflow.accounts.models import MfaChallenge, RecoveryCode, Session, User
from clipflow.core import clock
from clipflow.core.db import connected
from tests.service.conftest import PASSWORD, Person, Service

CREDENTIALS = {"email": "alice@example.org", "password": PASSWORD}


class Clock:
    """The time that codes go by, which a test moves on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = time.time()
        monkeypatch.setattr(time, "time", lambda: self.now_s)

    def move(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def codes_time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def app(alice: Person, codes_time: Clock) -> tuple[Callable[[], str], list[str]]:
    """Alice's second factor: what her app shows now, and her recovery codes."""
    secret = alice.post("/auth/2fa/totp").json["secret"]

    def code() -> str:
        return pyotp.TOTP(secret).at(int(codes_time.now_s))

    answer = alice.post("/auth/2fa/totp/confirm", json={"code": code()})
    assert answer.status_code == 200, answer.text
    codes_time.move(30)
    return code, answer.json["recovery_codes"]


def begin(service: Service) -> str:
    answer = service.anonymous().post("/api/v1/auth/login", json=CREDENTIALS)
    assert (answer.status_code, answer.json["mfa_required"]) == (200, True)
    assert "access_token" not in answer.json
    assert "Set-Cookie" not in answer.headers
    return str(answer.json["mfa_token"])


def finish(service: Service, token: str, **proof: str) -> Any:
    return service.anonymous().post("/api/v1/auth/login/mfa", json={"mfa_token": token, **proof})


def test_it_is_set_up_with_a_qr_code(alice: Person) -> None:
    answer = alice.post("/auth/2fa/totp").json
    assert answer["uri"].startswith("otpauth://totp/ClipFlow:alice%40example.org?secret=")
    assert answer["qr_code"].startswith("data:image/svg+xml")
    assert alice.get("/auth/2fa").json == {"is_enabled": False, "since": None, "recovery_codes_left": 0}
    assert alice.post("/auth/2fa/totp/confirm", json={"code": "000000"}).status_code == 400
    with connected():
        assert answer["secret"] not in User.get().totp_secret


def test_a_sign_in_needs_the_code(service: Service, app: tuple[Callable[[], str], list[str]]) -> None:
    code, recovery_codes = app
    assert len(recovery_codes) == len(set(recovery_codes)) == 10
    done = finish(service, begin(service), code=code())
    assert (done.status_code, done.json["user"]["email"]) == (200, "alice@example.org")


def test_a_code_of_the_step_before_or_after_is_taken(
    service: Service, app: tuple[Callable[[], str], list[str]], codes_time: Clock
) -> None:
    code, _ = app
    early = code()
    codes_time.move(30)
    assert finish(service, begin(service), code=early).status_code == 200
    codes_time.move(300)
    late = code()
    codes_time.move(61)
    assert finish(service, begin(service), code=late).status_code == 401


def test_no_code_is_taken_twice(service: Service, app: tuple[Callable[[], str], list[str]]) -> None:
    code, _ = app
    now = code()
    tokens = [begin(service) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(lambda token: finish(service, token, code=now).status_code, tokens))
    assert sorted(statuses) == [200, 401, 401, 401, 401, 401]


def test_a_recovery_code_is_taken_once(service: Service, app: tuple[Callable[[], str], list[str]]) -> None:
    _, [first, *_] = app
    tokens = [begin(service) for _ in range(14)]
    with ThreadPoolExecutor(14) as pool:
        answers = list(pool.map(lambda token: finish(service, token, recovery_code=first.upper()).status_code, tokens))
    # Codes that are wrong by then count, and may close the second factor to more tries.
    assert answers.count(200) == 1
    assert set(answers) <= {200, 401, 429}
    with connected():
        assert RecoveryCode.select().count() == 9


def test_a_sign_in_ends_after_five_tries_or_five_minutes(
    service: Service, app: tuple[Callable[[], str], list[str]]
) -> None:
    code, _ = app
    token = begin(service)
    for _ in range(5):
        assert finish(service, token, code="000000").status_code == 401
    assert finish(service, token, code=code()).status_code == 401
    late = begin(service)
    with connected():
        MfaChallenge.update(expires_at=clock.now() - timedelta(seconds=1)).execute()
    assert finish(service, late, code=code()).status_code == 401
    assert finish(service, "unknown", code=code()).status_code == 401


def test_wrong_codes_close_the_second_factor_whatever_sign_in_they_belong_to(
    service: Service, app: tuple[Callable[[], str], list[str]]
) -> None:
    code, _ = app
    tokens = [begin(service) for _ in range(6)]
    assert [finish(service, token, code="000000").status_code for token in tokens] == [401] * 5 + [429]
    assert finish(service, begin(service), code=code()).status_code == 429


def test_a_sign_in_that_is_half_done_ends_with_the_password(
    service: Service, alice: Person, app: tuple[Callable[[], str], list[str]]
) -> None:
    code, _ = app
    token = begin(service)
    body = {"current_password": PASSWORD, "new_password": "Better-Horse-9"}
    assert alice.post("/auth/change-password", json=body).status_code == 200
    assert finish(service, token, code=code()).status_code == 401


def test_a_used_sign_in_opens_nothing_more(
    service: Service, app: tuple[Callable[[], str], list[str]], codes_time: Clock
) -> None:
    code, _ = app
    token = begin(service)
    assert finish(service, token, code=code()).status_code == 200
    codes_time.move(60)
    assert finish(service, token, code=code()).status_code == 401


def test_new_recovery_codes_replace_the_old(
    service: Service, alice: Person, app: tuple[Callable[[], str], list[str]]
) -> None:
    _, [old, *_] = app
    [new, *_] = alice.post("/auth/2fa/recovery-codes").json["recovery_codes"]
    assert finish(service, begin(service), recovery_code=old).status_code == 401
    assert finish(service, begin(service), recovery_code=new).status_code == 200
    assert alice.get("/auth/2fa").json["recovery_codes_left"] == 9


def test_it_is_switched_off(service: Service, alice: Person, app: tuple[Callable[[], str], list[str]]) -> None:
    assert alice.delete("/auth/2fa/totp").status_code == 204
    assert "access_token" in service.anonymous().post("/api/v1/auth/login", json=CREDENTIALS).json


def test_switching_it_on_signs_other_devices_out(service: Service, alice: Person, codes_time: Clock) -> None:
    other = service.anonymous().post("/api/v1/auth/login", json=CREDENTIALS).json["access_token"]
    secret = alice.post("/auth/2fa/totp").json["secret"]
    alice.post("/auth/2fa/totp/confirm", json={"code": pyotp.TOTP(secret).at(int(codes_time.now_s))})
    headers = {"Authorization": f"Bearer {other}"}
    assert service.anonymous().get("/api/v1/auth/me", headers=headers).status_code == 401
    assert alice.get("/auth/me").status_code == 200


def test_a_reset_password_does_not_remove_it(service: Service, app: tuple[Callable[[], str], list[str]]) -> None:
    with connected():
        User.update(failures_in_row=3).execute()
    assert begin(service)


def forget_who_it_is(person: Person) -> None:
    with connected():
        Session.update(authenticated_at=clock.now() - timedelta(minutes=16)).where(
            Session.user == person.user["id"]
        ).execute()


def test_what_is_dangerous_asks_again_who_it_is(alice: Person) -> None:
    forget_who_it_is(alice)
    refused = alice.post("/auth/2fa/totp")
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "REAUTHENTICATION_REQUIRED")
    assert alice.post("/auth/reauthenticate", json={"password": "Wrong-Horse-7"}).status_code == 400
    assert alice.post("/auth/reauthenticate", json={"password": PASSWORD}).status_code == 200
    assert alice.post("/auth/2fa/totp").status_code == 200


def test_a_code_says_who_it_is_too(alice: Person, app: tuple[Callable[[], str], list[str]]) -> None:
    code, _ = app
    forget_who_it_is(alice)
    assert alice.post("/auth/reauthenticate", json={"code": code()}).status_code == 200
    assert alice.post("/auth/2fa/recovery-codes").status_code == 200


def test_people_see_what_was_done_with_their_account(
    service: Service, alice: Person, app: tuple[Callable[[], str], list[str]]
) -> None:
    service.anonymous().post("/api/v1/auth/login", json={**CREDENTIALS, "password": "Wrong-Horse-7"})
    seen = [(one["action"], one["outcome"]) for one in alice.get("/auth/activity").json["events"]]
    assert seen[0] == ("account.signed_in", "refused")
    assert ("account.second_factor_on", "done") in seen
