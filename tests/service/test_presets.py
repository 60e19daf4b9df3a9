"""Named settings of a team: who makes them, and what analyses and exports take from them."""

import io
import threading
import zipfile
from typing import Any

import pytest

from clipflow.analysis.models import AnalysisResult
from clipflow.core import clock
from clipflow.core.db import connected
from clipflow.presets.models import Preset
from clipflow.presets.service import MOST_PRESETS
from tests.service.conftest import Analysed, Person, Service, open_link
from tests.service.test_links import make as make_link
from tests.service.test_teams import join, make_team

PODCAST = {"vad_aggressiveness": 2, "keep_pause_ms": 500}
LECTURE = {"min_silence_duration_ms": 1200, "language": "de"}
CUT = {"format": "edl", "media_folder": "/Volumes/Footage", "include": "keep"}


def make(person: Person, team_id: str, name: str = "Podcast", **more: Any) -> Any:
    body = {"team_id": team_id, "name": name, **more}
    if "export" not in more:
        body.setdefault("analysis", PODCAST)
    return person.post("/presets", json=body)


def preset_id(answer: Any) -> str:
    assert answer.status_code == 201, answer.text
    return str(answer.json["preset"]["id"])


def team_of(person: Person, project_id: str) -> str:
    return str(person.get(f"/projects/{project_id}").json["project"]["team_id"])


def names(person: Person, path: str = "/presets") -> list[str]:
    return [one["name"] for one in person.get(path).json["presets"]]


def options_of(service: Service, person: Person, media_id: str, **body: Any) -> dict[str, Any]:
    """The options that an analysis begins with."""
    answer = person.post(f"/media/{media_id}/analyze", json=body)
    assert answer.status_code == 202, answer.text
    service.run_jobs()
    with connected():
        options: dict[str, Any] = AnalysisResult.get_by_id(answer.json["analysis_id"]).options
    return options


def test_editors_make_presets_and_everybody_in_the_team_sees_them(alice: Person, bob: Person, charlie: Person) -> None:
    team_id = make_team(alice)
    join(team_id, charlie, "editor")
    made = make(charlie, team_id).json["preset"]
    assert (made["kind"], made["analysis"], made["export"], made["is_default"]) == ("analysis", PODCAST, None, False)
    assert names(alice) == names(charlie, f"/presets?team_id={team_id}") == ["Podcast"]
    assert names(bob) == []
    assert bob.get(f"/presets?team_id={team_id}").status_code == 404


def test_reviewers_and_strangers_change_nothing(alice: Person, bob: Person, charlie: Person) -> None:
    team_id = make_team(alice)
    join(team_id, charlie, "reviewer")
    made = preset_id(make(alice, team_id))
    assert make(charlie, team_id, "Mine").status_code == 403
    assert make(bob, team_id, "Mine").status_code == 404
    for person, status in ((charlie, 403), (bob, 404)):
        assert person.patch(f"/presets/{made}", json={"name": "Mine"}).status_code == status
        assert person.delete(f"/presets/{made}").status_code == status
    assert names(alice) == ["Podcast"]


def test_the_default_is_for_the_owners_to_say_and_there_is_one_of_a_kind(alice: Person, charlie: Person) -> None:
    team_id = make_team(alice)
    join(team_id, charlie, "editor")
    first = preset_id(make(alice, team_id, "Podcast", is_default=True))
    second = preset_id(make(alice, team_id, "Lecture", is_default=True))
    cut = preset_id(make(alice, team_id, "Premiere", export=CUT, is_default=True))
    by_id = {one["id"]: one["is_default"] for one in alice.get("/presets").json["presets"]}
    assert by_id == {first: False, second: True, cut: True}
    assert make(charlie, team_id, "Mine", is_default=True).status_code == 403
    assert charlie.patch(f"/presets/{first}", json={"is_default": True}).status_code == 403
    assert charlie.delete(f"/presets/{second}").status_code == 403
    assert alice.patch(f"/presets/{second}", json={"is_default": False}).json["preset"]["is_default"] is False


def test_two_who_say_the_default_at_the_same_moment_leave_one(service: Service, alice: Person) -> None:
    team_id = make_team(alice)
    ids = [preset_id(make(alice, team_id, f"Preset {number}")) for number in range(4)]
    answers: list[int] = []

    def choose(one: str) -> None:
        answers.append(alice.patch(f"/presets/{one}", json={"is_default": True}).status_code)

    threads = [threading.Thread(target=choose, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 4
    assert sum(one["is_default"] for one in alice.get("/presets").json["presets"]) == 1


def test_a_name_is_taken_once_in_a_team_and_a_kind_whatever_its_case(alice: Person) -> None:
    team_id = make_team(alice)
    first = preset_id(make(alice, team_id, "Podcast"))
    second = preset_id(make(alice, team_id, "Lecture"))
    assert make(alice, team_id, "PODCAST").json["error"]["code"] == "PRESET_EXISTS"
    assert alice.patch(f"/presets/{second}", json={"name": "podcast"}).json["error"]["code"] == "PRESET_EXISTS"
    assert alice.patch(f"/presets/{first}", json={"name": "podcast"}).status_code == 200
    assert make(alice, team_id, "Podcast", export=CUT).status_code == 201
    assert make(alice, make_team(alice), "Podcast").status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {"analysis": {"vad_aggressiveness": 9}},
        {"analysis": {"unknown": 1}},
        {"analysis": PODCAST, "export": CUT},
        {"analysis": None},
        {"export": {"media_folder": "/Volumes"}},
        {"export": {**CUT, "format": "unknown"}},
        {"export": {**CUT, "include": "all"}},
        {"export": {**CUT, "frame_rate": "banana"}},
        {"name": " "},
        {},
    ],
)
def test_it_refuses_settings_that_no_analysis_or_export_would_take(alice: Person, body: dict[str, Any]) -> None:
    team_id = make_team(alice)
    answer = alice.post("/presets", json={"team_id": team_id, "name": "Podcast", **body})
    assert answer.status_code == 400
    assert names(alice) == []


def test_the_settings_of_a_preset_are_replaced_by_those_of_its_kind(alice: Person) -> None:
    made = preset_id(make(alice, make_team(alice)))
    changed = alice.patch(f"/presets/{made}", json={"analysis": LECTURE}).json["preset"]
    assert changed["analysis"] == LECTURE
    assert alice.patch(f"/presets/{made}", json={"export": CUT}).status_code == 400


def test_a_team_has_a_hundred_of_a_kind(alice: Person) -> None:
    team_id = make_team(alice)
    with connected():
        now = clock.now()
        for number in range(MOST_PRESETS):
            Preset.create(
                team=team_id, kind="analysis", name=f"{number}", name_key=f"{number}", settings={}, created_at=now,
                updated_at=now,
            )  # fmt: skip
    assert make(alice, team_id).json["error"]["code"] == "CONFLICT"
    assert make(alice, team_id, export=CUT).status_code == 201


def test_an_analysis_takes_what_its_preset_says_over_the_projects_and_under_its_own(
    service: Service, alice: Person, analysed: Analysed
) -> None:
    team_id = team_of(alice, analysed.project_id)
    podcast = preset_id(make(alice, team_id, analysis={**PODCAST, "speech_pad_start_ms": 300}))
    settings = {"vad_aggressiveness": 1, "speech_pad_end_ms": 70}
    alice.patch(f"/projects/{analysed.project_id}", json={"settings": settings})
    options = options_of(service, alice, analysed.media_id, preset_id=podcast, keep_pause_ms=40)
    wanted = {"vad_aggressiveness": 2, "keep_pause_ms": 40, "speech_pad_start_ms": 300, "speech_pad_end_ms": 70}
    assert {name: options[name] for name in wanted} == wanted


def test_the_default_holds_where_neither_project_nor_request_say_otherwise(
    service: Service, alice: Person, analysed: Analysed
) -> None:
    team_id = team_of(alice, analysed.project_id)
    preset_id(make(alice, team_id, analysis={**PODCAST, **LECTURE}, is_default=True))
    alice.patch(f"/projects/{analysed.project_id}", json={"settings": {"vad_aggressiveness": 1}})
    options = options_of(service, alice, analysed.media_id, language="en")
    assert (options["vad_aggressiveness"], options["keep_pause_ms"], options["language"]) == (1, 500, "en")


def test_a_new_project_of_a_team_with_a_default_leaves_its_settings_to_that(alice: Person) -> None:
    alice.patch("/auth/me", json={"settings": {"analysis_options": {"keep_pause_ms": 40}}})
    team_id = make_team(alice)

    def settings_of_new_project() -> dict[str, Any]:
        made: dict[str, Any] = alice.post("/projects", json={"name": "Talk", "team_id": team_id}).json["project"]
        return made["settings"]  # type: ignore[no-any-return]

    assert settings_of_new_project() == {"keep_pause_ms": 40}
    preset_id(make(alice, team_id, is_default=True))
    assert settings_of_new_project() == {}


def test_a_preset_of_another_team_or_kind_or_one_that_is_gone_is_refused(
    alice: Person, charlie: Person, analysed: Analysed
) -> None:
    team_id = team_of(alice, analysed.project_id)
    gone = preset_id(make(alice, team_id))
    assert alice.delete(f"/presets/{gone}").status_code == 204
    others = (preset_id(make(alice, make_team(alice))), preset_id(make(charlie, make_team(charlie))))
    cut = preset_id(make(alice, team_id, export=CUT))
    for wrong in (gone, *others, cut):
        assert alice.post(f"/media/{analysed.media_id}/analyze", json={"preset_id": wrong}).status_code == 404


def test_whoever_a_project_is_shared_with_chooses_from_its_teams_presets(
    service: Service, alice: Person, charlie: Person, bob: Person, analysed: Analysed
) -> None:
    made = preset_id(make(alice, team_of(alice, analysed.project_id)))
    preset_id(make(alice, team_of(alice, analysed.project_id), "Premiere", export=CUT))
    share = {"email": "charlie@example.org", "role": "editor"}
    assert alice.post(f"/projects/{analysed.project_id}/shares", json=share).status_code == 201
    path = f"/projects/{analysed.project_id}/presets"
    assert names(charlie, path) == ["Podcast", "Premiere"]
    assert names(charlie, f"{path}?kind=export") == ["Premiere"]
    assert options_of(service, charlie, analysed.media_id, preset_id=made)["keep_pause_ms"] == 500
    assert charlie.patch(f"/presets/{made}", json={"name": "Mine"}).status_code == 404
    assert bob.get(path).status_code == 404


def test_an_export_takes_what_its_preset_says_and_what_is_asked_for_counts_more(
    alice: Person, analysed: Analysed
) -> None:
    cut = preset_id(make(alice, team_of(alice, analysed.project_id), export={**CUT, "format": "fcpxml"}))
    path = f"/analysis/{analysed.analysis_id}/export"
    text = alice.get(f"{path}?preset_id={cut}").text
    assert text == alice.get(f"{path}?format=fcpxml&media_folder=/Volumes/Footage&include=keep").text
    assert "/Volumes/Footage" in text
    assert "/srv/other" in alice.get(f"{path}?preset_id={cut}&media_folder=/srv/other").text
    report = alice.get(f"{path}/report?preset_id={cut}&format=edl").json["report"]
    assert report["format"] == "edl"
    assert alice.get(f"{path}/formats?preset_id={cut}").status_code == 200


def test_an_export_without_a_format_says_what_to_do(alice: Person, analysed: Analysed) -> None:
    answer = alice.get(f"/analysis/{analysed.analysis_id}/export")
    assert answer.status_code == 400
    assert answer.json["error"]["details"] == {"format": "Say which format is wanted, or name a preset of exports."}


def test_archives_of_a_project_and_of_the_library_take_presets(
    alice: Person, charlie: Person, analysed: Analysed
) -> None:
    cut = preset_id(make(alice, team_of(alice, analysed.project_id), export=CUT))
    body = {"media_ids": [analysed.media_id], "preset_id": cut}
    for path in (f"/projects/{analysed.project_id}/export", "/library/export"):
        archive = zipfile.ZipFile(io.BytesIO(alice.post(path, json=body).data))
        assert [name.rpartition(".")[2] for name in archive.namelist()] == ["edl"]
    assert charlie.post("/library/export", json=body).status_code == 404


def test_a_guest_of_a_link_sees_no_presets(service: Service, alice: Person, analysed: Analysed) -> None:
    preset_id(make(alice, team_of(alice, analysed.project_id), export=CUT))
    link = make_link(alice, analysed.project_id, permission="view")
    guest = open_link(service, link["url"])
    assert guest.call("GET", f"/projects/{analysed.project_id}/presets").status_code == 403
    assert guest.call("GET", "/presets").status_code == 403


def test_presets_go_with_their_team(service: Service, alice: Person) -> None:
    team_id = make_team(alice, "Desk")
    preset_id(make(alice, team_id))
    assert alice.delete(f"/teams/{team_id}", json={"confirm_name": "Desk"}).status_code == 202
    service.run_jobs()
    assert names(alice) == []
    with connected():
        assert Preset.select().count() == 0
