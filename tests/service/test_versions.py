"""Several analyses of one recording: what is carried over, which one counts, and reviews that are finished."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from clipflow.analysis.decisions import decisions_between
from clipflow.analysis.models import current_completed
from clipflow.core import clock
from clipflow.core.db import connected
from tests.service.conftest import Analysed, Person, Service

CHANGES = [
    {"start_ms": 0, "end_ms": 1000, "action": "keep", "note": "the title"},
    {"start_ms": 5000, "end_ms": 6000, "action": "remove"},
]


@pytest.fixture
def decided(alice: Person, analysed: Analysed) -> Analysed:
    body = {"version": 1, "changes": CHANGES}
    assert alice.call("PATCH", f"/analysis/{analysed.analysis_id}/segments", json=body).status_code == 200
    return analysed


def analyse_again(service: Service, person: Person, media_id: str, **options: Any) -> str:
    analysis_id: str = person.post(f"/media/{media_id}/analyze", json=options).json["analysis_id"]
    service.run_jobs()
    return analysis_id


def result_of(person: Person, analysis_id: str) -> dict[str, Any]:
    found: dict[str, Any] = person.get(f"/analysis/{analysis_id}").json["analysis_result"]
    return found


def current_of(media_id: str) -> str:
    with connected():
        found = current_completed(UUID(media_id))
    assert found is not None
    return str(found.id)


def test_a_new_analysis_keeps_what_was_decided(service: Service, alice: Person, decided: Analysed) -> None:
    before = result_of(alice, decided.analysis_id)
    after = result_of(alice, analyse_again(service, alice, decided.media_id))
    assert after["decisions"] == before["decisions"]
    assert after["segments"] == before["segments"]
    assert after["summary"] == before["summary"]
    assert after["decision_count"] == 2
    assert after["version"] == 1


def test_decisions_keep_who_made_them_and_when(service: Service, alice: Person, decided: Analysed) -> None:
    after_id = analyse_again(service, alice, decided.media_id)
    with connected():
        before, after = (decisions_between(UUID(one), 0, 10**6) for one in (decided.analysis_id, after_id))
    assert [(one.made_by, one.made_at) for one in after] == [(one.made_by, one.made_at) for one in before]
    assert after[0].made_at is not None


def test_what_is_decided_while_it_runs_is_kept_too(service: Service, alice: Person, analysed: Analysed) -> None:
    after_id = alice.post(f"/media/{analysed.media_id}/analyze").json["analysis_id"]
    body = {"version": 1, "changes": CHANGES}
    assert alice.call("PATCH", f"/analysis/{analysed.analysis_id}/segments", json=body).status_code == 200
    service.run_jobs()
    assert len(result_of(alice, after_id)["decisions"]) == 2


def test_decisions_on_a_carried_one_are_judged_like_any(service: Service, alice: Person, decided: Analysed) -> None:
    after_id = analyse_again(service, alice, decided.media_id)
    change = {"start_ms": 500, "end_ms": 800, "action": "remove"}
    path = f"/analysis/{after_id}/segments"
    assert alice.call("PATCH", path, json={"version": 1, "changes": [change]}).status_code == 200
    assert alice.call("PATCH", path, json={"version": 1, "changes": [change]}).status_code == 409


def test_the_earlier_analysis_stays_as_it_was(service: Service, alice: Person, decided: Analysed) -> None:
    before = result_of(alice, decided.analysis_id)
    analyse_again(service, alice, decided.media_id)
    assert result_of(alice, decided.analysis_id) == before


def test_it_says_who_asked_for_each(service: Service, alice: Person, decided: Analysed) -> None:
    me = alice.get("/auth/me").json["user"]
    newer = analyse_again(service, alice, decided.media_id)
    assert result_of(alice, newer)["created_by"] == {"id": me["id"], "name": me["full_name"]}


def test_one_can_go_back_to_an_earlier_one(service: Service, alice: Person, decided: Analysed) -> None:
    newer = analyse_again(service, alice, decided.media_id, min_silence_duration_ms=900)
    assert current_of(decided.media_id) == newer
    assert alice.call("PUT", f"/analysis/{decided.analysis_id}/current").status_code == 200
    assert current_of(decided.media_id) == decided.analysis_id


def test_the_page_hears_within_the_same_second_which_one_counts(
    service: Service, alice: Person, decided: Analysed, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = analyse_again(service, alice, decided.media_id)
    went_back_to = clock.now() - timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: went_back_to)
    alice.call("PUT", f"/analysis/{decided.analysis_id}/current")
    since = {one: result_of(alice, one)["current_since"] for one in (decided.analysis_id, newer)}
    assert since[decided.analysis_id] > since[newer]


def test_a_new_analysis_counts_after_one_has_gone_back(service: Service, alice: Person, decided: Analysed) -> None:
    analyse_again(service, alice, decided.media_id)
    alice.call("PUT", f"/analysis/{decided.analysis_id}/current")
    newest = analyse_again(service, alice, decided.media_id)
    assert current_of(decided.media_id) == newest


def test_nobody_goes_back_while_it_is_analysed(alice: Person, decided: Analysed) -> None:
    alice.post(f"/media/{decided.media_id}/analyze")
    assert alice.call("PUT", f"/analysis/{decided.analysis_id}/current").status_code == 409


def test_an_unfinished_one_cannot_count(alice: Person, uploaded: tuple[str, str]) -> None:
    analysis_id = alice.post(f"/media/{uploaded[1]}/analyze").json["analysis_id"]
    assert alice.call("PUT", f"/analysis/{analysis_id}/current").status_code == 409


def test_a_review_is_finished_and_goes_on(alice: Person, analysed: Analysed) -> None:
    path = f"/analysis/{analysed.analysis_id}/reviewed"
    answer = alice.call("PUT", path).json
    assert answer["reviewed_by"]["id"] == alice.get("/auth/me").json["user"]["id"]
    assert result_of(alice, analysed.analysis_id)["reviewed_at"] == answer["reviewed_at"] is not None
    assert alice.call("DELETE", path).json == {"reviewed_at": None, "reviewed_by": None}
    assert result_of(alice, analysed.analysis_id)["reviewed_at"] is None


def test_only_what_is_done_can_be_reviewed(alice: Person, uploaded: tuple[str, str]) -> None:
    analysis_id = alice.post(f"/media/{uploaded[1]}/analyze").json["analysis_id"]
    assert alice.call("PUT", f"/analysis/{analysis_id}/reviewed").status_code == 409


def test_one_answer_says_how_far_everything_in_a_project_is(
    service: Service, alice: Person, uploaded: tuple[str, str]
) -> None:
    project_id, media_id = uploaded
    path = f"/projects/{project_id}/progress"
    assert alice.get(path).json == {"recordings": []}
    analysis_id = alice.post(f"/media/{media_id}/analyze").json["analysis_id"]
    running = {"id": analysis_id, "status": "pending", "progress_percent": 0, "stage": "queued"}
    assert alice.get(path).json == {
        "recordings": [{"media_file_id": media_id, "state": "ready", "analysis": running, "renditions": []}]
    }  # fmt: skip
    service.run_jobs()
    assert alice.get(path).json == {"recordings": []}
