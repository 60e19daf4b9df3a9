"""Deleting people: what goes, what moves, what stays, and who may."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from clipflow.accounts.models import AccountMail, KnownDevice, Session, User
from clipflow.audit.models import AuditEvent
from clipflow.core.db import connected
from clipflow.invitations.models import Invitation
from clipflow.projects.models import Project
from clipflow.provider_keys.models import ProviderKey
from clipflow.teams.models import Membership
from clipflow.tokens.models import PersonalToken
from tests.service.conftest import PASSWORD, Analysed, Person, Service, open_link
from tests.service.test_authorisation import replace_credentials
from tests.service.test_second_factor import forget_who_it_is
from tests.service.test_together import decide

DELETE_DATA = {"delete_data": True}


def delete(bob: Person, person: Person, **body: object) -> int:
    return bob.delete(f"/admin/users/{person.user['id']}", json=body or DELETE_DATA).status_code


def test_nothing_personal_is_left_of_who_is_deleted(service: Service, alice: Person, bob: Person) -> None:
    alice.patch("/auth/me", json={"username": "alice", "settings": {"theme": "dark"}})
    alice.post("/auth/tokens", json={"name": "Backup", "scopes": ["projects:read"]})
    alice.post("/auth/email", json={"new_email": "ada@example.org"})
    assert delete(bob, alice) == 202
    service.run_jobs()
    assert alice.get("/auth/me").status_code == 401
    with connected():
        row = User.get(User.id == alice.user["id"])
        assert "alice" not in str(row.__data__).lower()
        for table in (Session, PersonalToken, KnownDevice, Membership, AccountMail):
            assert table.select().where(table.user == alice.user["id"]).count() == 0, table
        events = AuditEvent.select().where(AuditEvent.actor_id == alice.user["id"])
        assert {(one.ip, one.user_agent) for one in events} == {("", "")}


def test_nothing_of_the_address_is_left_anywhere(service: Service, alice: Person, bob: Person) -> None:
    bob.post("/invitations", json={"email": "alice@example.org"})
    bad = {"email": "alice@example.org", "password": "Wrong-Horse-7"}
    assert service.anonymous().post("/api/v1/auth/login", json=bad).status_code == 401
    alice.post("/auth/forgot-password", json={"email": "alice@example.org"})
    service.run_jobs()
    outbox = service.settings.data_dir / "outbox"
    assert any(b"alice@example.org" in file.read_bytes() for file in outbox.iterdir())
    assert delete(bob, alice) == 202
    assert not any(b"To: alice@example.org" in file.read_bytes() for file in outbox.iterdir())
    with connected():
        assert Invitation.select().where(Invitation.email == "alice@example.org").count() == 0
        about = AuditEvent.select().where(
            AuditEvent.target_id == alice.user["id"], AuditEvent.actor_id.is_null(), AuditEvent.ip != ""
        )
        assert about.count() == 0


def test_the_keys_of_a_team_go_with_it(service: Service, alice: Person) -> None:
    team_id = alice.post("/teams", json={"name": "Desk"}).json["team"]["id"]
    alice.call("PUT", f"/teams/{team_id}/keys/transcription", json={"key": "sk-12345678"})
    assert alice.delete(f"/teams/{team_id}", json={"confirm_name": "Desk"}).status_code < 300
    service.run_jobs()
    with connected():
        assert ProviderKey.select().count() == 0


def test_what_is_made_at_the_moment_of_the_deletion_is_not_left_behind(
    service: Service, alice: Person, bob: Person
) -> None:
    key = {"key": "sk-12345678"}
    requests = [
        ("POST", "/auth/tokens", {"name": "Backup", "scopes": ["projects:read"]}),
        ("PUT", "/auth/keys/transcription", key), ("POST", "/projects", {"name": "One"}),
        ("POST", "/teams", {"name": "Desk"}), ("PATCH", "/auth/me", {"full_name": "Left Behind"}),
    ]  # fmt: skip
    with ThreadPoolExecutor(len(requests) + 1) as pool:
        deletion = pool.submit(delete, bob, alice)
        answers = [pool.submit(alice.call, method, path, json=body) for method, path, body in requests]
        made = {one.result().status_code for one in answers}
    assert made <= {200, 201, 401}
    service.run_jobs()
    # A team that the person had made in time, and owns alone, keeps the account.
    if deletion.result() == 202:
        with connected():
            assert PersonalToken.select().count() == ProviderKey.select().count() == Project.select().count() == 0
            assert User.get(User.id == alice.user["id"]).full_name == ""
            assert Membership.select().where(Membership.user == alice.user["id"]).count() == 0


def test_the_address_is_free_again(service: Service, alice: Person, bob: Person) -> None:
    delete(bob, alice)
    body = {"email": "alice@example.org", "password": PASSWORD}
    assert service.anonymous().post("/api/v1/auth/register", json=body).status_code == 201
    assert bob.get("/admin/users?query=alice").json["pagination"]["total"] == 1


def test_personal_projects_go_at_once_for_who_they_were_shared_with(
    service: Service, alice: Person, bob: Person, charlie: Person, analysed: Analysed
) -> None:
    alice.post(f"/projects/{analysed.project_id}/shares", json={"user_id": charlie.user["id"], "role": "viewer"})
    guest = open_link(service, alice.post(f"/projects/{analysed.project_id}/links", json={}).json["url"])
    assert charlie.get(f"/projects/{analysed.project_id}").status_code == 200
    assert delete(bob, alice) == 202
    assert charlie.get(f"/projects/{analysed.project_id}").status_code == 404
    assert guest.call("GET", f"/analysis/{analysed.analysis_id}").status_code == 404
    service.run_jobs()
    with connected():
        assert Project.select().count() == 0
    assert service.stored_files() == []


def test_personal_projects_go_to_somebody_else(
    service: Service, alice: Person, bob: Person, charlie: Person, analysed: Analysed
) -> None:
    guest = open_link(service, alice.post(f"/projects/{analysed.project_id}/links", json={}).json["url"])
    assert delete(bob, alice, transfer_to=charlie.user["id"]) == 202
    service.run_jobs()
    found = charlie.get(f"/projects/{analysed.project_id}").json["project"]
    assert found["permissions"][-1] == "manage"
    assert (
        charlie.get(f"/analysis/{analysed.analysis_id}").json["analysis_result"]["created_by"]["name"] == "Deleted user"
    )
    assert guest.call("GET", "/review/session").status_code == 401


def test_what_was_decided_in_a_team_stays(service: Service, alice: Person, bob: Person, analysed: Analysed) -> None:
    dora = service.person("Dora")
    alice.post(f"/projects/{analysed.project_id}/shares", json={"user_id": dora.user["id"], "role": "reviewer"})
    decide(dora, analysed.analysis_id, 1, (0, 500, "keep"))
    assert delete(bob, dora) == 202
    [change] = alice.get(f"/analysis/{analysed.analysis_id}/history").json["changes"]
    assert change["by"]["name"] == "Deleted user"
    assert alice.get(f"/projects/{analysed.project_id}/shares").json["shares"] == []


@pytest.mark.parametrize("heir", ["itself", "nobody", "switched off"])
def test_projects_go_to_somebody_who_can_sign_in(service: Service, alice: Person, bob: Person, heir: str) -> None:
    dora = service.person("Dora")
    bob.patch(f"/admin/users/{dora.user['id']}", json={"is_active": False})
    ids = {
        "itself": alice.user["id"],
        "nobody": "00000000-0000-4000-8000-000000000000",
        "switched off": dora.user["id"],
    }
    assert delete(bob, alice, transfer_to=ids[heir]) == 400
    assert alice.get("/auth/me").status_code == 200


@pytest.mark.parametrize("body", [{}, {"delete_data": False}, {"delete_data": True, "transfer_to": "x"}])
def test_it_is_said_what_becomes_of_the_projects(alice: Person, bob: Person, body: dict[str, object]) -> None:
    assert bob.delete(f"/admin/users/{alice.user['id']}", json=body).status_code == 400


def test_a_team_keeps_an_owner(alice: Person, bob: Person) -> None:
    alice.post("/teams", json={"name": "Desk"})
    answer = bob.delete(f"/admin/users/{alice.user['id']}", json=DELETE_DATA)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "SOLE_OWNER")
    assert "Desk" in answer.json["error"]["message"]


def test_a_server_keeps_an_administrator(bob: Person) -> None:
    assert bob.delete("/auth/me").json["error"]["code"] == "LAST_ADMIN"


def test_of_two_administrators_who_delete_each_other_one_stays(service: Service, bob: Person) -> None:
    dora = service.person("Dora")
    bob.patch(f"/admin/users/{dora.user['id']}", json={"role": "admin"})
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda pair: delete(*pair), [(bob, dora), (dora, bob)]))
    assert 202 in answers
    with connected():
        assert User.select().where(User.is_admin == True, User.is_active == True).count() == 1  # noqa: E712


def test_people_delete_themselves(service: Service, alice: Person, analysed: Analysed) -> None:
    token = alice.post("/auth/tokens", json={"name": "Backup", "scopes": ["projects:read"]}).json["secret"]
    answer = alice.delete("/auth/me")
    assert answer.status_code == 202
    assert any("clipflow_access=;" in one for one in answer.headers.getlist("Set-Cookie"))
    assert alice.get("/auth/me").status_code == 401
    assert replace_credentials(alice, token).get("/projects").status_code == 401
    service.run_jobs()
    assert service.stored_files() == []


def test_it_is_for_who_has_shown_lately_who_it_is(alice: Person, bob: Person) -> None:
    forget_who_it_is(alice)
    forget_who_it_is(bob)
    assert alice.delete("/auth/me").json["error"]["code"] == "REAUTHENTICATION_REQUIRED"
    assert delete(bob, alice) == 403
