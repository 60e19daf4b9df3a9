"""The library: everything that somebody may see, found by what it is called, what is said, and where it is."""

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from clipflow.analysis.models import AnalysisResult
from clipflow.core import clock
from clipflow.core.db import connected
from clipflow.library import models
from clipflow.library import service as library
from clipflow.library.models import View
from clipflow.library.service import snippet_of
from clipflow.media.models import MediaFile
from clipflow.transcripts.models import TranscriptText
from tests.service.conftest import Analysed, Person, Service
from tests.service.test_teams import join, make_team


def found(person: Person, **query: Any) -> list[str]:
    answer = person.get("/library", query_string=query)
    assert answer.status_code == 200, answer.text
    return [one["title"] for one in answer.json["recordings"]]


@pytest.fixture
def shelf(service: Service, alice: Person) -> dict[str, str]:
    """Five recordings of Alice's, made without their files; their ids by their titles."""
    project_id = alice.make_project()
    ids = {}
    for number, title in enumerate(("Café talk", "Interview", "Ärger", "100% sure", "under_score")):
        with connected():
            made = MediaFile.create(
                project=project_id, original_filename=f"file-{number}.mp4", title=title, storage_key=f"none-{number}",
                file_size=1000 - number, mime_type="video/mp4", duration_seconds=10.0 * number, media_info={},
                uploaded_by_id=alice.user["id"], created_at=clock.now(),
            )  # fmt: skip
        ids[title] = str(made.id)
        assert alice.patch(f"/media/{made.id}", json={"title": title}).status_code == 200
    return ids


def test_it_shows_what_one_may_see_and_nothing_else(alice: Person, charlie: Person, shelf: dict[str, str]) -> None:
    assert sorted(found(alice)) == sorted(shelf)
    assert found(charlie) == []


def test_it_shows_what_teams_and_others_share(alice: Person, charlie: Person, shelf: dict[str, str]) -> None:
    project_id = alice.get(f"/media/{shelf['Interview']}").json["media_file"]["project_id"]
    alice.post(f"/projects/{project_id}/shares", json={"user_id": charlie.user["id"], "role": "viewer"})
    assert sorted(found(charlie)) == sorted(shelf)


def test_what_is_in_the_bin_is_not_shown(alice: Person, shelf: dict[str, str]) -> None:
    alice.delete(f"/media/{shelf['Interview']}")
    assert "Interview" not in found(alice)


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("cafe", ["Café talk"]), ("CAFÉ", ["Café talk"]), ("arger", ["Ärger"]), ("view", ["Interview"]),
        ("100%", ["100% sure"]), ("r_s", ["under_score"]), ("file-1", ["Interview"]), ("nothing like it", []),
        ("'; DROP TABLE media_files; --", []), ('""', []),
    ],
)  # fmt: skip
def test_it_finds_titles_and_names_whatever_their_case_and_accents(
    alice: Person, shelf: dict[str, str], query: str, titles: list[str]
) -> None:
    assert found(alice, q=query) == titles


@pytest.mark.parametrize("query", ["", " ", "x", " x "])
def test_one_letter_is_no_filter(alice: Person, shelf: dict[str, str], query: str) -> None:
    assert len(found(alice, q=query)) == 5


def test_it_finds_descriptions(alice: Person, shelf: dict[str, str]) -> None:
    answer = alice.patch(f"/media/{shelf['Interview']}", json={"description": "About the Loch Ness monster"})
    assert answer.json["media_file"]["description"] == "About the Loch Ness monster"
    assert found(alice, q="loch ness") == ["Interview"]


@pytest.mark.parametrize("query", ["GOOD morn", "od mo", "ev"])
def test_it_finds_what_is_said_and_shows_where(alice: Person, analysed: Analysed, query: str) -> None:
    import_words(alice, analysed.media_id, "Good morning everybody")
    [one] = alice.get("/library", query_string={"q": query}).json["recordings"]
    assert (one["id"], one["has_transcript"], one["snippet"]) == (analysed.media_id, True, "good morning everybody")
    assert one["analysis_id"] == analysed.analysis_id
    assert found(alice, q="bad morning") == []


def import_words(person: Person, media_id: str, text: str) -> None:
    captions = io.BytesIO(f"1\n00:00:01,500 --> 00:00:05,310\n{text}\n".encode())
    answer = person.post(f"/media/{media_id}/transcript", data={"file": (captions, "a.srt")})
    assert answer.status_code == 200, answer.text


def test_it_finds_words_as_they_are_spelled_now(alice: Person, analysed: Analysed) -> None:
    import_words(alice, analysed.media_id, "Good morning everybody")
    body = {"version": 2, "changes": [{"index": 0, "text": "Fine"}]}
    assert alice.patch(f"/analysis/{analysed.analysis_id}/transcript", json=body).status_code == 200
    assert len(found(alice, q="fine morning")) == 1
    assert found(alice, q="good morning") == []


def test_what_was_said_in_a_version_that_counts_no_more_is_not_found(
    service: Service, alice: Person, analysed: Analysed
) -> None:
    import_words(alice, analysed.media_id, "Good morning everybody")
    alice.post(f"/media/{analysed.media_id}/analyze")
    service.run_jobs()
    assert found(alice, q="good morning") == []


def test_a_row_says_what_there_is_to_know(alice: Person, analysed: Analysed) -> None:
    [one] = alice.get("/library").json["recordings"]
    assert one["status"] == "ready"
    assert 0 < one["silence_share"] < 1
    assert one["project"]["id"] == analysed.project_id
    assert (one["uploader"]["id"], one["team"]["name"]) == (alice.user["id"], "Personal")
    assert (one["category"], one["thumbnail_url"], one["view_count"], one["snippet"]) == (None, None, 0, None)


def test_it_is_narrowed_to_team_project_person_and_status(
    alice: Person, bob: Person, analysed: Analysed, shelf: dict[str, str]
) -> None:
    team_id = make_team(alice)
    join(team_id, bob, "editor")
    other = alice.post("/projects", json={"name": "Other", "team_id": team_id}).json["project"]["id"]
    assert alice.call("PUT", f"/media/{shelf['Ärger']}/project", json={"project_id": other}).status_code == 200
    assert found(alice, team=team_id) == found(alice, project=other) == found(bob) == ["Ärger"]
    assert len(found(alice, uploader=alice.user["id"])) == 6
    assert found(alice, uploader=bob.user["id"]) == []
    assert len(found(alice, status="new")) == 5
    assert len(found(alice, status="ready")) == 1
    alice.call("PUT", f"/analysis/{analysed.analysis_id}/reviewed")
    assert len(found(alice, status="reviewed")) == 1
    alice.post(f"/media/{analysed.media_id}/analyze")
    assert (len(found(alice, status="working")), found(alice, status="reviewed")) == (1, [])
    assert found(alice, status="failed") == found(alice, status="checking") == found(alice, status="refused") == []
    assert alice.get("/library", query_string={"status": "odd"}).status_code == 400


def test_it_is_sorted_and_comes_in_pages(alice: Person, shelf: dict[str, str]) -> None:
    assert found(alice, sort="duration", order="asc") == list(shelf)
    assert found(alice, sort="size", order="desc") == list(shelf)
    assert found(alice, sort="created_at", order="desc") == list(shelf)[::-1]
    assert found(alice, sort="title", order="asc")[:2] == ["100% sure", "Café talk"]
    pages = [found(alice, sort="duration", order="asc", limit=2, page=page) for page in (1, 2, 3, 4)]
    assert pages == [list(shelf)[:2], list(shelf)[2:4], list(shelf)[4:], []]
    pagination = alice.get("/library", query_string={"limit": 2}).json["pagination"]
    assert (pagination["total"], pagination["pages"]) == (5, 3)
    assert alice.get("/library", query_string={"limit": 101}).status_code == 400


def test_it_says_what_it_can_be_narrowed_to(alice: Person, shelf: dict[str, str]) -> None:
    choices = alice.get("/library/choices").json
    assert [one["name"] for one in choices["teams"]] == ["Personal"]
    assert [one["id"] for one in choices["uploaders"]] == [alice.user["id"]]


def make_category(person: Person, name: str, team_id: str | None = None) -> Any:
    return person.post("/categories", json={"name": name, "team_id": team_id})


def test_a_category_of_a_team_is_made_by_its_owner_and_seen_by_its_members(
    alice: Person, charlie: Person, bob: Person
) -> None:
    team_id = make_team(alice)
    join(team_id, charlie, "editor")
    made = make_category(alice, "Große Interviews!", team_id)
    assert (made.status_code, made.json["category"]["slug"]) == (201, "groe-interviews")
    assert make_category(charlie, "Mine", team_id).status_code == 403
    assert [one["name"] for one in charlie.get("/categories").json["categories"]] == ["Große Interviews!"]
    assert bob.get("/categories").json["categories"] == []


def test_one_of_the_whole_server_is_made_by_administrators(alice: Person, bob: Person) -> None:
    assert make_category(alice, "News").status_code == 403
    assert make_category(bob, "News").status_code == 201
    assert [one["slug"] for one in alice.get("/categories").json["categories"]] == ["news"]


def test_names_are_taken_once_and_slugs_never_twice(alice: Person, bob: Person) -> None:
    team_id = make_team(alice)
    assert make_category(bob, "News").json["category"]["slug"] == "news"
    assert make_category(bob, "NEWS").json["error"]["code"] == "CATEGORY_EXISTS"
    assert make_category(alice, "News", team_id).json["category"]["slug"] == "news-2"
    assert make_category(alice, "news!", team_id).json["category"]["slug"] == "news-3"
    slug = make_category(alice, "日本語", team_id).json["category"]["slug"]
    assert slug.isascii()
    assert len(slug) > 5


def test_a_category_is_renamed_and_deleted_and_its_recordings_stay(alice: Person, shelf: dict[str, str]) -> None:
    team_id = alice.get("/teams").json["teams"][0]["id"]
    category = make_category(alice, "Interviews", team_id).json["category"]
    path = f"/media/{shelf['Interview']}"
    assert alice.patch(path, json={"category_id": category["id"]}).status_code == 200
    assert found(alice, category="interviews") == ["Interview"]
    assert len(found(alice, category="none")) == 4
    assert found(alice, category="unknown") == []
    renamed = alice.patch(f"/categories/{category['id']}", json={"name": "Conversations"}).json["category"]
    assert (renamed["name"], renamed["slug"]) == ("Conversations", "interviews")
    assert alice.delete(f"/categories/{category['id']}").status_code == 204
    assert alice.get(path).json["media_file"]["category_id"] is None
    assert alice.delete(f"/categories/{category['id']}").status_code == 404


def test_what_others_say_crowds_nobody_out(
    service: Service, alice: Person, charlie: Person, analysed: Analysed, monkeypatch: pytest.MonkeyPatch
) -> None:
    captions = b"1\n00:00:01,500 --> 00:00:05,310\nGood zebra\n"
    upload = {"file": (io.BytesIO(captions), "a.srt")}
    assert alice.post(f"/media/{analysed.media_id}/transcript", data=upload).status_code == 200
    own = charlie.post("/projects", json={"name": "Own"}).json["project"]["id"]
    with connected():
        recording = MediaFile.get_by_id(analysed.media_id)
        theirs = MediaFile.create(
            project=own, original_filename="b.mp4", title="Theirs", storage_key="none", file_size=1,
            mime_type="video/mp4", duration_seconds=1.0, media_info=recording.media_info,
            uploaded_by_id=charlie.user["id"], created_at=clock.now(),
        )  # fmt: skip
        analysis = AnalysisResult.get_by_id(analysed.analysis_id)
        text = TranscriptText.get(TranscriptText.analysis == analysis.id).text
        other = AnalysisResult.create(
            media_file=theirs, project=own, processing_mode="vad", options={}, status="completed", summary={},
            created_at=clock.now(), current_since=clock.now(),
        )  # fmt: skip
        TranscriptText.create(analysis=other, text=text)
    monkeypatch.setattr(models, "_MOST_FOUND", 1)
    assert found(charlie, q="zebra") == ["Theirs"]
    assert len(found(alice, q="zebra")) == 1


def test_a_recording_that_goes_to_another_team_leaves_its_category_there(
    alice: Person, charlie: Person, shelf: dict[str, str]
) -> None:
    first, second = make_team(alice), make_team(alice)
    category = make_category(alice, "Secret client", first).json["category"]["id"]
    homes = [
        alice.post("/projects", json={"name": "Home", "team_id": one}).json["project"]["id"] for one in (first, second)
    ]
    path = f"/media/{shelf['Interview']}"
    for move in (
        lambda: alice.call("PUT", f"{path}/project", json={"project_id": homes[1]}),
        lambda: alice.post(f"/projects/{homes[0]}/move", json={"team_id": second}),
    ):
        assert alice.call("PUT", f"{path}/project", json={"project_id": homes[0]}).status_code == 200
        assert alice.patch(path, json={"category_id": category}).status_code == 200
        assert move().status_code == 200
        assert alice.get(path).json["media_file"]["category_id"] is None


def test_no_category_takes_the_word_for_none(alice: Person, shelf: dict[str, str]) -> None:
    team_id = alice.get("/teams").json["teams"][0]["id"]
    category = make_category(alice, "None", team_id).json["category"]
    assert category["slug"] == "none-2"
    assert alice.patch(f"/media/{shelf['Interview']}", json={"category_id": category["id"]}).status_code == 200
    assert found(alice, category="none-2") == ["Interview"]


@pytest.mark.parametrize("is_of_team", [True, False])
def test_a_name_that_many_give_at_the_same_moment_is_taken_once(bob: Person, is_of_team: bool) -> None:
    team_id = make_team(bob) if is_of_team else None
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: make_category(bob, "News", team_id).status_code, range(6)))
    assert sorted(made) == [201, *[409] * 5]


def test_a_recording_with_a_very_long_name_can_be_described(alice: Person, shelf: dict[str, str]) -> None:
    body = {"title": 250 * "x", "description": "Long"}
    assert alice.patch(f"/media/{shelf['Interview']}", json=body).status_code == 200


def test_a_category_of_another_team_cannot_be_chosen(alice: Person, charlie: Person, shelf: dict[str, str]) -> None:
    path = f"/media/{shelf['Interview']}"
    theirs = make_category(charlie, "Theirs", make_team(charlie)).json["category"]["id"]
    assert alice.patch(path, json={"category_id": theirs}).status_code == 404
    other = make_category(alice, "Other", make_team(alice)).json["category"]["id"]
    assert alice.patch(path, json={"category_id": other}).status_code == 400


def test_who_may_not_edit_changes_nothing(alice: Person, charlie: Person, shelf: dict[str, str]) -> None:
    path = f"/media/{shelf['Interview']}"
    project_id = alice.get(path).json["media_file"]["project_id"]
    alice.post(f"/projects/{project_id}/shares", json={"user_id": charlie.user["id"], "role": "viewer"})
    assert charlie.patch(path, json={"description": "mine"}).status_code == 403


def test_each_viewer_counts_once_a_day(service: Service, alice: Person, charlie: Person, shelf: dict[str, str]) -> None:
    path = f"/media/{shelf['Interview']}"
    project_id = alice.get(path).json["media_file"]["project_id"]
    assert charlie.post(f"{path}/view").status_code == 404
    alice.post(f"/projects/{project_id}/shares", json={"user_id": charlie.user["id"], "role": "viewer"})
    for person in (alice, alice, charlie):
        assert person.post(f"{path}/view").status_code == 204
    assert alice.get(path).json["media_file"]["view_count"] == 2
    with connected():
        View.update(day="2020-01-01").execute()
    alice.post(f"{path}/view")
    assert found(alice, sort="view_count", order="desc")[0] == "Interview"
    with connected():
        assert library.forget_old(clock.now()) == 2
    assert alice.get(path).json["media_file"]["view_count"] == 3


def test_cuts_of_several_projects_come_in_one_archive(
    service: Service, alice: Person, charlie: Person, analysed: Analysed, shelf: dict[str, str]
) -> None:
    other = alice.make_project()
    alice.call("PUT", f"/media/{analysed.media_id}/project", json={"project_id": other})
    body = {"media_ids": [analysed.media_id], "format": "edl"}
    answer = alice.post("/library/export", json=body)
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert len(zipfile.ZipFile(io.BytesIO(answer.data)).namelist()) == 1
    assert charlie.post("/library/export", json=body).status_code == 404
    assert alice.post("/library/export", json={**body, "media_ids": [shelf["Interview"]]}).status_code == 409


def test_a_snippet_shows_whole_words_around_what_was_found() -> None:
    text = " ".join(f"word{number}" for number in range(100))
    snippet = snippet_of(text, "word50")
    assert snippet.startswith("… word4")
    assert snippet.endswith(" …")
    assert " word50 " in snippet
    assert snippet_of("short text", "short") == "short text"
