"""Analyses: starting, watching, tuning, deciding, cancelling."""

import io
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from clipflow import registry
from clipflow.analysis import decisions
from clipflow.analysis import service as analyses
from clipflow.analysis.models import AnalysisResult
from clipflow.core import clock
from clipflow.core.db import connected, database, is_postgresql, transaction
from clipflow.engine import analyze
from clipflow.jobs import models as job_models
from clipflow.jobs.models import Job
from clipflow.jobs.protocol import JobHandler, JobProgress, JobStoppedError
from clipflow.jobs.runner import JobRunner, succeed
from clipflow.media.models import MediaFile
from clipflow.review import service as review
from tests.conftest import MakeMedia
from tests.service.conftest import Analysed, Person, Service


def segments_of(person: Person, analysis_id: str) -> list[dict[str, object]]:
    return list(person.get(f"/analysis/{analysis_id}").json["analysis_result"]["segments"])


def assert_tiles(segments: list[dict[str, int]], duration_ms: int) -> None:
    assert segments[0]["start_ms"] == 0
    assert segments[-1]["end_ms"] == duration_ms
    for earlier, later in pairwise(segments):
        assert earlier["end_ms"] == later["start_ms"]


def test_it_gives_the_engines_segments(alice: Person, analysed: Analysed, clip: Path) -> None:
    result = alice.get(f"/analysis/{analysed.analysis_id}").json["analysis_result"]
    expected = analyze(clip).segments
    assert [(one["start_ms"], one["end_ms"], one["type"], one["action"]) for one in result["segments"]] == [
        (one.start_ms, one.end_ms, one.type, one.action) for one in expected
    ]
    assert result["status"] == "completed"
    assert result["version"] == 1
    assert result["processing_time_ms"] > 0
    assert result["summary"]["kept_ms"] + result["summary"]["removed_ms"] + result["summary"]["suggested_ms"] == 12_000


def test_its_status_can_be_watched(service: Service, alice: Person, uploaded: tuple[str, str]) -> None:
    analysis_id = alice.post(f"/media/{uploaded[1]}/analyze").json["analysis_id"]
    path = f"/analysis/{analysis_id}/status"
    assert alice.get(path).json == {
        "status": "pending", "progress_percent": 0, "stage": "queued", "error_message": None
    }  # fmt: skip
    assert alice.get(f"/projects/{uploaded[0]}").json["project"]["status"] == "processing"
    service.run_jobs()
    assert alice.get(path).json == {
        "status": "completed", "progress_percent": 100, "stage": "completed", "error_message": None
    }  # fmt: skip
    assert alice.get(f"/projects/{uploaded[0]}").json["project"]["status"] == "completed"


def test_options_are_taken_and_completed(service: Service, alice: Person, uploaded: tuple[str, str]) -> None:
    body = {"processing_mode": "vad", "min_silence_duration_ms": 700, "custom_filler_words": ["also"]}
    analysis_id = alice.post(f"/media/{uploaded[1]}/analyze", json=body).json["analysis_id"]
    options = alice.get(f"/analysis/{analysis_id}").json["analysis_result"]["options"]
    assert options["min_silence_duration_ms"] == 700
    assert options["vad_aggressiveness"] == service.settings.vad_aggressiveness
    assert options["custom_filler_words"] == ["also"]


@pytest.mark.parametrize(
    "body",
    [
        {"vad_aggressiveness": 0},
        {"vad_aggressiveness": 4},
        {"vad_aggressiveness": "3"},
        {"vad_aggressiveness": 2.5},
        {"vad_aggressiveness": True},
        {"silence_threshold_db": 1},
        {"min_silence_duration_ms": -5},
        {"min_silence_duration_ms": 10**30},
        {"audio_track": 1},
        {"audio_track": -1},
        {"processing_mode": "magic"},
        {"custom_filler_words": ["x" * 101]},
        {"custom_filler_words": "um"},
        {"unknown": 1},
        [],
    ],
)
def test_bad_options_are_refused(service: Service, alice: Person, uploaded: tuple[str, str], body: object) -> None:
    answer = alice.post(f"/media/{uploaded[1]}/analyze", json=body)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert service.run_jobs() == 0


def test_bad_json_is_refused(alice: Person, uploaded: tuple[str, str]) -> None:
    path = f"/media/{uploaded[1]}/analyze"
    headers = {"Content-Type": "application/json"}
    assert alice.post(path, data=b"{", headers=headers).status_code == 400
    assert alice.post(path, data=b'{"vad_aggressiveness": NaN}', headers=headers).status_code == 400
    assert alice.post(path, data=b"\xff\xfe", headers=headers).status_code == 400
    assert alice.post(path, data=b"a=b", headers={"Content-Type": "text/plain"}).status_code == 415


def test_transcription_is_switched_off(alice: Person, uploaded: tuple[str, str]) -> None:
    answer = alice.post(f"/media/{uploaded[1]}/analyze", json={"processing_mode": "whisper"})
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "AI_FEATURES_DISABLED")


def test_a_second_analysis_at_the_same_time_is_a_conflict(
    service: Service, alice: Person, uploaded: tuple[str, str]
) -> None:
    path = f"/media/{uploaded[1]}/analyze"
    assert alice.post(path).status_code == 202
    assert alice.post(path).status_code == 409
    assert service.run_jobs() == 1
    assert alice.post(path).status_code == 202


def test_a_failed_analysis_says_why(service: Service, alice: Person, uploaded: tuple[str, str]) -> None:
    analysis_id = alice.post(f"/media/{uploaded[1]}/analyze").json["analysis_id"]
    with connected():
        stored = service.settings.storage_folder / MediaFile.get().storage_key
    stored.write_bytes(stored.read_bytes()[:3000])
    service.run_jobs()
    status = alice.get(f"/analysis/{analysis_id}/status").json
    assert status["status"] == "failed"
    assert "“talk.mp4”" in status["error_message"]
    assert alice.get(f"/projects/{uploaded[0]}").json["project"]["status"] == "failed"
    result = alice.get(f"/analysis/{analysis_id}").json["analysis_result"]
    assert (result["error_code"], result["segments"], result["summary"]) == ("CORRUPT_MEDIA", [], None)


def test_an_unfinished_analysis_has_no_segments(alice: Person, uploaded: tuple[str, str]) -> None:
    analysis_id = alice.post(f"/media/{uploaded[1]}/analyze").json["analysis_id"]
    for answer in (
        alice.get(f"/analysis/{analysis_id}/segments"),
        alice.post(f"/analysis/{analysis_id}/retune", json={}),
        alice.patch(
            f"/analysis/{analysis_id}/segments",
            json={"version": 0, "changes": [{"start_ms": 0, "end_ms": 1, "action": "keep"}]},
        ),
    ):
        assert (answer.status_code, answer.json["error"]["code"]) == (409, "CONFLICT")


def test_a_window_has_the_segments_that_reach_into_it(alice: Person, analysed: Analysed) -> None:
    everything = segments_of(alice, analysed.analysis_id)
    window = alice.get(f"/analysis/{analysed.analysis_id}/segments?from_ms=2000&to_ms=6000").json
    assert window["segments"] == [one for one in everything if one["end_ms"] > 2000 and one["start_ms"] < 6000]
    assert window["version"] == 1
    assert alice.get(f"/analysis/{analysed.analysis_id}/segments?from_ms=-1").status_code == 400


def through_json(handler: JobHandler) -> JobHandler:
    """The same work, done by who gets its input and gives its result as text."""

    def run(given: dict[str, Any], progress: JobProgress) -> Any:
        return json.loads(json.dumps(handler.run(json.loads(json.dumps(given)), progress)))

    return replace(handler, run=run)


@pytest.mark.parametrize("with_transcript", [False, True])
def test_what_goes_into_a_job_and_comes_out_of_it_is_json(
    service: Service, alice: Person, uploaded: tuple[str, str], with_transcript: bool
) -> None:
    if with_transcript:
        captions = {"file": (io.BytesIO(b"1\n00:00:01,500 --> 00:00:05,310\nUm, good morning\n"), "a.srt")}
        started = alice.post(f"/media/{uploaded[1]}/transcript", data=captions)
    else:
        started = alice.post(f"/media/{uploaded[1]}/analyze", json={})
    handlers = {kind: through_json(one) for kind, one in registry.job_handlers(service.resources).items()}
    runner = JobRunner(service.resources.queue, handlers, 60, lambda: False)
    with connected():
        job = Job.get()
    runner.run_job(job.id)
    shown = alice.get(f"/analysis/{started.json['analysis_id']}").json["analysis_result"]
    assert (shown["status"], len(shown["segments"]) > 3) == ("completed", True)
    assert (shown["transcription"] is not None) is with_transcript


# Tuning


def test_a_retune_is_what_a_new_analysis_would_give(service: Service, alice: Person, analysed: Analysed) -> None:
    body = {"min_silence_duration_ms": 2500, "speech_pad_start_ms": 0}
    tuned = alice.post(f"/analysis/{analysed.analysis_id}/retune", json=body).json
    fresh = alice.post(f"/media/{analysed.media_id}/analyze", json=body)
    assert service.run_jobs() == 1
    assert tuned["segments"] == segments_of(alice, fresh.json["analysis_id"])
    assert tuned["version"] == 1
    assert_tiles(tuned["segments"], 12_000)
    assert len(tuned["segments"]) < len(segments_of(alice, analysed.analysis_id))


def test_a_retune_is_not_kept_unless_wanted(alice: Person, analysed: Analysed) -> None:
    before = segments_of(alice, analysed.analysis_id)
    path = f"/analysis/{analysed.analysis_id}/retune"
    tuned = alice.post(path, json={"min_silence_duration_ms": 2500}).json["segments"]
    assert segments_of(alice, analysed.analysis_id) == before
    saved = alice.post(f"{path}?save=true", json={"min_silence_duration_ms": 2500}).json
    assert saved["version"] == 2
    assert saved["segments"] == tuned == segments_of(alice, analysed.analysis_id)
    assert alice.get(f"/analysis/{analysed.analysis_id}").json["analysis_result"]["options"][
        "min_silence_duration_ms"
    ] == 2500  # fmt: skip


def test_another_track_needs_a_new_analysis(alice: Person, analysed: Analysed) -> None:
    answer = alice.post(f"/analysis/{analysed.analysis_id}/retune", json={"audio_track": 1})
    assert "audio_track" in answer.json["error"]["details"]


def test_a_retune_refuses_bad_options(alice: Person, analysed: Analysed) -> None:
    path = f"/analysis/{analysed.analysis_id}/retune"
    assert alice.post(path, json={"vad_aggressiveness": 9}).status_code == 400
    assert alice.post(path, json={"processing_mode": "vad"}).status_code == 400
    assert alice.post(f"{path}?save=perhaps", json={}).status_code == 400


# Deciding


def decide(person: Person, analysis_id: str, version: int, *changes: dict[str, object]) -> object:
    body = {"version": version, "changes": list(changes)}
    return person.patch(f"/analysis/{analysis_id}/segments", json=body)


def change(start_ms: int, end_ms: int, action: str, **more: object) -> dict[str, object]:
    return {"start_ms": start_ms, "end_ms": end_ms, "action": action, **more}


def test_a_decision_splits_segments_and_is_marked(alice: Person, analysed: Analysed) -> None:
    answer = decide(alice, analysed.analysis_id, 1, change(500, 2000, "keep", note="a breath"))
    assert answer.status_code == 200
    assert_tiles(answer.json["segments"], 12_000)
    decided = [one for one in answer.json["segments"] if one["decided_by"] == "user"]
    assert (decided[0]["start_ms"], decided[-1]["end_ms"]) == (500, 2000)
    assert {(one["action"], one["note"]) for one in decided} == {("keep", "a breath")}
    assert answer.json["version"] == 2
    assert segments_of(alice, analysed.analysis_id) == answer.json["segments"]


def test_the_sum_follows_a_decision(alice: Person, analysed: Analysed) -> None:
    summary = decide(alice, analysed.analysis_id, 1, change(0, 12_000, "remove")).json["summary"]
    assert (summary["removed_ms"], summary["kept_ms"], summary["cuts"]) == (12_000, 0, 1)
    shown = alice.get(f"/analysis/{analysed.analysis_id}").json["analysis_result"]["summary"]
    assert shown == summary


def test_a_stale_version_is_a_conflict_and_changes_nothing(alice: Person, analysed: Analysed) -> None:
    decide(alice, analysed.analysis_id, 1, change(0, 100, "keep"))
    before = segments_of(alice, analysed.analysis_id)
    answer = decide(alice, analysed.analysis_id, 1, change(0, 100, "remove"))
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "CONFLICT")
    assert segments_of(alice, analysed.analysis_id) == before


def test_decisions_survive_a_retune(alice: Person, analysed: Analysed) -> None:
    decide(alice, analysed.analysis_id, 1, change(500, 2000, "remove", note="door"))
    for query in ("", "?save=true"):
        path = f"/analysis/{analysed.analysis_id}/retune{query}"
        tuned = alice.post(path, json={"min_silence_duration_ms": 2500}).json["segments"]
        decided = [one for one in tuned if one["decided_by"] == "user"]
        assert (decided[0]["start_ms"], decided[-1]["end_ms"]) == (500, 2000)
        assert {(one["action"], one["note"]) for one in decided} == {("remove", "door")}


def test_a_decision_can_be_taken_back(alice: Person, analysed: Analysed) -> None:
    before = segments_of(alice, analysed.analysis_id)
    decide(alice, analysed.analysis_id, 1, change(500, 2000, "remove"))
    decide(alice, analysed.analysis_id, 2, change(0, 12_000, "auto"))
    assert segments_of(alice, analysed.analysis_id) == before


@pytest.mark.parametrize(
    "wrong",
    [
        change(0, 12_001, "keep"),
        change(-1, 100, "keep"),
        change(100, 100, "keep"),
        change(200, 100, "keep"),
        change(0, 100, "burn"),
        change(0, 100, "keep", note="x" * 1001),
        change(0, 100, "keep", note="a\0b"),
        {"start_ms": 0, "action": "keep"},
    ],
)
def test_it_refuses_a_decision_outside_the_recording(
    alice: Person, analysed: Analysed, wrong: dict[str, object]
) -> None:
    answer = decide(alice, analysed.analysis_id, 1, change(0, 50, "keep"), wrong)
    assert answer.status_code == 400
    assert alice.get(f"/analysis/{analysed.analysis_id}").json["analysis_result"]["version"] == 1


def test_it_refuses_no_decision_at_all(alice: Person, analysed: Analysed) -> None:
    assert decide(alice, analysed.analysis_id, 1).status_code == 400


# Cancelling


def test_a_waiting_analysis_is_cancelled_at_once(service: Service, alice: Person, uploaded: tuple[str, str]) -> None:
    analysis_id = alice.post(f"/media/{uploaded[1]}/analyze").json["analysis_id"]
    assert alice.post(f"/analysis/{analysis_id}/cancel").status_code == 200
    assert alice.get(f"/analysis/{analysis_id}/status").json["status"] == "cancelled"
    assert service.run_jobs() == 0
    assert alice.get(f"/projects/{uploaded[0]}").json["project"]["status"] == "created"
    assert alice.post(f"/analysis/{analysis_id}/cancel").status_code == 409
    assert alice.post(f"/media/{uploaded[1]}/analyze").status_code == 202


def test_a_finished_analysis_cannot_be_cancelled(alice: Person, analysed: Analysed) -> None:
    answer = alice.post(f"/analysis/{analysed.analysis_id}/cancel")
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "CONFLICT")


def test_a_recording_with_several_tracks_is_analysed_by_track(
    service: Service, alice: Person, make_media: MakeMedia, clip: Path
) -> None:
    silence = ("-f", "lavfi", "-t", "12", "-i", "anullsrc=r=48000:cl=mono")
    tracks = ("-map", "0:v", "-map", "0:a", "-map", "1:a", "-c:v", "copy", "-c:a", "aac")
    two = make_media("two.mp4", "-i", clip, *silence, *tracks)
    media_id = alice.upload(alice.make_project(), two).json["media_file"]["id"]
    analysis_id = alice.post(f"/media/{media_id}/analyze", json={"audio_track": 1}).json["analysis_id"]
    service.run_jobs()
    assert {one["type"] for one in segments_of(alice, analysis_id)} == {"silence"}


def test_what_a_deleted_recording_leaves_is_not_analysed(
    service: Service, alice: Person, uploaded: tuple[str, str]
) -> None:
    analysis_id = alice.post(f"/media/{uploaded[1]}/analyze").json["analysis_id"]
    alice.delete(f"/media/{uploaded[1]}")
    service.run_jobs()
    assert service.stored_files() == []
    with connected():
        assert AnalysisResult.get_or_none(AnalysisResult.id == UUID(analysis_id)) is None


# At the same moment


def together(*actions: Callable[[], object]) -> None:
    """Do all of these at the same moment, each in a thread of its own."""
    barrier = threading.Barrier(len(actions))
    errors: list[BaseException] = []

    def act(action: Callable[[], object]) -> None:
        barrier.wait()
        try:
            action()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=act, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def start(person: Person, project_id: str, clip: Path) -> str:
    media_id = person.upload(project_id, clip).json["media_file"]["id"]
    return str(person.post(f"/media/{media_id}/analyze").json["analysis_id"])


def fail_in_a_transaction(analysis_id: str) -> None:
    with connected(), transaction():
        analyses.fail(UUID(analysis_id), "BAD", "It is bad.")


def test_analyses_that_end_together_leave_the_right_project_status(alice: Person, clip: Path) -> None:
    project_id = alice.make_project()
    for _ in range(5):
        pair = [start(alice, project_id, clip) for _ in range(2)]
        together(*(partial(fail_in_a_transaction, one) for one in pair))
        assert alice.get(f"/projects/{project_id}").json["project"]["status"] == "failed"


def test_a_cancel_and_an_end_at_the_same_moment_do_not_lock_each_other_out(
    service: Service, alice: Person, clip: Path
) -> None:
    project_id = alice.make_project()
    for _ in range(6):
        analysis_id = start(alice, project_id, clip)
        with connected():
            job = Job.get(Job.subject_id == UUID(analysis_id))
            claim = uuid4()
            assert job_models.claim_job(job.id, claim, clock.now())
        statuses: list[int] = []

        def end(job_id: UUID = job.id, claim: UUID = claim, analysis_id: str = analysis_id) -> None:
            with suppress(JobStoppedError), connected(), transaction():
                succeed(job_id, claim, lambda: analyses.fail(UUID(analysis_id), "BAD", "It is bad."))

        def cancel(analysis_id: str = analysis_id, statuses: list[int] = statuses) -> None:
            statuses.append(alice.post(f"/analysis/{analysis_id}/cancel").status_code)

        together(end, cancel)
        assert statuses[0] in (200, 409)
        assert alice.get(f"/analysis/{analysis_id}/status").json["status"] in ("failed", "cancelled")


def test_two_who_decide_at_the_same_moment_do_not_overwrite_each_other(alice: Person, analysed: Analysed) -> None:
    statuses: list[int] = []
    together(
        *(
            lambda start_ms=start_ms: statuses.append(
                decide(alice, analysed.analysis_id, 1, change(start_ms, start_ms + 10, "keep")).status_code
            )
            for start_ms in (100, 200, 300)
        )
    )
    assert statuses == [200] * 3
    decided = alice.get(f"/analysis/{analysed.analysis_id}").json["analysis_result"]["decisions"]
    assert [one["start_ms"] for one in decided] == [100, 200, 300]


def test_of_two_who_decide_on_the_same_stretch_the_second_hears_where(alice: Person, analysed: Analysed) -> None:
    assert decide(alice, analysed.analysis_id, 1, change(100, 300, "keep")).status_code == 200
    answer = decide(alice, analysed.analysis_id, 1, change(500, 600, "keep"), change(299, 400, "remove"))
    assert (answer.status_code, answer.json["error"]["details"]) == (
        409, {"changes.1": "Overlaps what was decided from 100 to 300 ms meanwhile."}
    )  # fmt: skip
    assert decide(alice, analysed.analysis_id, 2, change(299, 400, "remove")).status_code == 200


def test_what_was_taken_back_meanwhile_counts_as_decided(alice: Person, analysed: Analysed) -> None:
    decide(alice, analysed.analysis_id, 1, change(100, 300, "keep"))
    decide(alice, analysed.analysis_id, 2, change(100, 300, "auto"))
    assert decide(alice, analysed.analysis_id, 2, change(200, 250, "remove")).status_code == 409


def test_a_version_that_never_was_is_refused(alice: Person, analysed: Analysed) -> None:
    for version in (0, 2, 99):
        assert decide(alice, analysed.analysis_id, version, change(100, 300, "keep")).status_code == 409


def test_the_result_of_a_failed_analysis_is_refused_with_its_reason(
    service: Service, alice: Person, uploaded: tuple[str, str]
) -> None:
    analysis_id = alice.post(f"/media/{uploaded[1]}/analyze").json["analysis_id"]
    fail_in_a_transaction(analysis_id)
    answer = alice.get(f"/analysis/{analysis_id}/segments")
    assert (answer.status_code, answer.json["error"]["code"]) == (500, "PROCESSING_FAILED")
    assert "It is bad." in answer.json["error"]["message"]


def test_there_is_an_end_to_decisions(alice: Person, analysed: Analysed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "MAXIMUM_DECISIONS", 2)
    spread = [change(number * 100, number * 100 + 50, "keep") for number in range(3)]
    assert decide(alice, analysed.analysis_id, 1, *spread).status_code == 400
    assert decide(alice, analysed.analysis_id, 1, *spread[:2]).status_code == 200


def test_only_so_much_of_what_was_decided_is_remembered(
    alice: Person, analysed: Analysed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decisions, "_MOST_REMEMBERED", 2)
    for number in range(4):
        assert decide(alice, analysed.analysis_id, number + 1, change(number * 100, number * 100 + 50, "keep")).json
    assert decide(alice, analysed.analysis_id, 2, change(1000, 1100, "keep")).status_code == 409
    assert decide(alice, analysed.analysis_id, 3, change(1000, 1100, "keep")).status_code == 200


def test_one_decision_more_does_not_write_all_that_there_are(
    service: Service, alice: Person, analysed: Analysed
) -> None:
    if is_postgresql():
        pytest.skip("measured by the journal of SQLite")
    many = [change(number * 4, number * 4 + 2, "keep", note="a cough") for number in range(3000)]
    assert decide(alice, analysed.analysis_id, 1, *many).status_code == 200
    with connected():
        database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert decide(alice, analysed.analysis_id, 2, change(5000, 5002, "remove")).status_code == 200
    assert (service.settings.data_dir / "clipflow.db-wal").stat().st_size < 64 * 1024


def test_the_engines_own_segments_can_be_asked_for(alice: Person, analysed: Analysed) -> None:
    address = f"/analysis/{analysed.analysis_id}"
    before = alice.get(f"{address}/segments").json["segments"]
    change = {"start_ms": 0, "end_ms": 100, "action": "keep", "note": "clap"}
    decided = alice.patch(f"{address}/segments?segments=false", json={"version": 1, "changes": [change]}).json
    assert {*decided} == {"version", "summary"}
    assert alice.get(f"{address}/segments?decisions=false").json == {"segments": before, "version": 2}
    assert alice.get(address).json["analysis_result"]["decisions"] == [{**change, "made_by": alice.user["id"]}]
    tuned = alice.post(f"{address}/retune?decisions=false", json={}).json
    assert tuned["segments"] == before
    assert tuned["summary"] == decided["summary"]


def test_what_is_read_is_of_one_moment(alice: Person, analysed: Analysed) -> None:
    """While one decides, another reads: the decisions are always those of the version."""
    address = f"/analysis/{analysed.analysis_id}"
    actions = {1: None}
    seen: list[tuple[int, list[str]]] = []
    is_over = threading.Event()

    def toggle() -> None:
        for number in range(30):
            action = "keep" if number % 2 == 0 else "remove"
            answer = decide(alice, analysed.analysis_id, number + 1, change(100, 200, action))
            actions[answer.json["version"]] = action
        is_over.set()

    def read() -> None:
        while not is_over.is_set():
            found = alice.get(address).json["analysis_result"]
            seen.append((found["version"], [one["action"] for one in found["decisions"]]))

    together(toggle, read)
    assert seen
    for version, decided in seen:
        assert decided == ([] if actions[version] is None else [actions[version]])
