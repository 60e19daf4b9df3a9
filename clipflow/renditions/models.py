"""The table of renditions."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import BigIntegerField, BooleanField, CharField, ForeignKeyField, IntegerField, TextField, UUIDField

from clipflow.core.db import BaseModel, IdField, JsonTextField, UtcDateTimeField
from clipflow.jobs.models import Job
from clipflow.media.models import MediaFile, MediaState


class RenditionKind(StrEnum):
    """What is made."""

    THUMBNAIL = "thumbnail"
    POSTER = "poster"
    STORYBOARD = "storyboard"
    PROXY = "proxy"


class RenditionStatus(StrEnum):
    """Where it is."""

    PENDING = "pending"
    PROCESSING = "processing"
    DONE = "done"
    FAILED = "failed"


UNFINISHED = (RenditionStatus.PENDING, RenditionStatus.PROCESSING)


class Rendition(BaseModel):
    """A file made from a recording.

    ``recipe`` is what it is to be made by, ``made_by_recipe`` what made the file that is there: until a
    newer one is made the older one is shown.
    """

    id = IdField()
    media_file_id: UUID
    media_file = ForeignKeyField(MediaFile, on_delete="CASCADE", backref="renditions")
    kind = CharField(max_length=20)
    status = CharField(max_length=20)
    recipe = CharField(max_length=32)
    storage_key = CharField(max_length=100, null=True)
    width = IntegerField(null=True)
    height = IntegerField(null=True)
    size_bytes = BigIntegerField(null=True)
    meta: Any = JsonTextField(default=dict)
    made_by_recipe = CharField(max_length=32, null=True)
    # Somebody has deleted it, so that it does not come back by itself.
    is_unwanted = BooleanField(default=False)
    error_code = CharField(max_length=50, null=True)
    error_message = TextField(null=True)
    job_id = UUIDField(null=True)
    finished_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "renditions"
        indexes = ((("media_file", "kind"), True), (("recipe",), False))


def renditions_of(media_ids: Iterable[UUID], *, with_unwanted: bool = False) -> list[Rendition]:
    """All renditions of these recordings, but those that somebody has deleted."""
    found = Rendition.select().where(Rendition.media_file.in_(list(media_ids))).order_by(Rendition.kind)
    return list(found if with_unwanted else found.where(~Rendition.is_unwanted))


def at_work(project_id: UUID) -> list[UUID]:
    """The recordings of a project of which something is yet to be made."""
    rows: Any = MediaFile.select(MediaFile.id).where(
        MediaFile.project == project_id, MediaFile.deleted_at.is_null(), MediaFile.state == MediaState.READY,
        MediaFile.processing_status.in_(UNFINISHED),
    )  # fmt: skip
    return [media_id for (media_id,) in rows.tuples()]


def find(media_id: UUID, kind: RenditionKind) -> Rendition | None:
    """One rendition, or None."""
    found: Rendition | None = Rendition.get_or_none((Rendition.media_file == media_id) & (Rendition.kind == kind))
    return found


def finished(media_id: UUID, kind: RenditionKind) -> Rendition | None:
    """The rendition whose file is there, perhaps by an older recipe; or None."""
    found = find(media_id, kind)
    return None if found is None or found.storage_key is None else found


def progress_of(job_ids: Iterable[UUID]) -> dict[UUID, tuple[int, str]]:
    """How many percent of each of these jobs are done, and what is being done."""
    rows: Any = Job.select(Job.id, Job.progress_percent, Job.stage).where(Job.id.in_(list(job_ids))).tuples()
    return {job_id: (percent, stage) for job_id, percent, stage in rows}


def pages_of_usable_media(page_size: int = 500) -> Iterator[list[MediaFile]]:
    """All recordings that are there and ready, a part of them in memory at a time."""
    usable = MediaFile.select().where(MediaFile.state == MediaState.READY, MediaFile.deleted_at.is_null())
    query = usable.order_by(MediaFile.id).limit(page_size)
    while page := list(query):
        yield page
        query = usable.where(MediaFile.id > page[-1].id).order_by(MediaFile.id).limit(page_size)


def change_unfinished(rendition_id: UUID, job_id: UUID, **changes: Any) -> bool:
    """Change a rendition that this job makes; False when another one does, or none is wanted any more."""
    mine = (Rendition.id == rendition_id) & (Rendition.job_id == job_id) & Rendition.status.in_(UNFINISHED)
    return bool(Rendition.update(**changes).where(mine).execute() == 1)


def set_processing_status(media_id: UUID, status: str) -> None:
    """Say how far everything is that is made of a recording."""
    MediaFile.update(processing_status=status).where(MediaFile.id == media_id).execute()


def known_keys() -> set[str]:
    """The files of renditions."""
    rows: Any = Rendition.select(Rendition.storage_key).where(Rendition.storage_key.is_null(False)).tuples()
    return {key for (key,) in rows}
