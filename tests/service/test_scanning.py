"""Recordings are scanned for malicious content before anybody plays or analyses them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from clipflow import registry
from clipflow.audit.models import AuditEvent
from clipflow.core.clamd import Scanner, StoppedScanError, Verdict
from clipflow.core.db import connected, database
from clipflow.jobs.models import Job, JobStatus
from clipflow.jobs.protocol import JobProgress
from clipflow.jobs.runner import JobRunner, waiting_time
from clipflow.media.service import SCANNING_JOB, clear
from tests import scanner
from tests.scanner import MARKER
from tests.service.conftest import Person, Service, build_service, environment_of

MakeService = Callable[..., Service]


@pytest.fixture
def make_service(tmp_path: Path, clamd: scanner.Daemon) -> Iterator[MakeService]:
    """Builds a service that asks the daemon of this test."""

    def make(**settings: Any) -> Service:
        values = {name: str(value) for name, value in settings.items()}
        return build_service({**environment_of("embedded", tmp_path, None), "CLAMD_ADDRESS": clamd.address, **values})

    was = database.obj
    yield make
    database.close_all()
    database.initialize(was)


@pytest.fixture
def infected(tmp_path: Path, clip: Path) -> Path:
    """A recording that plays, with the marker at its end."""
    path = tmp_path / "infected.mp4"
    path.write_bytes(clip.read_bytes() + MARKER)
    return path


@pytest.fixture
def large(tmp_path: Path, clip: Path) -> Path:
    """A recording of more than one MiB."""
    path = tmp_path / "large.mp4"
    path.write_bytes(clip.read_bytes() + bytes(1024**2))
    return path


def upload(service: Service, file: Path) -> tuple[Person, str]:
    """Somebody, and a recording that has just come in."""
    alice = service.person("alice")
    answer = alice.upload(alice.make_project(), file, "talk.mp4")
    assert answer.json["media_file"]["state"] == "checking", answer.text
    return alice, answer.json["media_file"]["id"]


def announce(service: Service, file: Path) -> tuple[Person, str]:
    """The same by an upload that was announced."""
    alice, content = service.person("alice"), file.read_bytes()
    body = {"project_id": alice.make_project(), "filename": "a.mp4", "content_type": "video/mp4"}
    announced = alice.post("/upload/presigned", json={**body, "file_size": len(content)}).json
    path = announced["upload_url"].partition("/api/v1")[2]
    assert service.anonymous().put(f"/api/v1{path}", data=content, headers=announced["headers"]).status_code == 200
    confirmed = alice.post(f"/upload/confirm/{announced['file_id']}")
    assert (confirmed.status_code, confirmed.json["media_file"]["state"]) == (202, "checking")
    return alice, announced["file_id"]


def recording(person: Person, media_id: str) -> Any:
    return person.get(f"/media/{media_id}").json["media_file"]


def make_due(service: Service) -> None:
    """Let the time pass for which a job waits."""
    with connected():
        Job.update(due_at=Job.created_at).execute()


def test_a_harmless_recording_is_ready_once_it_was_scanned(make_service: MakeService, clip: Path) -> None:
    service = make_service()
    alice, media_id = upload(service, clip)
    assert alice.get(f"/media/{media_id}/file").status_code == 409
    assert alice.post(f"/media/{media_id}/analyze").status_code == 409
    service.run_jobs()
    found = recording(alice, media_id)
    assert (found["state"], found["warnings"]) == ("ready", [])
    assert alice.get(f"/media/{media_id}/file").data == clip.read_bytes()


def test_a_malicious_recording_is_refused_deleted_and_written_down(make_service: MakeService, infected: Path) -> None:
    service = make_service()
    alice, media_id = upload(service, infected)
    service.run_jobs()
    found = recording(alice, media_id)
    assert found["state"] == "refused"
    assert "Clipflow.Test.Marker" in found["refusal"]
    assert alice.get(f"/media/{media_id}/file").status_code == 409
    assert service.stored_files() == []
    with connected():
        event = AuditEvent.get(AuditEvent.action == "recording.refused")
    assert (str(event.target_id), event.outcome, event.data) == (media_id, "refused", {"code": "MALICIOUS_CONTENT"})


def test_an_announced_upload_is_scanned_too(make_service: MakeService, infected: Path) -> None:
    service = make_service()
    alice, media_id = announce(service, infected)
    service.run_jobs()
    assert recording(alice, media_id)["state"] == "refused"


def test_while_the_scanner_is_away_recordings_wait_for_it(
    make_service: MakeService, clamd: scanner.Daemon, clip: Path
) -> None:
    service = make_service()
    clamd.kill()
    alice, media_id = upload(service, clip)
    for _ in range(5):
        assert service.run_jobs() == 1
        make_due(service)
    assert recording(alice, media_id)["state"] == "checking"
    with connected():
        assert Job.get(Job.subject_id == media_id).stage == "waiting for the scanner"
    clamd.start()
    service.run_jobs()
    assert recording(alice, media_id)["state"] == "ready"


def test_a_scanner_that_is_killed_while_it_scans_is_asked_again(
    make_service: MakeService, clamd: scanner.Daemon, infected: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make_service()
    alice, media_id = upload(service, infected)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(JobProgress, "should_stop", lambda self: clamd.kill())
        service.run_jobs()
    assert recording(alice, media_id)["state"] == "checking"
    clamd.start()
    make_due(service)
    service.run_jobs()
    assert recording(alice, media_id)["state"] == "refused"


def test_a_worker_without_a_scanner_does_not_take_a_recording_for_scanned(
    make_service: MakeService, infected: Path
) -> None:
    service = make_service()
    alice, media_id = upload(service, infected)
    without = replace(service.resources, scanner=None)
    handlers = registry.job_handlers(without)
    replace(service, runner=JobRunner(without.queue, handlers, 60, lambda: False)).run_jobs()
    assert recording(alice, media_id)["state"] == "checking"
    with connected():
        assert Job.get(Job.subject_id == media_id).stage == "waiting for the scanner"
    make_due(service)
    service.run_jobs()
    assert recording(alice, media_id)["state"] == "refused"


def test_a_scan_stops_when_its_recording_is_deleted_for_good(
    make_service: MakeService, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make_service()
    alice, media_id = upload(service, clip)

    def scan_file(scanner: Scanner, path: Path, should_stop: Callable[[], bool]) -> Verdict:
        assert alice.call("DELETE", f"/media/{media_id}?for_good=true").status_code == 200
        with connected():
            clear(service.resources, [UUID(media_id)], None)
        assert should_stop()
        raise StoppedScanError

    monkeypatch.setattr(Scanner, "scan_file", scan_file)
    service.run_jobs()
    with connected():
        assert Job.get(Job.kind == SCANNING_JOB).status == JobStatus.CANCELLED


def test_who_would_rather_go_on_is_told_that_a_recording_was_not_scanned(
    make_service: MakeService, clamd: scanner.Daemon, clip: Path
) -> None:
    service = make_service(SCAN_ON_FAILURE="accept")
    clamd.kill()
    alice, media_id = upload(service, clip)
    for _ in range(3):
        assert recording(alice, media_id)["state"] == "checking"
        service.run_jobs()
        make_due(service)
    found = recording(alice, media_id)
    assert (found["state"], [one["code"] for one in found["warnings"]]) == ("ready", ["NOT_SCANNED"])


def test_of_what_is_larger_than_the_scanner_takes_it_is_said_that_a_part_was_scanned(
    make_service: MakeService, large: Path
) -> None:
    service = make_service(CLAMD_STREAM_MAX_MB=1)
    alice, media_id = announce(service, large)
    service.run_jobs()
    found = recording(alice, media_id)
    assert (found["state"], [one["code"] for one in found["warnings"]]) == ("ready", ["NOT_WHOLLY_SCANNED"])


def test_what_cannot_be_scanned_whole_may_be_refused(make_service: MakeService, large: Path) -> None:
    service = make_service(CLAMD_STREAM_MAX_MB=1, SCAN_TOO_LARGE="refuse")
    alice, media_id = announce(service, large)
    service.run_jobs()
    found = recording(alice, media_id)
    assert (found["state"], found["refusal"]) == (
        "refused", "The file is larger than the scanner looks at; send it in several shorter ones.",
    )  # fmt: skip


def test_the_bundled_sample_needs_no_scan(make_service: MakeService, clamd: scanner.Daemon) -> None:
    service = make_service()
    clamd.kill()
    alice = service.person("alice")
    answer = alice.post(f"/projects/{alice.make_project()}/sample")
    assert answer.json["media_file"]["state"] == "ready"


def test_what_this_installation_does_is_said(make_service: MakeService, service: Service) -> None:
    assert service.anonymous().get("/api/v1/config/features").json["malware_scanning"] is False
    assert make_service().anonymous().get("/api/v1/config/features").json["malware_scanning"] is True


@pytest.mark.parametrize(("age_s", "wait_s"), [(0, 5), (60, 30), (86_400, 300)])
def test_what_is_waited_for_is_looked_for_ever_less_often(age_s: int, wait_s: int) -> None:
    assert waiting_time(timedelta(seconds=age_s)) == timedelta(seconds=wait_s)
