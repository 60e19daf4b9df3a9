"""Tables of recordings, and of uploads that are expected."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import (
    BigIntegerField,
    CharField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    TextField,
    UUIDField,
    fn,
)

from clipflow.categories.models import Category
from clipflow.core.db import BaseModel, IdField, UtcDateTimeField, delete_rows
from clipflow.core.storage.keys import key_of_upload
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
    description = TextField(default="")
    # Title, description and file name as they are searched.
    search_text = TextField(default="")
    category_id: UUID | None
    category = ForeignKeyField(Category, on_delete="SET NULL", null=True, backref="media_files")
    view_count = IntegerField(default=0)
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
    # The moment that its poster shows; None is the best of several.
    poster_at_ms = IntegerField(null=True)
    # Of what it was made, where it came in parts; see clipflow/media/parts.
    parts_digest = CharField(max_length=64, null=True)
    # How far everything is that is made of it; see clipflow/renditions.
    processing_status = CharField(max_length=20, default="pending", index=True)
    created_at = UtcDateTimeField()
    # Deleted, it lies in the bin and takes room; purged, it does not come back, and its files go.
    deleted_at = UtcDateTimeField(null=True)
    purged_at = UtcDateTimeField(null=True)

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
    # Of uploads in parts: the bytes of each but the last, and what the storage calls it once the first is asked for.
    part_size = BigIntegerField(null=True)
    storage_upload_id = CharField(max_length=400, null=True)
    parts_digest = CharField(max_length=64, null=True)
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


def note_received(upload: PendingUpload, key: str, now: datetime, parts_digest: str | None = None) -> bool:
    """Note where the bytes of an upload are; False when someone else has changed or confirmed it meanwhile."""
    unchanged = (PendingUpload.id == upload.id) & (PendingUpload.storage_key == upload.storage_key)
    is_open = PendingUpload.refusal.is_null()
    received = {"storage_key": key, "received_at": now, "parts_digest": parts_digest}
    return bool(PendingUpload.update(**received).where(unchanged, is_open).execute() == 1)


def begin_parts(upload_id: UUID, storage_upload_id: str) -> bool:
    """Note what the storage calls an upload in parts; False when someone else has begun it, or it is gone."""
    is_open = (PendingUpload.id == upload_id) & PendingUpload.storage_upload_id.is_null()
    return bool(PendingUpload.update(storage_upload_id=storage_upload_id).where(is_open).execute() == 1)


def extend_upload(upload_id: UUID, until: datetime) -> None:
    """Let an upload that goes on be expected for longer."""
    PendingUpload.update(expires_at=until).where(PendingUpload.id == upload_id).execute()


def unfinished_uploads_of(user_id: UUID, now: datetime, allowed: Any) -> list[PendingUpload]:
    """What somebody has announced and not confirmed, the newest first, in projects that fulfil a condition."""
    found = (
        PendingUpload.select(PendingUpload)
        .join(Project)
        .where(
            PendingUpload.uploaded_by_id == user_id,
            PendingUpload.expires_at > now,
            PendingUpload.refusal.is_null(),
            PendingUpload.part_size.is_null(is_null=False),
            allowed,
        )
    )
    return list(found.order_by(PendingUpload.created_at.desc(), PendingUpload.id))


def uploads_in_parts() -> list[str]:
    """What the storage calls the uploads in parts that are still expected."""
    rows: Any = PendingUpload.select(PendingUpload.storage_upload_id).where(
        PendingUpload.storage_upload_id.is_null(is_null=False)
    )
    return [name for (name,) in rows.tuples()]


def take_upload(upload: PendingUpload) -> bool:
    """Use up an announced upload whose bytes are where they were read; False when someone else has."""
    unchanged = (PendingUpload.id == upload.id) & (PendingUpload.storage_key == upload.storage_key)
    return delete_rows(PendingUpload, unchanged) == 1


def refuse_upload(upload: PendingUpload, sentence: str) -> bool:
    """Note why an upload was refused; False when it was before, or its bytes are not those that were looked at."""
    unchanged = (PendingUpload.id == upload.id) & (PendingUpload.storage_key == upload.storage_key)
    is_open = PendingUpload.refusal.is_null()
    return bool(PendingUpload.update(refusal=sentence).where(unchanged, is_open).execute() == 1)


def remove_upload(upload: PendingUpload, expired_at: datetime | None = None) -> PendingUpload | None:
    """Remove the row of an announced upload; returns it as it was last, or None when someone else has removed it.

    With ``expired_at`` only when it is not expected then any more.
    """
    wanted = PendingUpload.id == upload.id
    if expired_at is not None:
        wanted &= PendingUpload.expires_at < expired_at
    last = PendingUpload.get_or_none(wanted)
    return last if last is not None and delete_rows(PendingUpload, wanted, _is_as_read(last)) == 1 else None


def _is_as_read(upload: PendingUpload) -> Any:
    said = PendingUpload.refusal.is_null() if upload.refusal is None else PendingUpload.refusal == upload.refusal
    return (PendingUpload.id == upload.id) & said


def mark_deleted(media_id: UUID, now: datetime) -> bool:
    """Put a recording into the bin, where nobody sees it; False when it is there already."""
    wanted = (MediaFile.id == media_id) & MediaFile.deleted_at.is_null()
    return bool(MediaFile.update(deleted_at=now).where(wanted).execute() == 1)


def mark_purged(media_id: UUID, now: datetime) -> bool:
    """Let a recording of the bin not come back; False when it is not there (any more)."""
    return bool(MediaFile.update(purged_at=now).where(MediaFile.id == media_id, _is_in_bin()).execute() == 1)


def take_from_bin(media_id: UUID) -> bool:
    """Let a recording of the bin be there again; False when it is not in the bin (any more)."""
    return bool(MediaFile.update(deleted_at=None).where(MediaFile.id == media_id, _is_in_bin()).execute() == 1)


def find_in_bin(media_id: UUID, allowed: Any) -> MediaFile | None:
    """A recording of the bin whose project fulfils a condition, or None."""
    found: MediaFile | None = (
        MediaFile.select(MediaFile).join(Project).where(MediaFile.id == media_id, _is_in_bin(), allowed).first()
    )
    return found


def bin_of(project_id: UUID) -> list[MediaFile]:
    """The recordings of a project that lie in the bin, the last deleted first."""
    found = MediaFile.select().where(MediaFile.project == project_id, _is_in_bin())
    return list(found.order_by(MediaFile.deleted_at.desc(), MediaFile.id))


def in_bin_since(moment: datetime) -> list[MediaFile]:
    """What was put into the bin before then."""
    return list(MediaFile.select().where(_is_in_bin(), MediaFile.deleted_at <= moment))


def _is_in_bin() -> Any:
    return MediaFile.deleted_at.is_null(is_null=False) & MediaFile.purged_at.is_null()


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
    is_kept = MediaFile.purged_at.is_null() & (MediaFile.state != MediaState.REFUSED)
    found = MediaFile.select(fn.SUM(MediaFile.file_size)).join(Project).where(is_kept, condition)
    return int(found.scalar() or 0)


def _bytes_of_uploads(condition: Any) -> int:
    is_open = PendingUpload.refusal.is_null() & PendingUpload.charged_week.is_null(is_null=False)
    found = PendingUpload.select(fn.SUM(PendingUpload.file_size)).join(Project).where(is_open, condition)
    return int(found.scalar() or 0)


def pending_uploads_of(project_id: UUID) -> list[PendingUpload]:
    """A project's announced uploads."""
    return list(PendingUpload.select().where(PendingUpload.project == project_id))


def media_purged_before(moment: datetime) -> list[UUID]:
    """Recordings that were purged before then and are still there."""
    rows: Any = MediaFile.select(MediaFile.id).where(MediaFile.purged_at < moment).tuples()
    return [media_id for (media_id,) in rows]


def expired_uploads(now: datetime) -> list[PendingUpload]:
    """Announced uploads that were not confirmed in time."""
    return list(PendingUpload.select().where(PendingUpload.expires_at < now))


def media_older_than(moment: datetime) -> list[MediaFile]:
    """Recordings that came before then."""
    return list(MediaFile.select().where(MediaFile.created_at < moment, MediaFile.deleted_at.is_null()))


def known_keys() -> set[str]:
    """Storage keys that rows speak of."""
    # In this order, so that what becomes a recording meanwhile is among one of them.
    uploads: Any = PendingUpload.select(PendingUpload.storage_key).tuples()
    expected = {key for (key,) in uploads} | {key_of_upload(one) for one in uploads_in_parts()}
    # The file of a refused recording was deleted; where that failed, the clean-up finds it.
    recordings: Any = MediaFile.select(MediaFile.storage_key).where(MediaFile.state != MediaState.REFUSED).tuples()
    return {key for (key,) in recordings} | expected


def usable_keys() -> set[str]:
    """The storage keys of recordings that can be played, or could again."""
    is_kept = MediaFile.purged_at.is_null() & (MediaFile.state != MediaState.REFUSED)
    rows: Any = MediaFile.select(MediaFile.storage_key).where(is_kept).tuples()
    return {key for (key,) in rows}


def move_to_project(media_id: UUID, from_project: UUID, to_project: UUID) -> bool:
    """Let a recording belong to another project; False when it is not in the first one (any more)."""
    wanted = (MediaFile.id == media_id) & (MediaFile.project == from_project) & MediaFile.deleted_at.is_null()
    return bool(MediaFile.update(project=to_project).where(wanted).execute() == 1)


def drop_foreign_categories(project_id: UUID, team_id: UUID) -> None:
    """Leave recordings of a project, which is of this team now, without the categories of other teams."""
    foreign = Category.select(Category.id).where(Category.team.is_null(False), Category.team != team_id)
    MediaFile.update(category=None).where(MediaFile.project == project_id, MediaFile.category.in_(foreign)).execute()


def set_tracks(media_id: UUID, tracks_key: str, **facts: Any) -> None:
    """Note the newest tracks of a recording, and what decoding has shown of it."""
    MediaFile.update(tracks_key=tracks_key, **facts).where(MediaFile.id == media_id).execute()
