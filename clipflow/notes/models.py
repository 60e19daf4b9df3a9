"""Tables of notes, and of videos elsewhere that notes are about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import (
    BooleanField,
    CharField,
    ForeignKeyField,
    IntegerField,
    IntegrityError,
    JSONField,
    TextField,
    UUIDField,
    fn,
)

from clipflow.accounts.models import User
from clipflow.core.db import BaseModel, IdField, UtcDateTimeField, delete_rows, has_text, hold_rows, transaction
from clipflow.media.models import MediaFile
from clipflow.projects.models import Project
from clipflow.teams.models import Team

LONGEST_TITLE = 200


class VideoRef(BaseModel):
    """A video on YouTube, as a person knows it, or with ``team`` as everybody in a team does."""

    owner_id: UUID
    team_id: UUID | None
    id = IdField()
    team = ForeignKeyField(Team, on_delete="CASCADE", null=True, backref="video_refs")
    owner = ForeignKeyField(User, on_delete="CASCADE", backref="video_refs")
    provider = CharField(max_length=20, default="youtube")
    external_id = CharField(max_length=11)
    title = CharField(max_length=LONGEST_TITLE)
    # As it is searched.
    search_text = TextField(default="")
    metadata = JSONField(default=dict)
    duration_ms = IntegerField(null=True)
    summary = TextField(null=True)
    transcript_available = BooleanField(default=False)
    created_at = UtcDateTimeField()

    class Meta:
        """Partial indexes of the migration let a person, and a team, know a video once."""

        table_name = "video_refs"


class Note(BaseModel):
    """What somebody, a person or a guest, says about a moment of a recording or of a video, or a reply to that.

    Either ``media`` or ``video_ref`` says what it is about. ``parent`` is the note that a reply is to, never a reply
    itself. Text None is a moment that is only marked.
    """

    media_id: UUID | None
    video_ref_id: UUID | None
    parent_id: UUID | None
    id = IdField()
    media = ForeignKeyField(MediaFile, on_delete="CASCADE", null=True, backref="notes")
    video_ref = ForeignKeyField(VideoRef, on_delete="CASCADE", null=True, backref="notes")
    author_id = UUIDField(index=True)
    author_kind = CharField(max_length=20)
    parent = ForeignKeyField("self", on_delete="CASCADE", null=True, backref="replies")
    at_ms = IntegerField()
    end_ms = IntegerField(null=True)
    text = TextField(null=True)
    search_text = TextField(default="")
    is_ai = BooleanField(default=False)
    ai_status = CharField(max_length=20, null=True)
    is_resolved = BooleanField(default=False)
    version = IntegerField(default=1)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()
    deleted_at = UtcDateTimeField(null=True, index=True)

    class Meta:
        """Listed in the order of time."""

        table_name = "notes"
        indexes = ((("media", "at_ms"), False), (("video_ref", "at_ms"), False))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which threads of notes are wanted; None leaves a question open.

    ``query`` is as texts are searched; ``known`` is the state of an earlier answer.
    """

    from_ms: int | None = None
    to_ms: int | None = None
    author_id: UUID | None = None
    is_resolved: bool | None = None
    query: str = ""
    page: int = 1
    limit: int = 100
    known: str = ""


def is_about(*, media_id: UUID | None = None, video_ref_id: UUID | None = None) -> Any:
    """The condition for the notes of a recording, or else of a video, deleted ones too."""
    return Note.media == media_id if media_id is not None else Note.video_ref == video_ref_id


def page_of_threads(about: Any, wanted: Wanted) -> tuple[list[Note], int]:
    """One page of the notes that are no replies, in the order of time, and how many there are in all."""
    is_there = about & Note.deleted_at.is_null()
    query = Note.select().where(is_there, Note.parent.is_null(), *_conditions(is_there, wanted))
    in_order = query.order_by(Note.at_ms, Note.created_at, Note.id)
    return list(in_order.paginate(wanted.page, wanted.limit)), int(query.count())


def _conditions(is_there: Any, wanted: Wanted) -> list[Any]:
    found = []
    if wanted.from_ms is not None:
        # A note about a stretch is there as long as the stretch lasts.
        found.append(fn.COALESCE(Note.end_ms, Note.at_ms) >= wanted.from_ms)
    if wanted.to_ms is not None:
        found.append(Note.at_ms <= wanted.to_ms)
    if wanted.is_resolved is not None:
        found.append(Note.is_resolved == wanted.is_resolved)
    if wanted.author_id is not None:
        found.append(_in_thread(is_there, Note.author_id == wanted.author_id))
    if wanted.query:
        found.append(_in_thread(is_there, has_text(Note.search_text, wanted.query)))
    return found


def _in_thread(is_there: Any, condition: Any) -> Any:
    """That a note, or a reply to it, fulfils a condition."""
    with_replies = Note.select(Note.parent).where(is_there, Note.parent.is_null(is_null=False), condition)
    return condition | Note.id.in_(with_replies)


def replies_to(note_ids: Iterable[UUID]) -> list[Note]:
    """The replies to these notes in the order in which they came."""
    query = Note.select().where(Note.parent.in_(list(note_ids)), Note.deleted_at.is_null())
    return list(query.order_by(Note.created_at, Note.id))


def find_about(about: Any, note_id: UUID) -> Note | None:
    """A note or a reply that is there, or None."""
    return Note.get_or_none(Note.id == note_id, about, Note.deleted_at.is_null())


def count_about(about: Any) -> int:
    """How many notes and replies there are."""
    return int(Note.select().where(about, Note.deleted_at.is_null()).count())


def state_of(about: Any) -> str:
    """What changes with every note and reply that is written, changed or deleted."""
    columns = fn.COUNT(Note.id).filter(Note.deleted_at.is_null()), fn.MAX(Note.updated_at)
    count, latest = Note.select(*columns).where(about).tuples()[0]
    return f"{count}-{latest.isoformat() if latest else ''}"


def hold_thread(note_id: UUID) -> bool:
    """Let nobody delete a note until the transaction ends; False where somebody has already."""
    return hold_rows(Note.updated_at, Note.id == note_id, Note.deleted_at.is_null()) == 1


def find_note(note_id: UUID, visible_recordings: Any, visible_videos: Any) -> Note | None:
    """A note that is not deleted, about a recording or a video that fulfils its condition; or None."""
    recordings = MediaFile.select(MediaFile.id).join(Project).where(visible_recordings)
    videos = VideoRef.select(VideoRef.id).where(visible_videos)
    return Note.get_or_none(
        Note.id == note_id, Note.deleted_at.is_null(), Note.media.in_(recordings) | Note.video_ref.in_(videos)
    )


def change_note(note_id: UUID, version: int, values: dict[str, Any]) -> bool:
    """Change a note that still has a version; False when somebody was quicker."""
    changed = Note.update(**values, version=Note.version + 1).where(
        Note.id == note_id, Note.version == version, Note.deleted_at.is_null()
    )
    return bool(changed.execute() == 1)


def mark_deleted(note_id: UUID, now: datetime) -> None:
    """Delete a note with the replies to it."""
    Note.update(deleted_at=now).where(
        (Note.id == note_id) | (Note.parent == note_id), Note.deleted_at.is_null()
    ).execute()


def purge_deleted_before(moment: datetime) -> int:
    """Remove the rows of what was deleted before then; returns how many."""
    return delete_rows(Note, Note.deleted_at < moment)


def videos_with_notes_of(user_id: UUID, visible: Any) -> Any:
    """The videos that fulfil a condition and on which a person has notes, as a query."""
    noted = Note.select(Note.video_ref).where(
        Note.author_id == user_id, Note.video_ref.is_null(is_null=False), Note.deleted_at.is_null()
    )
    return VideoRef.select().where(visible, VideoRef.id.in_(noted))


def note_counts(video_ref_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many notes and replies each of these videos has."""
    rows: Any = (
        Note.select(Note.video_ref, fn.COUNT(Note.id))
        .where(Note.video_ref.in_(list(video_ref_ids)), Note.deleted_at.is_null())
        .group_by(Note.video_ref)
        .tuples()
    )
    return dict(rows)


def find_video(external_id: str, owner_id: UUID, team_id: UUID | None) -> VideoRef | None:
    """A video as a team knows it, or with no team as a person alone does; or None."""
    is_own = VideoRef.team.is_null() & (VideoRef.owner == owner_id)
    is_known = is_own if team_id is None else VideoRef.team == team_id
    return VideoRef.get_or_none(VideoRef.external_id == external_id, is_known)


def add_video(video: VideoRef) -> bool:
    """Keep a video; False where it is known to the person, or to the team, already."""
    try:
        with transaction():
            video.save(force_insert=True)
    except IntegrityError:
        return False
    return True
