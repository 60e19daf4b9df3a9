"""Cut lists over the API."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from clipflow.engine import FORMATS
from tests.conftest import MakeMedia
from tests.service.conftest import Analysed, Person, Service

# What is said has tests of its own, in test_transcripts.py.
CUT_LISTS = [name for name, form in FORMATS.items() if not form.needs_words and not form.needs_cues]


def export(person: Person, analysed: Analysed, query: str):  # type: ignore[no-untyped-def]
    return person.get(f"/analysis/{analysed.analysis_id}/export?{query}")


def decide(person: Person, analysed: Analysed, **change: object) -> None:
    path = f"/analysis/{analysed.analysis_id}/segments"
    body = {"version": person.get(path).json["version"], "changes": [change]}
    assert person.patch(path, json=body).status_code == 200


def kept_frames(person: Person, analysed: Analysed, query: str = "") -> int:
    return int(json.loads(export(person, analysed, f"format=json&{query}").data)["frames"])


@pytest.mark.parametrize("name", CUT_LISTS)
def test_it_downloads_each_format_under_a_proper_name(alice: Person, analysed: Analysed, name: str) -> None:
    answer = export(alice, analysed, f"format={name}")
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == FORMATS[name].mime_type
    assert answer.headers["Content-Disposition"] == f"attachment; filename=talk-cut.{FORMATS[name].extension}"
    assert int(answer.headers["Content-Length"]) == len(answer.data) > 50
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_recording_is_where_the_editors_machine_finds_it(alice: Person, analysed: Analysed) -> None:
    answer = export(alice, analysed, f"format=fcpxml&media_folder={quote('/Volumes/My Footage')}")
    assert b'src="file:///Volumes/My%20Footage/talk.mp4"' in answer.data
    assert b'src="talk.mp4"' in export(alice, analysed, "format=fcpxml").data


def test_a_persons_decisions_are_in_the_cut(alice: Person, analysed: Analysed) -> None:
    before = kept_frames(alice, analysed)
    duration_ms = alice.get(f"/analysis/{analysed.analysis_id}").json["analysis_result"]["summary"]["duration_ms"]
    decide(alice, analysed, start_ms=0, end_ms=duration_ms, action="keep", note="=all & <everything>")
    assert kept_frames(alice, analysed) > before
    assert export(alice, analysed, "format=csv").text.endswith(",'=all & <everything>\n")


@pytest.mark.parametrize("include", ["keep+suggested", "keep%2Bsuggested", "keep%20suggested"])
def test_suggestions_stay_unless_they_are_left_out(alice: Person, analysed: Analysed, include: str) -> None:
    decide(alice, analysed, start_ms=0, end_ms=1000, action="suggest_remove")
    assert kept_frames(alice, analysed, "include=keep") < kept_frames(alice, analysed, f"include={include}")
    assert kept_frames(alice, analysed, f"include={include}") == kept_frames(alice, analysed)


def test_it_says_which_formats_suit(alice: Person, analysed: Analysed) -> None:
    formats = alice.get(f"/analysis/{analysed.analysis_id}/export/formats").json["formats"]
    assert [one["name"] for one in formats] == list(FORMATS)
    for one in formats:
        if one["name"] not in CUT_LISTS:
            assert not one["is_suited"]
            assert "import" in one["reason"]
            continue
        assert (one["is_suited"], one["reason"]) == (True, None)


@pytest.mark.parametrize("name", sorted(CUT_LISTS))
def test_it_says_how_the_cut_comes_out_in_a_format(alice: Person, analysed: Analysed, name: str) -> None:
    report = alice.get(f"/analysis/{analysed.analysis_id}/export/report?format={name}").json["report"]
    assert report["largest_error_frames"] <= 0.5
    assert (report["frame_rate"], report["is_drop_frame"]) == ("25/1", False)
    assert report["kept_ms"] + report["removed_ms"] > 0


def test_a_script_says_with_which_command_it_is_used(alice: Person, analysed: Analysed) -> None:
    report = alice.get(f"/analysis/{analysed.analysis_id}/export/report?format=ffmpeg").json["report"]
    assert report["command"].startswith("ffmpeg -i 'talk.mp4' ")


def test_a_format_that_does_not_suit_has_no_report(alice: Person, analysed: Analysed) -> None:
    answer = alice.get(f"/analysis/{analysed.analysis_id}/export/report?format=srt")
    assert answer.status_code == 400
    assert "import a transcript first" in answer.json["error"]["message"]


def test_it_says_why_a_format_does_not_suit(service: Service, alice: Person, make_media: MakeMedia, clip: Path) -> None:
    sound = make_media("sound.wav", "-i", clip, "-vn", "-ac", "1", "-ar", "16000")
    media_id = alice.upload(alice.make_project(), sound, "sound.wav").json["media_file"]["id"]
    analysis_id = alice.post(f"/media/{media_id}/analyze", json={}).json["analysis_id"]
    service.run_jobs()
    formats = {one["name"]: one for one in alice.get(f"/analysis/{analysis_id}/export/formats").json["formats"]}
    assert not formats["srt"]["is_suited"]
    assert "import a transcript first" in formats["srt"]["reason"]
    answer = alice.get(f"/analysis/{analysis_id}/export?format=srt")
    assert (answer.status_code, answer.json["error"]["message"]) == (400, formats["srt"]["reason"])
    rate = alice.get(f"/analysis/{analysis_id}/export?format=json&frame_rate=29.97").json["source"]["frame_rate"]
    assert rate == "30000/1001"


def test_an_unknown_format_is_refused_with_the_known_ones(alice: Person, analysed: Analysed) -> None:
    answer = export(alice, analysed, "format=aaf")
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json["error"]["message"].endswith(f"choose one of {', '.join(FORMATS)}.")


@pytest.mark.parametrize(
    "query", ["", "format=", "format=edl&include=all", "format=edl&frame_rate=17", "format=edl&media_folder=%00"]
)
def test_it_refuses_a_bad_query(alice: Person, analysed: Analysed, query: str) -> None:
    assert export(alice, analysed, query).status_code == 400


def test_an_analysis_that_is_not_finished_has_no_cut(alice: Person, uploaded: tuple[str, str]) -> None:
    analysis_id = alice.post(f"/media/{uploaded[1]}/analyze", json={}).json["analysis_id"]
    for path in ("export?format=edl", "export/report?format=edl", "export/formats"):
        answer = alice.get(f"/analysis/{analysis_id}/{path}")
        assert (answer.status_code, answer.json["error"]["code"]) == (409, "CONFLICT")


def test_a_stranger_gets_no_cut(charlie: Person, analysed: Analysed) -> None:
    for path in ("export?format=edl", "export/report?format=edl", "export/formats"):
        assert charlie.get(f"/analysis/{analysed.analysis_id}/{path}").status_code == 404


def test_an_odd_name_comes_through(service: Service, alice: Person, clip: Path) -> None:
    name = "Größe & b 日本 😀.mp4"
    media_id = alice.upload(alice.make_project(), clip, name).json["media_file"]["id"]
    analysis_id = alice.post(f"/media/{media_id}/analyze", json={}).json["analysis_id"]
    service.run_jobs()
    answer = alice.get(f"/analysis/{analysis_id}/export?format=fcpxml")
    assert "filename*=UTF-8''Gr%C3%B6%C3%9Fe" in answer.headers["Content-Disposition"]
    assert "&amp;" in answer.text
