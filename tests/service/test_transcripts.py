"""Transcripts: by a service or imported, with their words, fillers, corrections, and what they cost."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pysubs2
import pytest
from werkzeug.test import TestResponse

from clipflow.core.db import connected, database
from clipflow.jobs.models import Job
from scripts.fake_openai import FakeOpenAI, phrases, shaped
from tests.conftest import SAMPLE, MakeMedia
from tests.service.conftest import (
    DATABASE_URL,
    QUEUE_URL,
    Person,
    Servers,
    Service,
    build_service,
    empty,
    environment_of,
)
from tests.transcription.conftest import SHORT_PAUSE_S

SPOKEN = " ".join(one.text for one in phrases()[1])
LENGTH_S, SAID = phrases()
VERBOSE_JSON = json.dumps(shaped(SAID, "", LENGTH_S)).encode()


def srt_of_sample() -> bytes:
    file = pysubs2.SSAFile()
    file.events = [
        pysubs2.SSAEvent(start=round(one.start_s * 1000), end=round(one.end_s * 1000), text=one.text) for one in SAID
    ]
    return file.to_string("srt").encode()


@pytest.fixture
def backend() -> str:
    """PostgreSQL and Redis where they are; the pages and the processes test transcripts on SQLite."""
    return "servers" if DATABASE_URL and QUEUE_URL else "embedded"


@pytest.fixture(scope="session")
def fake_service() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as running:
        yield running


@pytest.fixture
def fake(fake_service: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> FakeOpenAI:
    """The stand-in, with an empty log and no faults, spoken to by a client that does not wait long."""
    monkeypatch.setattr("clipflow.transcription.sending._FIRST_PAUSE_S", SHORT_PAUSE_S)
    fake_service.book.orders.clear()
    fake_service.book.log.clear()
    fake_service.book.key, fake_service.book.delay_s = None, 0.0
    return fake_service


@pytest.fixture
def ai(
    backend: str,
    built_services: dict[str, Service],
    fake: FakeOpenAI,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Service]:
    """An empty service that may transcribe."""
    name = f"{backend} with AI"
    if name not in built_services:
        given: Servers | None = request.getfixturevalue("servers") if backend == "servers" else None
        values = {
            **environment_of(backend, tmp_path_factory.mktemp("ai"), given),
            "AI_FEATURES_ENABLED": "true",
            "WHISPER_API_ENABLED": "true",
            "OPENAI_API_KEY": "a-key",
            "OPENAI_BASE_URL": fake.base_url,
        }
        built_services[name] = build_service(values)
    built = built_services[name]
    database.initialize(built.database)
    empty(built)
    yield built
    assert database.is_closed(), "a connection was left open"


@pytest.fixture(autouse=True, scope="session")
def sound(make_media: MakeMedia) -> None:
    """The sound of the sample, made once."""
    SOUND.append(make_media("talk.m4a", "-i", SAMPLE, "-vn", "-c:a", "copy"))


SOUND: list[Path] = []


def uploaded_sample(person: Person) -> str:
    return str(person.upload(person.make_project(), SOUND[0], "talk.m4a").json["media_file"]["id"])


def transcribed(ai: Service, person: Person, **options: Any) -> str:
    """An analysis of the sample with a transcript of the service."""
    media_id = uploaded_sample(person)
    started = person.post(f"/media/{media_id}/analyze", json={"processing_mode": "whisper", **options})
    assert started.status_code == 202, started.text
    ai.run_jobs()
    return str(started.json["analysis_id"])


def analysed_sample(service: Service, person: Person) -> tuple[str, str]:
    media_id = uploaded_sample(person)
    started = person.post(f"/media/{media_id}/analyze", json={})
    service.run_jobs()
    return media_id, str(started.json["analysis_id"])


def send_transcript(person: Person, media_id: str, content: bytes, **fields: str) -> TestResponse:
    return person.post(f"/media/{media_id}/transcript", data={"file": (io.BytesIO(content), "talk.srt"), **fields})


def result(person: Person, analysis_id: str, query: str = "") -> dict[str, Any]:
    answer = person.get(f"/analysis/{analysis_id}{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json["analysis_result"])


def words(person: Person, analysis_id: str, query: str = "") -> list[dict[str, Any]]:
    answer = person.get(f"/analysis/{analysis_id}/transcript{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.json["words"])


def fillers(found: dict[str, Any]) -> list[tuple[int, int, str, str | None]]:
    return [
        (one["start_ms"], one["end_ms"], one["action"], one.get("filler_word"))
        for one in found["segments"]
        if one["type"] == "filler"
    ]


def test_a_transcribed_analysis_has_text_words_and_fillers(ai: Service) -> None:
    alice = ai.person("Alice")
    analysis_id = transcribed(ai, alice)
    found = result(alice, analysis_id)
    assert found["status"] == "completed"
    assert found["transcription"] == SPOKEN
    speech = [one["text"] for one in found["segments"] if one["type"] == "speech"]
    assert " ".join(speech) == SPOKEN
    assert fillers(found) == [(20_610, 21_400, "suggest_remove", None)]
    assert found["filler_words_detected"] == [{"word": None, "count": 1, "total_ms": 610}]
    assert words(alice, analysis_id)[0] == {
        "index": 0, "start_ms": pytest.approx(1500, abs=30), "end_ms": pytest.approx(1750, abs=30), "text": "Good",
        "timing": "exact",
    }  # fmt: skip


def test_auto_transcribes_where_that_is_the_default(ai: Service, fake: FakeOpenAI) -> None:
    alice = ai.person("Alice")
    media_id = uploaded_sample(alice)
    started = alice.post(f"/media/{media_id}/analyze", json={"processing_mode": "auto"})
    ai.run_jobs()
    assert result(alice, started.json["analysis_id"])["processing_mode"] == "vad"
    assert fake.outcomes() == []


def test_switched_off_it_says_so(service: Service, alice: Person) -> None:
    media_id = uploaded_sample(alice)
    for answer in (
        alice.post(f"/media/{media_id}/analyze", json={"processing_mode": "whisper"}),
        alice.get(f"/media/{media_id}/transcript/estimate"),
    ):
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "AI_FEATURES_DISABLED")
        assert "import a transcript" in answer.json["error"]["message"]


def test_the_features_say_what_is_there(ai: Service) -> None:
    features = ai.anonymous().get("/api/v1/config/features").json
    assert (features["whisper_available"], features["filler_detection_available"]) == (True, True)


def test_the_price_is_said_before_and_is_nothing_for_what_was_paid(ai: Service) -> None:
    alice = ai.person("Alice")
    media_id = uploaded_sample(alice)
    before = alice.get(f"/media/{media_id}/transcript/estimate").json
    assert before == {
        "minutes": 1.0, "minutes_transcribed": 0.0, "price": 0.01, "currency": "USD", "price_per_minute": 0.006,
        "service": "127.0.0.1", "model": "whisper-1",
    }  # fmt: skip
    alice.post(f"/media/{media_id}/analyze", json={"processing_mode": "whisper"})
    ai.run_jobs()
    after = alice.get(f"/media/{media_id}/transcript/estimate").json
    assert (after["minutes"], after["minutes_transcribed"], after["price"]) == (0.0, 1.0, 0.0)
    other = alice.get(f"/media/{media_id}/transcript/estimate?language=de").json
    assert other["minutes"] == 1.0


def test_a_second_analysis_does_not_pay_again(ai: Service, fake: FakeOpenAI) -> None:
    alice = ai.person("Alice")
    media_id = uploaded_sample(alice)
    for _ in range(2):
        started = alice.post(f"/media/{media_id}/analyze", json={"processing_mode": "whisper"})
        ai.run_jobs()
        assert result(alice, started.json["analysis_id"])["transcription"] == SPOKEN
    assert fake.outcomes() == ["paid"]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [("no-budget", "budget"), ("refused-model", "knows no model"), ("bad-request", "refused the sound")],
)
def test_a_refusal_ends_the_analysis_with_its_sentence(
    ai: Service, fake: FakeOpenAI, fault: str, sentence: str
) -> None:
    alice = ai.person("Alice")
    fake.order(fault)
    analysis_id = transcribed(ai, alice)
    status = alice.get(f"/analysis/{analysis_id}/status").json
    assert status["status"] == "failed"
    assert sentence in status["error_message"]
    found = result(alice, analysis_id)
    assert (found["error_code"], fake.outcomes()) == ("EXTERNAL_API_ERROR", [fault])
    answer = alice.get(f"/analysis/{analysis_id}/segments")
    assert (answer.status_code, answer.json["error"]["code"]) == (502, "EXTERNAL_API_ERROR")


def test_what_may_pass_goes_back_to_the_queue(ai: Service, fake: FakeOpenAI) -> None:
    alice = ai.person("Alice")
    fake.order("500", times=5)
    analysis_id = transcribed(ai, alice)
    assert alice.get(f"/analysis/{analysis_id}/status").json["status"] == "processing"
    with connected():
        job = Job.get(Job.kind == "transcribe_media")
        assert (job.status, job.attempts) == ("queued", 1)
        Job.update(due_at=job.created_at).execute()
    ai.run_jobs()
    assert alice.get(f"/analysis/{analysis_id}/status").json["status"] == "completed"
    assert fake.outcomes() == ["500"] * 5 + ["paid"]


def test_a_transcription_waits_in_a_lane_of_its_own(ai: Service) -> None:
    alice = ai.person("Alice")
    alice.post(f"/media/{uploaded_sample(alice)}/analyze", json={"processing_mode": "whisper"})
    assert [ai.resources.queue.is_quiet(lane) for lane in ("heavy", "remote")] == [True, False]
    ai.run_jobs()


@pytest.mark.parametrize(
    ("content", "form", "timing"),
    [(srt_of_sample(), "srt", "estimated"), (VERBOSE_JSON, "verbose_json", "exact")],
    ids=["srt", "json"],
)
def test_an_imported_transcript_gives_the_same_fillers_and_keeps_decisions(
    service: Service, alice: Person, content: bytes, form: str, timing: str
) -> None:
    media_id, analysis_id = analysed_sample(service, alice)
    decided = {"start_ms": 5_440, "end_ms": 7_190, "action": "keep"}
    assert (
        alice.patch(f"/analysis/{analysis_id}/segments", json={"version": 1, "changes": [decided]}).status_code == 200
    )
    answer = send_transcript(alice, media_id, content)
    assert answer.status_code == 200
    assert (answer.json["analysis_id"], answer.json["status"], answer.json["format"]) == (
        analysis_id,
        "completed",
        form,
    )
    found = result(alice, analysis_id)
    assert found["transcription"] == SPOKEN
    assert fillers(found) == [(20_610, 21_400, "suggest_remove", None)]
    assert [one["action"] for one in found["segments"] if one["decided_by"] == "user"] == ["keep"]
    assert found["version"] == 3
    assert words(alice, analysis_id)[0]["timing"] == timing


def test_an_import_before_any_analysis_begins_one(service: Service, alice: Person) -> None:
    media_id = uploaded_sample(alice)
    answer = send_transcript(alice, media_id, srt_of_sample())
    assert (answer.status_code, answer.json["status"]) == (202, "processing")
    assert send_transcript(alice, media_id, srt_of_sample()).status_code == 409
    service.run_jobs()
    found = result(alice, answer.json["analysis_id"])
    assert found["transcription"] == SPOKEN
    assert len(fillers(found)) == 1


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [
        (b"", 400, "is empty"),
        (b"\x00\xff\x00binary", 400, "in no format that is known"),
        (b'{"segments": "x"}', 400, "No text with times"),
    ],
)
def test_what_is_no_transcript_is_refused_and_changes_nothing(
    service: Service, alice: Person, content: bytes, status: int, sentence: str
) -> None:
    media_id, analysis_id = analysed_sample(service, alice)
    answer = send_transcript(alice, media_id, content)
    assert answer.status_code == status
    assert sentence in answer.json["error"]["message"]
    assert result(alice, analysis_id)["version"] == 1


def test_an_import_needs_a_form_with_one_file(service: Service, alice: Person) -> None:
    media_id = uploaded_sample(alice)
    assert alice.post(f"/media/{media_id}/transcript", json={}).status_code == 415
    assert alice.post(f"/media/{media_id}/transcript", data={"language": "en"}).status_code in (400, 415)
    assert send_transcript(alice, media_id, srt_of_sample(), language="x" * 21).status_code == 400


def test_what_belongs_to_somebody_else_is_not_there(service: Service, alice: Person, charlie: Person) -> None:
    media_id, analysis_id = analysed_sample(service, alice)
    send_transcript(alice, media_id, srt_of_sample())
    assert send_transcript(charlie, media_id, srt_of_sample()).status_code == 404
    for path in (f"/analysis/{analysis_id}/transcript", f"/analysis/{analysis_id}/transcript/search?text=a"):
        assert charlie.get(path).status_code == 404


def test_words_come_in_windows(ai: Service) -> None:
    alice = ai.person("Alice")
    analysis_id = transcribed(ai, alice)
    found = words(alice, analysis_id, "?from_ms=14640&to_ms=17650")
    assert " ".join(one["text"] for one in found) == "Even a pause as brief as this and this"
    assert found[0]["index"] == 25
    assert words(alice, analysis_id, "?from_ms=20000&to_ms=21000") == []


def test_what_is_said_is_found(ai: Service) -> None:
    alice = ai.person("Alice")
    analysis_id = transcribed(ai, alice)
    (match,) = alice.get(f"/analysis/{analysis_id}/transcript/search?text=LONG+paus").json["matches"]
    assert (match["count"], match["start_ms"]) == (2, pytest.approx(9_400, abs=300))
    assert "a long pause behind." in match["text"]
    assert len(alice.get(f"/analysis/{analysis_id}/transcript/search?text=pause").json["matches"]) == 2
    assert alice.get(f"/analysis/{analysis_id}/transcript/search?text=,").json["matches"] == []
    assert alice.get(f"/analysis/{analysis_id}/transcript/search").status_code == 400


def test_a_corrected_word_becomes_a_filler_and_decisions_stay(ai: Service) -> None:
    alice = ai.person("Alice")
    analysis_id = transcribed(ai, alice)
    keep = {"start_ms": 5_440, "end_ms": 7_190, "action": "keep"}
    alice.patch(f"/analysis/{analysis_id}/segments", json={"version": 1, "changes": [keep]})
    answer = alice.patch(
        f"/analysis/{analysis_id}/transcript", json={"version": 2, "changes": [{"index": 0, "text": "Um,"}]}
    )
    assert answer.json["version"] == 3
    found = result(alice, analysis_id)
    assert found["transcription"].startswith("Um, morning and welcome")
    assert [one[3] for one in fillers(found)] == ["um", None]
    assert [one["action"] for one in found["segments"] if one["decided_by"] == "user"] == ["keep"]
    assert words(alice, analysis_id)[0]["filler_word"] == "um"


def test_a_word_can_be_taken_away_or_become_several(ai: Service) -> None:
    alice = ai.person("Alice")
    analysis_id = transcribed(ai, alice)
    changes = [{"index": 0, "text": ""}, {"index": 1, "text": "Dear old friends"}]
    alice.patch(f"/analysis/{analysis_id}/transcript", json={"version": 1, "changes": changes})
    first, second, third, fourth = words(alice, analysis_id)[:4]
    assert [one["text"] for one in (first, second, third, fourth)] == ["Dear", "old", "friends", "and"]
    assert first["end_ms"] == second["start_ms"] < second["end_ms"] == third["start_ms"]


def former(word: dict[str, Any], was: str) -> dict[str, Any]:
    """The change that puts a word back where its correction stands."""
    restored = {name: word[name] for name in ("start_ms", "end_ms", "text", "timing")}
    return {"start_ms": word["start_ms"], "was": was, "restored": restored}


def test_what_has_taken_words_away_or_added_some_is_taken_back(ai: Service) -> None:
    alice = ai.person("Alice")
    analysis_id = transcribed(ai, alice)
    path = f"/analysis/{analysis_id}/transcript"
    before = words(alice, analysis_id)
    spelled = ["", "", "Dear old friends", "of"]
    changes = [{"index": index, "text": text} for index, text in enumerate(spelled)]
    assert alice.patch(path, json={"version": 1, "changes": changes}).status_code == 200
    assert [one["text"] for one in words(alice, analysis_id)[:4]] == ["Dear", "old", "friends", "of"]
    back = [former(before[index], text) for index, text in enumerate(spelled)]
    assert alice.patch(path, json={"version": 2, "changes": back}).status_code == 200
    assert words(alice, analysis_id) == before
    assert result(alice, analysis_id)["transcription"] == SPOKEN


def test_a_word_is_not_put_back_where_another_one_is_by_now(ai: Service) -> None:
    alice = ai.person("Alice")
    analysis_id = transcribed(ai, alice)
    path = f"/analysis/{analysis_id}/transcript"
    first, second, *_ = words(alice, analysis_id)
    for change in (former(first, ""), former(first, "Dear friends"), former({**first, "end_ms": 60_000}, "Good")):
        answer = alice.patch(path, json={"version": 1, "changes": [change]})
        assert (answer.status_code, list(answer.json["error"]["details"])) == (400, ["changes.0"])
    twice = [former(second, "morning"), {"index": 1, "text": "evening"}]
    assert alice.patch(path, json={"version": 1, "changes": twice}).status_code == 400
    incomplete = {"restored": former(first, "")["restored"]}
    assert alice.patch(path, json={"version": 1, "changes": [incomplete]}).status_code == 400
    assert result(alice, analysis_id)["transcription"] == SPOKEN


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"version": 1, "changes": [{"index": 9999, "text": "x"}]}, 400),
        ({"version": 1, "changes": [{"index": 0}]}, 400),
        ({"version": 1, "changes": [{"index": 0, "text": "x"}, {"index": 0, "text": "y"}]}, 400),
        ({"version": 1, "changes": []}, 400),
        ({"version": 1, "changes": [{"index": 0, "text": "x\u0000"}]}, 400),
        ({"version": 7, "changes": [{"index": 0, "text": "x"}]}, 409),
    ],
)
def test_a_wrong_correction_changes_nothing(ai: Service, body: dict[str, Any], status: int) -> None:
    alice = ai.person("Alice")
    analysis_id = transcribed(ai, alice)
    assert alice.patch(f"/analysis/{analysis_id}/transcript", json=body).status_code == status
    assert result(alice, analysis_id)["transcription"] == SPOKEN


def test_a_retune_keeps_the_words_and_looks_for_other_fillers(ai: Service) -> None:
    alice = ai.person("Alice")
    analysis_id = transcribed(ai, alice)
    path = f"/analysis/{analysis_id}/retune"
    tuned = alice.post(path, json={"keep_pause_ms": 200, "custom_filler_words": ["a little"]}).json
    assert [one[3] for one in fillers(tuned)] == ["a little", None, "a little"]
    assert any("recording" in one.get("text", "") for one in tuned["segments"])
    assert len(fillers(result(alice, analysis_id))) == 1, "it was not saved"
    off = alice.post(f"{path}?save=true", json={"detect_filler_words": False}).json
    assert fillers(off) == []
    assert fillers(result(alice, analysis_id)) == []
    assert result(alice, analysis_id)["filler_words_detected"] == []
    assert result(alice, analysis_id)["transcription"] == SPOKEN


def test_words_of_a_projects_own_list_count(ai: Service) -> None:
    alice = ai.person("Alice")
    media_id = uploaded_sample(alice)
    project_id = alice.get(f"/media/{media_id}").json["media_file"]["project_id"]
    settings = {"custom_filler_words": ["goodbye"], "language": "en"}
    assert alice.patch(f"/projects/{project_id}", json={"settings": settings}).status_code == 200
    started = alice.post(f"/media/{media_id}/analyze", json={"processing_mode": "whisper"})
    ai.run_jobs()
    found = result(alice, started.json["analysis_id"])
    assert [one[3] for one in fillers(found)] == [None, "goodbye"]
    assert found["options"]["language"] == "en"


def test_without_a_transcript_there_are_no_words(service: Service, alice: Person) -> None:
    _, analysis_id = analysed_sample(service, alice)
    answer = alice.get(f"/analysis/{analysis_id}/transcript")
    assert answer.status_code == 404
    assert "import a transcript" in answer.json["error"]["message"]
    assert result(alice, analysis_id)["transcription"] is None


def test_the_overview_of_a_project_carries_no_text(ai: Service) -> None:
    alice = ai.person("Alice")
    analysis_id = transcribed(ai, alice)
    media = alice.get(f"/media/{result(alice, analysis_id)['media_file_id']}").json["media_file"]
    overview = alice.get(f"/projects/{media['project_id']}")
    assert "little recording" not in overview.text


@pytest.mark.parametrize("name", ["srt", "vtt", "txt", "srt-source", "vtt-source", "txt-source"])
def test_what_is_said_can_be_exported(ai: Service, name: str) -> None:
    alice = ai.person("Alice")
    analysis_id = transcribed(ai, alice)
    answer = alice.get(f"/analysis/{analysis_id}/export?format={name}")
    assert answer.status_code == 200
    assert "Good morning and welcome to a little" in answer.text
    if name == "srt":
        assert pysubs2.SSAFile.from_string(answer.text)[0].start < 300
    if name == "srt-source":
        assert pysubs2.SSAFile.from_string(answer.text)[0].start == pytest.approx(1500, abs=30)


def test_deleting_a_recording_deletes_what_was_said_in_it(ai: Service) -> None:
    alice = ai.person("Alice")
    analysis_id = transcribed(ai, alice)
    media_id = result(alice, analysis_id)["media_file_id"]
    assert alice.delete(f"/media/{media_id}").status_code == 200
    ai.run_jobs()
    with connected():
        for table in ("analysis_transcripts", "transcribed_parts"):
            assert database.obj.execute_sql(f"SELECT COUNT(*) FROM {table}").fetchone()[0] == 0  # noqa: S608


def test_the_language_of_an_import_is_the_one_that_is_named(service: Service, alice: Person) -> None:
    media_id, analysis_id = analysed_sample(service, alice)
    assert send_transcript(alice, media_id, srt_of_sample(), language="German").status_code == 200
    assert alice.get(f"/analysis/{analysis_id}/transcript").json["language"] == "de"
    answer = send_transcript(alice, media_id, srt_of_sample(), language="<script>")
    assert (answer.status_code, list(answer.json["error"]["details"])) == (400, ["language"])


@pytest.mark.parametrize(
    "content",
    [
        b'{"words":[{"word":"Good","start":1.6,"end":1e308}]}',
        b'{"words":[{"word":"Go\\ud800od","start":1.6,"end":1.9}]}',
        b'{"words":[{"word":"Good","start":1.6,"end":1.9}],"language":"klingon of the far north, as it was spoken"}',
    ],
)
def test_odd_values_in_a_transcript_are_survived(service: Service, alice: Person, content: bytes) -> None:
    media_id, analysis_id = analysed_sample(service, alice)
    assert send_transcript(alice, media_id, content).status_code == 200
    assert [one["text"] for one in words(alice, analysis_id)] == ["Good"]


def test_a_window_of_segments_has_the_text_of_its_own_words(ai: Service) -> None:
    alice = ai.person("Alice")
    analysis_id = transcribed(ai, alice)
    listed = alice.get(f"/analysis/{analysis_id}/segments?from_ms=8000&to_ms=9000").json["segments"]
    assert [one.get("text") for one in listed] == ["A second voice joins in and leaves a long pause behind."]


def test_a_correction_may_say_which_word_it_means(ai: Service) -> None:
    alice = ai.person("Alice")
    analysis_id = transcribed(ai, alice)
    path = f"/analysis/{analysis_id}/transcript"
    second = words(alice, analysis_id)[1]
    meant = {"index": 0, "start_ms": second["start_ms"], "was": "morning", "text": "evening"}
    assert alice.patch(path, json={"version": 1, "changes": [meant]}).status_code == 200
    assert result(alice, analysis_id)["transcription"].startswith("Good evening and")
    again = alice.patch(path, json={"version": 2, "changes": [meant]})
    assert (again.status_code, again.json["error"]["details"]) == (
        400,
        {"changes.0": "This word is not there (any more)."},
    )


def test_words_without_a_length_at_the_edge_of_a_window_are_in_it(service: Service, alice: Person) -> None:
    media_id, analysis_id = analysed_sample(service, alice)
    listed = [{"word": "lost", "start": 0, "end": 0}] * 40 + [{"word": "Good", "start": 50.0, "end": 50.4}]
    assert send_transcript(alice, media_id, json.dumps({"words": listed}).encode()).status_code == 200
    assert [one["index"] for one in words(alice, analysis_id)] == list(range(41))
