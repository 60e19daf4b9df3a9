"""Projects: listing, making, changing, deleting; a stranger sees nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from clipflow.core.db import connected, transaction
from clipflow.media.models import MediaFile
from clipflow.projects.models import Project
from tests.service.conftest import Analysed, Person, Service

NOWHERE = "00000000-0000-4000-8000-000000000000"


def test_it_makes_and_shows_a_project(alice: Person) -> None:
    made = alice.post("/projects", json={"name": " Interview 🎬 ", "description": "Two\nlines"})
    assert made.status_code == 201
    project = made.json["project"]
    assert (project["name"], project["description"], project["status"]) == ("Interview 🎬", "Two\nlines", "created")
    shown = alice.get(f"/projects/{project['id']}").json["project"]
    everything = ["view", "export", "comment", "decide", "edit", "manage"]
    assert shown == {**project, "media_files": [], "permissions": everything}


def test_the_recordings_of_a_project_come_in_pages(service: Service, alice: Person) -> None:
    project_id, stranger_id = alice.make_project(), alice.make_project()
    began = datetime(2026, 1, 1, tzinfo=UTC)
    with connected(), transaction():
        made = [
            MediaFile.create(
                project=stranger_id if number % 10 == 9 else project_id,
                original_filename=f"{number}.mp4", storage_key=f"media/aa/{uuid4()}.mp4", file_size=1,
                mime_type="video/mp4", media_info={}, created_at=began + timedelta(minutes=number), state="ready",
            )
            for number in range(60)
        ]  # fmt: skip
    pages = [alice.get(f"/projects/{project_id}?page={page}&limit=20").json for page in (1, 2, 3, 4)]
    assert [page["pagination"]["total"] for page in pages] == [54] * 4
    shown = [one["original_filename"] for page in pages for one in page["project"]["media_files"]]
    assert shown == [f"{number}.mp4" for number in reversed(range(60)) if number % 10 != 9]
    assert len(alice.get(f"/projects/{project_id}").json["project"]["media_files"]) == 20
    alone = alice.get(f"/projects/{project_id}?media_id={made[3].id}").json["project"]["media_files"]
    assert [one["original_filename"] for one in alone] == ["3.mp4"]
    assert alice.get(f"/projects/{project_id}?limit=101").status_code == 400


def test_it_refuses_half_a_character(alice: Person) -> None:
    answer = alice.post("/projects", json={"name": "\ud800"})
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "x" * 10_000, "a\0b", "a\x1bb", "a\x9fb", None, 7, ["a"]])
def test_it_refuses_a_bad_name(alice: Person, name: object) -> None:
    answer = alice.post("/projects", json={"name": name})
    assert answer.status_code == 400
    assert "name" in answer.json["error"]["details"]


@pytest.mark.parametrize(
    "name", ["مشروع", "\u200fRTL\u200f", "👩‍👩‍👧‍👦 family", "x" * 200, "'; DROP TABLE projects; --", "<script>"]
)
def test_it_keeps_any_other_name_as_it_is(alice: Person, name: str) -> None:
    assert alice.post("/projects", json={"name": name}).json["project"]["name"] == name


def test_it_changes_a_project(alice: Person) -> None:
    project_id = alice.make_project()
    answer = alice.patch(f"/projects/{project_id}", json={"name": "Other"})
    assert answer.json["project"]["name"] == "Other"
    assert alice.patch(f"/projects/{project_id}", json={"owner": "x"}).status_code == 400


def test_it_lists_pages_newest_first(alice: Person, charlie: Person) -> None:
    charlie.make_project("Not hers")
    names = [f"Project {number}" for number in range(5)]
    for name in names:
        alice.make_project(name)
    pages = [alice.get(f"/projects?page={page}&limit=2").json for page in (1, 2, 3, 4)]
    listed = [project["name"] for page in pages for project in page["projects"]]
    assert listed == names[::-1]
    assert [page["pagination"]["total"] for page in pages] == [5, 5, 5, 5]
    assert pages[0]["pagination"] == {"page": 1, "limit": 2, "total": 5, "pages": 3}


@pytest.mark.parametrize(
    "query", ["page=0", "limit=0", "limit=101", "page=x", "page=99999999999999999999", "status=odd"]
)
def test_it_refuses_a_bad_page(alice: Person, query: str) -> None:
    assert alice.get(f"/projects?{query}").status_code == 400


def test_it_filters_by_status(alice: Person, analysed: Analysed) -> None:
    alice.make_project("Empty")
    done = alice.get("/projects?status=completed").json["projects"]
    assert [project["id"] for project in done] == [analysed.project_id]
    assert [project["name"] for project in alice.get("/projects?status=created").json["projects"]] == ["Empty"]


def test_it_shows_recordings_with_their_analyses_but_no_segments(alice: Person, analysed: Analysed) -> None:
    project = alice.get(f"/projects/{analysed.project_id}").json["project"]
    [recording] = project["media_files"]
    [analysis] = recording["analysis_results"]
    assert (recording["id"], analysis["id"]) == (analysed.media_id, analysed.analysis_id)
    assert analysis["summary"]["duration_ms"] == 12_000
    assert "segments" not in analysis


@pytest.mark.parametrize("project_id", [NOWHERE, "1", "x" * 300, "..%2f..", NOWHERE.replace("-", "")])
def test_an_unknown_or_malformed_id_is_not_found(alice: Person, project_id: str) -> None:
    assert alice.get(f"/projects/{project_id}").status_code == 404


def test_deleting_removes_rows_and_files(service: Service, alice: Person, analysed: Analysed) -> None:
    assert len(service.stored_files()) == 2
    assert alice.delete(f"/projects/{analysed.project_id}").status_code == 200
    assert alice.get(f"/projects/{analysed.project_id}").status_code == 404
    assert alice.get(f"/media/{analysed.media_id}").status_code == 404
    assert alice.get(f"/analysis/{analysed.analysis_id}").status_code == 404
    assert alice.get("/projects").json["pagination"]["total"] == 0
    service.run_jobs()
    assert service.stored_files() == []
    with connected():
        assert (Project.select().count(), MediaFile.select().count()) == (0, 0)


def test_deleting_twice_is_not_found(alice: Person) -> None:
    project_id = alice.make_project()
    assert alice.delete(f"/projects/{project_id}").status_code == 200
    assert alice.delete(f"/projects/{project_id}").status_code == 404


def test_a_new_project_begins_with_the_persons_own_settings(alice: Person) -> None:
    alice.patch("/auth/me", json={"settings": {"analysis_options": {"keep_pause_ms": 80}}})
    project = alice.post("/projects", json={"name": "Talk"}).json["project"]
    assert project["settings"] == {"keep_pause_ms": 80}
    other = alice.post("/projects", json={"name": "Talk", "settings": {}}).json["project"]
    assert other["settings"] == {}


def test_an_analysis_begins_with_the_projects_settings(service: Service, alice: Person, clip: Path) -> None:
    project_id = alice.make_project()
    settings = {"keep_pause_ms": 80, "vad_aggressiveness": 1}
    assert alice.patch(f"/projects/{project_id}", json={"settings": settings}).json["project"]["settings"] == settings
    media_id = alice.upload(project_id, clip).json["media_file"]["id"]
    analysis_id = alice.post(f"/media/{media_id}/analyze", json={"vad_aggressiveness": 2}).json["analysis_id"]
    options = alice.get(f"/analysis/{analysis_id}").json["analysis_result"]["options"]
    assert (options["keep_pause_ms"], options["vad_aggressiveness"]) == (80, 2)


def test_it_refuses_settings_out_of_range(alice: Person) -> None:
    project_id = alice.make_project()
    answer = alice.patch(f"/projects/{project_id}", json={"settings": {"keep_pause_ms": -1}})
    assert answer.status_code == 400
    assert "settings.keep_pause_ms" in answer.json["error"]["details"]


def test_the_sample_is_a_recording_like_any_other(alice: Person) -> None:
    project_id = alice.make_project()
    answer = alice.post(f"/projects/{project_id}/sample")
    assert answer.status_code == 201
    assert answer.json["media_file"]["original_filename"] == "Sample talk.mp4"
    assert alice.post(f"/media/{answer.json['media_file']['id']}/analyze", json={}).status_code == 202
