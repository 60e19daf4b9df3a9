"""Budgets of requests, and what a browser on another host may do."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from clipflow.core.db import database
from tests.service.conftest import PASSWORD, Servers, Service, build_service, empty, environment_of, sign_up

Build = Callable[..., Service]


@pytest.fixture
def build(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Build]:
    """Services with budgets and other settings of their own."""
    servers: Servers | None = request.getfixturevalue("servers") if backend == "servers" else None
    was, built = database.obj, list[Service]()

    def make(**settings: object) -> Service:
        values = environment_of(backend, tmp_path / "data", servers)
        service = build_service({**values, **{name: str(value) for name, value in settings.items()}})
        built.append(service)
        if "QUEUE_URL" not in settings:
            empty(service)
        if servers is not None:
            import redis  # noqa: PLC0415

            with redis.Redis.from_url(servers.queue_url) as client:
                client.flushdb()
        return service

    yield make
    for service in built:
        service.database.close_all()
    database.initialize(was)


def features(service: Service, address: str = "203.0.113.1") -> TestResponse:
    return service.anonymous().get("/api/v1/config/features", environ_base={"REMOTE_ADDR": address})


def test_an_address_has_a_budget_and_is_told_of_it(build: Build) -> None:
    service = build(RATE_LIMIT_REQUESTS=3, RATE_LIMIT_PERIOD=60)
    answers = [features(service) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[0].headers["X-RateLimit-Limit"] == "3"
    assert "Retry-After" not in answers[0].headers
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 120
    assert answers[3].json["error"]["code"] == "RATE_LIMITED"


def test_other_addresses_are_not_touched(build: Build) -> None:
    service = build(RATE_LIMIT_REQUESTS=1)
    assert [features(service, address).status_code for address in ("203.0.113.1", "203.0.113.2")] == [200, 200]


def test_an_ipv6_customer_has_one_budget(build: Build) -> None:
    service = build(RATE_LIMIT_REQUESTS=1)
    assert features(service, "2001:db8:1:2::1").status_code == 200
    assert features(service, "2001:db8:1:2:ffff::9").status_code == 429
    assert features(service, "2001:db8:1:3::1").status_code == 200
    assert features(service, "::ffff:203.0.113.5").status_code == 200
    assert features(service, "::ffff:203.0.113.6").status_code == 200


def test_a_person_has_a_budget_of_their_own(build: Build) -> None:
    service = build(RATE_LIMIT_REQUESTS=3, RATE_LIMIT_USER_REQUESTS=5)
    alice, charlie = sign_up(service, "Alice"), sign_up(service, "Charlie")
    assert [alice.get("/auth/me").status_code for _ in range(6)] == [200] * 5 + [429]
    assert charlie.get("/auth/me").status_code == 200


def test_a_bad_token_draws_on_the_address(build: Build) -> None:
    service = build(RATE_LIMIT_REQUESTS=2)
    headers = {"Authorization": "Bearer nonsense"}
    statuses = [service.anonymous().get("/api/v1/auth/me", headers=headers).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]


def test_polling_does_not_eat_the_general_budget(build: Build) -> None:
    service = build(RATE_LIMIT_USER_REQUESTS=2, RATE_LIMIT_POLLING=4)
    alice = sign_up(service, "Alice")
    path = "/analysis/00000000-0000-4000-8000-000000000000/status"
    assert [alice.get(path).status_code for _ in range(5)] == [404] * 4 + [429]
    assert alice.get("/auth/me").status_code == 200


def test_signing_in_is_limited_by_address_and_e_mail(build: Build) -> None:
    service = build(RATE_LIMIT_SIGN_IN=3)
    sign_up(service, "Alice")

    def sign_in(email: str, password: str, address: str) -> int:
        return service.anonymous().post(
            "/api/v1/auth/login", json={"email": email, "password": password}, environ_base={"REMOTE_ADDR": address}
        ).status_code  # fmt: skip

    tries = [sign_in(email, "Wrong-1", "203.0.113.66") for email in ("alice@example.org", "ALICE@example.org ") * 2]
    assert tries == [401, 401, 401, 429]
    refused = service.anonymous().post(
        "/api/v1/auth/login", json={"email": "alice@example.org", "password": "x"},
        environ_base={"REMOTE_ADDR": "203.0.113.66"},
    )  # fmt: skip
    assert 1 <= int(refused.headers["Retry-After"]) <= 7200
    assert (refused.headers["X-RateLimit-Limit"], refused.headers["X-RateLimit-Remaining"]) == ("3", "0")
    # Nobody can lock Alice out: from her own address she gets in.
    assert sign_in("alice@example.org", PASSWORD, "203.0.113.7") == 200
    assert sign_in("bob@example.org", "Wrong-1", "203.0.113.66") == 401


def test_refreshing_is_limited_for_each_person(build: Build) -> None:
    service = build(RATE_LIMIT_SIGN_IN=3)
    alice, charlie = sign_up(service, "Alice"), sign_up(service, "Charlie")
    token, statuses = alice.refresh_token, []
    for _ in range(4):
        answer = service.anonymous().post("/api/v1/auth/refresh", json={"refresh_token": token})
        statuses.append(answer.status_code)
        token = answer.json.get("refresh_token", token)
    assert statuses == [200, 200, 429, 429]
    body = {"refresh_token": charlie.refresh_token}
    assert service.anonymous().post("/api/v1/auth/refresh", json=body).status_code == 200


def test_analyses_and_uploads_are_limited_for_each_person(build: Build, clip: Path) -> None:
    service = build(RATE_LIMIT_ANALYSES=2, RATE_LIMIT_UPLOADS=2)
    alice = sign_up(service, "Alice")
    project_id = alice.make_project()
    answers = [alice.upload(project_id, clip) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    media_id = answers[0].json["media_file"]["id"]
    assert [alice.post(f"/media/{media_id}/analyze").status_code for _ in range(3)] == [202, 409, 429]


def test_health_is_never_limited(build: Build) -> None:
    service = build(RATE_LIMIT_REQUESTS=1)
    assert [service.anonymous().get("/api/v1/health").status_code for _ in range(5)] == [200] * 5


@pytest.mark.parametrize("backend", ["servers"], indirect=True)
def test_without_redis_each_process_counts_for_itself(build: Build, backend: str) -> None:
    broken = build(RATE_LIMIT_REQUESTS=2, QUEUE_URL="redis://127.0.0.1:1/0")
    assert [features(broken).status_code for _ in range(3)] == [200, 200, 429]


def test_what_a_browser_asks_on_its_own_is_not_counted(build: Build) -> None:
    service = build(RATE_LIMIT_REQUESTS=2, CORS_ORIGINS="https://editor.example.org")
    for _ in range(5):
        assert preflight(service, "https://editor.example.org").status_code == 200
    assert features(service).status_code == 200


def test_asking_for_the_head_alone_counts_as_the_whole(build: Build) -> None:
    service = build(RATE_LIMIT_USER_REQUESTS=2, RATE_LIMIT_POLLING=9)
    alice = sign_up(service, "Alice")
    path = "/analysis/00000000-0000-4000-8000-000000000000/status"
    assert [alice.call("HEAD", path).status_code for _ in range(5)] == [404] * 5


def test_an_odd_address_is_counted_as_any_other(build: Build) -> None:
    service = build(RATE_LIMIT_SIGN_IN=2)
    body = b'{"email": "\\ud800@example.org", "password": "x"}'
    headers = {"Content-Type": "application/json"}
    statuses = [
        service.anonymous().post("/api/v1/auth/login", data=body, headers=headers).status_code for _ in range(3)
    ]
    assert statuses[2] in (400, 429)
    assert features(service).headers["X-RateLimit-Remaining"].isdecimal()


# Other frontends


def preflight(service: Service, origin: str) -> TestResponse:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization",
    }
    return service.anonymous().options("/api/v1/auth/me", headers=headers)


def test_only_named_origins_may_call_from_a_browser(build: Build) -> None:
    service = build(CORS_ORIGINS="https://editor.example.org")
    allowed = preflight(service, "https://editor.example.org")
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://editor.example.org"
    assert allowed.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Access-Control-Allow-Origin" not in preflight(service, "https://evil.example.org").headers
    answer = service.anonymous().get("/api/v1/health", headers={"Origin": "https://editor.example.org"})
    assert "X-Request-ID" in answer.headers["Access-Control-Expose-Headers"]


def test_without_origins_no_other_site_may(build: Build) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(build(), "https://editor.example.org").headers


def test_every_answer_carries_security_headers(build: Build) -> None:
    headers = features(build(PUBLIC_URL="https://clips.example.org")).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert "max-age" in headers["Strict-Transport-Security"]


def test_cookies_are_secure_behind_https(build: Build) -> None:
    service = build(PUBLIC_URL="https://clips.example.org")
    body = {"email": "dora@example.org", "password": PASSWORD}
    cookies = service.anonymous().post("/api/v1/auth/register", json=body).headers.getlist("Set-Cookie")
    assert len(cookies) == 6
    assert all(re.search(r"; Secure", cookie) for cookie in cookies)


def test_the_headers_speak_of_the_special_budget_where_there_is_one(build: Build) -> None:
    alice = sign_up(build(RATE_LIMIT_UPLOADS="2"), "Alice")
    project_id = alice.make_project()
    answers = [alice.post(f"/projects/{project_id}/sample") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    said = [(one.headers["X-RateLimit-Limit"], one.headers["X-RateLimit-Remaining"]) for one in answers]
    assert said == [("2", "1"), ("2", "0"), ("2", "0")]


def test_addresses_that_nothing_answers_are_counted_too(build: Build) -> None:
    client = build(RATE_LIMIT_REQUESTS="3").anonymous()
    answers = [client.get("/api/v1/nowhere"), client.delete("/api/v1/health"), client.get("/api/v1/nowhere")]
    assert [answer.status_code for answer in answers] == [404, 405, 404]
    assert client.get("/api/v1/nowhere").status_code == 429


def test_an_account_of_ones_own_buys_no_attempts_at_others(build: Build) -> None:
    service = build(RATE_LIMIT_REQUESTS=5, RATE_LIMIT_SIGN_IN=1000)
    alice = sign_up(service, "Alice")

    def attempt(path: str) -> int:
        return alice.post(path, json={"email": "bob@example.org", "password": "Wrong-Horse-7"}).status_code

    assert [attempt("/auth/login") for _ in range(5)] == [401] * 4 + [429]
    assert attempt("/auth/register") == 429
    assert alice.get("/auth/me").status_code == 200


def test_attempts_at_one_e_mail_count_from_everywhere(build: Build) -> None:
    service = build(RATE_LIMIT_SIGN_IN=2)

    def attempt(number: int, email: str = "bob@example.org") -> int:
        body, address = {"email": email, "password": "Wrong-Horse-7"}, {"REMOTE_ADDR": f"192.0.2.{number}"}
        return service.anonymous().post("/api/v1/auth/login", json=body, environ_base=address).status_code

    # After five the account is closed out, which draws on the budget all the same.
    assert [attempt(number) for number in range(21)] == [401] * 5 + [429] * 16
    assert attempt(30, "BOB@Ｅxample.org") == 429
    assert attempt(31, "charlie@example.org") == 401
