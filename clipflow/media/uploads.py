"""How recordings come in: checked, kept or refused."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from peewee import IntegrityError

from clipflow import engine
from clipflow.config import Settings
from clipflow.core import clock
from clipflow.core.db import transaction
from clipflow.core.errors import (
    ConflictError,
    InvalidInputError,
    MissingError,
    NotAllowedError,
    QuotaExceededError,
    TooLargeError,
    UnavailableError,
    UnsupportedFormatError,
)
from clipflow.core.principal import Permission, Principal
from clipflow.core.queue import Lane
from clipflow.core.searching import searchable
from clipflow.core.storage.keys import key_for
from clipflow.core.storage.protocol import check_room
from clipflow.core.storage.writing import StorageWriter
from clipflow.jobs import service as jobs
from clipflow.media import charging, checking, filetypes, models, parts
from clipflow.media.access import visible_recordings
from clipflow.media.models import MediaFile, MediaState, PendingUpload
from clipflow.media.parts import ClaimedPart
from clipflow.media.service import CHECKING_JOB, SCANNING_JOB, plan_renditions
from clipflow.projects.access import require, visible
from clipflow.resources import Resources

logger = logging.getLogger(__name__)

SAMPLE = Path(__file__).resolve().parent.parent / "sample" / "talk.mp4"
SAMPLE_NAME = "Sample talk.mp4"
_SLOWEST_BODY = timedelta(hours=6)
_SLOWEST_SMALL_BODY = timedelta(seconds=30)
# What is larger is looked at before it comes; see clipflow/http/admission.
_JUDGED_BY_HEADERS_BYTES = 1024**2
_COPIED_WHILE_WAITING_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class UploadAddress:
    """Where and until when an announced upload may be sent."""

    upload: PendingUpload
    owner_id: str
    expires_at_s: int
    signature: str


@dataclass(frozen=True, slots=True)
class ArrivedFile:
    """A file that has come in: its own name, and where it is."""

    name: str
    key: str
    size_bytes: int


def check_upload_allowed(principal: Principal, project_id: UUID) -> None:
    """Raise MissingError or NotAllowedError unless recordings may be put into the project."""
    require(principal, project_id, Permission.EDIT)


def receive_upload(resources: Resources, filename: str, expected_bytes: int | None) -> StorageWriter:
    """Takes the bytes of an upload where they are to stay; raises UnavailableError when there is no room."""
    extension = filetypes.extension_of(filetypes.sanitised_name(filename))
    ending = f".{extension}" if extension in resources.settings.allowed_extensions else ""
    return StorageWriter(resources.storage, key_for("media", str(uuid4()), ending), expected_bytes)


def receive_announced(resources: Resources, upload_id: UUID, expected_bytes: int | None) -> StorageWriter:
    """Takes the bytes of an announced upload; raises MissingError when there is none (any more)."""
    return receive_upload(resources, _expected_upload(upload_id).filename, expected_bytes)


def add_media(
    resources: Resources,
    principal: Principal,
    project_id: UUID,
    writer: StorageWriter,
    filename: str,
    content_type: str,
) -> MediaFile:
    """Check a file that has come in and keep it; a refused one leaves nothing behind.

    Raises:
        MissingError, NotAllowedError: the project may not be seen, or not be added to.
        TooLargeError: it is larger than what is taken.
        InvalidInputError: it is empty.
        UnsupportedFormatError: ending, media type or content is not what is accepted.
        QuotaExceededError: the team or the person has used up what it may.
        UnavailableError: there is no room.
    """
    with writer:
        require(principal, project_id, Permission.EDIT)
        check_size(resources.settings, writer.size_bytes)
        name = filetypes.sanitised_name(filename)
        _check_name(resources.settings, name, content_type)
        charging.check(resources, principal, project_id, writer.size_bytes)
        return _take(resources, principal, project_id, ArrivedFile(name, writer.complete(), writer.size_bytes))


def add_sample(resources: Resources, principal: Principal, project_id: UUID) -> MediaFile:
    """Put the bundled recording into a project, for who wants to see what comes out before sending one.

    Raises:
        MissingError, NotAllowedError: the project may not be seen, or not be added to.
        UnavailableError: there is no room.
    """
    require(principal, project_id, Permission.EDIT)
    with receive_upload(resources, SAMPLE_NAME, None) as writer:
        writer.write(SAMPLE.read_bytes())
        file = ArrivedFile(SAMPLE_NAME, writer.complete(), writer.size_bytes)
        return _take(resources, principal, project_id, file, is_ours=True)


def _take(
    resources: Resources, principal: Principal, project_id: UUID, file: ArrivedFile, *, is_ours: bool = False
) -> MediaFile:
    """Check a file that has arrived and make it a recording; a refused one is deleted."""
    try:
        facts = _facts(resources, file, is_ours=is_ours)
        with transaction():
            media = _create_row(resources, principal.user_id, uuid4(), project_id, file, facts)
            charging.take(resources, principal, project_id, file.size_bytes)
            return media
    except BaseException:
        resources.storage.delete(file.key)
        raise


def _facts(resources: Resources, file: ArrivedFile, *, is_ours: bool = False) -> dict[str, Any]:
    """What is known of a recording: all, or that a worker has to look at it.

    Raises:
        UnsupportedFormatError: it is not one that is accepted.
        UnavailableError: it could not be looked at now.
    """
    # A copy of what is far away would take its time.
    is_slow = resources.settings.has_remote_storage and file.size_bytes > _COPIED_WHILE_WAITING_BYTES
    if is_slow or (resources.scanner is not None and not is_ours):
        checking.check_head(resources, file.key, file.name)
        return {"state": MediaState.CHECKING, "media_info": None}
    try:
        return checking.facts_of(checking.check_content(resources, file.key, file.name))
    except checking.UndecidedError:
        return {"state": MediaState.CHECKING, "media_info": None}
    except engine.MediaNotFoundError as error:
        raise UnavailableError("The recording could not be looked at; try again in a minute.") from error


def check_size(settings: Settings, size_bytes: int) -> None:
    """Raise TooLargeError or, for nothing at all, InvalidInputError."""
    if size_bytes > settings.max_file_size_bytes:
        raise TooLargeError(f"The file is larger than {settings.max_file_size_mb} MiB; split it or compress it.")
    if size_bytes <= 0:
        raise InvalidInputError("The file is empty; choose another one.", {"file": "Must not be empty."})


def prepare_upload(
    resources: Resources, principal: Principal, *, project_id: UUID, filename: str, content_type: str, file_size: int
) -> UploadAddress:
    """Prepare an upload that is sent as raw bytes to a signed address.

    Raises:
        MissingError, TooLargeError, InvalidInputError, UnsupportedFormatError, QuotaExceededError, UnavailableError: as
            for a direct upload, as far as that can be told before.
    """
    require(principal, project_id, Permission.EDIT)
    check_size(resources.settings, file_size)
    name = filetypes.sanitised_name(filename)
    _check_name(resources.settings, name, content_type)
    check_room(resources.storage, file_size)
    now = clock.now()
    upload_id = uuid4()
    try:
        charging.check(resources, principal, project_id, file_size)
    except QuotaExceededError:
        # Room that is kept for files that never came is free again at once where it is missed.
        forget_unconfirmed(resources, now, is_dry_run=False)
    with transaction():
        charge = charging.reserve(resources, principal, project_id, file_size)
        upload = PendingUpload.create(
            id=upload_id, project=project_id, filename=name, content_type=content_type, file_size=file_size,
            part_size=parts.part_size_of(file_size),
            storage_key=key_for("media", str(upload_id), f".{filetypes.extension_of(name)}"),
            uploaded_by_id=charge.user_id, charged_team_id=charge.team_id, charged_week=charge.week,
            created_at=now, expires_at=now + resources.settings.upload_lifetime,
            force_insert=True,
        )  # fmt: skip
    expires_at_s = int(upload.expires_at.timestamp())
    owner_id = principal.user_id.hex
    signature = resources.signer.sign(str(upload_id), owner_id, file_size, expires_at_s)
    return UploadAddress(upload, owner_id, expires_at_s, signature)


def check_signature(
    resources: Resources, signed_name: str, owner_id: str, size_bytes: int, expires_at_s: int, signature: str
) -> None:
    """Raise NotAllowedError for the address of an upload, or of a part, that was not signed here or has expired."""
    # Of a large body that was judged when its headers came; on a slow line it takes its time.
    leeway = _SLOWEST_BODY if size_bytes > _JUDGED_BY_HEADERS_BYTES else _SLOWEST_SMALL_BODY
    leeway_s = int(leeway.total_seconds())
    if not resources.signer.is_valid(signed_name, owner_id, size_bytes, expires_at_s, signature, leeway_s=leeway_s):
        raise NotAllowedError("This upload address is not valid (any more); ask for a new one.")


def receive_pending(resources: Resources, upload_id: UUID, writer: StorageWriter) -> None:
    """Keep the bytes of an announced upload until it is confirmed; sending them again replaces them.

    Raises:
        MissingError: it was confirmed, refused or deleted meanwhile.
        InvalidInputError: it is not as long as announced.
    """
    with writer:
        upload = _expected_upload(upload_id)
        if writer.size_bytes != upload.file_size:
            raise InvalidInputError(
                f"The file has {writer.size_bytes} bytes, but {upload.file_size} were announced; send it again.",
                {"file_size": f"Must be {writer.size_bytes}."},
            )
        # The writer has a key of its own, so that nobody can change a file that is being checked by sending it again.
        key = writer.complete()
        if not models.note_received(upload, key, clock.now()):
            resources.storage.delete(key)
            raise parts.no_upload()
        resources.storage.delete(upload.storage_key)


def confirm_upload(
    resources: Resources, principal: Principal, upload_id: UUID, claimed: Sequence[ClaimedPart] = ()
) -> MediaFile:
    """Check an announced upload exactly as a direct one and keep it; a refused one is deleted.

    Asked again, also after a process was killed in the middle, it gives the same answer.

    Raises:
        MissingError: there is no such upload.
        ConflictError: its bytes have not come yet, or others came meanwhile.
        PartsMissingError: parts have not come, or are not those that were ``claimed``.
        UnsupportedFormatError: ending, media type or content is not what is accepted.
        UnavailableError: it could not be looked at now; it can be confirmed again.
    """
    upload = models.find_pending_upload(upload_id, visible(principal, Permission.VIEW))
    if upload is None:
        return _confirmed_before(principal, upload_id, claimed)
    require(principal, upload.project_id, Permission.EDIT)
    if upload.refusal is not None:
        raise UnsupportedFormatError(upload.refusal)
    joined = parts.join(resources, upload, claimed)
    if joined is None:
        return _confirmed_before(principal, upload_id, claimed)
    upload = joined
    file = ArrivedFile(upload.filename, upload.storage_key, upload.file_size)
    try:
        facts = _facts(resources, file)
    except UnsupportedFormatError as error:
        # What was said is kept before the file goes, so that nobody who asks again finds it missing.
        with transaction():
            is_refused = models.refuse_upload(upload, str(error))
            if is_refused:
                charging.release(upload)
        if is_refused:
            resources.storage.delete(upload.storage_key)
        raise
    except MissingError:
        # Somebody else may have looked at it at the same moment, and removed what was refused.
        _raise_refusal(principal, upload_id)
        raise
    with transaction():
        if models.take_upload(upload):
            # Whoever confirms it: it is counted for who has announced it.
            uploader_id = upload.uploaded_by_id or principal.user_id
            known = {**facts, "parts_digest": upload.parts_digest}
            media = _create_row(resources, uploader_id, upload.id, upload.project_id, file, known)
            charging.settle(upload)
            return media
    if models.find_pending_upload(upload_id, visible(principal, Permission.VIEW)) is not None:
        raise ConflictError("The file was sent again while it was looked at; confirm the upload once more.")
    return _confirmed_before(principal, upload_id, claimed)


def abort_upload(resources: Resources, principal: Principal, upload_id: UUID) -> None:
    """Give up an announced upload, and the room that is kept for it; nothing happens where there is none (any more).

    Raises:
        NotAllowedError: it may be seen, and not be given up.
    """
    upload = models.find_pending_upload(upload_id, visible(principal, Permission.VIEW))
    if upload is None:
        return
    require(principal, upload.project_id, Permission.EDIT)
    parts.give_up(resources, upload)


def _raise_refusal(principal: Principal, upload_id: UUID) -> None:
    upload = models.find_pending_upload(upload_id, visible(principal, Permission.VIEW))
    if upload is not None and upload.refusal is not None:
        raise UnsupportedFormatError(upload.refusal) from None


def _confirmed_before(principal: Principal, upload_id: UUID, claimed: Sequence[ClaimedPart]) -> MediaFile:
    """The recording that an upload has become; its id is that of the upload."""
    media = models.find_media(upload_id, visible_recordings(principal, Permission.EDIT))
    if media is None:
        raise parts.no_upload()
    parts.check_claims(media.parts_digest, claimed)
    return media


def _expected_upload(upload_id: UUID) -> PendingUpload:
    upload: PendingUpload | None = PendingUpload.get_or_none(PendingUpload.id == upload_id)
    if upload is None or upload.expires_at < clock.now() or upload.refusal is not None:
        raise parts.no_upload()
    return upload


def forget_unconfirmed(resources: Resources, now: datetime, *, is_dry_run: bool) -> list[str]:
    """Delete announced uploads that were not confirmed in time; returns the names of their files."""
    expired = models.expired_uploads(now)
    if not is_dry_run:
        for upload in expired:
            parts.give_up(resources, upload, expired_at=now)
    return [upload.storage_key for upload in expired]


def _check_name(settings: Settings, name: str, content_type: str) -> None:
    extension = filetypes.extension_of(name)
    if extension not in settings.allowed_extensions:
        allowed = ", ".join(settings.allowed_extensions)
        raise UnsupportedFormatError(f"Files that end in .{extension[:20]} are not taken; send one of {allowed}.")
    if not filetypes.is_plausible_type(content_type):
        raise UnsupportedFormatError(
            f"The media type {content_type[:50]!r} is not that of a recording; send video/… or audio/…."
        )


def _create_row(
    resources: Resources,
    uploader_id: UUID,
    media_id: UUID,
    project_id: UUID,
    file: ArrivedFile,
    facts: dict[str, Any],
) -> MediaFile:
    """The row of a recording, and the job of whoever has to look at it still."""
    try:
        with transaction():
            media: MediaFile = MediaFile.create(
                id=media_id, project=project_id, original_filename=file.name, storage_key=file.key,
                title=filetypes.title_of(file.name),
                search_text=searchable(f"{filetypes.title_of(file.name)} {file.name}"),
                file_size=file.size_bytes, created_at=clock.now(),
                uploaded_by_id=uploader_id,
                mime_type=filetypes.mime_type_of(filetypes.extension_of(file.name)),
                force_insert=True, **facts,
            )  # fmt: skip
            if media.state == MediaState.CHECKING:
                kind = CHECKING_JOB if resources.scanner is None else SCANNING_JOB
                jobs.submit(resources.queue, kind, Lane.CHECKS, media.id, uploader_id)
            else:
                plan_renditions(resources, media.id)
            return media
    except IntegrityError:
        # The project was removed while the file was checked.
        raise MissingError("There is no such project (any more); check the address.") from None
