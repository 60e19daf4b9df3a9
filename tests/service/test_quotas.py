"""Quotas: what is reserved, used and given back, and that they hold under many uploads at once."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clipflow.core import clock
from clipflow.core.db import connected
from clipflow.media import charging
from clipflow.media.models import PendingUpload
from clipflow.operations import service as operations
from clipflow.quotas import service as quotas
from clipflow.quotas.models import TeamLimit, Usage
from clipflow.registry import known_keys
from tests.service.conftest import Person, Service

MIB = 1024**2


@pytest.fixture
def limited(service: Service, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets limits of the server, in MiB."""

    def limit(**limits: int) -> None:
        for name, value in limits.items():
            monkeypatch.setitem(vars(service.settings), name, value)

    return limit


def usage(person: Person, team_id: str = "") -> dict[str, int]:
    answer = person.get(f"/teams/{team_id}/usage" if team_id else "/auth/usage").json
    return {
        "stored": answer["storage"]["used_bytes"], "reserved": answer["storage"]["reserved_bytes"],
        "week": answer["week"]["used_bytes"], "week_reserved": answer["week"]["reserved_bytes"],
    }  # fmt: skip


def announce(person: Person, project_id: str, size: int) -> Any:
    body = {"project_id": project_id, "filename": "a.mp4", "content_type": "video/mp4", "file_size": size}
    return person.post("/upload/presigned", json=body)


def own_team(person: Person) -> str:
    return str(person.get("/teams").json["teams"][0]["id"])


def test_an_upload_counts_for_person_and_team(service: Service, alice: Person, clip: Path) -> None:
    project_id, size = alice.make_project(), clip.stat().st_size
    alice.upload(project_id, clip, "talk.mp4")
    whole = {"stored": size, "reserved": 0, "week": size, "week_reserved": 0}
    assert usage(alice) == usage(alice, own_team(alice)) == whole


def test_what_is_announced_is_reserved_and_settled(service: Service, alice: Person, clip: Path) -> None:
    project_id, size = alice.make_project(), clip.stat().st_size
    announced = announce(alice, project_id, size).json
    assert usage(alice) == {"stored": 0, "reserved": size, "week": 0, "week_reserved": size}
    service.anonymous().put(announced["upload_url"], data=clip.read_bytes())
    for _ in range(2):
        assert alice.post(f"/upload/confirm/{announced['file_id']}").status_code == 200
        assert usage(alice) == {"stored": size, "reserved": 0, "week": size, "week_reserved": 0}


def test_what_is_refused_gives_its_room_back(service: Service, alice: Person) -> None:
    announced = announce(alice, alice.make_project(), 4).json
    service.anonymous().put(announced["upload_url"], data=b"1234")
    for _ in range(2):
        assert alice.post(f"/upload/confirm/{announced['file_id']}").status_code == 415
    assert usage(alice) == {"stored": 0, "reserved": 0, "week": 0, "week_reserved": 0}
    bad = {"file": (io.BytesIO(b"1234"), "a.mp4")}
    assert alice.post(f"/projects/{alice.make_project()}/upload", data=bad).status_code == 415
    assert usage(alice)["stored"] == 0


def test_what_does_not_come_gives_its_room_back(service: Service, alice: Person) -> None:
    announce(alice, alice.make_project(), 1000)
    with connected():
        PendingUpload.update(expires_at=clock.now()).execute()
        operations.clean_up(service.resources, known_keys, clock.now(), is_dry_run=False)
    assert usage(alice)["reserved"] == 0


@pytest.mark.parametrize("what", ["recording", "project", "recording, then project"])
def test_what_is_deleted_gives_its_room_back_once_but_not_the_week(
    service: Service, alice: Person, clip: Path, what: str
) -> None:
    project_id = alice.make_project()
    media_id = alice.upload(project_id, clip, "talk.mp4").json["media_file"]["id"]
    alice.upload(project_id, clip, "other.mp4")
    announce(alice, project_id, 1000)
    size = clip.stat().st_size
    if "recording" in what:
        alice.delete(f"/media/{media_id}")
    if "project" in what:
        alice.delete(f"/projects/{project_id}")
    service.run_jobs()
    left = size if what == "recording" else 0
    expected = {"stored": left, "week": 2 * size}
    for found in (usage(alice), usage(alice, own_team(alice))):
        assert {name: found[name] for name in expected} == expected
    assert usage(alice)["reserved"] == (1000 if what == "recording" else 0)


@pytest.mark.parametrize(
    ("limits", "kind"),
    [({"storage_limit_mb": 1}, "person_storage"), ({"weekly_upload_limit_mb": 1}, "person_week")],
)
def test_beyond_the_limit_it_is_said_what_is_used_and_until_when(
    alice: Person, limited: Any, limits: dict[str, int], kind: str
) -> None:
    limited(**limits)
    project_id = alice.make_project()
    assert announce(alice, project_id, MIB - 10).status_code == 201
    answer = announce(alice, project_id, 11)
    error = answer.json["error"]
    assert (answer.status_code, error["code"]) == (403, "QUOTA_EXCEEDED")
    said = error["details"]
    assert (said["kind"], said["used"], said["reserved"], said["limit"]) == (kind, 0, MIB - 10, MIB)
    assert (said["resets_at"] is not None) is (kind == "person_week")
    assert announce(alice, project_id, 10).status_code == 201


def test_a_form_is_refused_before_it_is_looked_at_and_leaves_nothing(
    service: Service, alice: Person, limited: Any, clip: Path
) -> None:
    limited(storage_limit_mb=1)
    project_id = alice.make_project()
    announce(alice, project_id, MIB - 10)
    assert alice.upload(project_id, clip, "talk.mp4").json["error"]["code"] == "QUOTA_EXCEEDED"
    assert service.stored_files() == []


def test_ten_uploads_at_once_take_no_more_than_there_is(alice: Person, limited: Any) -> None:
    limited(storage_limit_mb=1)
    project_id = alice.make_project()
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: announce(alice, project_id, MIB // 4).status_code, range(10)))
    assert sorted(answers) == [201] * 4 + [403] * 6
    assert usage(alice)["reserved"] == MIB


@pytest.mark.parametrize("limit", ["storage_limit_mb", "weekly_upload_limit_mb"])
def test_forms_and_announcements_at_once_take_no_more_than_there_is(
    service: Service, alice: Person, limited: Any, tmp_path: Path, clip: Path, limit: str
) -> None:
    limited(**{limit: 1})
    file, size = tmp_path / "third.mp4", 340_000
    file.write_bytes(clip.read_bytes().ljust(size, b"\0"))
    project_id = alice.make_project()

    def send(number: int) -> int:
        if number % 2:
            return announce(alice, project_id, size).status_code
        return alice.upload(project_id, file, "talk.mp4").status_code

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(10)))
    assert sorted(answers) == [201] * 3 + [403] * 7
    used = usage(alice)
    assert used["stored"] + used["reserved"] == used["week"] + used["week_reserved"] == 3 * size
    assert len(service.stored_files()) == used["stored"] // size


def test_a_team_may_have_limits_of_its_own(alice: Person, bob: Person, limited: Any) -> None:
    limited(storage_limit_mb=1)
    team_id = alice.post("/teams", json={"name": "Desk"}).json["team"]["id"]
    project_id = alice.post("/projects", json={"name": "One", "team_id": team_id}).json["project"]["id"]
    assert bob.patch(f"/admin/teams/{team_id}", json={"storage_limit_mb": 0}).json == {
        "storage_limit_mb": 0, "weekly_upload_limit_mb": None,
    }  # fmt: skip
    assert announce(alice, project_id, 1).json["error"]["details"]["kind"] == "team_storage"
    bob.patch(f"/admin/teams/{team_id}", json={"storage_limit_mb": None})
    assert announce(alice, project_id, 1).status_code == 201
    [listed] = bob.get("/admin/teams?query=des").json["teams"]
    assert (listed["id"], listed["member_count"], listed["storage_limit_mb"]) == (team_id, 1, None)


def test_a_move_takes_the_quota_of_the_other_team(service: Service, alice: Person, bob: Person, clip: Path) -> None:
    project_id, size = alice.make_project(), clip.stat().st_size
    alice.upload(project_id, clip, "talk.mp4")
    team_id = alice.post("/teams", json={"name": "Desk"}).json["team"]["id"]
    bob.patch(f"/admin/teams/{team_id}", json={"storage_limit_mb": 0})
    refused = alice.post(f"/projects/{project_id}/move", json={"team_id": team_id})
    assert refused.json["error"]["code"] == "QUOTA_EXCEEDED"
    bob.patch(f"/admin/teams/{team_id}", json={"storage_limit_mb": 100})
    assert alice.post(f"/projects/{project_id}/move", json={"team_id": team_id}).status_code == 200
    assert usage(alice, team_id)["stored"] == size
    assert usage(alice, own_team(alice))["stored"] == 0
    assert usage(alice)["stored"] == size


def test_a_recording_that_goes_to_a_project_of_another_team_counts_there(
    service: Service, alice: Person, clip: Path
) -> None:
    media_id = alice.upload(alice.make_project(), clip, "talk.mp4").json["media_file"]["id"]
    team_id = alice.post("/teams", json={"name": "Desk"}).json["team"]["id"]
    target = alice.post("/projects", json={"name": "One", "team_id": team_id}).json["project"]["id"]
    assert alice.call("PUT", f"/media/{media_id}/project", json={"project_id": target}).status_code == 200
    assert usage(alice, team_id)["stored"] == clip.stat().st_size
    assert usage(alice, own_team(alice))["stored"] == 0


def test_it_is_counted_anew_each_night(service: Service, alice: Person, clip: Path) -> None:
    project_id = alice.make_project()
    alice.upload(project_id, clip, "talk.mp4")
    announce(alice, project_id, 1000)
    before = usage(alice)
    with connected():
        Usage.update(used_bytes=7, reserved_bytes=7).where(Usage.week == "").execute()
        charging.recount(service.resources, clock.now())
    assert usage(alice) == before


def test_the_reserved_bytes_of_weeks_are_counted_anew_too(service: Service, alice: Person) -> None:
    announce(alice, alice.make_project(), 1000)
    with connected():
        Usage.update(reserved_bytes=7).where(Usage.week != "").execute()
        charging.recount(service.resources, clock.now())
    assert usage(alice)["week_reserved"] == usage(alice, own_team(alice))["week_reserved"] == 1000


def test_what_is_refused_gives_its_room_back_once_however_often_it_is_confirmed(
    service: Service, alice: Person
) -> None:
    announced = announce(alice, alice.make_project(), 1000).json
    service.anonymous().put(announced["upload_url"], data=b"x" * 1000)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: alice.post(f"/upload/confirm/{announced['file_id']}"), range(6)))
    assert {one.status_code for one in answers} == {415}
    assert usage(alice)["reserved"] == usage(alice)["week_reserved"] == 0


def test_a_recording_that_is_deleted_several_times_at_once_gives_its_room_back_once(
    service: Service, alice: Person, clip: Path
) -> None:
    media_id = alice.upload(alice.make_project(), clip, "talk.mp4").json["media_file"]["id"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: alice.delete(f"/media/{media_id}"), range(8)))
    assert sorted(one.status_code for one in answers) == [200, *[404] * 7]
    assert usage(alice)["stored"] == 0


def test_a_recording_that_is_moved_several_times_at_once_is_counted_once(
    service: Service, alice: Person, clip: Path
) -> None:
    media_id = alice.upload(alice.make_project(), clip, "talk.mp4").json["media_file"]["id"]
    team_id = alice.post("/teams", json={"name": "Desk"}).json["team"]["id"]
    target = alice.post("/projects", json={"name": "One", "team_id": team_id}).json["project"]["id"]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda _: alice.call("PUT", f"/media/{media_id}/project", json={"project_id": target}), range(5)))
    assert usage(alice, team_id)["stored"] == clip.stat().st_size
    assert usage(alice, own_team(alice))["stored"] == 0


def test_a_project_that_goes_to_two_teams_at_once_is_counted_for_the_one_it_is_in(
    service: Service, alice: Person, clip: Path
) -> None:
    project_id = alice.make_project()
    alice.upload(project_id, clip, "talk.mp4")
    teams = [alice.post("/teams", json={"name": name}).json["team"]["id"] for name in ("B", "C")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda team: alice.post(f"/projects/{project_id}/move", json={"team_id": team}), teams))
    at_last = alice.get(f"/projects/{project_id}").json["project"]["team_id"]
    stored = {team: usage(alice, team)["stored"] for team in [own_team(alice), *teams]}
    assert stored == {team: clip.stat().st_size * (team == at_last) for team in stored}


def test_an_upload_that_was_announced_goes_along_with_its_project(
    service: Service, alice: Person, bob: Person, clip: Path
) -> None:
    project_id, size = alice.make_project(), clip.stat().st_size
    announced = announce(alice, project_id, size).json
    team_id = alice.post("/teams", json={"name": "Desk"}).json["team"]["id"]
    bob.patch(f"/admin/teams/{team_id}", json={"storage_limit_mb": 0})
    assert alice.post(f"/projects/{project_id}/move", json={"team_id": team_id}).status_code == 403
    bob.patch(f"/admin/teams/{team_id}", json={"storage_limit_mb": 100})
    assert alice.post(f"/projects/{project_id}/move", json={"team_id": team_id}).status_code == 200
    assert (usage(alice, team_id)["reserved"], usage(alice, own_team(alice))["reserved"]) == (size, 0)
    service.anonymous().put(announced["upload_url"], data=clip.read_bytes())
    assert alice.post(f"/upload/confirm/{announced['file_id']}").status_code in {200, 202}
    assert (usage(alice, team_id)["stored"], usage(alice, team_id)["reserved"]) == (size, 0)
    assert usage(alice, own_team(alice))["week"] == size


def test_a_recount_before_a_deleted_project_is_cleared_up_takes_nothing_off_twice(
    service: Service, alice: Person, clip: Path
) -> None:
    project_id = alice.make_project()
    alice.upload(project_id, clip, "talk.mp4")
    alice.delete(f"/projects/{project_id}")
    with connected():
        charging.recount(service.resources, clock.now())
    service.run_jobs()
    assert usage(alice)["stored"] == usage(alice, own_team(alice))["stored"] == 0


def test_who_gives_an_upload_up_has_the_room_again(alice: Person, bob: Person) -> None:
    announced = announce(alice, alice.make_project(), 1000).json
    path = f"/upload/{announced['file_id']}"
    assert bob.delete(path).status_code == 204
    assert usage(alice)["reserved"] == 1000
    assert [alice.delete(path).status_code for _ in range(2)] == [204, 204]
    assert usage(alice)["reserved"] == usage(alice)["week_reserved"] == 0


def test_room_for_what_never_came_is_free_where_it_is_missed(alice: Person, limited: Any) -> None:
    limited(storage_limit_mb=1)
    project_id = alice.make_project()
    assert announce(alice, project_id, MIB - 10).status_code == 201
    assert announce(alice, project_id, 100).status_code == 403
    with connected():
        PendingUpload.update(expires_at=clock.now() - timedelta(seconds=1)).execute()
    assert announce(alice, project_id, 100).status_code == 201


def test_limits_that_are_changed_by_nothing_stay(alice: Person, bob: Person) -> None:
    team_id = alice.post("/teams", json={"name": "Desk"}).json["team"]["id"]
    assert bob.patch(f"/admin/teams/{team_id}", json={}).status_code == 200


@pytest.mark.parametrize(
    ("zone", "moment", "sunday"),
    [
        ("UTC", datetime(2026, 11, 28, 23, 59, tzinfo=UTC), date(2026, 11, 22)),
        ("UTC", datetime(2026, 11, 29, 0, 0, tzinfo=UTC), date(2026, 11, 29)),
        ("Europe/Berlin", datetime(2026, 11, 28, 23, 0, tzinfo=UTC), date(2026, 11, 29)),
        ("America/Los_Angeles", datetime(2026, 11, 29, 7, 59, tzinfo=UTC), date(2026, 11, 22)),
    ],
)
def test_a_week_begins_on_sunday_where_the_server_is(
    service: Service, monkeypatch: pytest.MonkeyPatch, zone: str, moment: datetime, sunday: date
) -> None:
    monkeypatch.setitem(vars(service.settings), "quota_timezone", zone)
    assert quotas.week_of(service.resources, moment) == sunday


def test_limits_are_for_administrators(alice: Person, charlie: Person, bob: Person) -> None:
    team_id = alice.post("/teams", json={"name": "Desk"}).json["team"]["id"]
    assert alice.patch(f"/admin/teams/{team_id}", json={"storage_limit_mb": 1}).status_code == 403
    assert charlie.get(f"/teams/{team_id}/usage").status_code == 404
    assert bob.patch(f"/admin/teams/{team_id}", json={"storage_limit_mb": -1}).status_code == 400
    assert bob.patch("/admin/teams/00000000-0000-4000-8000-000000000000", json={}).status_code == 404
    with connected():
        assert TeamLimit.select().count() == 0
