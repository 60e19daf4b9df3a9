"""Health, the daily clean-up, and the doctor's questions."""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from clipflow import encrypted, engine
from clipflow.accounts import service as accounts
from clipflow.analysis import service as analysis
from clipflow.analysis.options import presets
from clipflow.audit import service as audit
from clipflow.core.clamd import Scanner, ScannerError
from clipflow.core.db import connected, database, is_postgresql, missing_migrations
from clipflow.core.errors import MissingError, StorageUnavailableError
from clipflow.core.mail import MailError
from clipflow.core.principal import Principal
from clipflow.core.storage.keys import key_before_quarantine, key_for, name_of_upload, quarantine_key
from clipflow.core.storage.protocol import RESERVED_BYTES, check_room
from clipflow.invitations import service as invitations
from clipflow.jobs import service as jobs
from clipflow.library import service as library
from clipflow.media import charging, uploads
from clipflow.media import models as media_models
from clipflow.media import service as media
from clipflow.oidc import service as oidc
from clipflow.operations import bucket
from clipflow.operations.ownership import check_known_share, foreign_sentence
from clipflow.projects import service as projects
from clipflow.provider_keys import service as provider_keys
from clipflow.resources import Resources, places_of
from clipflow.review import together
from clipflow.teams import service as teams
from clipflow.tokens import service as tokens

logger = logging.getLogger(__name__)

CLEANUP_JOB = "clean_up"
CLEANUP_HOUR_UTC = 3
# Younger files may belong to a row that is just being written.
_ORPHAN_AGE = timedelta(hours=24)
_QUARANTINE_TIME = timedelta(days=7)
# Longer than any request takes; what a row still expects is left alone however old.
_ABANDONED_AGE_S = 48 * 3600.0
# What was deleted longer ago than this and is still there has lost its job.
_CLEARED_WITHIN = timedelta(hours=1)
WORKER_SEEN_WITHIN_S = 30.0
_MINIMUM_FFMPEG = 4


def _ignore_step(percent: int, step: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one of the doctor's questions; ``advice`` says what to do when it is not well."""

    subject: str
    is_well: bool
    fact: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class CleanUp:
    """What a clean-up has removed, or would remove."""

    expired_recordings: list[str]
    unconfirmed_uploads: list[str]
    recovered_files: list[str]
    orphaned_files: list[str]
    deleted_files: list[str]
    abandoned_files: list[str]
    abandoned_analyses: list[str]
    expired_rows: int
    old_jobs: int

    def sentences(self) -> Iterator[str]:
        """One line for each kind, and one for each file."""
        for title, names in (
            ("recordings older than the retention", self.expired_recordings),
            ("uploads that were never confirmed", self.unconfirmed_uploads),
            ("files taken back from quarantine", self.recovered_files),
            ("files that belong to nothing, put into quarantine for a week", self.orphaned_files),
            ("files whose week in quarantine is over", self.deleted_files),
            ("uploads that broke off", self.abandoned_files),
            ("analyses that nobody works on", self.abandoned_analyses),
        ):
            yield f"{len(names)} {title}"
            yield from (f"  {name}" for name in names)
        yield f"{self.expired_rows} expired sessions, tokens and password resets"
        yield f"{self.old_jobs} jobs that ended long ago"


def clean_up(
    resources: Resources,
    known_keys: Callable[[], set[str]],
    now: datetime,
    *,
    is_dry_run: bool,
    is_sure: bool = False,
    on_step: Callable[[int, str], None] = _ignore_step,
) -> CleanUp:
    """Remove what nobody needs any more; with ``is_dry_run`` only say what that is.

    ``known_keys`` are the files that rows speak of, ``on_step`` is told how many percent are done and
    what comes next. ``is_sure`` puts unknown files aside however many there are.

    Raises:
        StorageUnavailableError: the storage is not there, or not ours; nothing has been changed.
        ConflictError: so many files are unknown that the database is more likely to be wrong; neither.
    """
    resources.storage.check_owner()
    if not is_sure:
        check_known_share(resources, known_keys())
    on_step(0, "recordings")
    expired = media.expire_media(resources, now, is_dry_run=is_dry_run)
    expired += media.empty_bin(resources, now, is_dry_run=is_dry_run)
    on_step(20, "unconfirmed uploads")
    unconfirmed = uploads.forget_unconfirmed(resources, now, is_dry_run=is_dry_run)
    on_step(40, "files")
    known = known_keys()
    recovered = _recover(resources, known, is_dry_run=is_dry_run)
    deleted = _empty_quarantine(resources, known, now, is_dry_run=is_dry_run)
    orphans = _put_orphans_aside(resources, known_keys, now, is_dry_run=is_dry_run)
    abandoned = _remove_abandoned(resources, is_dry_run=is_dry_run)
    on_step(70, "rows")
    abandoned_analyses = analysis.repair_abandoned(is_dry_run=is_dry_run)
    if not is_dry_run:
        media.clear_again(resources, now - _CLEARED_WITHIN)
        projects.clear_again(resources, now - _CLEARED_WITHIN)
        teams.clear_again(resources, now - _CLEARED_WITHIN)
        invitations.forget_expired(now)
        resources.mailer.forget_old()
        tokens.forget_expired(now)
        oidc.forget_old()
        together.forget_old(now)
        library.forget_old(now)
        charging.recount(resources, now)
        audit.forget_old(now, timedelta(days=resources.settings.audit_retention_days))
    return CleanUp(
        expired_recordings=expired,
        unconfirmed_uploads=unconfirmed,
        recovered_files=recovered,
        orphaned_files=orphans,
        deleted_files=deleted,
        abandoned_files=abandoned,
        abandoned_analyses=[str(one) for one in abandoned_analyses],
        expired_rows=accounts.forget_expired(now, is_dry_run=is_dry_run),
        old_jobs=jobs.forget_old(now, is_dry_run=is_dry_run),
    )


def readiness(resources: Resources, now: datetime) -> dict[str, str]:
    """The state of each part, "ok" or one sentence."""
    return {
        "database": _state(lambda: database.execute_sql("SELECT 1")),
        "queue": _state(resources.queue.check),
        "storage": _state(lambda: _check_storage(resources)),
        "worker": _worker_state(now),
    }


def features(resources: Resources, principal: Principal | None) -> dict[str, object]:
    """What a frontend needs to know of this installation, and of the keys of whoever asks."""
    settings = resources.settings
    return {
        "ai_features_enabled": settings.ai_features_enabled,
        "whisper_available": provider_keys.can_transcribe(resources, principal),
        # With an imported transcript fillers are found without any service.
        "filler_detection_available": True,
        "malware_scanning": bool(settings.clamd_address),
        "makes_renditions": media.makes_renditions(resources),
        "max_file_size_mb": settings.max_file_size_mb,
        "allowed_extensions": list(settings.allowed_extensions),
        "default_processing_mode": settings.default_processing_mode,
        "presets": presets(),
    }


def examine(resources: Resources) -> Iterator[Finding]:
    """The doctor's questions: everything an installation needs, each with what to do when it is missing."""
    yield _examine_ffmpeg()
    yield _examine_model()
    yield _examine_database()
    yield _examine(
        "queue", resources.queue.check, "reachable", "Check QUEUE_URL and that Redis runs, or the data folder's rights."
    )
    yield _examine_storage(resources)
    if resources.settings.has_remote_storage:
        for subject, check in bucket.checks(places_of(resources.settings)["s3"], resources.settings.address):
            yield _examine(subject, check, "as it should be", "Correct it in the bucket's settings.")
    yield _examine_disk(resources)
    yield _examine_mail(resources)
    yield _examine_scanner(resources.scanner)
    yield _examine_keys(resources)


def _put_orphans_aside(
    resources: Resources, known_keys: Callable[[], set[str]], now: datetime, *, is_dry_run: bool
) -> list[str]:
    # Listed before the rows are read, so that a file whose row is written meanwhile is known.
    old = [one for one in resources.storage.list() if one.modified_at < now - _ORPHAN_AGE]
    known = known_keys()
    orphans = [one.key for one in old if one.key not in known]
    if not is_dry_run:
        for key in orphans:
            resources.storage.move(key, quarantine_key(key))
    return orphans


def _recover(resources: Resources, known: set[str], *, is_dry_run: bool) -> list[str]:
    """Take back what has become known, as after restoring the database that belongs to the files."""
    aside = [key_before_quarantine(one.key) for one in resources.storage.list(in_quarantine=True)]
    # What was moved to the other storage waits here for its week too, and is not missing.
    recovered = [key for key in aside if key in known and not _is_there(resources, key)]
    if not is_dry_run:
        for key in recovered:
            resources.storage.move(quarantine_key(key), key)
    return recovered


def _empty_quarantine(resources: Resources, known: set[str], now: datetime, *, is_dry_run: bool) -> list[str]:
    over = [
        one.key
        for one in resources.storage.list(in_quarantine=True)
        if one.modified_at < now - _QUARANTINE_TIME
        and _is_dispensable(resources, key_before_quarantine(one.key), known)
    ]
    if not is_dry_run:
        for key in over:
            resources.storage.delete(key)
    return over


def _is_dispensable(resources: Resources, key: str, known: set[str]) -> bool:
    return key not in known or _is_there(resources, key)


def _is_there(resources: Resources, key: str) -> bool:
    try:
        resources.storage.size(key)
    except MissingError:
        return False
    return True


def _remove_abandoned(resources: Resources, *, is_dry_run: bool) -> list[str]:
    expected = {name_of_upload(one) for one in media_models.uploads_in_parts()}
    old = resources.storage.abandoned_uploads(_ABANDONED_AGE_S)
    abandoned = [one for one in old if name_of_upload(one) not in expected]
    if not is_dry_run:
        for upload_id in abandoned:
            resources.storage.abort(upload_id)
    return abandoned


def _check_storage(resources: Resources) -> None:
    resources.storage.check_owner()
    check_room(resources.storage, 0)


def _state(check: Callable[[], object]) -> str:
    try:
        check()
    except Exception as error:
        logger.warning("Not ready: %s", error)
        return "unavailable"
    return "ok"


def _worker_state(now: datetime) -> str:
    try:
        return "ok" if jobs.has_worker(now, WORKER_SEEN_WITHIN_S) else "no worker is running"
    except Exception:
        return "unknown"


def _examine(subject: str, check: Callable[[], object], fact: str, advice: str) -> Finding:
    try:
        check()
    except Exception as error:
        return Finding(subject, False, str(error) or type(error).__name__, advice)
    return Finding(subject, True, fact)


def _examine_ffmpeg() -> Finding:
    try:
        version = engine.tool_version("ffmpeg")
        engine.tool_version("ffprobe")
    except engine.EngineError as error:
        return Finding("ffmpeg", False, str(error), "Install ffmpeg (apt install ffmpeg) and start again.")
    number = re.match(r"n?(\d+)", version)
    is_well = number is None or int(number[1]) >= _MINIMUM_FFMPEG
    return Finding("ffmpeg", is_well, f"version {version}", "Install a newer ffmpeg." if not is_well else "")


def _examine_model() -> Finding:
    advice = "Install the packages again with: make"
    return _examine("model", engine.check_model, "the speech detector loads", advice)


def _examine_database() -> Finding:
    advice = "Check DATABASE_URL and that the database runs."
    try:
        with connected():
            missing = missing_migrations()
            version = database.execute_sql("SELECT version()" if is_postgresql() else "SELECT sqlite_version()")
            fact = str(version.fetchone()[0]).split(" (")[0]
    except Exception as error:
        return Finding("database", False, str(error), advice)
    if missing:
        return Finding("database", False, f"{len(missing)} steps behind", "Run: python run.py migrate")
    return Finding("database", True, fact if is_postgresql() else f"SQLite {fact}")


def _examine_storage(resources: Resources) -> Finding:
    def write_and_forget() -> None:
        key = key_for("media", str(uuid4()))
        resources.storage.put(key, b"doctor")
        resources.storage.delete(key)

    try:
        resources.storage.check_owner()
    except StorageUnavailableError as error:
        return Finding("storage", False, str(error), _advice_on_storage(resources))
    return _examine("storage", write_and_forget, "writable", "Make the media folder writable for this user.")


def _advice_on_storage(resources: Resources) -> str:
    try:
        return foreign_sentence(resources.storage.owner())
    except StorageUnavailableError:
        return "Check UPLOAD_DIR, whether its disk is mounted, and that this user may read and write there."


def _examine_disk(resources: Resources) -> Finding:
    try:
        capacity = resources.storage.capacity()
    except StorageUnavailableError as error:
        return Finding("disk", False, str(error), "See what is said of the storage.")
    if capacity is None:
        return Finding("disk", True, "the storage has no end")
    # While it comes in, a recording lies there twice.
    free, needed = capacity.free_bytes, 2 * resources.settings.max_file_size_bytes + RESERVED_BYTES
    fact = f"{free / 1024**3:.1f} GiB free"
    return Finding(
        "disk", free > needed, fact, "" if free > needed else "Make room for at least one largest recording."
    )


def _examine_keys(resources: Resources) -> Finding:
    try:
        with connected():
            counts = encrypted.count_by_key()
    except Exception as error:
        return Finding("keys", False, str(error), "See what is said of the database.")
    ring = resources.key_ring
    missing = set(counts) - (ring.names if ring else frozenset())
    if missing:
        names = ", ".join(sorted(missing))
        fact = f"{sum(counts[one] for one in missing)} secrets need keys that are missing ({names})"
        return Finding("keys", False, fact, "Put the keys that are missing back into ENCRYPTION_KEYS.")
    old = 0 if ring is None else counts.total() - counts[ring.newest]
    advice = "" if old == 0 else "; run rotate-keys before the older keys go"
    return Finding("keys", True, f"{counts.total()} secrets, {old} of them with an older key{advice}")


def _examine_scanner(scanner: Scanner | None) -> Finding:
    if scanner is None:
        return Finding("scanner", True, "none is set; recordings are not scanned for malicious content")
    try:
        scanner.check()
        return Finding("scanner", True, scanner.version())
    except ScannerError as error:
        return Finding("scanner", False, str(error), "Check CLAMD_ADDRESS, that clamd runs, and its signatures.")


def _examine_mail(resources: Resources) -> Finding:
    if not resources.settings.smtp_host:
        return Finding("mail", True, "no server is set; mails are kept in the data folder's outbox")
    try:
        resources.mailer.check()
    except MailError as error:
        return Finding("mail", False, str(error), "Check the SMTP settings.")
    return Finding("mail", True, f"{resources.settings.smtp_host} takes mails")
