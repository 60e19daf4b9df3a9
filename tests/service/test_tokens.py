"""Personal tokens: what is shown of them, how long they are good for, and what they never open."""

from datetime import timedelta
from typing import Any

import pytest

from clipflow.core import clock
from clipflow.core.db import connected
from clipflow.core.tokens import hash_of_token, is_personal_token
from clipflow.operations import service as operations
from clipflow.registry import known_keys
from clipflow.tokens.models import PersonalToken
from tests.service.conftest import Analysed, Person, Service, deactivate
from tests.service.test_authorisation import replace_credentials
from tests.service.test_second_factor import forget_who_it_is


def make(person: Person, **wanted: Any) -> Any:
    return person.post("/auth/tokens", json={"name": "Backup", "scopes": ["projects:read"], **wanted})


def test_its_secret_is_shown_once_and_kept_as_a_hash(service: Service, alice: Person) -> None:
    made = make(alice).json
    secret = made["secret"]
    assert (secret[:4], len(secret), secret[4:].isalnum()) == ("clf_", 53, True)
    assert is_personal_token(service.settings.jwt_secret_key, secret)
    assert alice.get("/auth/tokens").json == {"tokens": [made["token"]]}
    assert secret not in alice.get("/auth/tokens").text
    with connected():
        assert PersonalToken.get().token_hash == hash_of_token(secret)


def test_a_text_that_merely_looks_like_one_is_none(service: Service, alice: Person) -> None:
    secret = make(alice).json["secret"]
    key = service.settings.jwt_secret_key
    for other in (secret[:-1] + ("A" if secret[-1] != "A" else "B"), secret[:-1], secret + "A", "clf_", "", "ü" * 53):
        assert not is_personal_token(key, other)
        assert replace_credentials(alice, other.encode().decode("latin-1")).get("/projects").status_code == 401


def test_it_is_taken_in_the_header_alone(service: Service, alice: Person) -> None:
    secret = make(alice).json["secret"]
    assert replace_credentials(alice, secret).get("/projects").status_code == 200
    client = service.anonymous()
    for query in ("token", "access_token", "jwt"):
        assert client.get(f"/api/v1/projects?{query}={secret}").status_code == 401
    assert client.get("/api/v1/projects", headers={"Cookie": f"clipflow_access={secret}"}).status_code == 401


def test_it_is_good_for_as_long_as_was_said(alice: Person) -> None:
    secret = make(alice, expires_in_days=1).json["secret"]
    token = replace_credentials(alice, secret)
    assert token.get("/projects").status_code == 200
    with connected():
        PersonalToken.update(expires_at=clock.now() - timedelta(seconds=1)).execute()
    assert token.get("/projects").status_code == 401


@pytest.mark.parametrize("days", [0, 366, "soon"])
def test_it_refuses_a_lifetime_out_of_range(alice: Person, days: object) -> None:
    assert "expires_in_days" in make(alice, expires_in_days=days).json["error"]["details"]


def test_a_server_may_let_none_be_for_ever(service: Service, alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    assert make(alice, expires_in_days=None).json["token"]["expires_at"] is None
    monkeypatch.setitem(vars(service.settings), "token_max_days", 30)
    for days in (None, 31):
        assert make(alice, expires_in_days=days).status_code == 400
    assert make(alice, expires_in_days=30).status_code == 201


def test_a_revoked_one_opens_nothing_and_may_be_revoked_again(alice: Person, charlie: Person) -> None:
    made = make(alice).json
    path = f"/auth/tokens/{made['token']['id']}"
    token = replace_credentials(alice, made["secret"])
    assert charlie.delete(path).status_code == 204
    assert token.get("/projects").status_code == 200
    assert [alice.delete(path).status_code for _ in range(2)] == [204, 204]
    assert token.get("/projects").status_code == 401


def test_one_of_somebody_who_is_switched_off_opens_nothing(service: Service, alice: Person) -> None:
    token = replace_credentials(alice, make(alice).json["secret"])
    deactivate(service, "alice@example.org")
    assert token.get("/projects").status_code == 401


def test_its_use_is_noted_every_ten_minutes(alice: Person) -> None:
    made = make(alice).json
    token = replace_credentials(alice, made["secret"])
    for _ in range(3):
        token.get("/projects")
    [shown] = alice.get("/auth/tokens").json["tokens"]
    assert shown["last_used_at"] is not None
    with connected():
        PersonalToken.update(last_used_at=clock.now() - timedelta(minutes=9)).execute()
        before = PersonalToken.get().last_used_at
    token.get("/projects")
    with connected():
        assert PersonalToken.get().last_used_at == before
        PersonalToken.update(last_used_at=clock.now() - timedelta(minutes=11)).execute()
    token.get("/projects")
    with connected():
        assert PersonalToken.get().last_used_at > before


def test_one_for_some_projects_finds_no_others(alice: Person, analysed: Analysed) -> None:
    other = alice.make_project("Another")
    scopes = ["projects:read", "projects:write", "reviews:read", "media:upload"]
    made = make(alice, scopes=scopes, project_ids=[other]).json
    assert made["token"]["project_ids"] == [other]
    token = replace_credentials(alice, made["secret"])
    assert [one["id"] for one in token.get("/projects").json["projects"]] == [other]
    for path in (
        f"/projects/{analysed.project_id}",
        f"/media/{analysed.media_id}",
        f"/analysis/{analysed.analysis_id}",
    ):
        assert token.get(path).status_code == 404
    assert token.post("/projects", json={"name": "New"}).status_code == 403
    moved = token.call("PUT", f"/media/{analysed.media_id}/project", json={"project_id": other})
    assert moved.status_code == 404


def test_it_is_made_for_no_project_of_others(alice: Person, charlie: Person) -> None:
    assert make(charlie, project_ids=[alice.make_project()]).status_code == 404


def test_it_is_made_by_who_has_shown_lately_who_it_is(alice: Person) -> None:
    forget_who_it_is(alice)
    assert make(alice).json["error"]["code"] == "REAUTHENTICATION_REQUIRED"


def test_it_makes_no_other_and_is_no_administrators(service: Service, bob: Person) -> None:
    token = replace_credentials(bob, make(bob, scopes=["projects:write"]).json["secret"])
    for method, path in (("POST", "/auth/tokens"), ("GET", "/auth/me"), ("GET", "/admin/users"), ("GET", "/teams")):
        assert token.call(method, path, json={}).json["error"]["code"] == "TOKEN_SCOPE"


def test_there_are_a_hundred_at_most(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clipflow.tokens.service.MOST_TOKENS", 2)
    assert [make(alice).status_code for _ in range(3)] == [201, 201, 409]


def test_what_was_done_with_it_is_in_the_audit_log(service: Service, alice: Person, bob: Person) -> None:
    made = make(alice, scopes=["projects:write"]).json
    token = replace_credentials(alice, made["secret"])
    project_id = token.post("/projects", json={"name": "By a program"}).json["project"]["id"]
    assert token.delete(f"/projects/{project_id}").status_code == 200
    [event] = bob.get("/admin/audit?action=project.deleted").json["events"]
    assert (event["actor_kind"], event["actor_id"]) == ("token", alice.user["id"])
    assert event["data"]["token_id"] == made["token"]["id"]


def test_it_is_forgotten_a_month_after_its_end(service: Service, alice: Person) -> None:
    make(alice)
    with connected():
        PersonalToken.update(expires_at=clock.now() - timedelta(days=31)).execute()
        operations.clean_up(service.resources, known_keys, clock.now(), is_dry_run=False)
    assert alice.get("/auth/tokens").json == {"tokens": []}
