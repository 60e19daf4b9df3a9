"""Deleted recordings: in the bin of their project for a week, restored with all that is theirs, or gone for good."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clipflow.core import clock
from clipflow.core.db import connected
from clipflow.media.models import MediaFile
from clipflow.operations import service as operations
from clipflow.registry import known_keys
from tests.service.conftest import Analysed, Person, Service, open_link
from tests.service.test_quotas import usage
from tests.service.test_teams import join, make_team


@pytest.fixture(autouse=True)
def week(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deleted recordings are kept for seven days."""
    monkeypatch.setitem(vars(service.settings), "deleted_kept_days", 7)


def delete(person: Person, media_id: str, query: str = "") -> Any:
    return person.delete(f"/media/{media_id}{query}")


def bin_of(person: Person, project_id: str) -> list[str]:
    return [one["id"] for one in person.get(f"/projects/{project_id}/deleted").json["recordings"]]


def clean_up_after(service: Service, days: float) -> None:
    """The daily clean-up, so many days after everything in the bin was put there."""
    with connected():
        MediaFile.update(deleted_at=clock.now() - timedelta(days=days)).execute()
        operations.clean_up(service.resources, known_keys, clock.now(), is_dry_run=False)
    service.run_jobs()


def test_what_is_deleted_is_gone_for_everybody_and_lies_in_the_bin(
    service: Service, alice: Person, analysed: Analysed
) -> None:
    files = service.stored_files()
    assert "for 7 days" in delete(alice, analysed.media_id).json["message"]
    service.run_jobs()
    media = f"/media/{analysed.media_id}"
    for path in (media, f"{media}/file", f"/analysis/{analysed.analysis_id}"):
        assert alice.get(path).status_code == 404
    assert alice.get(f"/projects/{analysed.project_id}").json["project"]["media_files"] == []
    [kept] = alice.get(f"/projects/{analysed.project_id}/deleted").json["recordings"]
    assert (kept["id"], kept["kept_until"] > kept["deleted_at"]) == (analysed.media_id, True)
    assert service.stored_files() == files


def test_it_comes_back_with_its_analyses_and_decisions(alice: Person, analysed: Analysed) -> None:
    path = f"/analysis/{analysed.analysis_id}"
    change = {"version": 1, "changes": [{"start_ms": 0, "end_ms": 500, "action": "remove"}]}
    assert alice.patch(f"{path}/segments", json=change).status_code == 200
    before = alice.get(path).json
    delete(alice, analysed.media_id)
    restored = alice.post(f"/media/{analysed.media_id}/restore")
    assert restored.json["media_file"]["id"] == analysed.media_id
    assert alice.get(path).json == before
    assert bin_of(alice, analysed.project_id) == []
    assert alice.post(f"/media/{analysed.media_id}/restore").status_code == 404


def test_after_a_week_it_is_gone_for_good(service: Service, alice: Person, analysed: Analysed) -> None:
    delete(alice, analysed.media_id)
    clean_up_after(service, 6.9)
    assert bin_of(alice, analysed.project_id) == [analysed.media_id]
    assert service.stored_files() != []
    clean_up_after(service, 7.1)
    assert bin_of(alice, analysed.project_id) == []
    assert service.stored_files() == []
    assert alice.post(f"/media/{analysed.media_id}/restore").status_code == 404


def test_it_takes_room_until_then(service: Service, alice: Person, analysed: Analysed) -> None:
    stored = usage(alice)["stored"]
    delete(alice, analysed.media_id)
    assert usage(alice)["stored"] == stored > 0
    assert delete(alice, analysed.media_id, "?for_good=true").status_code == 200
    assert usage(alice)["stored"] == 0
    service.run_jobs()
    assert service.stored_files() == []
    assert usage(alice)["stored"] == 0


def test_it_is_deleted_for_good_at_once_where_that_is_wanted(
    service: Service, alice: Person, analysed: Analysed
) -> None:
    assert delete(alice, analysed.media_id, "?for_good=true").status_code == 200
    assert bin_of(alice, analysed.project_id) == []
    assert [delete(alice, analysed.media_id, query).status_code for query in ("", "?for_good=true")] == [404, 404]
    service.run_jobs()
    assert service.stored_files() == []


def test_a_project_that_goes_takes_its_bin_along(service: Service, alice: Person, analysed: Analysed) -> None:
    delete(alice, analysed.media_id)
    alice.delete(f"/projects/{analysed.project_id}")
    service.run_jobs()
    assert service.stored_files() == []
    assert usage(alice)["stored"] == 0


def test_the_bin_is_for_who_may_delete(service: Service, alice: Person, charlie: Person, analysed: Analysed) -> None:
    team_id = make_team(alice)
    alice.post(f"/projects/{analysed.project_id}/move", json={"team_id": team_id})
    editor = service.person("Editor")
    join(team_id, editor, "editor")
    delete(alice, analysed.media_id)
    paths = (
        ("GET", f"/projects/{analysed.project_id}/deleted"), ("POST", f"/media/{analysed.media_id}/restore"),
        ("DELETE", f"/media/{analysed.media_id}?for_good=true"),
    )  # fmt: skip
    assert [editor.call(*one).status_code for one in paths] == [403, 403, 403]
    assert [charlie.call(*one).status_code for one in paths] == [404, 404, 404]


def test_a_link_opens_nothing_that_is_in_the_bin(service: Service, alice: Person, analysed: Analysed) -> None:
    made = alice.post(f"/projects/{analysed.project_id}/links", json={"permission": "view"}).json
    guest = open_link(service, made["url"])
    assert guest.call("GET", f"/analysis/{analysed.analysis_id}").status_code == 200
    delete(alice, analysed.media_id)
    assert guest.call("GET", f"/analysis/{analysed.analysis_id}").status_code == 404
    assert guest.call("GET", f"/projects/{analysed.project_id}/deleted").status_code in (401, 403)


def test_what_was_deleted_while_it_was_checked_is_ready_when_it_comes_back(
    service: Service, alice: Person, clip: Path
) -> None:
    project_id = alice.make_project()
    slots = service.resources.probe_slots
    taken = [slots.acquire(blocking=False) for _ in range(2)]
    media = alice.upload(project_id, clip).json["media_file"]
    for _ in taken:
        slots.release()
    assert media["state"] == "checking"
    delete(alice, media["id"])
    service.run_jobs()
    assert alice.post(f"/media/{media['id']}/restore").json["media_file"]["state"] == "ready"
