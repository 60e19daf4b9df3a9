"""Invitations: who may make them, what they open, and that each opens it once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest

from clipflow.accounts.models import User
from clipflow.app import create_app
from clipflow.core import clock
from clipflow.core.db import connected, database
from clipflow.invitations.models import Invitation
from tests.conftest import text_of_mail
from tests.service.conftest import PASSWORD, Person, Service
from tests.service.test_second_factor import forget_who_it_is

GONE = "This invitation is not valid (any more); ask for a new one."


@pytest.fixture
def desk(alice: Person) -> str:
    return str(alice.post("/teams", json={"name": "Desk"}).json["team"]["id"])


def invite(person: Person, **wanted: Any) -> str:
    """The secret of a new invitation's link."""
    answer = person.post("/invitations", json=wanted)
    assert answer.status_code == 201, answer.text
    return str(answer.json["url"].partition("#")[2])


def register(service: Service, name: str, **wanted: Any) -> Any:
    body = {"email": f"{name}@example.org", "password": PASSWORD, **wanted}
    return service.anonymous().post("/api/v1/auth/register", json=body)


def preview(service: Service, token: str) -> Any:
    return service.anonymous().post("/api/v1/invitations/validate", json={"token": token})


def test_a_newcomer_comes_into_the_team(service: Service, alice: Person, desk: str) -> None:
    token = invite(alice, email="dora@example.org", team_id=desk, team_role="reviewer")
    said = preview(service, token).json
    assert (said["team"], said["inviter"], said["email_hint"]) == ("Desk", "Alice", "d…@example.org")
    answer = register(service, "dora", username="Dora.K", invitation=token)
    assert (answer.status_code, answer.json["user"]["username"]) == (201, "dora.k")
    # The inviter knows the link too, so it proves nothing about the address.
    assert answer.json["user"]["is_verified"] is False
    members = alice.get(f"/teams/{desk}/members").json["members"]
    assert [(one["email"], one["role"]) for one in members][1:] == [("dora@example.org", "reviewer")]


def test_who_has_an_account_comes_in_with_it(alice: Person, charlie: Person, desk: str) -> None:
    token = invite(alice, team_id=desk, team_role="editor")
    assert charlie.post("/invitations/accept", json={"token": token}).json == {"team_id": desk}
    assert charlie.get(f"/teams/{desk}").json["team"]["role"] == "editor"


def test_the_mail_has_the_link_and_the_outbox_file_is_the_only_place(
    service: Service, alice: Person, desk: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = invite(alice, email="dora@example.org", team_id=desk, team_role="viewer")
    service.run_jobs()
    [file] = (service.settings.data_dir / "outbox").glob("*.eml")
    mail = message_from_bytes(file.read_bytes())
    assert mail["To"] == "dora@example.org"
    assert f"/invitation#{token}" in text_of_mail(file.read_bytes())
    with connected():
        assert token not in str(Invitation.get().__data__)
    file.unlink()


def test_it_opens_once(service: Service, alice: Person, charlie: Person, desk: str) -> None:
    token = invite(alice, team_id=desk, team_role="viewer")
    assert charlie.post("/invitations/accept", json={"token": token}).status_code == 200
    for answer in (preview(service, token), register(service, "dora", invitation=token)):
        assert (answer.status_code, answer.json["error"]["message"]) == (404, GONE)
    # Whoever could not come in has no account either.
    assert register(service, "dora").status_code == 201


def test_of_two_at_the_same_moment_one_comes_in(service: Service, alice: Person, desk: str) -> None:
    people = [service.person(name) for name in ("Dora", "Emil")]
    token = invite(alice, team_id=desk, team_role="viewer")
    with ThreadPoolExecutor(2) as pool:
        statuses = list(
            pool.map(lambda one: one.post("/invitations/accept", json={"token": token}).status_code, people)
        )
    assert sorted(statuses) == [200, 404]


def test_one_with_an_address_is_for_that_address(service: Service, alice: Person, charlie: Person, desk: str) -> None:
    token = invite(alice, email="dora@example.org", team_id=desk, team_role="viewer")
    assert charlie.post("/invitations/accept", json={"token": token}).status_code == 403
    assert register(service, "emil", invitation=token).status_code == 403
    assert register(service, "DORA", invitation=token).status_code == 201


def test_sending_again_kills_the_old_link(service: Service, alice: Person, desk: str) -> None:
    old, new = (invite(alice, email="dora@example.org", team_id=desk, team_role="viewer") for _ in range(2))
    assert (preview(service, old).status_code, preview(service, new).status_code) == (404, 200)


def test_unknown_used_expired_and_revoked_are_told_alike(service: Service, alice: Person, desk: str) -> None:
    revoked, expired = (invite(alice, team_id=desk, team_role="viewer") for _ in range(2))
    newest, oldest = alice.get("/invitations").json["invitations"]
    assert alice.delete(f"/invitations/{oldest['id']}").status_code == 204
    with connected():
        Invitation.update(expires_at=clock.now() - timedelta(seconds=1)).where(Invitation.id == newest["id"]).execute()
    answers = [preview(service, one) for one in (revoked, expired, "unknown")]
    answers.append(service.anonymous().get(f"/api/v1/invitations/validate/{revoked}"))
    assert {(one.status_code, one.json["error"]["message"]) for one in answers} == {(404, GONE)}
    assert alice.get("/invitations").json["invitations"] == []


def test_only_owners_invite_to_a_team_and_administrators_to_the_server(
    alice: Person, charlie: Person, bob: Person, desk: str
) -> None:
    member = {"team_id": desk, "team_role": "editor"}
    assert charlie.post("/invitations/accept", json={"token": invite(alice, **member)}).status_code == 200
    assert charlie.post("/invitations", json=member).status_code == 403
    assert bob.post("/invitations", json=member).status_code == 404
    assert alice.post("/invitations", json={"email": "dora@example.org"}).status_code == 403
    assert alice.post("/invitations", json={**member, "role": "admin"}).status_code == 403
    assert alice.post("/invitations", json={"team_id": desk}).status_code == 400
    assert bob.post("/invitations", json={"email": "dora@example.org", "role": "admin"}).status_code == 201


def test_an_administrator_is_made_by_an_administrators_invitation(service: Service, bob: Person) -> None:
    answer = register(service, "dora", invitation=invite(bob, email="dora@example.org", role="admin"))
    client = service.anonymous()
    headers = {"Authorization": f"Bearer {answer.json['access_token']}"}
    assert client.get("/api/v1/auth/me", headers=headers).json["user"]["is_admin"] is True


def test_an_invitation_ends_with_the_right_to_give_it(
    service: Service, alice: Person, charlie: Person, bob: Person, desk: str
) -> None:
    to_team, to_server = invite(alice, team_id=desk, team_role="owner"), invite(bob, role="admin")
    charlie.post("/invitations/accept", json={"token": invite(alice, team_id=desk, team_role="owner")})
    assert charlie.delete(f"/teams/{desk}/members/{alice.user['id']}").status_code == 204
    assert alice.post("/invitations/accept", json={"token": to_team}).status_code == 404
    service.person("Root")
    with connected():
        User.update(is_admin=True).where(User.email == "root@example.org").execute()
        User.update(is_admin=False).where(User.email == "bob@example.org").execute()
    assert bob.post("/invitations/accept", json={"token": to_server}).status_code == 404
    assert preview(service, to_server).status_code == 404


def test_making_an_administrator_by_invitation_asks_again_who_it_is(bob: Person) -> None:
    forget_who_it_is(bob)
    assert bob.post("/invitations", json={"role": "admin"}).json["error"]["code"] == "REAUTHENTICATION_REQUIRED"
    assert bob.post("/invitations", json={}).status_code == 201


def test_whoever_is_in_the_team_keeps_the_role_and_the_invitation(
    service: Service, alice: Person, charlie: Person, desk: str
) -> None:
    charlie.post("/invitations/accept", json={"token": invite(alice, team_id=desk, team_role="viewer")})
    token = invite(alice, team_id=desk, team_role="owner")
    assert charlie.post("/invitations/accept", json={"token": token}).status_code == 409
    assert preview(service, token).status_code == 200


def test_nobody_sends_mails_without_end(alice: Person, desk: str) -> None:
    wanted = {"team_id": desk, "team_role": "viewer"}
    statuses = [alice.post("/invitations", json=wanted).status_code for _ in range(201)]
    assert (set(statuses[:200]), statuses[200]) == ({201}, 429)


def test_the_secret_of_a_link_is_in_no_log(
    service: Service, alice: Person, desk: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = invite(alice, team_id=desk, team_role="viewer")
    with caplog.at_level("INFO"):
        assert service.anonymous().get(f"/api/v1/invitations/validate/{token}").status_code == 200
    assert caplog.records
    assert not any(token in str(vars(record)) for record in caplog.records)


def test_a_name_with_a_line_feed_is_no_header_of_a_mail(service: Service, alice: Person) -> None:
    team_id = alice.post("/teams", json={"name": "Desk\nBcc: all@example.org"}).json["team"]["id"]
    invite(alice, email="dora@example.org", team_id=team_id, team_role="viewer")
    service.run_jobs()
    [file] = (service.settings.data_dir / "outbox").glob("*.eml")
    assert message_from_bytes(file.read_bytes())["Bcc"] is None
    file.unlink()


def test_others_see_and_revoke_nothing(alice: Person, charlie: Person, bob: Person, desk: str) -> None:
    invite(alice, team_id=desk, team_role="viewer")
    [made] = bob.get("/invitations").json["invitations"]
    assert charlie.get("/invitations").json["invitations"] == []
    assert charlie.delete(f"/invitations/{made['id']}").status_code == 404


@pytest.fixture
def by_invitation(service: Service, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Another server on the same database, which takes new accounts in another way."""
    was = database.obj
    settings = service.settings.__class__(**{**vars_of(service), "registration_mode": request.param})
    yield create_app(settings).test_client(use_cookies=False)
    database.close_all()
    database.initialize(was)


def vars_of(service: Service) -> dict[str, Any]:
    return {name: getattr(service.settings, name) for name in service.settings.__dataclass_fields__}


@pytest.mark.parametrize("by_invitation", ["invitation"], indirect=True)
def test_a_server_can_take_only_who_is_invited(alice: Person, desk: str, by_invitation: Any) -> None:
    body = {"email": "dora@example.org", "password": PASSWORD}
    refused = by_invitation.post("/api/v1/auth/register", json=body)
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "REGISTRATION_CLOSED")
    token = invite(alice, team_id=desk, team_role="viewer")
    assert by_invitation.post("/api/v1/auth/register", json={**body, "invitation": token}).status_code == 201


@pytest.mark.parametrize("by_invitation", ["closed"], indirect=True)
def test_a_server_can_take_nobody(alice: Person, desk: str, by_invitation: Any) -> None:
    token = invite(alice, team_id=desk, team_role="viewer")
    body = {"email": "dora@example.org", "password": PASSWORD, "invitation": token}
    assert by_invitation.post("/api/v1/auth/register", json=body).json["error"]["code"] == "REGISTRATION_CLOSED"


def test_people_sign_in_with_their_user_name(service: Service, alice: Person) -> None:
    assert alice.patch("/auth/me", json={"username": "Alice.A"}).json["user"]["username"] == "alice.a"
    for body in ({"username": "ALICE.a"}, {"email": "alice@example.org"}):
        answer = service.anonymous().post("/api/v1/auth/login", json={**body, "password": PASSWORD})
        assert answer.status_code == 200, body
    both = {"username": "alice.a", "email": "alice@example.org", "password": PASSWORD}
    assert service.anonymous().post("/api/v1/auth/login", json=both).status_code == 400
    assert alice.patch("/auth/me", json={"username": None}).json["user"]["username"] is None


@pytest.mark.parametrize("username", ["ab", "a" * 31, "Ann Lee", "ann@x", "-ann", "admin", "Root", "ann\u0301e"])
def test_a_user_name_that_will_not_do_is_refused(service: Service, username: str) -> None:
    answer = register(service, "dora", username=username)
    assert (answer.status_code, list(answer.json["error"]["details"])) == (400, ["username"])


def test_a_user_name_is_had_once(service: Service, alice: Person, charlie: Person) -> None:
    alice.patch("/auth/me", json={"username": "desk"})
    for answer in (charlie.patch("/auth/me", json={"username": "DESK"}), register(service, "dora", username="desk")):
        assert (answer.status_code, list(answer.json["error"]["details"])) == (409, ["username"])
