"""Many recordings at once: titles, moves to other projects, what a list of projects says, cuts in one archive."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import Analysed, Person, Service


@pytest.fixture
def second(service: Service, alice: Person, analysed: Analysed, clip: Path) -> str:
    """Another recording of the same file in the same project, analysed too."""
    media_id: str = alice.upload(analysed.project_id, clip, "talk.mp4").json["media_file"]["id"]
    alice.post(f"/media/{media_id}/analyze")
    service.run_jobs()
    return media_id


def export(person: Person, project_id: str, *media_ids: str, **wanted: Any) -> Any:
    return person.post(f"/projects/{project_id}/export", json={"media_ids": media_ids, "format": "edl", **wanted})


def test_a_recording_is_called_after_its_file_until_it_gets_a_title(alice: Person, clip: Path) -> None:
    project_id = alice.make_project()
    media = alice.upload(project_id, clip, "Day 1.take 2.mp4").json["media_file"]
    assert media["title"] == "Day 1.take 2"
    renamed = alice.patch(f"/media/{media['id']}", json={"title": "  The opening "}).json["media_file"]
    assert (renamed["title"], renamed["original_filename"]) == ("The opening", "Day 1.take 2.mp4")


@pytest.mark.parametrize("title", ["", "   ", "x" * 256, 7, None])
def test_a_title_that_is_none_is_refused(title: Any, alice: Person, analysed: Analysed) -> None:
    assert alice.patch(f"/media/{analysed.media_id}", json={"title": title}).status_code == 400


def test_a_recording_moves_with_its_analyses(alice: Person, analysed: Analysed) -> None:
    other = alice.make_project("Other")
    assert alice.call("PUT", f"/media/{analysed.media_id}/project", json={"project_id": other}).status_code == 200
    assert alice.get(f"/projects/{analysed.project_id}").json["project"]["media_files"] == []
    [moved] = alice.get(f"/projects/{other}").json["project"]["media_files"]
    assert [one["id"] for one in moved["analysis_results"]] == [analysed.analysis_id]
    assert alice.get(f"/projects/{other}").json["project"]["status"] == "completed"
    assert alice.get(f"/projects/{analysed.project_id}").json["project"]["status"] == "created"


def test_deleting_the_old_project_takes_a_moved_recording_along_no_more(
    service: Service, alice: Person, analysed: Analysed
) -> None:
    other = alice.make_project("Other")
    alice.call("PUT", f"/media/{analysed.media_id}/project", json={"project_id": other})
    alice.delete(f"/projects/{analysed.project_id}")
    service.run_jobs()
    assert alice.get(f"/analysis/{analysed.analysis_id}").status_code == 200


def test_nothing_moves_into_a_project_of_somebody_else(alice: Person, charlie: Person, analysed: Analysed) -> None:
    theirs = charlie.make_project()
    path = f"/media/{analysed.media_id}/project"
    assert alice.call("PUT", path, json={"project_id": theirs}).status_code == 404
    assert charlie.call("PUT", path, json={"project_id": theirs}).status_code == 404
    assert alice.get(f"/media/{analysed.media_id}").json["media_file"]["project_id"] == analysed.project_id


def test_a_list_of_projects_says_what_they_hold(alice: Person, analysed: Analysed, second: str) -> None:
    alice.make_project("Empty")
    empty, full = alice.get("/projects").json["projects"]
    assert (empty["recording_count"], empty["duration_seconds"], empty["newest_recording"]) == (0, 0.0, None)
    assert (full["recording_count"], full["duration_seconds"]) == (2, pytest.approx(24, abs=0.1))
    assert full["newest_recording"]["id"] == second


def test_deleted_recordings_are_not_counted(alice: Person, analysed: Analysed, second: str) -> None:
    alice.delete(f"/media/{second}")
    [project] = alice.get("/projects").json["projects"]
    assert (project["recording_count"], project["newest_recording"]["id"]) == (1, analysed.media_id)


def test_cuts_of_several_recordings_come_in_one_archive(alice: Person, analysed: Analysed, second: str) -> None:
    answer = export(alice, analysed.project_id, analysed.media_id, second)
    assert answer.status_code == 200
    single = alice.get(f"/analysis/{analysed.analysis_id}/export?format=edl").data
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert len(archive.namelist()) == 2
        assert archive.testzip() is None
        assert archive.read(archive.namelist()[0]) == single


def test_recordings_of_one_name_stay_apart_in_an_archive(
    service: Service, alice: Person, second: str, analysed: Analysed, clip: Path
) -> None:
    third: str = alice.upload(analysed.project_id, clip, "Talk.mp4").json["media_file"]["id"]
    alice.post(f"/media/{third}/analyze")
    service.run_jobs()
    answer = export(alice, analysed.project_id, second, third)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        names = [name.lower() for name in archive.namelist()]
    assert len(set(names)) == 2


def test_one_that_is_not_analysed_is_named(alice: Person, analysed: Analysed, clip: Path) -> None:
    new: str = alice.upload(analysed.project_id, clip, "not yet.mp4").json["media_file"]["id"]
    answer = export(alice, analysed.project_id, analysed.media_id, new)
    assert answer.status_code == 409
    assert "not yet" in answer.json["error"]["message"]


def test_a_format_that_is_none_is_refused(alice: Person, analysed: Analysed) -> None:
    assert export(alice, analysed.project_id, analysed.media_id, format="vhs").status_code == 400


def test_one_of_another_project_is_not_found(alice: Person, analysed: Analysed) -> None:
    assert export(alice, alice.make_project("Other"), analysed.media_id).status_code == 404
