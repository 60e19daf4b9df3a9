"""What analyses take and give. Ranges and words come from the engine, so that there is one truth."""

from marshmallow import fields, validate

from clipflow.analysis.models import TranscriptSource
from clipflow.engine import Action, DecidedBy, ReasonCode, SegmentType, Timing
from clipflow.engine.transcript.readers.table import FORMAT_NAMES as TRANSCRIPT_FORMATS
from clipflow.http.api import MomentField, QuerySchema, Schema, TextField
from clipflow.media.schemas import MediaFileSchema
from clipflow.projects.schemas import ProjectWithSettingsSchema
from clipflow.tuning.schemas import LONGEST_MS, DefaultsSchema

_MODES = ("vad", "whisper", "auto")
_STATUSES = ("pending", "processing", "completed", "failed", "cancelled")
_STAGES = "queued, starting, probing, decoding, detecting, segmenting, transcribing 3/12, done, …"


class AnalysisCreateSchema(DefaultsSchema):
    """What an analysis can be told; everything has a default."""

    processing_mode = fields.String(validate=validate.OneOf(_MODES), load_default="auto")


class DecisionsQuerySchema(QuerySchema):
    """Whether the person's decisions are laid over the segments."""

    decisions = fields.Boolean(
        load_default=True,
        metadata={"description": "false answers what the engine says, for a page that lays the decisions over itself."},
    )


class RetuneQuerySchema(DecisionsQuerySchema):
    """Whether a retune is kept."""

    save = fields.Boolean(load_default=False)
    version = fields.Integer(
        load_default=None,
        validate=validate.Range(0, LONGEST_MS),
        metadata={"description": "With save: refused with 409 when the segments have another version by now."},
    )


class StartedSchema(Schema):
    """An analysis that has been queued."""

    analysis_id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["processing"]))


class SegmentSchema(Schema):
    """A stretch of the recording; the segments tile it without gap or overlap."""

    start_ms = fields.Integer(required=True)
    end_ms = fields.Integer(required=True)
    type = fields.String(required=True, validate=validate.OneOf([*map(str, SegmentType)]))
    confidence = fields.Float(required=True)
    level_db = fields.Float(required=True)
    action = fields.String(required=True, validate=validate.OneOf([*map(str, Action)]))
    reason = fields.String(required=True)
    reason_code = fields.String(required=True, validate=validate.OneOf([*map(str, ReasonCode)]))
    decided_by = fields.String(required=True, validate=validate.OneOf([*map(str, DecidedBy)]))
    note = fields.String()
    text = fields.String(metadata={"description": "What is said, where there is a transcript."})
    filler_word = fields.String(
        metadata={"description": "The plain spelling of a filler; missing for speech that the transcript leaves out."}
    )


class SummarySchema(Schema):
    """What the cut comes to."""

    duration_ms = fields.Integer(required=True)
    kept_ms = fields.Integer(required=True)
    removed_ms = fields.Integer(required=True)
    suggested_ms = fields.Integer(required=True)
    suggestions = fields.Integer(required=True)
    cuts = fields.Integer(required=True)


class FillerCountSchema(Schema):
    """How often a filler is said."""

    word = fields.String(
        required=True, allow_none=True, metadata={"description": "null for speech that the transcript leaves out."}
    )
    count = fields.Integer(required=True)
    total_ms = fields.Integer(required=True)


class AnalysisSchema(Schema):
    """An analysis without its segments."""

    id = fields.UUID(required=True)
    media_file_id = fields.UUID(required=True)
    processing_mode = fields.String(required=True)
    options = fields.Dict(required=True)
    status = fields.String(required=True, validate=validate.OneOf(_STATUSES))
    version = fields.Integer(required=True, metadata={"description": "Rises with every change of the segments."})
    filler_words_detected = fields.List(fields.Nested(FillerCountSchema), required=True)
    summary = fields.Nested(SummarySchema, required=True, allow_none=True)
    processing_time_ms = fields.Integer(required=True, allow_none=True)
    audio_track = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The track that was analysed, counted from 0."}
    )
    room_level_db = fields.Float(
        required=True, allow_none=True, metadata={"description": "How loud the room is between the words, in dBFS."}
    )
    error_code = fields.String(required=True, allow_none=True)
    error_message = fields.String(required=True, allow_none=True)
    created_at = MomentField(required=True)
    completed_at = MomentField(required=True, allow_none=True)


class DecisionSchema(Schema):
    """What a person wants with a stretch."""

    start_ms = fields.Integer(required=True)
    end_ms = fields.Integer(required=True)
    action = fields.String(required=True, validate=validate.OneOf([*map(str, Action)]))
    note = fields.String(required=True, allow_none=True)


class AnalysisWithSegmentsSchema(AnalysisSchema):
    """An analysis with its segments."""

    transcription = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "All that is said; null without a transcript, and with `decisions=false`."},
    )
    has_transcript = fields.Boolean(required=True)
    segments = fields.List(fields.Nested(SegmentSchema), required=True)
    decisions = fields.List(fields.Nested(DecisionSchema), required=True)


class AnalysisAnswerSchema(Schema):
    """One analysis."""

    analysis_result = fields.Nested(AnalysisWithSegmentsSchema, required=True)


class StatusSchema(Schema):
    """How far an analysis is."""

    status = fields.String(required=True, validate=validate.OneOf(_STATUSES))
    progress_percent = fields.Integer(required=True)
    stage = fields.String(required=True, metadata={"description": _STAGES})
    error_message = fields.String(required=True, allow_none=True)


class SegmentsSchema(Schema):
    """Segments and the version they belong to."""

    segments = fields.List(fields.Nested(SegmentSchema), required=True)
    version = fields.Integer(required=True)


class DecidedQuerySchema(QuerySchema):
    """Whether the new segments are wanted."""

    segments = fields.Boolean(
        load_default=True,
        metadata={"description": "false leaves them out, for a page that lays the decisions over itself."},
    )


class DecidedSchema(Schema):
    """The new version with its sum, and the segments if they are wanted."""

    segments = fields.List(fields.Nested(SegmentSchema))
    version = fields.Integer(required=True)
    summary = fields.Nested(SummarySchema, required=True)


class TunedSchema(SegmentsSchema):
    """Segments under other options or with other decisions."""

    summary = fields.Nested(SummarySchema, required=True)


class WindowQuerySchema(DecisionsQuerySchema):
    """Which segments are wanted."""

    from_ms = fields.Integer(load_default=0, validate=validate.Range(0, LONGEST_MS))
    to_ms = fields.Integer(load_default=None, validate=validate.Range(1, LONGEST_MS))


class ChangeSchema(Schema):
    """What a person wants with a stretch; the action ``auto`` takes an earlier decision back."""

    start_ms = fields.Integer(required=True, strict=True, validate=validate.Range(0, LONGEST_MS))
    end_ms = fields.Integer(required=True, strict=True, validate=validate.Range(1, LONGEST_MS))
    action = fields.String(required=True, validate=validate.OneOf([*map(str, Action), "auto"]))
    note = TextField(maximum=1000)


class ChangesSchema(Schema):
    """Decisions on segments, and the version they were made on."""

    version = fields.Integer(required=True, strict=True, validate=validate.Range(0, LONGEST_MS))
    changes = fields.List(fields.Nested(ChangeSchema), required=True, validate=validate.Length(1, 10_000))


class MediaWithAnalysesSchema(MediaFileSchema):
    """A recording with its analyses, without their segments."""

    analysis_results = fields.List(fields.Nested(AnalysisSchema), required=True)


class ProjectOverviewSchema(ProjectWithSettingsSchema):
    """A project with its recordings."""

    media_files = fields.List(fields.Nested(MediaWithAnalysesSchema), required=True)


class ProjectOverviewAnswerSchema(Schema):
    """One project with its recordings."""

    project = fields.Nested(ProjectOverviewSchema, required=True)


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


class CorrectionSchema(Schema):
    """A word spelled anew; an empty text takes it away, several words share its time."""

    index = fields.Integer(required=True, strict=True, validate=validate.Range(0, LONGEST_MS))
    text = TextField(required=True, maximum=200)
    start_ms = fields.Integer(
        strict=True,
        validate=validate.Range(0, LONGEST_MS),
        metadata={"description": "With `was`: the word that is meant, whatever its number is by now."},
    )
    was = TextField(maximum=1000, metadata={"description": "How it is spelled now."})


class CorrectionsSchema(Schema):
    """Corrections of words, and the version they were made on."""

    version = fields.Integer(required=True, strict=True, validate=validate.Range(0, LONGEST_MS))
    changes = fields.List(fields.Nested(CorrectionSchema), required=True, validate=validate.Length(1, 1000))


class SpeakerNameSchema(Schema):
    """A speaker's new name; an empty one takes the name away, that of another makes the two one."""

    speaker = TextField(required=True, minimum=1, maximum=100)
    name = TextField(required=True, maximum=60)


class SpeakerNamesSchema(Schema):
    """New names of speakers, and the version they were made on."""

    version = fields.Integer(required=True, strict=True, validate=validate.Range(0, LONGEST_MS))
    changes = fields.List(fields.Nested(SpeakerNameSchema), required=True, validate=validate.Length(1, 100))


class CorrectedSchema(Schema):
    """The new version with its sum."""

    version = fields.Integer(required=True)
    summary = fields.Nested(SummarySchema, required=True)


class TranscriptFormSchema(Schema):
    """A transcript of another tool."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})
    language = fields.String(metadata={"description": "What is spoken, such as en."})
    encoding = fields.String(metadata={"description": "Such as cp1251; without it, it is recognised."})
    offset_ms = fields.Integer(
        metadata={"description": "Added to all times; without it a source timecode or whole hours are recognised."}
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
