"""How recordings come in: checked, kept or refused."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from peewee import IntegrityError

from clipflow import engine
from clipflow.config import Settings
from clipflow.core import clock
from clipflow.core.errors import (
    ConflictError,
    InvalidInputError,
    MissingError,
    NotAllowedError,
    TooLargeError,
    UnavailableError,
    UnsupportedFormatError,
)
from clipflow.core.principal import Permission, Principal
from clipflow.core.storage.keys import key_for
from clipflow.core.storage.protocol import check_room
from clipflow.core.storage.writing import StorageWriter
from clipflow.engine.text import shown_name
from clipflow.media import filetypes, models
from clipflow.media.models import MediaFile, PendingUpload
from clipflow.media.service import describe_info, describe_warnings
from clipflow.projects.access import require, visible
from clipflow.resources import Resources

logger = logging.getLogger(__name__)

ADDRESS_LIFETIME = timedelta(hours=1)
SAMPLE = Path(__file__).resolve().parent.parent / "sample" / "talk.mp4"
SAMPLE_NAME = "Sample talk.mp4"
# A recording is only described here, which takes a fraction of a second unless someone means harm.
_PROBE_LIMITS = engine.MediaLimits(base_s=30.0)


@dataclass(frozen=True, slots=True)
class UploadAddress:
    """Where and until when an announced upload may be sent."""

    upload: PendingUpload
    expires_at_s: int
    signature: str


def check_upload_allowed(principal: Principal, project_id: UUID) -> None:
    """Raise MissingError or NotAllowedError unless recordings may be put into the project."""
    require(principal, project_id, Permission.EDIT)


def receive_upload(resources: Resources, expected_bytes: int | None) -> StorageWriter:
    """Takes the bytes of an upload; raises UnavailableError when there is no room."""
    return StorageWriter(resources.storage, key_for("pending", str(uuid4())), expected_bytes)


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
        UnavailableError: there is no room.
    """
    with writer:
        require(principal, project_id, Permission.EDIT)
        check_size(resources.settings, writer.size_bytes)
        name = filetypes.sanitised_name(filename)
        _check_name(resources.settings, name, content_type)
        return _take(resources, project_id, writer.complete(), name)


def add_sample(resources: Resources, principal: Principal, project_id: UUID) -> MediaFile:
    """Put the bundled recording into a project, for who wants to see what comes out before sending one.

    Raises:
        MissingError, NotAllowedError: the project may not be seen, or not be added to.
        UnavailableError: there is no room.
    """
    require(principal, project_id, Permission.EDIT)
    key = key_for("pending", str(uuid4()))
    resources.storage.put(key, SAMPLE.read_bytes())
    return _take(resources, project_id, key, SAMPLE_NAME)


def _take(resources: Resources, project_id: UUID, pending_key: str, name: str) -> MediaFile:
    """Check a file that has arrived and make it a recording; a refused one is deleted."""
    try:
        info = _checked_info(resources, pending_key, name)
    except BaseException:
        resources.storage.delete(pending_key)
        raise
    return _add(resources, uuid4(), project_id, pending_key, name, info)


def _add(
    resources: Resources, media_id: UUID, project_id: UUID, pending_key: str, name: str, info: engine.MediaInfo
) -> MediaFile:
    key = key_for("media", str(media_id), f".{filetypes.extension_of(name)}")
    # The file first: a row without its file would be listed, a file without a row is cleaned up.
    resources.storage.move(pending_key, key)
    return _create_row(resources, media_id, project_id, name, key, info)


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
        MissingError, TooLargeError, InvalidInputError, UnsupportedFormatError, UnavailableError: as
            for a direct upload, as far as that can be told before.
    """
    require(principal, project_id, Permission.EDIT)
    check_size(resources.settings, file_size)
    name = filetypes.sanitised_name(filename)
    _check_name(resources.settings, name, content_type)
    check_room(resources.storage, file_size)
    now = clock.now()
    upload_id = uuid4()
    upload = PendingUpload.create(
        id=upload_id, project=project_id, filename=name, content_type=content_type, file_size=file_size,
        storage_key=key_for("pending", str(upload_id), f".{filetypes.extension_of(name)}"),
        created_at=now, expires_at=now + ADDRESS_LIFETIME,
        force_insert=True,
    )  # fmt: skip
    expires_at_s = int(upload.expires_at.timestamp())
    signature = resources.signer.sign(str(upload_id), file_size, expires_at_s)
    return UploadAddress(upload, expires_at_s, signature)


def check_signature(resources: Resources, upload_id: UUID, size_bytes: int, expires_at_s: int, signature: str) -> None:
    """Raise NotAllowedError for an address that was not signed here or has expired."""
    if not resources.signer.is_valid(str(upload_id), size_bytes, expires_at_s, signature):
        raise NotAllowedError("This upload address is not valid (any more); ask for a new one.")


def receive_pending(resources: Resources, upload_id: UUID, writer: StorageWriter) -> None:
    """Keep the bytes of an announced upload until it is confirmed; sending them again replaces them.

    Raises:
        MissingError: it was confirmed, refused or deleted meanwhile.
        InvalidInputError: it is not as long as announced.
    """
    with writer:
        upload = PendingUpload.get_or_none(PendingUpload.id == upload_id)
        if upload is None or upload.expires_at < clock.now():
            raise _no_upload()
        if writer.size_bytes != upload.file_size:
            raise InvalidInputError(
                f"The file has {writer.size_bytes} bytes, but {upload.file_size} were announced; send it again.",
                {"file_size": f"Must be {writer.size_bytes}."},
            )
        # The writer has a key of its own, so that nobody can change a file that is being checked by sending it again.
        key = writer.complete()
        if not models.note_received(upload, key, clock.now()):
            resources.storage.delete(key)
            raise _no_upload()
        resources.storage.delete(upload.storage_key)


def confirm_upload(resources: Resources, principal: Principal, upload_id: UUID) -> MediaFile:
    """Check an announced upload exactly as a direct one and keep it; a refused one is deleted.

    Raises:
        MissingError: there is no such upload.
        ConflictError: its bytes have not come yet.
        UnsupportedFormatError: ending, media type or content is not what is accepted.
        UnavailableError: it could not be looked at now; it can be confirmed again.
    """
    upload = models.find_pending_upload(upload_id, visible(principal, Permission.VIEW))
    if upload is None:
        raise _no_upload()
    require(principal, upload.project_id, Permission.EDIT)
    if upload.received_at is None:
        raise ConflictError("The file has not arrived yet; send it to its upload address first.")
    if not models.take_upload(upload):
        raise _no_upload()
    try:
        info = _checked_info(resources, upload.storage_key, upload.filename)
    except UnavailableError:
        models.put_upload_back(upload)
        raise
    except Exception:
        resources.storage.delete(upload.storage_key)
        raise
    return _add(resources, upload.id, upload.project_id, upload.storage_key, upload.filename, info)


def _no_upload() -> MissingError:
    return MissingError("There is no such upload (any more); announce it again.")


def forget_unconfirmed(resources: Resources, now: datetime, *, is_dry_run: bool) -> list[str]:
    """Delete announced uploads that were not confirmed in time; returns the names of their files."""
    expired = models.expired_uploads(now)
    if not is_dry_run:
        for upload in expired:
            resources.storage.delete(upload.storage_key)
            upload.delete_instance()
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


def _checked_info(resources: Resources, key: str, name: str) -> engine.MediaInfo:
    """What a file is, if its content is that of a recording with sound and agrees with its ending."""
    extension = filetypes.extension_of(name)
    with resources.storage.open_range(key, 0, filetypes.HEAD_BYTES) as file:
        head = file.read(filetypes.HEAD_BYTES)
    if not filetypes.has_content_of(extension, head):
        raise UnsupportedFormatError(
            f"The content of the file is not that of a .{extension} file; give it its right ending or convert it."
        )
    try:
        with resources.storage.local_copy(key) as path:
            return engine.probe(path, limits=_PROBE_LIMITS)
    except (engine.MediaToolError, engine.MediaNotFoundError) as error:
        logger.warning("A recording could not be described: %s", error)
        raise UnavailableError("The recording could not be looked at; try again in a minute.") from error
    except engine.EngineError as error:
        # The engine speaks of the file's name here, which says nothing to the person who sent it.
        raise UnsupportedFormatError(str(error).replace(shown_name(Path(key)), shown_name(Path(name)))) from error


def _create_row(
    resources: Resources, media_id: UUID, project_id: UUID, name: str, key: str, info: engine.MediaInfo
) -> MediaFile:
    try:
        return MediaFile.create(
            id=media_id, project=project_id, original_filename=name, storage_key=key, file_size=info.file_size_bytes,
            mime_type=filetypes.mime_type_of(filetypes.extension_of(name)), duration_seconds=info.duration_s,
            media_info=describe_info(info), warnings=describe_warnings(info), created_at=clock.now(),
            force_insert=True,
        )  # fmt: skip
    except IntegrityError:
        # The project was removed while the file was checked.
        resources.storage.delete(key)
        raise MissingError("There is no such project (any more); check the address.") from None
