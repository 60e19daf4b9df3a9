"""What notes take and give."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from clipflow.http.api import PageQuerySchema, PageSchema, Schema
from clipflow.http.fields import BooleanField, MomentField, TextField
from clipflow.notes.models import LONGEST_TITLE
from clipflow.notes.timestamps import LATEST_MS
from clipflow.notes.video_refs import SORTS

_LONGEST_TEXT = 5_000
_LONGEST_QUERY = 200
_TWO_MOMENTS = "Give either at_ms or timestamp."
_TEAM = {"description": "The team whose notes these are; without it the own ones."}


def _moment(**more: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(0, LATEST_MS), **more)


def _text() -> TextField:
    return TextField(
        maximum=_LONGEST_TEXT,
        allow_none=True,
        metadata={"description": "Blank is none: the moment is marked.", "example": "The name is misspelt here."},
    )


class NoteCreateSchema(Schema):
    """A note, or with ``parent_id`` a reply to one, which needs no moment of its own."""

    at_ms = _moment(metadata={"description": "The moment in milliseconds.", "example": 727_000})
    timestamp = TextField(
        maximum=20,
        metadata={"description": "The moment as `[h:]mm:ss[.mmm]`, in place of `at_ms`.", "example": "12:07"},
    )
    end_ms = _moment(allow_none=True, metadata={"description": "The end, of a note about a stretch."})
    text = _text()
    parent_id = fields.UUID(allow_none=True)

    @validates_schema
    def check_one_moment(self, values: dict[str, Any], **options: Any) -> None:
        """A moment is said once."""
        if "at_ms" in values and "timestamp" in values:
            raise ValidationError(_TWO_MOMENTS, "timestamp")


class VideoNoteCreateSchema(NoteCreateSchema):
    """A note on a video; ``title`` is what a video is called that nobody knew before."""

    title = TextField(maximum=LONGEST_TITLE)


class NoteUpdateSchema(Schema):
    """What can be changed of a note whose ``version`` is still the one that was seen."""

    version = fields.Integer(required=True, strict=True, validate=validate.Range(1, LATEST_MS))
    text = _text()
    at_ms = _moment()
    end_ms = _moment(allow_none=True)
    is_resolved = BooleanField()


class NoteQuerySchema(PageQuerySchema):
    """Which notes are wanted."""

    from_ms = fields.Integer(load_default=None, validate=validate.Range(0, LATEST_MS))
    to_ms = fields.Integer(load_default=None, validate=validate.Range(0, LATEST_MS))
    author = fields.UUID(load_default=None, metadata={"description": "With a note or a reply of this person."})
    resolved = fields.Boolean(load_default=None)
    q = TextField(
        load_default="",
        maximum=_LONGEST_QUERY,
        metadata={"description": "In a note or a reply to it, without regard to case and accents."},
    )
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500))
    known = TextField(
        load_default="",
        maximum=80,
        metadata={"description": "The `state` of an earlier answer; while it still holds, no notes are given."},
    )


class TeamQuerySchema(PageQuerySchema):
    """Whose notes on a video are meant."""

    team_id = fields.UUID(load_default=None, metadata=_TEAM)


class VideoNoteQuerySchema(NoteQuerySchema):
    """Which notes of a video are wanted."""

    team_id = fields.UUID(load_default=None, metadata=_TEAM)


class AuthorSchema(Schema):
    """Who has written a note."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, metadata={"description": "person, token or guest"})


class ReplySchema(Schema):
    """A reply to a note."""

    id = fields.UUID(required=True)
    media_file_id = fields.UUID(required=True, allow_none=True)
    video_ref_id = fields.UUID(required=True, allow_none=True)
    author = fields.Nested(AuthorSchema, required=True)
    parent_id = fields.UUID(required=True, allow_none=True)
    at_ms = fields.Integer(required=True)
    end_ms = fields.Integer(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    is_ai = fields.Boolean(required=True)
    ai_status = fields.String(required=True, allow_none=True)
    is_resolved = fields.Boolean(required=True)
    version = fields.Integer(required=True)
    created_at = MomentField(required=True)
    updated_at = MomentField(required=True)


class NoteSchema(ReplySchema):
    """A note with the replies to it."""

    replies = fields.List(fields.Nested(ReplySchema), required=True)


class NoteAnswerSchema(Schema):
    """One note."""

    note = fields.Nested(NoteSchema, required=True)


class NoteListSchema(Schema):
    """Notes in the order of time; ``state`` changes with each that is written, changed or deleted."""

    state = fields.String(required=True)
    is_unchanged = fields.Boolean(required=True)
    notes = fields.List(fields.Nested(NoteSchema), required=True)
    pagination = fields.Nested(PageSchema, required=True)


class VideoRefCreateSchema(Schema):
    """A video by its address."""

    url = TextField(
        required=True,
        minimum=1,
        maximum=2_000,
        metadata={"description": "Any address of the video, or its id.", "example": "https://youtu.be/dQw4w9WgXcQ"},
    )
    title = TextField(load_default="", maximum=LONGEST_TITLE)
    team_id = fields.UUID(load_default=None, metadata={"description": "The team that the notes on it are for."})


class VideoRefSchema(Schema):
    """A video elsewhere."""

    id = fields.UUID(required=True)
    provider = fields.String(required=True)
    youtube_id = fields.String(required=True)
    title = fields.String(required=True)
    team_id = fields.UUID(required=True, allow_none=True)
    duration_ms = fields.Integer(required=True, allow_none=True)
    summary = fields.String(required=True, allow_none=True)
    transcript_available = fields.Boolean(required=True)
    note_count = fields.Integer(required=True)
    created_at = MomentField(required=True)


class VideoRefAnswerSchema(Schema):
    """One video."""

    video_ref = fields.Nested(VideoRefSchema, required=True)


class VideoRefQuerySchema(PageQuerySchema):
    """Which videos are wanted."""

    q = TextField(load_default="", maximum=_LONGEST_QUERY, metadata={"description": "In the title."})
    sort = fields.String(load_default="created_at_desc", validate=validate.OneOf([*SORTS]))


class VideoRefListSchema(Schema):
    """Videos on which the person has notes."""

    video_refs = fields.List(fields.Nested(VideoRefSchema), required=True)
    pagination = fields.Nested(PageSchema, required=True)
