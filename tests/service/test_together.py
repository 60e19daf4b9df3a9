"""Reviewing together: who decided what, and who else is looking."""

from datetime import timedelta
from typing import Any

import pytest

from clipflow.core import clock
from clipflow.core.db import connected
from clipflow.review.models import Presence
from tests.service.conftest import Analysed, Person, Service, open_link
from tests.service.test_authorisation import replace_credentials


def decide(somebody: Any, analysis_id: str, version: int, *changes: tuple[int, int, str]) -> int:
    body = {
        "version": version,
        "changes": [{"start_ms": start, "end_ms": end, "action": action} for start, end, action in changes],
    }
    answer = somebody.call("PATCH", f"/analysis/{analysis_id}/segments", json=body)
    assert answer.status_code == 200, answer.text
    return int(answer.json["version"])


@pytest.fixture
def decided(service: Service, alice: Person, analysed: Analysed) -> Analysed:
    """Alice has decided, then a guest, then a token of hers."""
    scopes = ["reviews:read", "reviews:write"]
    secret = alice.post("/auth/tokens", json={"name": "Program", "scopes": scopes}).json["secret"]
    url = alice.post(f"/projects/{analysed.project_id}/links", json={"permission": "decide"}).json["url"]
    decide(alice, analysed.analysis_id, 1, (0, 500, "keep"))
    decide(open_link(service, url), analysed.analysis_id, 2, (0, 500, "remove"), (1000, 1200, "keep"))
    decide(replace_credentials(alice, secret), analysed.analysis_id, 3, (400, 1100, "auto"))
    return analysed


def test_its_history_says_who_did_what_when(alice: Person, decided: Analysed) -> None:
    answer = alice.get(f"/analysis/{decided.analysis_id}/history").json
    told = [
        (one["by"]["name"], one["by"]["kind"], one["start_ms"], one["before"], one["after"])
        for one in answer["changes"]
    ]
    assert told == [
        ("Alice", "token", 400, "mixed", "auto"),
        ("Ann (guest)", "guest", 1000, "auto", "keep"),
        ("Ann (guest)", "guest", 0, "keep", "remove"),
        ("Alice", "person", 0, "auto", "keep"),
    ]
    assert answer["next"] is None
    assert all(one["at"].endswith("Z") for one in answer["changes"])


def test_its_history_comes_in_parts(alice: Person, decided: Analysed) -> None:
    path = f"/analysis/{decided.analysis_id}/history"
    whole = alice.get(path).json["changes"]
    first = alice.get(f"{path}?limit=3").json
    second = alice.get(f"{path}?limit=3&before={first['next']}").json
    assert [*first["changes"], *second["changes"]] == whole
    assert second["next"] is None


def test_decisions_carry_names(alice: Person, decided: Analysed) -> None:
    result = alice.get(f"/analysis/{decided.analysis_id}").json["analysis_result"]
    assert [result["people"][one["made_by"]] for one in result["decisions"]] == ["Ann (guest)", "Ann (guest)"]


def test_who_is_looking_is_said_to_the_others(service: Service, alice: Person, analysed: Analysed) -> None:
    dora = service.person("Dora")
    share = {"user_id": dora.user["id"], "role": "reviewer"}
    assert alice.post(f"/projects/{analysed.project_id}/shares", json=share).status_code == 201
    url = alice.post(f"/projects/{analysed.project_id}/links", json={}).json["url"]
    path = f"/analysis/{analysed.analysis_id}/presence"
    assert alice.post(path).json == {"version": 1, "people": []}
    assert [one["name"] for one in dora.post(path).json["people"]] == ["Alice"]
    assert {one["name"] for one in open_link(service, url).call("POST", path).json["people"]} == {"Alice", "Dora"}
    assert {one["name"] for one in alice.post(path).json["people"]} == {"Dora", "Ann (guest)"}
    assert decide(alice, analysed.analysis_id, 1, (0, 500, "keep")) == 2
    assert dora.post(path).json["version"] == 2


def test_who_has_gone_is_looking_no_longer(service: Service, alice: Person, analysed: Analysed) -> None:
    url = alice.post(f"/projects/{analysed.project_id}/links", json={}).json["url"]
    path = f"/analysis/{analysed.analysis_id}/presence"
    open_link(service, url).call("POST", path)
    assert len(alice.post(path).json["people"]) == 1
    with connected():
        Presence.update(seen_at=clock.now() - timedelta(seconds=16)).execute()
    assert alice.post(path).json["people"] == []


def test_a_person_is_no_guest(alice: Person) -> None:
    assert alice.get("/review/session").status_code == 403
    assert alice.post("/review/leave").status_code == 204
