"""Tables of recordings, and of uploads that are expected."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import BigIntegerField, CharField, FloatField, ForeignKeyField, JSONField, TextField, UUIDField, fn

from clipflow.core.db import BaseModel, IdField, UtcDateTimeField, delete_rows
from clipflow.projects.models import Project
from clipflow.quotas.models import Account, Holder


class MediaState(StrEnum):
    """Whether a recording can be used."""

    CHECKING = "checking"
    READY = "ready"
    REFUSED = "refused"


class _InfoField(JSONField):
    """What a check has found; None before, which is an empty object in the database."""

    def db_value(self, value: Any) -> Any:
        return super().db_value(value or {})  # type: ignore[no-untyped-call]

    def python_value(self, value: Any) -> Any:
        return super().python_value(value) or None  # type: ignore[no-untyped-call]


class MediaFile(BaseModel):
    """A recording. ``tracks_key`` names the tracks of its newest finished analysis, for the waveform.

    ``media_info`` is None until it has been checked; ``refusal`` says why it was refused.
    """

    id = IdField()
    project_id: UUID
    project = ForeignKeyField(Project, on_delete="CASCADE", backref="media_files")
    original_filename = CharField(max_length=255)
    # What people call it; at first its name without the ending.
    title = CharField(max_length=255)
    storage_key = CharField(max_length=100)
    file_size = BigIntegerField()
    mime_type = CharField(max_length=100)
    duration_seconds = FloatField(null=True)
    media_info = _InfoField()
    warnings = JSONField(default=list)
    tracks_key = CharField(max_length=100, null=True)
    state = CharField(max_length=20, default=MediaState.READY)
    refusal = TextField(null=True)
    uploaded_by_id = UUIDField(null=True)
    created_at = UtcDateTimeField()
    deleted_at = UtcDateTimeField(null=True)

    class Meta:
        """A project's recordings are listed in the order they came."""

        table_name = "media_files"
        indexes = ((("project", "created_at"), False), (("created_at",), False))


class PendingUpload(BaseModel):
    """An upload that may come until ``expires_at``; its id becomes that of the recording.

    ``refusal`` is what was said when its content was refused, so that asking again hears the same.
    """

    id = IdField()
    project_id: UUID
    project = ForeignKeyField(Project, on_delete="CASCADE", backref="pending_uploads")
    filename = CharField(max_length=255)
    content_type = CharField(max_length=100)
    file_size = BigIntegerField()
    storage_key = CharField(max_length=100)
    received_at = UtcDateTimeField(null=True)
    refusal = TextField(null=True)
    # What it is reserved for; earlier versions reserved nothing.
    uploaded_by_id = UUIDField(null=True)
    charged_team_id = UUIDField(null=True)
    charged_week = CharField(max_length=10, null=True)
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField(index=True)

    class Meta:
        """Found by their end when they were not confirmed in time."""

        table_name = "pending_uploads"


def find_media(media_id: UUID, allowed: Any) -> MediaFile | None:
    """A recording that fulfils a condition together with its project, or None."""
    found: MediaFile | None = MediaFile.select(MediaFile).join(Project).where(MediaFile.id == media_id, allowed).first()
    return found


def page_of_media(project_id: UUID, media_id: UUID | None, page: int, limit: int) -> tuple[list[MediaFile], int]:
    """A page of a project's recordings, newest first, and how many there are in all; or one of them alone."""
    found = MediaFile.select().where(MediaFile.project == project_id, MediaFile.deleted_at.is_null())
    if media_id is not None:
        found = found.where(MediaFile.id == media_id)
    newest_first = found.order_by(MediaFile.created_at.desc(), MediaFile.id)
    return list(newest_first.paginate(page, limit)), found.count()


def recordings_in(project_id: UUID, media_ids: Iterable[UUID] | None, most: int) -> list[MediaFile]:
    """The recordings of a project that can be used, newest first: all, or those of these ids."""
    found = MediaFile.select().where(
        MediaFile.project == project_id, MediaFile.deleted_at.is_null(), MediaFile.state == MediaState.READY
    )
    if media_ids is not None:
        found = found.where(MediaFile.id.in_(list(media_ids)))
    return list(found.order_by(MediaFile.created_at.desc(), MediaFile.id).limit(most))


@dataclass(frozen=True, slots=True)
class Contents:
    """What a project holds: how many recordings, how long together, and the newest one for a picture."""

    count: int
    duration_s: float
    newest: MediaFile


def contents_of(project_ids: Iterable[UUID]) -> dict[UUID, Contents]:
    """What each of these projects holds; those without a recording are missing."""
    is_there = MediaFile.project.in_(list(project_ids)) & MediaFile.deleted_at.is_null()
    sums: Any = (
        MediaFile.select(
            MediaFile.project,
            fn.COUNT(MediaFile.id),
            fn.COALESCE(fn.SUM(MediaFile.duration_seconds), 0.0),
            fn.MAX(MediaFile.created_at),
        )
        .where(is_there)
        .group_by(MediaFile.project)
        .tuples()
    )
    totals = {project_id: (count, float(seconds), newest_at) for project_id, count, seconds, newest_at in sums}
    newest = MediaFile.select().where(is_there, MediaFile.created_at.in_([at for *_, at in totals.values()]))
    return {
        one.project_id: Contents(*totals[one.project_id][:2], one)
        for one in newest
        if one.created_at == totals[one.project_id][2]
    }


def media_by_ids(media_ids: list[UUID]) -> list[MediaFile]:
    """These recordings, those that are being deleted too."""
    return list(MediaFile.select().where(MediaFile.id.in_(media_ids)))


def all_media_in(project_id: UUID) -> list[MediaFile]:
    """A project's recordings, those that are being deleted too."""
    return list(MediaFile.select().where(MediaFile.project == project_id))


def find_pending_upload(upload_id: UUID, allowed: Any) -> PendingUpload | None:
    """A pending upload whose project fulfils a condition, or None."""
    found: PendingUpload | None = (
        PendingUpload.select(PendingUpload).join(Project).where(PendingUpload.id == upload_id, allowed).first()
    )
    return found


def note_received(upload: PendingUpload, key: str, now: datetime) -> bool:
    """Note where the bytes of an upload are; False when someone else has changed or confirmed it meanwhile."""
    unchanged = (PendingUpload.id == upload.id) & (PendingUpload.storage_key == upload.storage_key)
    is_open = PendingUpload.refusal.is_null()
    return bool(PendingUpload.update(storage_key=key, received_at=now).where(unchanged, is_open).execute() == 1)


def take_upload(upload: PendingUpload) -> bool:
    """Use up an announced upload whose bytes are where they were read; False when someone else has."""
    unchanged = (PendingUpload.id == upload.id) & (PendingUpload.storage_key == upload.storage_key)
    return delete_rows(PendingUpload, unchanged) == 1


def refuse_upload(upload: PendingUpload, sentence: str) -> bool:
    """Note why an upload was refused; False when it was before, or its bytes are not those that were looked at."""
    unchanged = (PendingUpload.id == upload.id) & (PendingUpload.storage_key == upload.storage_key)
    is_open = PendingUpload.refusal.is_null()
    return bool(PendingUpload.update(refusal=sentence).where(unchanged, is_open).execute() == 1)


def remove_upload(upload: PendingUpload) -> PendingUpload | None:
    """Remove the row of an announced upload; returns it as it was last, or None when someone else has removed it."""
    last = PendingUpload.get_or_none(PendingUpload.id == upload.id)
    return last if last is not None and delete_rows(PendingUpload, _is_as_read(last)) == 1 else None


def _is_as_read(upload: PendingUpload) -> Any:
    said = PendingUpload.refusal.is_null() if upload.refusal is None else PendingUpload.refusal == upload.refusal
    return (PendingUpload.id == upload.id) & said


def mark_deleted(media_id: UUID, now: datetime) -> bool:
    """Let a recording be gone for everybody; False when it is already."""
    wanted = (MediaFile.id == media_id) & MediaFile.deleted_at.is_null()
    return bool(MediaFile.update(deleted_at=now).where(wanted).execute() == 1)


def finish_check(media_id: UUID, **changes: Any) -> bool:
    """End the check of a recording; False when it is over or the recording is gone."""
    is_open = (MediaFile.id == media_id) & (MediaFile.state == MediaState.CHECKING)
    return bool(MediaFile.update(**changes).where(is_open).execute() == 1)


def stored_bytes(account: Account) -> int:
    """What the recordings of a team or person take, counted anew; those of a deleted project until their files go."""
    is_theirs = MediaFile.uploaded_by_id == account.holder_id
    if account.holder == Holder.TEAM:
        is_theirs = Project.team == account.holder_id
    return _bytes_of_recordings(is_theirs)


def reserved_bytes(account: Account) -> int:
    """What the uploads that were announced take of a team or person, or of a week of theirs, counted anew."""
    is_theirs = PendingUpload.uploaded_by_id == account.holder_id
    if account.holder == Holder.TEAM:
        # The storage is that of the team that the project is in; the week stays where the upload began.
        team = PendingUpload.charged_team_id if account.week else Project.team
        is_theirs = team == account.holder_id
    if account.week:
        is_theirs &= PendingUpload.charged_week == account.week
    return _bytes_of_uploads(is_theirs)


def bytes_in_project(project_id: UUID) -> tuple[int, int]:
    """What the recordings of a project take, and the uploads that were announced to it."""
    return _bytes_of_recordings(Project.id == project_id), _bytes_of_uploads(Project.id == project_id)


def _bytes_of_recordings(condition: Any) -> int:
    is_kept = MediaFile.deleted_at.is_null() & (MediaFile.state != MediaState.REFUSED)
    found = MediaFile.select(fn.SUM(MediaFile.file_size)).join(Project).where(is_kept, condition)
    return int(found.scalar() or 0)


def _bytes_of_uploads(condition: Any) -> int:
    is_open = PendingUpload.refusal.is_null() & PendingUpload.charged_week.is_null(is_null=False)
    found = PendingUpload.select(fn.SUM(PendingUpload.file_size)).join(Project).where(is_open, condition)
    return int(found.scalar() or 0)


def pending_uploads_of(project_id: UUID) -> list[PendingUpload]:
    """A project's announced uploads."""
    return list(PendingUpload.select().where(PendingUpload.project == project_id))


def media_deleted_before(moment: datetime) -> list[UUID]:
    """Recordings that were deleted before then and are still there."""
    rows: Any = MediaFile.select(MediaFile.id).where(MediaFile.deleted_at < moment).tuples()
    return [media_id for (media_id,) in rows]


def expired_uploads(now: datetime) -> list[PendingUpload]:
    """Announced uploads that were not confirmed in time."""
    return list(PendingUpload.select().where(PendingUpload.expires_at < now))


def media_older_than(moment: datetime) -> list[MediaFile]:
    """Recordings that came before then."""
    return list(MediaFile.select().where(MediaFile.created_at < moment, MediaFile.deleted_at.is_null()))


def known_keys() -> set[str]:
    """Storage keys that rows speak of."""
    recordings: Any = MediaFile.select(MediaFile.storage_key).tuples()
    uploads: Any = PendingUpload.select(PendingUpload.storage_key).tuples()
    return {key for (key,) in recordings} | {key for (key,) in uploads}


def move_to_project(media_id: UUID, from_project: UUID, to_project: UUID) -> bool:
    """Let a recording belong to another project; False when it is not in the first one (any more)."""
    wanted = (MediaFile.id == media_id) & (MediaFile.project == from_project) & MediaFile.deleted_at.is_null()
    return bool(MediaFile.update(project=to_project).where(wanted).execute() == 1)


def set_tracks(media_id: UUID, tracks_key: str, **facts: Any) -> None:
    """Note the newest tracks of a recording, and what decoding has shown of it."""
    MediaFile.update(tracks_key=tracks_key, **facts).where(MediaFile.id == media_id).execute()
