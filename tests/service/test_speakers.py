"""Who speaks, and what an import says of itself: names, filters, encodings, offsets, captions as they were."""

import io

import pytest

from tests.conftest import SAMPLE, MakeMedia
from tests.service.conftest import Person, Service
from tests.service.test_transcripts import result, send_transcript, words

VOICES = """WEBVTT

00:01.500 --> 00:05.310
<v Anna>Good <i>morning</i> and welcome
to a little recording.

00:07.310 --> 00:10.640
<v Ben>A second voice joins in.

00:14.600 --> 00:16.400
<v Anna>Even a pause as brief as this
"""


@pytest.fixture
def talk(service: Service, alice: Person, make_media: MakeMedia) -> tuple[str, str]:
    """The sound of the sample and its analysis."""
    sound = make_media("talk.m4a", "-i", SAMPLE, "-vn", "-c:a", "copy")
    media_id = str(alice.upload(alice.make_project(), sound, "talk.m4a").json["media_file"]["id"])
    started = alice.post(f"/media/{media_id}/analyze", json={})
    service.run_jobs()
    return media_id, str(started.json["analysis_id"])


@pytest.fixture
def spoken(alice: Person, talk: tuple[str, str]) -> tuple[str, str]:
    """A recording and its analysis, with a transcript in which two people speak."""
    assert send_transcript(alice, talk[0], VOICES.encode()).status_code == 200
    return talk


def rename(person: Person, analysis_id: str, version: int, speaker: str, name: str) -> tuple[int, str]:
    path = f"/analysis/{analysis_id}/transcript/speakers"
    answer = person.patch(path, json={"version": version, "changes": [{"speaker": speaker, "name": name}]})
    return answer.status_code, answer.text


def speakers(person: Person, analysis_id: str) -> list[str | None]:
    return list(dict.fromkeys(one.get("speaker") for one in words(person, analysis_id)))


def test_words_know_who_says_them(alice: Person, spoken: tuple[str, str]) -> None:
    found = words(alice, spoken[1])
    assert [found[0]["speaker"], found[0]["text"]] == ["Anna", "Good"]
    assert speakers(alice, spoken[1]) == ["Anna", "Ben"]


def test_one_speaker_can_be_asked_for(alice: Person, spoken: tuple[str, str]) -> None:
    found = words(alice, spoken[1], "?speaker=Ben")
    assert " ".join(one["text"] for one in found) == "A second voice joins in."
    search = alice.get(f"/analysis/{spoken[1]}/transcript/search?text=a&speaker=Ben").json["matches"]
    assert [one["count"] for one in search] == [1]


def test_a_speaker_is_renamed_in_the_whole_transcript(alice: Person, spoken: tuple[str, str]) -> None:
    before = result(alice, spoken[1])
    assert rename(alice, spoken[1], before["version"], "Anna", "Anna Berg")[0] == 200
    after = result(alice, spoken[1])
    assert speakers(alice, spoken[1]) == ["Anna Berg", "Ben"]
    assert (after["segments"], after["version"]) == (before["segments"], before["version"] + 1)


def test_the_name_of_another_makes_the_two_one_and_an_empty_name_none(alice: Person, spoken: tuple[str, str]) -> None:
    version = result(alice, spoken[1])["version"]
    assert rename(alice, spoken[1], version, "Ben", "Anna")[0] == 200
    assert speakers(alice, spoken[1]) == ["Anna"]
    assert rename(alice, spoken[1], version + 1, "Anna", "")[0] == 200
    assert speakers(alice, spoken[1]) == [None]


def test_a_renaming_of_an_older_version_or_of_nobody_is_refused(alice: Person, spoken: tuple[str, str]) -> None:
    version = result(alice, spoken[1])["version"]
    assert rename(alice, spoken[1], version - 1, "Anna", "Berta")[0] == 409
    status, text = rename(alice, spoken[1], version, "Zoe", "Berta")
    assert (status, "Nobody called 'Zoe' speaks" in text) == (400, True)
    assert speakers(alice, spoken[1]) == ["Anna", "Ben"]


def test_a_name_is_text_and_nothing_else(alice: Person, spoken: tuple[str, str]) -> None:
    version = result(alice, spoken[1])["version"]
    assert rename(alice, spoken[1], version, "Anna", "<b>Anna</b> \u202egreB")[0] == 200
    assert "\u202e" not in str(speakers(alice, spoken[1])[0])
    assert rename(alice, spoken[1], version + 1, "Ben", "x" * 61)[0] == 400


def test_the_text_of_the_cut_names_who_speaks(alice: Person, spoken: tuple[str, str]) -> None:
    text = alice.get(f"/analysis/{spoken[1]}/export?format=txt-source").text
    assert "Anna" in text
    assert text.index("Anna") < text.index("Good") < text.index("Ben") < text.index("second")


def test_captions_are_exported_as_they_were_imported(alice: Person, spoken: tuple[str, str]) -> None:
    text = alice.get(f"/analysis/{spoken[1]}/export?format=srt-captions").text
    assert "Good <i>morning</i> and welcome\nto a little recording." in text
    assert text.startswith("1\n00:00:00,1")


def test_an_import_says_what_it_has_recognised(alice: Person, talk: tuple[str, str]) -> None:
    media_id, analysis_id = talk
    russian = "1\n01:00:01,500 --> 01:00:05,310\nДоброе утро и добро пожаловать, друзья\n\n" * 3
    answer = send_transcript(alice, media_id, russian.encode("cp1251"))
    assert answer.json == {
        "analysis_id": analysis_id, "status": "completed", "format": "srt", "encoding": "cp1251", "language": None,
        "offset_ms": -3_600_000,
    }  # fmt: skip
    assert words(alice, analysis_id)[0]["text"] == "Доброе"


def test_a_person_may_say_encoding_and_offset(alice: Person, talk: tuple[str, str]) -> None:
    media_id, analysis_id = talk
    late = "1\n00:00:11,500 --> 00:00:15,310\nBuen día, señor, y bienvenidos\n".encode("cp850")
    answer = send_transcript(alice, media_id, late, encoding="cp850", offset_ms="-10000")
    assert (answer.status_code, answer.json["encoding"], answer.json["offset_ms"]) == (200, "cp850", -10_000)
    first, second = words(alice, analysis_id)[:2]
    assert (second["text"], first["start_ms"]) == ("día,", pytest.approx(1_500, abs=300))


@pytest.mark.parametrize(
    ("field", "value"),
    [("encoding", "klingon"), ("encoding", "x" * 500), ("offset_ms", "soon"), ("offset_ms", "9" * 30)],
)
def test_a_wrong_field_is_refused_with_its_name(alice: Person, talk: tuple[str, str], field: str, value: str) -> None:
    media_id, analysis_id = talk
    answer = send_transcript(alice, media_id, VOICES.encode(), **{field: value})
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert alice.get(f"/analysis/{analysis_id}/transcript").status_code == 404


def test_a_transcript_of_another_recording_is_refused_with_the_difference(alice: Person, talk: tuple[str, str]) -> None:
    media_id, analysis_id = talk
    cues = "".join(
        f"{number}\n00:10:{start:02},000 --> 00:10:{start + 2:02},500\nSomething that is said here\n\n"
        for number, start in enumerate((2, 8, 15, 23, 34, 42, 47, 53), 1)
    )
    answer = send_transcript(alice, media_id, cues.encode())
    assert answer.status_code == 400
    assert "offset" in answer.json["error"]["message"]
    assert alice.get(f"/analysis/{analysis_id}/transcript").status_code == 404


def test_a_result_says_how_loud_the_room_is_and_why_segments_are_so(alice: Person, talk: tuple[str, str]) -> None:
    _, analysis_id = talk
    found = result(alice, analysis_id)
    assert found["room_level_db"] == pytest.approx(-70, abs=4)
    codes = {one["reason_code"] for one in found["segments"]}
    assert {"speech", "silence", "music_like", "loud_event"} <= codes


@pytest.mark.parametrize("channel", ["mix", "auto", "0"])
def test_the_channel_is_an_option(service: Service, alice: Person, talk: tuple[str, str], channel: str) -> None:
    media_id, _ = talk
    started = alice.post(f"/media/{media_id}/analyze", json={"audio_channel": channel})
    assert started.status_code == 202
    service.run_jobs()
    assert result(alice, started.json["analysis_id"])["options"]["audio_channel"] == channel


@pytest.mark.parametrize("body", [{"audio_channel": "left"}, {"audio_channel": "64"}, {"above_room_db": 61}])
def test_a_channel_or_a_distance_that_cannot_be_is_refused(
    alice: Person, talk: tuple[str, str], body: dict[str, object]
) -> None:
    media_id, _ = talk
    assert alice.post(f"/media/{media_id}/analyze", json=body).status_code == 400


def test_an_import_without_a_file_is_refused(alice: Person, talk: tuple[str, str]) -> None:
    media_id, _ = talk
    answer = alice.post(f"/media/{media_id}/transcript", data={"other": (io.BytesIO(b"x"), "a.srt")})
    assert answer.status_code == 400
