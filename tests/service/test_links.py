"""Review links: who makes them, who gets in by them, and that they end."""

from datetime import timedelta
from typing import Any

import pytest

from clipflow.accounts.passwords import hash_password
from clipflow.core import clock
from clipflow.core.db import connected
from clipflow.links.models import Guest, ReviewLink
from tests.service.conftest import Analysed, Person, Service, open_link

KEEP = {"version": 1, "changes": [{"start_ms": 0, "end_ms": 100, "action": "keep"}]}


def make(person: Person, project_id: str, **wanted: Any) -> Any:
    answer = person.post(f"/projects/{project_id}/links", json=wanted)
    assert answer.status_code == 201, answer.text
    return answer.json


def test_its_secret_is_behind_the_fragment_and_shown_once(alice: Person, analysed: Analysed) -> None:
    made = make(alice, analysed.project_id, permission="decide", expires_in_days=1)
    address, _, secret = made["url"].partition("#")
    assert address.endswith("/shared")
    assert len(secret) == 43
    listed = alice.get(f"/projects/{analysed.project_id}/links")
    assert listed.json == {"links": [made["link"]]}
    assert secret not in listed.text
    assert (made["link"]["created_by"], made["link"]["permission"]) == ("Alice", "decide")


def test_a_guest_sees_what_the_link_shows(service: Service, alice: Person, analysed: Analysed) -> None:
    guest = open_link(service, make(alice, analysed.project_id)["url"], name="  Ann ")
    assert guest.answer.status_code == 200
    shown = guest.call("GET", "/review/session").json
    assert (shown["guest"]["name"], shown["project"]["name"]) == ("Ann", "Interview")
    assert shown["link"]["permission"] == "view"
    [recording] = shown["recordings"]
    assert (recording["id"], recording["analysis_id"]) == (analysed.media_id, analysed.analysis_id)


def test_a_link_to_some_recordings_shows_no_others(service: Service, alice: Person, analysed: Analysed) -> None:
    spare = alice.post(f"/projects/{analysed.project_id}/sample").json["media_file"]["id"]
    guest = open_link(service, make(alice, analysed.project_id, media_ids=[spare])["url"])
    assert [one["id"] for one in guest.call("GET", "/review/session").json["recordings"]] == [spare]


def test_a_recording_that_leaves_the_project_leaves_the_link(
    service: Service, alice: Person, analysed: Analysed
) -> None:
    guest = open_link(service, make(alice, analysed.project_id, media_ids=[analysed.media_id])["url"])
    body = {"project_id": alice.make_project("Another")}
    assert alice.call("PUT", f"/media/{analysed.media_id}/project", json=body).status_code == 200
    assert guest.call("GET", f"/media/{analysed.media_id}").status_code == 404
    assert guest.call("GET", "/review/session").json["recordings"] == []


def test_it_knows_no_recording_of_another_project(alice: Person, analysed: Analysed) -> None:
    other = alice.make_project("Another")
    answer = alice.post(f"/projects/{other}/links", json={"media_ids": [analysed.media_id]})
    assert answer.status_code == 404


def test_unknown_expired_and_revoked_links_are_alike(service: Service, alice: Person, analysed: Analysed) -> None:
    revoked, expired = make(alice, analysed.project_id), make(alice, analysed.project_id)
    alice.delete(f"/projects/{analysed.project_id}/links/{revoked['link']['id']}")
    with connected():
        ReviewLink.update(expires_at=clock.now()).where(ReviewLink.id == expired["link"]["id"]).execute()
    answers = [open_link(service, url).answer for url in (revoked["url"], expired["url"], "#unknown")]
    assert {(one.status_code, one.text) for one in answers} == {(404, answers[0].text)}


def test_a_password_is_asked_for(service: Service, alice: Person, analysed: Analysed) -> None:
    url = make(alice, analysed.project_id, password="tulip")["url"]
    for wrong in ({}, {"password": "rose"}):
        answer = open_link(service, url, **wrong).answer
        assert (answer.status_code, answer.json["error"]["code"]) == (401, "PASSWORD_REQUIRED")
        assert "Set-Cookie" not in answer.headers
    assert open_link(service, url, password="tulip").answer.status_code == 200


def test_taking_the_password_away_lets_guests_come_in_anew(service: Service, alice: Person, analysed: Analysed) -> None:
    made = make(alice, analysed.project_id, password="tulip")
    guest = open_link(service, made["url"], password="tulip")
    changed = alice.patch(f"/projects/{analysed.project_id}/links/{made['link']['id']}", json={"password": None}).json
    assert changed["link"]["has_password"] is False
    assert guest.call("GET", "/review/session").status_code == 401
    assert open_link(service, made["url"]).answer.status_code == 200


def test_it_is_tried_ten_times_in_a_quarter_of_an_hour(service: Service, alice: Person, analysed: Analysed) -> None:
    url = make(alice, analysed.project_id, password="tulip")["url"]
    tries = [open_link(service, url, password="rose").answer.status_code for _ in range(11)]
    assert tries == [401] * 10 + [429]
    assert open_link(service, make(alice, analysed.project_id)["url"]).answer.status_code == 200


def test_what_it_allows_is_changed_at_once(service: Service, alice: Person, analysed: Analysed) -> None:
    made = make(alice, analysed.project_id)
    guest = open_link(service, made["url"])
    path = f"/analysis/{analysed.analysis_id}/segments"
    assert guest.call("PATCH", path, json=KEEP).status_code == 403
    link = f"/projects/{analysed.project_id}/links/{made['link']['id']}"
    assert alice.patch(link, json={"permission": "decide", "expires_in_days": 30}).status_code == 200
    assert guest.call("PATCH", path, json=KEEP).status_code == 200


def test_a_guest_writes_nothing_without_the_csrf_value(service: Service, alice: Person, analysed: Analysed) -> None:
    guest = open_link(service, make(alice, analysed.project_id, permission="decide")["url"])
    path = f"/analysis/{analysed.analysis_id}/segments"
    for wrong in ("", "A" * 43, "é"):
        answer = guest.call("PATCH", path, json=KEEP, headers={"X-CSRF-TOKEN": wrong})
        assert answer.status_code == 401, wrong
    assert guest.call("GET", path).json["version"] == 1


def test_a_signed_in_person_stays_who_it_is(
    service: Service, alice: Person, charlie: Person, analysed: Analysed
) -> None:
    guest = open_link(service, make(alice, analysed.project_id)["url"])
    headers = {"Authorization": f"Bearer {charlie.access_token}"}
    assert guest.call("GET", f"/analysis/{analysed.analysis_id}", headers=headers).status_code == 404


def test_a_guest_who_leaves_is_out(service: Service, alice: Person, analysed: Analysed) -> None:
    guest = open_link(service, make(alice, analysed.project_id)["url"])
    kept = guest.client.get_cookie("clipflow_guest")
    assert kept is not None
    assert guest.call("POST", "/review/leave").status_code == 204
    assert guest.client.get_cookie("clipflow_guest") is None
    guest.client.set_cookie("clipflow_guest", kept.value)
    assert guest.call("GET", "/review/session").status_code == 401


def test_a_recording_is_answered_in_pieces_so_that_a_revoked_link_ends(
    service: Service, alice: Person, analysed: Analysed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clipflow.renditions.routes._MOST_BYTES_FOR_GUESTS", 1000)
    made = make(alice, analysed.project_id)
    guest = open_link(service, made["url"])
    path = f"/media/{analysed.media_id}/file"
    piece = guest.call("GET", path, headers={"Range": "bytes=0-"})
    assert (piece.status_code, len(piece.data)) == (206, 1000)
    assert piece.headers["Content-Range"].startswith("bytes 0-999/")
    assert guest.call("GET", path).status_code == 403
    assert len(alice.get(path).data) > 1000
    alice.delete(f"/projects/{analysed.project_id}/links/{made['link']['id']}")
    assert guest.call("GET", path, headers={"Range": "bytes=1000-"}).status_code == 401


def test_links_end_when_the_project_goes_to_another_team(service: Service, alice: Person, analysed: Analysed) -> None:
    guest = open_link(service, make(alice, analysed.project_id)["url"])
    links = alice.get(f"/projects/{analysed.project_id}/links").json["links"]
    team = alice.post("/teams", json={"name": "Desk"}).json["team"]["id"]
    move = f"/projects/{analysed.project_id}/move"
    assert alice.post(move, json={"team_id": team, "dry_run": True}).json["ending_links"] == links
    assert guest.call("GET", "/review/session").status_code == 200
    assert alice.post(move, json={"team_id": team}).json["ending_links"] == links
    assert guest.call("GET", "/review/session").status_code == 401


def test_whose_guests_have_opened_it_and_decided_is_listed(service: Service, alice: Person, analysed: Analysed) -> None:
    made = make(alice, analysed.project_id, permission="decide")
    guest = open_link(service, made["url"])
    guest.call("PATCH", f"/analysis/{analysed.analysis_id}/segments", json=KEEP)
    open_link(service, made["url"], name="")
    path = f"/projects/{analysed.project_id}/links/{made['link']['id']}/activity"
    guests = alice.get(path).json["guests"]
    assert {(one["name"], one["decision_count"]) for one in guests} == {("Ann", 1), ("Guest", 0)}


def test_guests_see_nobodys_address(service: Service, analysed: Analysed, alice: Person) -> None:
    alice.patch("/auth/me", json={"full_name": ""})
    analysis = f"/analysis/{analysed.analysis_id}"
    alice.patch(f"{analysis}/segments", json=KEEP)
    alice.call("PUT", f"{analysis}/reviewed")
    guest = open_link(service, make(alice, analysed.project_id, allow_export=True, permission="decide")["url"])
    answers = [guest.call("GET", path) for path in (analysis, f"{analysis}/history", "/review/session")]
    answers.append(guest.call("POST", f"{analysis}/presence"))
    answers.append(guest.call("PATCH", f"{analysis}/segments", json=KEEP))
    assert [one.status_code for one in answers] == [200, 200, 200, 200, 409]
    assert not any("alice@example.org" in one.text for one in answers)
    assert "Somebody of the team" in answers[0].text


def test_opening_and_refusing_is_in_the_audit_log(
    service: Service, bob: Person, alice: Person, analysed: Analysed
) -> None:
    made = make(alice, analysed.project_id, password="tulip")
    for password in ({}, {"password": "rose"}, {"password": "tulip"}):
        open_link(service, made["url"], **password)
    events = bob.get("/admin/audit?action=link.opened").json["events"]
    link_id = made["link"]["id"]
    assert [(one["outcome"], one["target_id"]) for one in events] == [("done", link_id), ("refused", link_id)]
    assert made["url"].partition("#")[2] not in bob.get("/admin/audit").text


@pytest.mark.parametrize(
    "body",
    [
        {"permission": "manage"},
        {"expires_in_days": 0},
        {"expires_in_days": 91},
        {"media_ids": []},
        {"password": ""},
        {"allow_export": "yes"},
    ],
)
def test_it_refuses_what_a_link_cannot_be(alice: Person, body: dict[str, object]) -> None:
    answer = alice.post(f"/projects/{alice.make_project()}/links", json=body)
    assert answer.status_code == 400
    assert [*answer.json["error"]["details"]] == [*body]


def test_there_are_a_hundred_of_a_project_at_most(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clipflow.links.service.MOST_LINKS", 1)
    path = f"/projects/{alice.make_project()}/links"
    assert [alice.post(path, json={}).status_code for _ in range(2)] == [201, 409]


def test_when_a_guest_was_here_is_noted_each_minute(service: Service, alice: Person, analysed: Analysed) -> None:
    guest = open_link(service, make(alice, analysed.project_id)["url"])
    with connected():
        Guest.update(last_seen_at=clock.now() - timedelta(minutes=2)).execute()
    guest.call("GET", "/review/session")
    with connected():
        assert Guest.get().last_seen_at > clock.now() - timedelta(minutes=1)


def test_a_change_leaves_alone_what_somebody_else_changes_at_the_same_moment(
    service: Service, alice: Person, analysed: Analysed, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(alice, analysed.project_id, permission="decide", allow_export=True)
    path = f"/projects/{analysed.project_id}/links/{made['link']['id']}"

    def narrowed_meanwhile(password: str, cost: int) -> str:
        assert alice.patch(path, json={"permission": "view", "allow_export": False}).status_code == 200
        return hash_password(password, cost)

    monkeypatch.setattr("clipflow.links.service.hash_password", narrowed_meanwhile)
    changed = alice.patch(path, json={"password": "Open-Sesame-7"})
    assert (changed.json["link"]["permission"], changed.json["link"]["allow_export"]) == ("view", False)
    assert open_link(service, made["url"]).answer.status_code == 401
    assert open_link(service, made["url"], password="Open-Sesame-7").answer.status_code == 200


def test_a_link_that_is_revoked_meanwhile_stays_so(
    alice: Person, analysed: Analysed, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(alice, analysed.project_id)
    path = f"/projects/{analysed.project_id}/links/{made['link']['id']}"

    def revoked_meanwhile(password: str, cost: int) -> str:
        assert alice.delete(path).status_code == 204
        return hash_password(password, cost)

    monkeypatch.setattr("clipflow.links.service.hash_password", revoked_meanwhile)
    assert alice.patch(path, json={"password": "Open-Sesame-7"}).status_code == 404


def test_a_link_into_a_team_that_is_deleted_opens_nothing_at_once(service: Service, alice: Person) -> None:
    team_id = alice.post("/teams", json={"name": "Desk"}).json["team"]["id"]
    project_id = alice.post("/projects", json={"name": "One", "team_id": team_id}).json["project"]["id"]
    made = make(alice, project_id)
    alice.delete(f"/teams/{team_id}", json={"confirm_name": "Desk"})
    assert open_link(service, made["url"]).answer.status_code == 404
