"""The settings that administrators change while the server runs."""

from typing import Any

import pytest

from clipflow.app import create_app
from clipflow.app_context import resources_of
from clipflow.config import load_settings
from clipflow.configuration import models as configuration_models
from clipflow.configuration import service as configuration
from clipflow.configuration import tasks
from clipflow.core import clock
from clipflow.core.db import connected, database
from clipflow.resources import LiveSettings
from tests.service.conftest import PASSWORD, Person, Service, environment_of
from tests.service.test_second_factor import forget_who_it_is


@pytest.fixture(autouse=True)
def as_the_environment_has_it(service: Service) -> Any:
    yield
    service.resources.live.current = service.resources.live.base
    service.resources.live.forget()


def change(person: Person, version: int, **settings: Any) -> Any:
    body = {"settings": settings}
    return person.call("PATCH", "/admin/settings", json=body, headers={"If-Match": f'"{version}"'})


def test_what_is_changed_counts_at_once(service: Service, bob: Person) -> None:
    before = bob.get("/admin/settings")
    assert (before.json["version"], before.headers["ETag"]) == (0, '"0"')
    assert before.json["changed"] == []
    answer = change(bob, 0, registration_mode="closed", max_file_size_mb=7)
    assert (answer.status_code, answer.json["version"]) == (200, 1)
    assert answer.json["changed"] == ["max_file_size_mb", "registration_mode"]
    body = {"email": "dora@example.org", "password": PASSWORD}
    assert service.anonymous().post("/api/v1/auth/register", json=body).status_code == 403
    assert service.anonymous().get("/api/v1/config/features").json["max_file_size_mb"] == 7


def test_null_takes_a_change_back(service: Service, bob: Person) -> None:
    change(bob, 0, invitation_days=3)
    answer = change(bob, 1, invitation_days=None).json
    assert (answer["settings"]["invitation_days"], answer["changed"]) == (7, [])


def test_who_comes_second_is_told(bob: Person) -> None:
    change(bob, 0, invitation_days=3)
    assert change(bob, 0, invitation_days=4).status_code == 409
    assert bob.get("/admin/settings").json["settings"]["invitation_days"] == 3


@pytest.mark.parametrize("header", [None, "", "x", '"-1"', '"99999999999"'])
def test_the_version_has_to_be_said(bob: Person, header: str | None) -> None:
    headers = {} if header is None else {"If-Match": header}
    assert bob.call("PATCH", "/admin/settings", json={"settings": {}}, headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_file_size_mb", 0),
        ("max_file_size_mb", "many"),
        ("max_file_size_mb", [1]),
        ("registration_mode", "sometimes"),
        ("password_require", ["emoji"]),
        ("silence_threshold_db", 5),
        ("detect_filler_words", "perhaps"),
        ("database_url", "sqlite:///elsewhere"),
        ("secret_key", "known to all"),
    ],
)
def test_what_a_setting_cannot_be_changes_nothing(bob: Person, name: str, value: Any) -> None:
    answer = change(bob, 0, **{name: value, "invitation_days": 3})
    assert (answer.status_code, [*answer.json["error"]["details"]]) == (400, [name])
    assert bob.get("/admin/settings").json["version"] == 0


def test_all_of_them_can_be_set_to_what_they_are(bob: Person) -> None:
    shown = bob.get("/admin/settings").json["settings"]
    answer = change(bob, 0, **{name: value for name, value in shown.items() if value not in (None, "")})
    assert answer.status_code == 200, answer.text
    assert answer.json["settings"] == shown


def test_what_the_environment_sets_wins(service: Service, bob: Person) -> None:
    live = service.resources.live
    base = live.base
    change(bob, 0, invitation_days=3)
    try:
        values = {**environment_of("embedded", service.settings.data_dir, None), "INVITATION_DAYS": "9"}
        live.base = load_settings(values, env_file=None)
        live.forget()
        shown = bob.get("/admin/settings").json
        assert (shown["settings"]["invitation_days"], shown["read_only"]) == (9, ["invitation_days"])
        assert "INVITATION_DAYS" in change(bob, 1, invitation_days=4).json["error"]["details"]["invitation_days"]
    finally:
        live.base = base


def test_other_processes_follow_within_seconds(service: Service, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    other = LiveSettings(service.resources.live.base)
    now_s = [100.0]
    monkeypatch.setattr("clipflow.resources.time.monotonic", lambda: now_s[0])
    resources = service.resources.__class__(
        other, service.resources.storage, service.resources.signer, service.resources.queue, service.resources.mailer
    )
    tasks.follow(resources)
    change(bob, 0, invitation_days=3)
    now_s[0] += 4
    tasks.follow(resources)
    assert resources.settings.invitation_days == 7
    now_s[0] += 2
    tasks.follow(resources)
    assert resources.settings.invitation_days == 3


def test_it_is_for_administrators_who_have_shown_who_they_are(alice: Person, bob: Person) -> None:
    assert change(alice, 0, invitation_days=3).status_code == 403
    forget_who_it_is(bob)
    assert change(bob, 0, invitation_days=3).json["error"]["code"] == "REAUTHENTICATION_REQUIRED"


def test_it_is_in_the_audit_log(bob: Person) -> None:
    change(bob, 0, invitation_days=3)
    [event] = bob.get("/admin/audit?action=server.settings_changed").json["events"]
    assert event["data"] == {"names": "invitation_days"}


def test_administrators_may_need_a_second_factor(service: Service, bob: Person) -> None:
    change(bob, 0, mfa_required_for="admin")
    for method, path in (("GET", "/admin/users"), ("GET", "/admin/settings"), ("GET", "/admin/audit")):
        assert bob.call(method, path).json["error"]["code"] == "MFA_REQUIRED"
    assert bob.get("/auth/me").status_code == 200
    assert bob.post("/auth/2fa/totp").status_code == 200


def test_the_settings_of_an_earlier_version_do_no_harm(service: Service) -> None:
    base = service.resources.live.base
    assert configuration.effective_settings(base, {"gone_since": 1}) is base


def test_a_process_without_a_database_keeps_what_it_has(service: Service) -> None:
    was = database.obj
    values = {"APP_ENV": "test", "DATA_DIR": "/tmp/clipflow-url-map", "DATABASE_URL": "postgresql://x@127.0.0.1:1/x"}
    try:
        app = create_app(load_settings(values, env_file=None))
        tasks.follow(resources_of(app))
        assert resources_of(app).settings.invitation_days == 7
    finally:
        database.initialize(was)
    with connected():
        configuration.follow(service.resources)


def test_a_stored_value_that_another_version_let_in_is_left_aside(service: Service, alice: Person, bob: Person) -> None:
    with connected():
        configuration_models.write(0, {"password_min_length": 99, "invitation_days": 3}, clock.now())
    service.resources.live.forget()
    assert alice.get("/projects").status_code == 200
    shown = bob.get("/admin/settings").json["settings"]
    assert (shown["password_min_length"], shown["invitation_days"]) == (8, 3)
    assert change(bob, 1, invitation_days=4).status_code == 200
