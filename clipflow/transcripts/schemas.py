"""What transcripts take and give."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from clipflow.analysis.schemas import SummarySchema
from clipflow.engine import Timing
from clipflow.engine.transcript.readers.table import FORMAT_NAMES as TRANSCRIPT_FORMATS
from clipflow.http.api import QuerySchema, Schema
from clipflow.http.fields import ListField, TextField
from clipflow.transcripts.models import TranscriptSource
from clipflow.tuning.schemas import LONGEST_MS


class WordSchema(Schema):
    """A word of a transcript."""

    index = fields.Integer(required=True, metadata={"description": "Its number, for corrections."})
    start_ms = fields.Integer(required=True)
    end_ms = fields.Integer(required=True)
    text = fields.String(required=True)
    timing = fields.String(
        required=True,
        validate=validate.OneOf([*map(str, Timing)]),
        metadata={"description": "unplaced words have no speech that they could belong to."},
    )
    speaker = fields.String(metadata={"description": "Who says it, where the transcript tells."})
    filler_word = fields.String(metadata={"description": "The filler that it belongs to."})
    reason = fields.String(metadata={"description": "Why it is one."})


class TranscriptQuerySchema(QuerySchema):
    """Which words are wanted."""

    from_ms = fields.Integer(load_default=0, validate=validate.Range(0, LONGEST_MS))
    to_ms = fields.Integer(load_default=None, validate=validate.Range(1, LONGEST_MS))
    speaker = TextField(maximum=100, load_default=None, metadata={"description": "Only what this one says."})


class TranscriptSchema(Schema):
    """Words in a window of time."""

    words = fields.List(fields.Nested(WordSchema), required=True)
    total = fields.Integer(required=True, metadata={"description": "Words in the whole transcript."})
    language = fields.String(required=True, allow_none=True)
    source = fields.String(required=True, validate=validate.OneOf([*map(str, TranscriptSource)]))
    speakers = fields.List(
        fields.String(), required=True, metadata={"description": "All who speak, in the order in which they begin."}
    )
    version = fields.Integer(required=True)


class SearchQuerySchema(QuerySchema):
    """What is looked for."""

    text = TextField(required=True, minimum=1, maximum=200)
    speaker = TextField(maximum=100, load_default=None, metadata={"description": "Only where this one says it."})


class MatchSchema(Schema):
    """A place where it is said."""

    index = fields.Integer(required=True)
    count = fields.Integer(required=True)
    start_ms = fields.Integer(required=True)
    end_ms = fields.Integer(required=True)
    text = fields.String(required=True, metadata={"description": "With some words before and after."})


class MatchesSchema(Schema):
    """All places, at most 500."""

    matches = fields.List(fields.Nested(MatchSchema), required=True)
    version = fields.Integer(required=True)


class FormerWordSchema(Schema):
    """A word as it was before it was corrected."""

    start_ms = fields.Integer(required=True, strict=True, validate=validate.Range(0, LONGEST_MS))
    end_ms = fields.Integer(required=True, strict=True, validate=validate.Range(0, LONGEST_MS))
    text = TextField(required=True, minimum=1, maximum=1000)
    timing = fields.String(load_default=Timing.EXACT.value, validate=validate.OneOf([*map(str, Timing)]))
    speaker = TextField(minimum=1, maximum=100, load_default=None, allow_none=True)


class CorrectionSchema(Schema):
    """A word spelled anew: an empty text takes it away, several words share its time; or a correction taken back."""

    index = fields.Integer(strict=True, validate=validate.Range(0, LONGEST_MS))
    text = TextField(maximum=200)
    restored = fields.Nested(
        FormerWordSchema,
        metadata={
            "description": "In place of `index` and `text`: puts a word back where, from `start_ms` on, the words of "
            "`was` stand now; an empty `was` where none does."
        },
    )
    start_ms = fields.Integer(
        strict=True,
        validate=validate.Range(0, LONGEST_MS),
        metadata={"description": "With `was`: the word that is meant, whatever its number is by now."},
    )
    was = TextField(maximum=1000, metadata={"description": "How it is spelled now."})

    @validates_schema
    def check_one_of_both(self, values: dict[str, Any], **options: Any) -> None:
        """A word is spelled anew, or put back."""
        needed = ("start_ms", "was") if "restored" in values else ("index", "text")
        missing = [name for name in needed if name not in values]
        if missing:
            raise ValidationError("Missing data for required field.", missing[0])


class CorrectionsSchema(Schema):
    """Corrections of words, and the version they were made on."""

    version = fields.Integer(required=True, strict=True, validate=validate.Range(0, LONGEST_MS))
    changes = ListField(fields.Nested(CorrectionSchema), least=1, most=1000, required=True)


class SpeakerNameSchema(Schema):
    """A speaker's new name; an empty one takes the name away, that of another makes the two one."""

    speaker = TextField(required=True, minimum=1, maximum=100)
    name = TextField(required=True, maximum=60)


class SpeakerNamesSchema(Schema):
    """New names of speakers, and the version they were made on."""

    version = fields.Integer(required=True, strict=True, validate=validate.Range(0, LONGEST_MS))
    changes = ListField(fields.Nested(SpeakerNameSchema), least=1, most=100, required=True)


class CorrectedSchema(Schema):
    """The new version with its sum."""

    version = fields.Integer(required=True)
    summary = fields.Nested(SummarySchema, required=True)


class TranscriptFormSchema(Schema):
    """A transcript of another tool."""

    file = fields.Raw(
        required=True,
        metadata={
            "type": "string", "format": "binary",
            "description": "In a format that is known; anything else is answered with 400 and what is wrong with it.",
        },
    )  # fmt: skip
    language = fields.String(metadata={"description": "What is spoken, such as en.", "maxLength": 20})
    encoding = fields.String(metadata={"description": "Such as cp1251; without it, it is recognised.", "maxLength": 40})
    offset_ms = fields.Integer(
        metadata={
            "description": "Added to all times, of at most 12 characters; without it a source timecode or whole hours "
            "are recognised."
        }
    )


class ImportedSchema(Schema):
    """The analysis that a transcript was laid into, or that was begun with it."""

    analysis_id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["completed", "processing"]))
    format = fields.String(required=True, validate=validate.OneOf([*TRANSCRIPT_FORMATS]))
    encoding = fields.String(required=True, metadata={"description": "As it was given or recognised."})
    language = fields.String(required=True, allow_none=True)
    offset_ms = fields.Integer(required=True, metadata={"description": "What was added to all times."})


class EstimateQuerySchema(QuerySchema):
    """What the transcription would be told."""

    language = TextField(minimum=2, maximum=20)
    prompt = TextField(maximum=1000)
    audio_track = fields.Integer(validate=validate.Range(0, LONGEST_MS))


class EstimateSchema(Schema):
    """What a transcription would send and cost."""

    minutes = fields.Float(required=True, metadata={"description": "To be sent."})
    minutes_transcribed = fields.Float(required=True, metadata={"description": "Paid for already, not sent again."})
    price = fields.Float(required=True)
    currency = fields.String(required=True)
    price_per_minute = fields.Float(required=True)
    service = fields.String(required=True, metadata={"description": "The machine that the sound goes to."})
    model = fields.String(required=True)
