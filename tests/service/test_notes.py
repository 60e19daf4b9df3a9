"""What people say about a moment of a recording, or of a video elsewhere."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from clipflow.core import clock
from clipflow.core.db import connected
from clipflow.notes import service as notes
from clipflow.notes import tasks
from clipflow.notes.models import Note, VideoRef
from tests.service.conftest import GuestOfLink, Person, Service, open_link
from tests.service.test_authorisation import replace_credentials
from tests.service.test_teams import join

VIDEO = "dQw4w9WgXcQ"


@pytest.fixture
def media_id(uploaded: tuple[str, str]) -> str:
    return uploaded[1]


def write(person: Any, media_id: str, **note: Any) -> Any:
    answer = person.post(f"/media/{media_id}/notes", json={"at_ms": 1_000, **note})
    assert answer.status_code == 201, answer.text
    return answer.json["note"]


def texts(person: Any, path: str) -> list[str | None]:
    answer = person.get(path)
    assert answer.status_code == 200, answer.text
    return [one["text"] for one in answer.json["notes"]]


def on_the_team(alice: Person, person: Person, project_id: str, role: str) -> None:
    body = {"user_id": person.user["id"], "role": role}
    assert alice.post(f"/projects/{project_id}/shares", json=body).status_code == 201


def guest_of(service: Service, alice: Person, project_id: str, permission: str) -> GuestOfLink:
    made = alice.post(f"/projects/{project_id}/links", json={"permission": permission}).json
    return open_link(service, made["url"])


def test_notes_come_in_the_order_of_time(alice: Person, media_id: str) -> None:
    for at_ms, text in ((9_000, "later"), (2_000, "first")):
        write(alice, media_id, at_ms=at_ms, text=text)
    assert texts(alice, f"/media/{media_id}/notes") == ["first", "later"]


def test_a_note_says_who_wrote_it_and_about_what(alice: Person, media_id: str) -> None:
    note = write(alice, media_id, at_ms=2_000, end_ms=4_000, text="  The name is misspelt. ")
    assert note["author"] == {"id": alice.user["id"], "name": "Alice", "kind": "person"}
    assert (note["media_file_id"], note["video_ref_id"], note["parent_id"]) == (media_id, None, None)
    assert (note["at_ms"], note["end_ms"], note["text"]) == (2_000, 4_000, "The name is misspelt.")
    assert (note["version"], note["is_resolved"], note["is_ai"], note["replies"]) == (1, False, False, [])


def test_a_moment_can_be_written_as_people_do(alice: Person, media_id: str) -> None:
    answer = alice.post(f"/media/{media_id}/notes", json={"timestamp": "0:07.5", "text": "Here"})
    assert answer.json["note"]["at_ms"] == 7_500


def test_blank_text_only_marks_the_moment(alice: Person, media_id: str) -> None:
    assert write(alice, media_id, text="   ")["text"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"at_ms": 1_000, "timestamp": "0:01"}, "timestamp"),
        ({"text": "when?"}, "at_ms"),
        ({"timestamp": "0:61"}, "timestamp"),
        ({"timestamp": "9:00:00"}, "at_ms"),
        ({"timestamp": "999:00:00"}, "timestamp"),
        ({"at_ms": 60_000}, "at_ms"),
        ({"at_ms": 1_000, "end_ms": 60_000}, "end_ms"),
        ({"at_ms": 1_000, "end_ms": 1_000}, "end_ms"),
        ({"at_ms": -1}, "at_ms"),
        ({"at_ms": 1.5}, "at_ms"),
        ({"at_ms": 2**31}, "at_ms"),
        ({"at_ms": 0, "text": "x" * 5_001}, "text"),
        ({"at_ms": 0, "text": "\u0007"}, "text"),
        ({"at_ms": 0, "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_note_says_what_is_wrong(alice: Person, media_id: str, body: dict[str, Any], field: str) -> None:
    answer = alice.post(f"/media/{media_id}/notes", json=body)
    assert (answer.status_code, [*answer.json["error"]["details"]]) == (400, [field])
    assert texts(alice, f"/media/{media_id}/notes") == []


def test_replies_stand_below_what_they_answer(alice: Person, media_id: str) -> None:
    note = write(alice, media_id, at_ms=3_000, text="Cut this?")
    reply = alice.post(f"/media/{media_id}/notes", json={"text": "Yes.", "parent_id": note["id"]}).json["note"]
    again = alice.post(f"/media/{media_id}/notes", json={"text": "Done.", "parent_id": reply["id"]}).json["note"]
    [found] = alice.get(f"/media/{media_id}/notes").json["notes"]
    assert [(one["text"], one["at_ms"], one["parent_id"]) for one in found["replies"]] == [
        ("Yes.", 3_000, note["id"]), ("Done.", 3_000, note["id"]),
    ]  # fmt: skip
    assert again["parent_id"] == note["id"]


def test_a_reply_to_a_note_of_another_recording_is_refused(alice: Person, media_id: str) -> None:
    elsewhere = alice.post(f"/video-refs/{VIDEO}/notes", json={"at_ms": 0, "text": "Elsewhere"}).json["note"]["id"]
    answer = alice.post(f"/media/{media_id}/notes", json={"at_ms": 0, "parent_id": elsewhere})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Ümlaut", "stretch", "late"]),
        ("from_ms=4500", ["stretch", "late"]),
        ("to_ms=3000", ["Ümlaut", "stretch"]),
        ("from_ms=2000&to_ms=2500", []),
        ("resolved=true", ["late"]),
        ("resolved=false", ["Ümlaut", "stretch"]),
        ("q=ÜMLAUT", ["Ümlaut"]),
        ("q=n_an", ["late"]),
        ("q=answer", ["stretch"]),
        ("q=%25", []),
        ("limit=1&page=2", ["stretch"]),
    ],
)
def test_notes_are_narrowed_down(alice: Person, media_id: str, query: str, expected: list[str]) -> None:
    write(alice, media_id, at_ms=1_000, text="Ümlaut")
    note = write(alice, media_id, at_ms=3_000, end_ms=5_000, text="stretch")
    write(alice, media_id, text="An answer", parent_id=note["id"])
    late = write(alice, media_id, at_ms=9_000, text="late")
    write(alice, media_id, text="in_an_hour", parent_id=late["id"])
    alice.patch(f"/notes/{late['id']}", json={"version": 1, "is_resolved": True})
    assert texts(alice, f"/media/{media_id}/notes?{query}") == expected


def test_notes_of_one_person_include_the_threads_of_their_replies(
    service: Service, alice: Person, uploaded: tuple[str, str]
) -> None:
    project_id, media_id = uploaded
    dora = service.person("Dora")
    on_the_team(alice, dora, project_id, "reviewer")
    asked = write(alice, media_id, text="Really?")
    write(alice, media_id, at_ms=2_000, text="Alone")
    write(dora, media_id, text="Really.", parent_id=asked["id"])
    assert texts(alice, f"/media/{media_id}/notes?author={dora.user['id']}") == ["Really?"]


def test_an_own_note_is_changed(alice: Person, media_id: str) -> None:
    note = write(alice, media_id, text="Tpyo")
    changes = {"version": 1, "text": "Typo", "at_ms": 2_000, "end_ms": 3_000, "is_resolved": True}
    changed = alice.patch(f"/notes/{note['id']}", json=changes).json["note"]
    assert (changed["text"], changed["at_ms"], changed["end_ms"], changed["is_resolved"]) == (
        "Typo",
        2_000,
        3_000,
        True,
    )
    assert changed["version"] == 2
    cleared = alice.patch(f"/notes/{note['id']}", json={"version": 2, "text": " ", "end_ms": None}).json["note"]
    assert (cleared["text"], cleared["end_ms"]) == (None, None)


def test_who_was_slower_hears_so_and_changes_nothing(alice: Person, media_id: str) -> None:
    note = write(alice, media_id, text="One")
    assert alice.patch(f"/notes/{note['id']}", json={"version": 1, "text": "Two"}).status_code == 200
    answer = alice.patch(f"/notes/{note['id']}", json={"version": 1, "text": "Three"})
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "CONFLICT")
    assert texts(alice, f"/media/{media_id}/notes") == ["Two"]


def test_a_change_to_a_moment_that_there_is_not_is_refused(alice: Person, media_id: str) -> None:
    note = write(alice, media_id, at_ms=5_000)
    for changes in ({"at_ms": 60_000}, {"end_ms": 4_000}):
        assert alice.patch(f"/notes/{note['id']}", json={"version": 1, **changes}).status_code == 400


def test_a_note_is_deleted_with_its_replies(alice: Person, media_id: str) -> None:
    note = write(alice, media_id, text="Away")
    write(alice, media_id, text="With it", parent_id=note["id"])
    assert alice.delete(f"/notes/{note['id']}").status_code == 204
    assert texts(alice, f"/media/{media_id}/notes") == []
    assert alice.delete(f"/notes/{note['id']}").status_code == 404


def test_rows_of_deleted_notes_go_after_a_week(alice: Person, media_id: str) -> None:
    note = write(alice, media_id)
    alice.delete(f"/notes/{note['id']}")
    tasks.purge(clock.now())
    with connected():
        assert Note.select().count() == 1
    tasks.purge(clock.now() + timedelta(days=8))
    with connected():
        assert Note.select().count() == 0


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("reviewer", 201), ("editor", 201)])
def test_who_may_comment_writes_notes(
    service: Service, alice: Person, uploaded: tuple[str, str], role: str, status: int
) -> None:
    project_id, media_id = uploaded
    dora = service.person("Dora")
    on_the_team(alice, dora, project_id, role)
    write(alice, media_id, text="Seen by all")
    assert texts(dora, f"/media/{media_id}/notes") == ["Seen by all"]
    assert dora.post(f"/media/{media_id}/notes", json={"at_ms": 0}).status_code == status


def test_a_note_of_somebody_else_is_changed_by_who_owns_the_project_alone(
    service: Service, alice: Person, uploaded: tuple[str, str]
) -> None:
    project_id, media_id = uploaded
    dora = service.person("Dora")
    on_the_team(alice, dora, project_id, "editor")
    own, of_dora = write(alice, media_id), write(dora, media_id)
    change = {"version": 1, "is_resolved": True}
    assert dora.patch(f"/notes/{own['id']}", json=change).status_code == 403
    assert dora.delete(f"/notes/{own['id']}").status_code == 403
    assert alice.patch(f"/notes/{of_dora['id']}", json=change).status_code == 200


def test_an_administrator_who_sees_a_recording_changes_its_notes(
    alice: Person, bob: Person, uploaded: tuple[str, str]
) -> None:
    project_id, media_id = uploaded
    note = write(alice, media_id)
    assert bob.delete(f"/notes/{note['id']}").status_code == 404
    on_the_team(alice, bob, project_id, "viewer")
    assert bob.delete(f"/notes/{note['id']}").status_code == 204


def test_a_stranger_finds_no_notes(alice: Person, charlie: Person, media_id: str) -> None:
    note = write(alice, media_id)
    assert charlie.get(f"/media/{media_id}/notes").status_code == 404
    assert charlie.post(f"/media/{media_id}/notes", json={"at_ms": 0}).status_code == 404
    assert charlie.patch(f"/notes/{note['id']}", json={"version": 1, "text": "x"}).status_code == 404
    assert charlie.delete(f"/notes/{note['id']}").status_code == 404


@pytest.mark.parametrize(("permission", "status"), [("view", 403), ("comment", 201), ("decide", 201)])
def test_a_guest_comments_where_the_link_says_so(
    service: Service, alice: Person, uploaded: tuple[str, str], permission: str, status: int
) -> None:
    project_id, media_id = uploaded
    guest = guest_of(service, alice, project_id, permission)
    assert guest.call("POST", f"/media/{media_id}/notes", json={"at_ms": 0, "text": "Hm"}).status_code == status
    shown = guest.call("GET", f"/media/{media_id}/notes").json["notes"]
    assert [one["author"]["name"] for one in shown] == ["Ann (guest)"] * (status == 201)


def test_a_guest_corrects_own_notes_and_no_others(service: Service, alice: Person, uploaded: tuple[str, str]) -> None:
    project_id, media_id = uploaded
    guest = guest_of(service, alice, project_id, "comment")
    own = guest.call("POST", f"/media/{media_id}/notes", json={"at_ms": 0, "text": "Hm"}).json["note"]
    other = write(alice, media_id)
    assert guest.call("PATCH", f"/notes/{own['id']}", json={"version": 1, "text": "Good"}).status_code == 200
    assert guest.call("PATCH", f"/notes/{other['id']}", json={"version": 1, "text": "x"}).status_code == 403
    assert guest.call("DELETE", f"/notes/{own['id']}").status_code == 204


def test_a_guest_who_may_comment_decides_nothing(service: Service, alice: Person, analysed: Any) -> None:
    guest = guest_of(service, alice, analysed.project_id, "comment")
    body = {"version": 1, "changes": [{"start_ms": 0, "end_ms": 500, "action": "remove"}]}
    assert guest.call("PATCH", f"/analysis/{analysed.analysis_id}/segments", json=body).status_code == 403


def test_there_is_a_limit_to_the_notes_of_a_recording(
    alice: Person, media_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "MOST_NOTES", 2)
    for _ in range(2):
        write(alice, media_id)
    assert alice.post(f"/media/{media_id}/notes", json={"at_ms": 0}).status_code == 409


def test_notes_go_with_their_recording(alice: Person, media_id: str, service: Service) -> None:
    write(alice, media_id)
    alice.delete(f"/media/{media_id}?for_good=true")
    service.run_jobs()
    with connected():
        assert Note.select().count() == 0


def test_a_video_is_known_once(alice: Person) -> None:
    body = {"url": f"https://youtu.be/{VIDEO}", "title": "A talk"}
    first, second = alice.post("/video-refs", json=body), alice.post("/video-refs", json={"url": VIDEO})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert (first.json["video_ref"]["youtube_id"], first.json["video_ref"]["title"]) == (VIDEO, "A talk")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://www.youtube.com/playlist?list=PL1", "PLAYLIST_NOT_SUPPORTED"),
        ("https://evil.org", "NOT_A_YOUTUBE_VIDEO"),
    ],
)
def test_what_is_no_video_is_refused(alice: Person, url: str, code: str) -> None:
    answer = alice.post("/video-refs", json={"url": url})
    assert (answer.status_code, answer.json["error"]["code"]) == (400, code)


def test_a_note_on_an_unknown_video_takes_it_in(alice: Person) -> None:
    body = {"timestamp": "1:02:03", "text": "Here it starts", "title": "A talk"}
    note = alice.post(f"/video-refs/{VIDEO}/notes", json=body).json["note"]
    assert (note["at_ms"], note["media_file_id"]) == (3_723_000, None)
    [video] = alice.get("/video-refs").json["video_refs"]
    assert (video["youtube_id"], video["title"], video["note_count"]) == (VIDEO, "A talk", 1)
    assert texts(alice, f"/video-refs/{VIDEO}/notes") == ["Here it starts"]


def test_a_note_for_what_is_no_id_is_refused(alice: Person) -> None:
    answer = alice.post("/video-refs/talk/notes", json={"at_ms": 0})
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "NOT_A_YOUTUBE_VIDEO")


def test_notes_on_videos_are_nobody_elses(alice: Person, charlie: Person) -> None:
    note = alice.post(f"/video-refs/{VIDEO}/notes", json={"at_ms": 0, "text": "Mine"}).json["note"]
    assert charlie.get(f"/video-refs/{VIDEO}/notes").status_code == 404
    assert charlie.patch(f"/notes/{note['id']}", json={"version": 1, "text": "x"}).status_code == 404
    charlie.post(f"/video-refs/{VIDEO}/notes", json={"at_ms": 0, "text": "Mine too"})
    assert texts(alice, f"/video-refs/{VIDEO}/notes") == ["Mine"]


def test_a_team_shares_its_notes_on_a_video(service: Service, alice: Person) -> None:
    team_id = alice.post("/teams", json={"name": "Desk"}).json["team"]["id"]
    dora = service.person("Dora")
    join(team_id, dora, "viewer")
    own, ours = f"/video-refs/{VIDEO}/notes", f"/video-refs/{VIDEO}/notes?team_id={team_id}"
    assert alice.post(ours, json={"at_ms": 0, "text": "Ours"}).status_code == 201
    assert texts(dora, ours) == ["Ours"]
    assert dora.post(ours, json={"at_ms": 0}).status_code == 403
    # What is not said to be the team's is nobody else's.
    assert dora.post(own, json={"at_ms": 0, "text": "Mine"}).status_code == 201
    assert (texts(dora, own), texts(alice, ours)) == (["Mine"], ["Ours"])


def test_a_token_for_one_project_has_no_videos(alice: Person, uploaded: tuple[str, str]) -> None:
    body = {"name": "One project", "scopes": ["reviews:write", "reviews:read"], "project_ids": [uploaded[0]]}
    token = replace_credentials(alice, alice.post("/auth/tokens", json=body).json["secret"])
    alice.post(f"/video-refs/{VIDEO}/notes", json={"at_ms": 0})
    for answer in (
        token.post("/video-refs", json={"url": VIDEO}),
        token.get("/video-refs"),
        token.get(f"/video-refs/{VIDEO}/notes"),
        token.post(f"/video-refs/{VIDEO}/notes", json={"at_ms": 0}),
    ):
        assert answer.status_code == 403


def test_who_knows_the_state_gets_the_notes_only_when_something_has_changed(alice: Person, media_id: str) -> None:
    note = write(alice, media_id, text="One")
    path = f"/media/{media_id}/notes"
    state = alice.get(path).json["state"]
    again = alice.get(f"{path}?known={quote(state)}").json
    assert (again["is_unchanged"], again["notes"], again["state"]) == (True, [], state)
    write(alice, media_id, text="A reply", parent_id=note["id"])
    changed = alice.get(f"{path}?known={quote(state)}").json
    assert (changed["is_unchanged"], len(changed["notes"]), changed["state"] != state) == (False, 1, True)


def test_a_note_that_was_written_before_the_length_was_known_is_resolved(alice: Person, media_id: str) -> None:
    note = write(alice, media_id)
    with connected():
        Note.update(at_ms=60_000).execute()
    assert alice.patch(f"/notes/{note['id']}", json={"version": 1, "is_resolved": True}).status_code == 200


def test_a_changed_note_comes_back_with_its_replies(alice: Person, media_id: str) -> None:
    note = write(alice, media_id)
    write(alice, media_id, text="A reply", parent_id=note["id"])
    changed = alice.patch(f"/notes/{note['id']}", json={"version": 1, "text": "Two"}).json["note"]
    assert [one["text"] for one in changed["replies"]] == ["A reply"]


def test_who_only_looks_on_by_now_changes_no_own_notes(
    service: Service, alice: Person, uploaded: tuple[str, str]
) -> None:
    project_id, media_id = uploaded
    dora = service.person("Dora")
    on_the_team(alice, dora, project_id, "reviewer")
    note = write(dora, media_id)
    share = f"/projects/{project_id}/shares/{dora.user['id']}"
    assert alice.patch(share, json={"role": "viewer"}).status_code == 200
    assert dora.patch(f"/notes/{note['id']}", json={"version": 1, "text": "x"}).status_code == 403


def test_there_is_a_limit_to_the_replies_of_a_note(
    alice: Person, media_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "MOST_REPLIES", 1)
    note = write(alice, media_id)
    write(alice, media_id, parent_id=note["id"])
    answer = alice.post(f"/media/{media_id}/notes", json={"parent_id": note["id"]})
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Zebra", "Äpfel"]), ("sort=created_at_asc", ["Äpfel", "Zebra"]), ("sort=title_asc", ["Äpfel", "Zebra"]),
        ("sort=title_desc", ["Zebra", "Äpfel"]), ("q=apfel", ["Äpfel"]), ("limit=1&page=2", ["Äpfel"]),
    ],
)  # fmt: skip
def test_videos_with_own_notes_are_listed(alice: Person, query: str, expected: list[str]) -> None:
    for number, title in enumerate(("Äpfel", "Zebra")):
        body = {"at_ms": 0, "title": title}
        assert alice.post(f"/video-refs/abcdefghij{number}/notes", json=body).status_code == 201
    alice.post("/video-refs", json={"url": VIDEO, "title": "Without notes"})
    answer = alice.get(f"/video-refs?{query}").json
    assert [one["title"] for one in answer["video_refs"]] == expected
    assert answer["pagination"]["total"] == (1 if "q=" in query else 2)


@pytest.fixture
def program(alice: Person) -> Person:
    """A program with a token that writes notes and does nothing else."""
    made = alice.post("/auth/tokens", json={"name": "Bookmarklet", "scopes": ["notes:create"]}).json
    return replace_credentials(alice, made["secret"])


def test_a_program_writes_notes_and_reads_none(program: Person, media_id: str) -> None:
    for path in (f"/media/{media_id}/notes", f"/video-refs/{VIDEO}/notes"):
        assert program.post(path, json={"at_ms": 0, "text": "By a program"}).json["note"]["author"]["kind"] == "token"
        answer = program.get(path)
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "TOKEN_SCOPE")


def test_a_program_writes_sixty_notes_an_hour(program: Person, alice: Person) -> None:
    path = f"/video-refs/{VIDEO}/notes"
    statuses = [program.post(path, json={"at_ms": 0}).status_code for _ in range(61)]
    assert (statuses[:60], statuses[60]) == ([201] * 60, 429)
    assert alice.post(path, json={"at_ms": 0}).status_code == 201


def test_pages_of_other_sites_write_notes_without_cookies(program: Person, media_id: str) -> None:
    elsewhere = {"Origin": "https://www.youtube.com"}
    asked = {**elsewhere, "Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "authorization,content-type"}  # fmt: skip
    for path in (f"/media/{media_id}/notes", f"/video-refs/{VIDEO}/notes"):
        answer = program.client.open(f"/api/v1{path}", method="OPTIONS", headers=asked)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "authorization" in answer.headers["Access-Control-Allow-Headers"].lower()
        written = program.post(path, json={"at_ms": 0}, headers=elsewhere)
        assert (written.status_code, written.headers["Access-Control-Allow-Origin"]) == (201, "*")
    other = program.client.get("/api/v1/projects", headers=elsewhere)
    assert "Access-Control-Allow-Origin" not in other.headers


def test_videos_that_one_person_knew_go_with_the_account(service: Service, alice: Person, bob: Person) -> None:
    alice.post(f"/video-refs/{VIDEO}/notes", json={"at_ms": 0})
    assert bob.delete(f"/admin/users/{alice.user['id']}", json={"delete_data": True}).status_code == 202
    with connected():
        assert (VideoRef.select().count(), Note.select().count()) == (0, 0)
