"""Teams: who belongs to one, what each role may do, and that a team is always owned by somebody."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from clipflow.core import clock
from clipflow.core.db import connected, transaction
from clipflow.projects import sharing
from clipflow.teams import models
from clipflow.teams import service as service_of_teams
from clipflow.teams.models import Team
from clipflow.teams.roles import Role
from tests.service.conftest import Analysed, Person, Service, deactivate
from tests.service.test_authorisation import replace_credentials
from tests.service.test_second_factor import forget_who_it_is

Roles = dict[str, Person]


def make_team(person: Person, name: str = "Desk") -> str:
    return str(person.post("/teams", json={"name": name}).json["team"]["id"])


def join(team_id: str, person: Person, role: str) -> None:
    """As somebody who has accepted an invitation."""
    with connected(), transaction():
        assert models.join(UUID(team_id), UUID(person.user["id"]), role, clock.now())


@pytest.fixture
def desk(alice: Person) -> str:
    return make_team(alice)


@pytest.fixture
def members(service: Service, alice: Person, desk: str) -> Roles:
    """Somebody in each role of Alice's team."""
    people = {"owner": alice, **{role: service.person(role.title()) for role in ("editor", "reviewer", "viewer")}}
    for role in ("editor", "reviewer", "viewer"):
        join(desk, people[role], role)
    return people


def test_everybody_has_a_team_of_their_own(alice: Person) -> None:
    [team] = alice.get("/teams").json["teams"]
    assert (team["is_personal"], team["role"], team["member_count"]) == (True, "owner", 1)
    project = alice.post("/projects", json={"name": "Mine"}).json["project"]
    assert project["team_id"] == team["id"]


def test_a_personal_team_stays_with_its_person(alice: Person) -> None:
    [team] = alice.get("/teams").json["teams"]
    path = f"/teams/{team['id']}"
    me = alice.user["id"]
    refused = [
        alice.delete(path, json={"confirm_name": team["name"]}), alice.post(f"{path}/leave"),
        alice.delete(f"{path}/members/{me}"), alice.patch(f"{path}/members/{me}", json={"role": "viewer"}),
    ]  # fmt: skip
    assert [one.status_code for one in refused] == [409] * 4


def test_who_makes_a_team_owns_it(alice: Person, desk: str) -> None:
    [_, team] = alice.get("/teams").json["teams"]
    assert (team["id"], team["name"], team["role"]) == (desk, "Desk", "owner")
    [member] = alice.get(f"/teams/{desk}/members").json["members"]
    assert (member["email"], member["role"]) == ("alice@example.org", "owner")


def test_lists_that_are_answered_in_one_piece_stay_short(
    alice: Person, bob: Person, charlie: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_of_teams, "MOST_TEAMS", 2)
    monkeypatch.setattr(sharing, "MOST_SHARES", 1)
    monkeypatch.setattr(service_of_teams, "MOST_MEMBERS", 2)
    # The personal one is the first.
    assert len(alice.get("/teams").json["teams"]) == 1
    answers = [alice.post("/teams", json={"name": f"Desk {number}"}).status_code for number in range(2)]
    assert answers == [201, 409]
    path = f"/projects/{alice.make_project()}/shares"
    answers = [
        alice.post(path, json={"user_id": one.user["id"], "role": "viewer"}).status_code for one in (bob, charlie)
    ]
    assert answers == [201, 409]
    desk = alice.get("/teams").json["teams"][1]["id"]
    put = [
        bob.call("PUT", f"/admin/teams/{desk}/members/{one.user['id']}", json={"role": "viewer"}).status_code
        for one in (bob, charlie)
    ]
    assert put == [200, 409]


def test_outsiders_and_administrators_find_no_team(charlie: Person, bob: Person, desk: str) -> None:
    for person, path in product((charlie, bob), (f"/teams/{desk}", f"/teams/{desk}/members")):
        assert person.get(path).status_code == 404


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("owner", {"rename", "edit", "decide", "see"}), ("editor", {"edit", "decide", "see"}),
     ("reviewer", {"decide", "see"}), ("viewer", {"see"})],
)  # fmt: skip
def test_a_role_allows_what_the_table_says(
    alice: Person, analysed: Analysed, members: Roles, desk: str, role: str, allowed: set[str]
) -> None:
    project, analysis = f"/projects/{analysed.project_id}", f"/analysis/{analysed.analysis_id}"
    assert alice.post(f"{project}/move", json={"team_id": desk}).status_code == 200
    person = members[role]
    change = {"start_ms": 0, "end_ms": 100, "action": "keep"}
    tried: dict[str, list[Any]] = {
        "see": [person.get(project), person.get(analysis), person.get(f"/media/{analysed.media_id}"),
                person.get(f"{analysis}/export?format=edl")],
        "decide": [person.patch(f"{analysis}/segments", json={"version": 1, "changes": [change]}),
                   person.call("PUT", f"{analysis}/reviewed")],
        "edit": [person.post(f"{analysis}/retune?save=true", json={"min_silence_duration_ms": 700}),
                 person.patch(f"/media/{analysed.media_id}", json={"title": "Other"})],
        "rename": [person.patch(project, json={"name": "Other"}), person.get(f"{project}/shares"),
                   person.patch(f"/teams/{desk}", json={"name": "Other"})],
    }  # fmt: skip
    for kind, answers in tried.items():
        expected = {200} if kind in allowed else {403}
        assert {one.status_code for one in answers} == expected, (kind, [one.text[:100] for one in answers])


def test_a_project_says_what_may_be_done_with_it(alice: Person, members: Roles, desk: str) -> None:
    project_id = alice.post("/projects", json={"name": "Ours", "team_id": desk}).json["project"]["id"]
    said = {role: one.get(f"/projects/{project_id}").json["project"]["permissions"] for role, one in members.items()}
    assert said["viewer"] == ["view", "export"]
    assert said["reviewer"] == ["view", "export", "comment", "decide"]
    assert said["editor"] == ["view", "export", "comment", "decide", "edit"]


def test_only_who_may_edit_makes_projects_in_a_team(members: Roles, charlie: Person, desk: str) -> None:
    body = {"name": "Ours", "team_id": desk}
    answers = {role: one.post("/projects", json=body).status_code for role, one in members.items()}
    assert answers == {"owner": 201, "editor": 201, "reviewer": 403, "viewer": 403}
    assert charlie.post("/projects", json=body).status_code == 404


def test_who_leaves_sees_nothing_any_more(alice: Person, members: Roles, desk: str) -> None:
    project_id = alice.post("/projects", json={"name": "Ours", "team_id": desk}).json["project"]["id"]
    editor, viewer = members["editor"], members["viewer"]
    assert editor.post(f"/teams/{desk}/leave").status_code == 204
    assert alice.delete(f"/teams/{desk}/members/{viewer.user['id']}").status_code == 204
    for person in (editor, viewer):
        assert person.get(f"/projects/{project_id}").status_code == 404
        assert person.get("/projects").json["pagination"]["total"] == 0


def test_the_last_owner_stays(service: Service, alice: Person, members: Roles, desk: str) -> None:
    me, editor = alice.user["id"], members["editor"]
    refused = [
        alice.post(f"/teams/{desk}/leave"), alice.delete(f"/teams/{desk}/members/{me}"),
        alice.patch(f"/teams/{desk}/members/{me}", json={"role": "editor"}),
    ]  # fmt: skip
    assert [(one.status_code, one.json["error"]["code"]) for one in refused] == [(409, "LAST_OWNER")] * 3
    assert alice.patch(f"/teams/{desk}/members/{editor.user['id']}", json={"role": "owner"}).status_code == 200
    # An owner who cannot sign in is none.
    deactivate(service, "editor@example.org")
    assert alice.post(f"/teams/{desk}/leave").status_code == 409


def test_two_owners_who_leave_together_leave_one_behind(service: Service, alice: Person, charlie: Person) -> None:
    for _ in range(5):
        team_id = make_team(alice)
        join(team_id, charlie, Role.OWNER)
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda one: one.post(f"/teams/{team_id}/leave").status_code, (alice, charlie)))  # noqa: B023
        assert sorted(answers) == [204, 409]


def test_a_deleted_team_takes_its_projects_along(service: Service, alice: Person, analysed: Analysed) -> None:
    desk = make_team(alice)
    alice.post(f"/projects/{analysed.project_id}/move", json={"team_id": desk})
    assert alice.delete(f"/teams/{desk}", json={"confirm_name": "desk"}).status_code == 400
    assert alice.delete(f"/teams/{desk}", json={"confirm_name": "Desk"}).status_code == 202
    assert alice.get(f"/projects/{analysed.project_id}").status_code == 404
    service.run_jobs()
    assert service.stored_files() == []
    with connected():
        assert Team.get_or_none(Team.id == UUID(desk)) is None


def test_a_team_and_a_project_are_deleted_by_who_has_shown_lately_who_it_is(alice: Person, desk: str) -> None:
    project = f"/projects/{alice.make_project()}"
    secret = alice.post("/auth/tokens", json={"name": "Tidy", "scopes": ["projects:write"]}).json["secret"]
    forget_who_it_is(alice)
    refused = [alice.delete(project), alice.delete(f"/teams/{desk}", json={"confirm_name": "Desk"})]
    assert [one.json["error"]["code"] for one in refused] == ["REAUTHENTICATION_REQUIRED"] * 2
    assert alice.get(project).status_code == 200
    # A program has nobody who could type a password; its token was made for this.
    assert replace_credentials(alice, secret).delete(project).status_code == 200


def test_moving_says_who_loses_sight_and_needs_both_teams(alice: Person, members: Roles, desk: str) -> None:
    project_id = alice.post("/projects", json={"name": "Ours", "team_id": desk}).json["project"]["id"]
    path = f"/projects/{project_id}"
    alice.post(f"{path}/shares", json={"email": "viewer@example.org", "role": "viewer"})
    personal = alice.get("/teams").json["teams"][0]["id"]
    tried = alice.post(f"{path}/move", json={"team_id": personal, "dry_run": True}).json
    assert {one["name"] for one in tried["losing_access"]} == {"Editor", "Reviewer"}
    assert alice.get(path).json["project"]["team_id"] == desk
    assert members["editor"].post(f"{path}/move", json={"team_id": desk}).status_code == 403
    foreign = members["editor"].get("/teams").json["teams"][0]["id"]
    assert alice.post(f"{path}/move", json={"team_id": foreign}).status_code == 404
    assert alice.post(f"{path}/move", json={"team_id": personal}).status_code == 200
    assert members["editor"].get(path).status_code == 404
    assert members["viewer"].get(path).status_code == 200


def test_moving_says_which_tokens_and_keys_count_no_longer(alice: Person, members: Roles, desk: str) -> None:
    project_id = alice.post("/projects", json={"name": "Ours", "team_id": desk}).json["project"]["id"]
    key = {"key": "sk-1234567890"}
    assert alice.call("PUT", f"/teams/{desk}/keys/transcription", json=key).status_code == 200
    reaching = {"name": "Reaching", "scopes": ["projects:read"], "project_ids": [project_id]}
    assert members["editor"].post("/auth/tokens", json=reaching).status_code == 201
    personal = alice.get("/teams").json["teams"][0]["id"]
    tried = alice.post(f"/projects/{project_id}/move", json={"team_id": personal, "dry_run": True}).json
    assert {one["name"]: one["token_count"] for one in tried["losing_access"]} == {
        "Editor": 1, "Reviewer": 0, "Viewer": 0,
    }  # fmt: skip
    assert tried["ending_keys"] == ["transcription"]


def test_a_move_that_is_tried_needs_room_too_and_leaves_everything(
    alice: Person, bob: Person, analysed: Analysed, desk: str
) -> None:
    bob.patch(f"/admin/teams/{desk}", json={"storage_limit_mb": 0})
    path = f"/projects/{analysed.project_id}"
    link = alice.post(f"{path}/links", json={"permission": "view"}).json["link"]
    tried = alice.post(f"{path}/move", json={"team_id": desk, "dry_run": True})
    assert (tried.status_code, tried.json["error"]["code"]) == (403, "QUOTA_EXCEEDED")
    bob.patch(f"/admin/teams/{desk}", json={"storage_limit_mb": 100})
    assert alice.post(f"{path}/move", json={"team_id": desk, "dry_run": True}).json["ending_links"] == [link]
    assert alice.get(f"{path}/links").json["links"] == [link]
    assert alice.get(f"/teams/{desk}/usage").json["storage"]["used_bytes"] == 0


def test_an_administrator_sees_content_after_joining_which_is_written_down(
    service: Service, alice: Person, bob: Person, desk: str
) -> None:
    project_id = alice.post("/projects", json={"name": "Ours", "team_id": desk}).json["project"]["id"]
    members = f"/admin/teams/{desk}/members"
    assert [one["email"] for one in bob.get(members).json["members"]] == ["alice@example.org"]
    assert bob.get(f"/projects/{project_id}").status_code == 404
    own = f"{members}/{bob.user['id']}"
    assert bob.call("PUT", own, json={"role": "viewer"}).json["member"]["role"] == "viewer"
    assert bob.get(f"/projects/{project_id}").status_code == 200
    assert bob.delete(own).status_code == 204
    assert bob.get(f"/projects/{project_id}").status_code == 404
    actions = [one["action"] for one in bob.get(f"/admin/audit?target={desk}").json["events"]]
    assert actions[:2] == ["team.member_removed", "team.joined_by_administrator"]


def test_an_administrator_leaves_each_team_an_owner_and_people_their_own(
    service: Service, alice: Person, bob: Person, charlie: Person, desk: str
) -> None:
    members = f"/admin/teams/{desk}/members"
    me = f"{members}/{alice.user['id']}"
    refused = [bob.call("PUT", me, json={"role": "viewer"}), bob.delete(me)]
    assert [(one.status_code, one.json["error"]["code"]) for one in refused] == [(409, "LAST_OWNER")] * 2
    personal = alice.get("/teams").json["teams"][0]["id"]
    joining = f"/admin/teams/{personal}/members/{bob.user['id']}"
    assert bob.call("PUT", joining, json={"role": "viewer"}).status_code == 409
    deactivate(service, "charlie@example.org")
    gone = [f"{members}/{one}" for one in (charlie.user["id"], UUID(int=7))]
    assert [bob.call("PUT", one, json={"role": "owner"}).status_code for one in gone] == [404, 404]
    assert alice.call("PUT", f"{members}/{charlie.user['id']}", json={"role": "owner"}).status_code == 403


def test_a_project_is_shared_with_one_person(alice: Person, charlie: Person) -> None:
    project_id = alice.make_project()
    path = f"/projects/{project_id}"
    assert charlie.get(path).status_code == 404
    made = alice.post(f"{path}/shares", json={"email": "charlie@example.org", "role": "viewer"})
    assert (made.status_code, made.json["share"]["role"]) == (201, "viewer")
    assert charlie.patch(path, json={"name": "Other"}).status_code == 403
    assert [one["id"] for one in charlie.get("/projects").json["projects"]] == [project_id]
    assert alice.patch(f"{path}/shares/{charlie.user['id']}", json={"role": "owner"}).status_code == 200
    assert charlie.patch(path, json={"name": "Other"}).status_code == 200
    assert charlie.delete(f"{path}/shares/{charlie.user['id']}").status_code == 204
    assert charlie.get(path).status_code == 404


def test_a_share_names_one_person_who_is_there(service: Service, alice: Person, charlie: Person) -> None:
    path = f"/projects/{alice.make_project()}/shares"
    me = charlie.user["id"]
    for body in ({}, {"email": "charlie@example.org", "user_id": me}, {"email": "nobody@example.org"}):
        assert alice.post(path, json={**body, "role": "viewer"}).status_code == 400
    assert alice.post(path, json={"user_id": me, "role": "viewer"}).status_code == 201
    assert alice.post(path, json={"user_id": me, "role": "viewer"}).status_code == 409
