"""Health, features, the daily clean-up, and real mail."""

import os
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from clipflow import registry
from clipflow.accounts.models import PasswordReset, RefreshToken
from clipflow.accounts.models import Session as SignInSession
from clipflow.analysis.options import presets
from clipflow.core import clock
from clipflow.core.db import connected
from clipflow.core.errors import ConflictError, StorageUnavailableError
from clipflow.core.installation import Installation, installation_id
from clipflow.core.letters import Letter
from clipflow.core.mail import Mailer, MailError, SmtpServer
from clipflow.core.storage.keys import key_for
from clipflow.core.storage.local import OWNER_FILE, LocalStorage
from clipflow.jobs import models as job_models
from clipflow.jobs import service as jobs
from clipflow.jobs.models import Job
from clipflow.media.models import MediaFile, PendingUpload
from clipflow.media.uploads import receive_upload
from clipflow.operations import service as operations
from clipflow.operations import tasks
from clipflow.operations.ownership import bind_storage
from tests.mail_server import Inbox, mail_server
from tests.service.conftest import Analysed, Person, Service, build_service, environment_of


def test_the_process_lives(service: Service) -> None:
    assert service.anonymous().get("/api/v1/health").json == {"status": "ok"}


def test_it_is_ready_once_a_worker_lives(service: Service) -> None:
    answer = service.anonymous().get("/api/v1/health/ready")
    assert answer.status_code == 503
    assert answer.json["checks"] == {
        "database": "ok", "queue": "ok", "storage": "ok", "worker": "no worker is running"
    }  # fmt: skip
    jobs.record_heartbeat("one", clock.now())
    answer = service.anonymous().get("/api/v1/health/ready")
    assert (answer.status_code, answer.json["status"]) == (200, "ok")


def test_strangers_hear_only_whether_it_is_ready(service: Service, alice: Person, bob: Person) -> None:
    elsewhere = {"environ_base": {"REMOTE_ADDR": "192.0.2.1"}}
    for answer in (
        service.anonymous().get("/api/v1/health/ready", **elsewhere), alice.get("/health/ready", **elsewhere)
    ):  # fmt: skip
        assert answer.json == {"status": "unavailable"}
    assert bob.get("/health/ready", **elsewhere).json["checks"]["database"] == "ok"


def test_what_strangers_hear_is_found_out_once_a_second(service: Service) -> None:
    elsewhere = {"environ_base": {"REMOTE_ADDR": "192.0.2.1"}}
    service.resources.readiness.forget()
    assert service.anonymous().get("/api/v1/health/ready", **elsewhere).status_code == 503
    jobs.record_heartbeat("one", clock.now())
    assert service.anonymous().get("/api/v1/health/ready", **elsewhere).status_code == 503
    service.resources.readiness.forget()
    assert service.anonymous().get("/api/v1/health/ready", **elsewhere).status_code == 200


def test_it_says_what_it_can_do(service: Service) -> None:
    assert service.anonymous().get("/api/v1/config/features").json == {
        "ai_features_enabled": False,
        "whisper_available": False,
        "filler_detection_available": True,
        "malware_scanning": False,
        "makes_renditions": False,
        "max_file_size_mb": 500,
        "allowed_extensions": list(service.settings.allowed_extensions),
        "default_processing_mode": "vad",
        "presets": presets(),
    }


def clean_up(service: Service, *, is_dry_run: bool = False, is_sure: bool = False) -> operations.CleanUp:
    with connected():
        return operations.clean_up(
            service.resources, registry.known_keys, clock.now(), is_dry_run=is_dry_run, is_sure=is_sure
        )


def store(service: Service, kind: str, name: str, age: timedelta) -> str:
    """A stored file of this age that no row speaks of."""
    key = key_for(kind, name, ".mp4")
    service.resources.storage.put(key, b"x")
    moment = (clock.now() - age).timestamp()
    os.utime(service.settings.storage_folder / key, (moment, moment))
    return key


ORPHAN = "0a000000-0000-4000-8000-000000000000"


def test_a_clean_installation_has_nothing_to_clean(service: Service, analysed: Analysed) -> None:
    before = service.stored_files()
    done = clean_up(service)
    assert (done.orphaned_files, done.abandoned_files, done.expired_recordings, done.expired_rows) == ([], [], [], 0)
    assert service.stored_files() == before


def test_files_that_belong_to_nothing_are_put_aside_after_a_day(service: Service, analysed: Analysed) -> None:
    key = store(service, "media", ORPHAN, timedelta(hours=25))
    young = store(service, "tracks", ORPHAN, timedelta(hours=1))
    assert clean_up(service, is_dry_run=True, is_sure=True).orphaned_files == [key]
    assert key in service.stored_files()
    assert clean_up(service, is_sure=True).orphaned_files == [key]
    assert young in service.stored_files()
    assert f"quarantine/{key}" in service.stored_files()


def test_what_is_aside_for_a_week_is_removed(service: Service, analysed: Analysed) -> None:
    key = f"quarantine/{store(service, 'media', ORPHAN, timedelta(hours=25))}"
    clean_up(service, is_sure=True)
    assert clean_up(service).deleted_files == []
    week_ago = (clock.now() - timedelta(days=7, hours=1)).timestamp()
    os.utime(service.settings.storage_folder / key, (week_ago, week_ago))
    assert clean_up(service, is_dry_run=True).deleted_files == [key]
    assert key in service.stored_files()
    assert clean_up(service).deleted_files == [key]
    assert key not in service.stored_files()


def test_a_file_that_becomes_known_again_comes_back(service: Service, alice: Person, analysed: Analysed) -> None:
    with connected():
        recording = MediaFile.get()
        os.utime(service.settings.storage_folder / recording.storage_key, (0, 0))
        MediaFile.update(storage_key=key_for("media", ORPHAN, ".mp4")).execute()
    assert clean_up(service, is_sure=True).orphaned_files == [recording.storage_key]
    with connected():
        recording.save(only=[MediaFile.storage_key])
    assert clean_up(service).recovered_files == [recording.storage_key]
    assert alice.get(f"/media/{analysed.media_id}/file").status_code == 200


def test_where_more_than_a_tenth_of_the_files_is_unknown_nothing_is_touched(
    service: Service, analysed: Analysed
) -> None:
    store(service, "media", ORPHAN, timedelta(hours=25))
    before = service.stored_files()
    with pytest.raises(ConflictError, match="1 of 3 stored files are in no row"):
        clean_up(service)
    assert service.stored_files() == before


def test_a_storage_of_another_installation_is_left_alone(service: Service, alice: Person, analysed: Analysed) -> None:
    before = service.stored_files()
    service.resources.storage.claim(ORPHAN)
    with pytest.raises(StorageUnavailableError, match="belongs to another installation"):
        clean_up(service, is_sure=True)
    alice.delete(f"/media/{analysed.media_id}")
    service.run_jobs()
    assert service.stored_files() == before
    checks = service.anonymous().get("/api/v1/health/ready").json["checks"]
    assert checks["storage"] == "unavailable"


def test_nothing_is_put_into_a_storage_of_another_installation(service: Service, alice: Person, clip: Path) -> None:
    service.resources.storage.claim(ORPHAN)
    assert alice.upload(alice.make_project(), clip).status_code == 503
    assert service.stored_files() == []


def forget_the_claim() -> None:
    with connected():
        Installation.update(storage_claimed_at=None).execute()


def bind(service: Service) -> bool:
    with connected():
        return bind_storage(service.resources, registry.known_keys)


def test_an_empty_storage_that_nobody_has_claimed_becomes_ours(service: Service) -> None:
    forget_the_claim()
    (service.settings.storage_folder / OWNER_FILE).unlink()
    assert bind(service)
    assert service.resources.storage.owner() == installation_id()


def test_a_storage_of_an_earlier_version_becomes_ours_where_its_files_are_known(
    service: Service, analysed: Analysed
) -> None:
    forget_the_claim()
    (service.settings.storage_folder / OWNER_FILE).unlink()
    assert bind(service)


def test_a_storage_full_of_unknown_files_does_not_become_ours(service: Service) -> None:
    store(service, "media", ORPHAN, timedelta(hours=25))
    forget_the_claim()
    (service.settings.storage_folder / OWNER_FILE).unlink()
    assert not bind(service)
    assert service.resources.storage.owner() is None


def test_an_empty_folder_behind_a_missing_mount_does_not_become_ours(
    service: Service, alice: Person, clip: Path
) -> None:
    (service.settings.storage_folder / OWNER_FILE).unlink()
    assert not bind(service)
    assert alice.upload(alice.make_project(), clip).status_code == 503
    assert service.stored_files() == []


def test_an_analysis_waits_for_a_storage_that_is_not_there(
    service: Service, alice: Person, uploaded: tuple[str, str]
) -> None:
    analysis_id = alice.post(f"/media/{uploaded[1]}/analyze").json["analysis_id"]
    folder = service.settings.storage_folder
    hidden = folder.with_name("hidden")
    folder.rename(hidden)
    try:
        for _ in range(5):
            service.run_jobs()
            with connected():
                Job.update(due_at=clock.now()).execute()
        assert alice.get(f"/media/{uploaded[1]}/file").status_code == 503
        assert not folder.exists()
    finally:
        hidden.rename(folder)
    assert alice.get(f"/analysis/{analysis_id}/status").json["status"] in ("pending", "processing")
    service.run_jobs()
    assert alice.get(f"/analysis/{analysis_id}/status").json["status"] == "completed"


def test_files_in_use_are_never_removed_however_old(service: Service, analysed: Analysed) -> None:
    for name in service.stored_files():
        os.utime(service.settings.storage_folder / name, (0, 0))
    assert clean_up(service).orphaned_files == []
    assert len(service.stored_files()) == 2


def test_uploads_that_broke_off_are_removed_after_a_day(service: Service) -> None:
    writer = receive_upload(service.resources, "talk.mp4", None)
    writer.write(b"x" * 5_000_000)
    assert clean_up(service).abandoned_files == []
    [name] = [one for one in service.stored_files() if one.endswith(".part")]
    os.utime(service.settings.storage_folder / name, (0, 0))
    abandoned = [Path(name).stem]
    assert clean_up(service, is_dry_run=True).abandoned_files == abandoned
    assert clean_up(service).abandoned_files == abandoned
    assert service.stored_files() == []
    writer.discard()


def test_uploads_that_were_never_confirmed_are_removed(service: Service, alice: Person) -> None:
    body = {"project_id": alice.make_project(), "filename": "a.mp4", "content_type": "video/mp4", "file_size": 4}
    announced = alice.post("/upload/presigned", json=body).json
    service.anonymous().put(announced["upload_url"], data=b"1234")
    assert clean_up(service).unconfirmed_uploads == []
    with connected():
        PendingUpload.update(expires_at=clock.now() - timedelta(seconds=1)).execute()
    assert len(clean_up(service, is_dry_run=True).unconfirmed_uploads) == 1
    assert len(clean_up(service).unconfirmed_uploads) == 1
    assert service.stored_files() == []


def test_expired_rows_are_removed(service: Service, alice: Person) -> None:
    service.anonymous().post("/api/v1/auth/forgot-password", json={"email": "alice@example.org"})
    service.run_jobs()
    past = clock.now() - timedelta(days=31)
    with connected():
        SignInSession.update(expires_at=past).execute()
        PasswordReset.update(expires_at=past).execute()
        Job.update(finished_at=past).execute()
    assert clean_up(service, is_dry_run=True).expired_rows == 2
    done = clean_up(service)
    assert (done.expired_rows, done.old_jobs) == (2, 1)
    with connected():
        assert RefreshToken.select().count() == 0


def test_recordings_are_kept_unless_a_retention_is_set(service: Service, analysed: Analysed) -> None:
    with connected():
        MediaFile.update(created_at=clock.now() - timedelta(days=4000)).execute()
    assert clean_up(service).expired_recordings == []


def test_recordings_older_than_the_retention_are_removed(service: Service, alice: Person, analysed: Analysed) -> None:
    values = environment_of("embedded", service.settings.data_dir, None)
    own = {"DATABASE_URL": service.settings.database_url, "QUEUE_URL": service.settings.queue_url}
    strict = build_service({**values, **own, "FILE_RETENTION_DAYS": "30"})
    assert clean_up(strict).expired_recordings == []
    with connected():
        MediaFile.update(created_at=clock.now() - timedelta(days=31)).execute()
    assert len(clean_up(strict, is_dry_run=True).expired_recordings) == 1
    assert alice.get(f"/media/{analysed.media_id}").status_code == 200
    clean_up(strict)
    assert alice.get(f"/media/{analysed.media_id}").status_code == 404
    service.run_jobs()
    assert service.stored_files() == []
    strict.database.close_all()


def test_an_analysis_that_nobody_works_on_is_given_up(
    service: Service, alice: Person, uploaded: tuple[str, str]
) -> None:
    analysis_id = alice.post(f"/media/{uploaded[1]}/analyze").json["analysis_id"]
    assert clean_up(service).abandoned_analyses == []
    with connected():
        Job.delete().execute()
    assert clean_up(service, is_dry_run=True).abandoned_analyses == [analysis_id]
    clean_up(service)
    assert alice.get(f"/analysis/{analysis_id}/status").json["status"] == "failed"
    assert alice.post(f"/media/{uploaded[1]}/analyze").status_code == 202


def test_a_disk_error_while_clearing_is_tried_again_and_never_forgotten(
    service: Service, alice: Person, analysed: Analysed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(storage: LocalStorage, key: str) -> None:
        raise OSError(5, "Input/output error")

    alice.delete(f"/media/{analysed.media_id}")
    with monkeypatch.context() as broken:
        broken.setattr(LocalStorage, "delete", refuse)
        service.run_jobs()
    with connected():
        [job] = Job.select().where(Job.kind == "clear_deleted_media")
        assert (job.status, job.error_code) == ("queued", "SERVICE_UNAVAILABLE")
        # Even if the job is lost for good, the clean-up comes back to it.
        Job.delete().where(Job.id == job.id).execute()
        MediaFile.update(purged_at=clock.now() - timedelta(hours=2)).execute()
    clean_up(service)
    service.run_jobs()
    assert service.stored_files() == []


def test_the_first_clean_up_waits_for_its_hour(service: Service) -> None:
    [work] = tasks.periodic_works(service.resources)
    with connected():
        Installation.update(created_at=clock.now().replace(hour=10)).execute()
    noon = clock.now().replace(hour=12)
    assert work.slot(noon) is None
    assert work.slot(noon + timedelta(hours=14)) is None
    assert work.slot(noon + timedelta(hours=15)) is not None


def test_the_clean_up_is_a_daily_job(service: Service) -> None:
    [work] = tasks.periodic_works(service.resources)
    noon = clock.now().replace(hour=12)
    with connected():
        Installation.update(created_at=noon - timedelta(days=2)).execute()
    jobs.run_periodic([work], noon)
    jobs.run_periodic([work], noon + timedelta(hours=5))
    assert service.run_jobs() == 1
    with connected():
        assert [job.kind for job in Job.select()] == [operations.CLEANUP_JOB]
        assert job_models.due_jobs(clock.now()) == []


# Mail


LETTER = Letter(subject="Hällo", before=("Ünicode",), link="https://clips.example.org/#secret", button="Go <on>")


def test_neither_a_mail_nor_its_address_is_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Mailer("clips@example.org", None, tmp_path / "outbox", app_name="Clips").send("a@example.org", LETTER)
    assert "outbox" in caplog.text
    assert "secret" not in caplog.text
    assert "a@example.org" not in caplog.text
    [kept] = (tmp_path / "outbox").iterdir()
    assert kept.stat().st_mode & 0o077 == 0


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with mail_server() as server:
        yield server


def parts_of(content: Any) -> list[str]:
    """What a mail says as text, and as HTML."""
    parts = [one for one in message_from_bytes(content).walk() if not one.is_multipart()]
    return [one.get_payload(decode=True).decode() for one in parts]  # type: ignore[union-attr]


def mailer(port: int, outbox: Path, **changes: object) -> Mailer:
    values = {"host": "127.0.0.1", "port": port, "username": "", "password": "", "has_starttls": False, **changes}
    return Mailer("ClipFlow <clips@example.org>", SmtpServer(**values), outbox, app_name="Clips")  # type: ignore[arg-type]


def test_a_mail_reaches_a_real_server(inbox: Inbox, tmp_path: Path) -> None:
    sender = mailer(inbox.port, tmp_path)
    sender.check()
    sender.send("alice@example.org", LETTER)
    [envelope] = inbox.mails
    assert envelope.rcpt_tos == ["alice@example.org"]
    assert message_from_bytes(envelope.content)["Message-ID"]  # type: ignore[arg-type]
    text, html = parts_of(envelope.content)
    for part in (text, html):
        assert "Ünicode" in part
        assert "https://clips.example.org/#secret" in part
        assert "Clips" in part
    assert "Go &lt;on&gt;" in html


def test_a_server_that_is_gone_or_speaks_no_tls_is_an_error(inbox: Inbox, tmp_path: Path) -> None:
    with pytest.raises(MailError):
        mailer(1, tmp_path).send("alice@example.org", LETTER)
    with pytest.raises(MailError):
        mailer(inbox.port, tmp_path, has_starttls=True).send("alice@example.org", LETTER)
    with pytest.raises(MailError):
        mailer(inbox.port, tmp_path, username="me", password="x").check()


def test_what_the_server_says_of_an_address_is_no_part_of_the_error(
    inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*arguments: Any) -> str:
        return "550 nobody is called alice@example.org here"

    monkeypatch.setattr(Inbox, "handle_RCPT", refuse, raising=False)
    with pytest.raises(MailError) as caught:
        mailer(inbox.port, tmp_path).send("alice@example.org", LETTER)
    assert ("550" in str(caught.value), "alice" in str(caught.value)) == (True, False)


def test_an_address_cannot_smuggle_a_header(inbox: Inbox, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"newline|linefeed"):
        mailer(inbox.port, tmp_path).send("alice@example.org\nBcc: all@example.org", LETTER)
    assert inbox.mails == []


def test_a_forgotten_password_goes_through_the_mail_server(service: Service, alice: Person, inbox: Inbox) -> None:
    values = environment_of("embedded", service.settings.data_dir, None)
    own = {"DATABASE_URL": service.settings.database_url, "QUEUE_URL": service.settings.queue_url}
    smtp = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(inbox.port), "SMTP_STARTTLS": "false"}
    mailing = build_service({**values, **own, **smtp, "PUBLIC_URL": "https://clips.example.org"})
    mailing.anonymous().post("/api/v1/auth/forgot-password", json={"email": "alice@example.org"})
    mailing.run_jobs()
    [envelope] = inbox.mails
    text, _ = parts_of(envelope.content)
    assert "https://clips.example.org/reset-password?token=" in text
    mailing.database.close_all()


def test_a_mail_server_that_is_down_is_tried_again(service: Service, alice: Person) -> None:
    values = environment_of("embedded", service.settings.data_dir, None)
    own = {"DATABASE_URL": service.settings.database_url, "QUEUE_URL": service.settings.queue_url}
    mailing = build_service({**values, **own, "SMTP_HOST": "127.0.0.1", "SMTP_PORT": "1"})
    mailing.anonymous().post("/api/v1/auth/forgot-password", json={"email": "alice@example.org"})
    mailing.run_jobs()
    with connected():
        [job] = Job.select()
        assert (job.status, job.attempts, job.error_code) == ("queued", 1, "MAIL_FAILED")
    mailing.database.close_all()
