"""What analyses take and give. Ranges and words come from the engine, so that there is one truth."""

from marshmallow import fields, validate

from clipflow.http.api import Schema
from clipflow.http.fields import MomentField, PreciseMomentField
from clipflow.media.schemas import MediaFileSchema
from clipflow.renditions.schemas import RenditionSchema
from clipflow.tuning.schemas import DefaultsSchema

_MODES = ("vad", "whisper", "auto")
_STATUSES = ("pending", "processing", "completed", "failed", "cancelled")
_STAGES = "queued, starting, copying, probing, decoding, detecting, segmenting, transcribing 3/12, done, …"


class AnalysisCreateSchema(DefaultsSchema):
    """What an analysis can be told; everything has a default."""

    processing_mode = fields.String(validate=validate.OneOf(_MODES), load_default="auto")
    preset_id = fields.UUID(
        metadata={
            "description": "A preset of the project's team; counts more than the project's settings, "
            "and less than what else is said here."
        }
    )


class StartedSchema(Schema):
    """An analysis that has been queued."""

    analysis_id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["processing"]))


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


class PersonSchema(Schema):
    """Somebody, as others see them."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, metadata={"description": "Empty for somebody who has left."})


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
    created_by = fields.Nested(
        PersonSchema, required=True, allow_none=True, metadata={"description": "Who asked for it."}
    )
    current_since = PreciseMomentField(
        required=True,
        metadata={
            "description": "Of a recording's analyses that were not cancelled the one with the latest moment counts."
        },
    )
    decision_count = fields.Integer(
        required=True, metadata={"description": "On how many stretches people have decided."}
    )
    reviewed_at = MomentField(required=True, allow_none=True, metadata={"description": "When its review was finished."})
    reviewed_by = fields.Nested(PersonSchema, required=True, allow_none=True)


class ReviewedSchema(Schema):
    """When a review was finished, and by whom; null while it goes on."""

    reviewed_at = MomentField(required=True, allow_none=True)
    reviewed_by = fields.Nested(PersonSchema, required=True, allow_none=True)


class MoveSchema(Schema):
    """Where a recording is to go."""

    project_id = fields.UUID(required=True)


class StatusSchema(Schema):
    """How far an analysis is."""

    status = fields.String(required=True, validate=validate.OneOf(_STATUSES))
    progress_percent = fields.Integer(required=True)
    stage = fields.String(required=True, metadata={"description": _STAGES})
    error_message = fields.String(required=True, allow_none=True)


class RunningAnalysisSchema(Schema):
    """An analysis that waits or runs."""

    id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(_STATUSES))
    progress_percent = fields.Integer(required=True)
    stage = fields.String(required=True, metadata={"description": _STAGES})


class RecordingProgressSchema(Schema):
    """How far a recording is."""

    media_file_id = fields.UUID(required=True)
    state = fields.String(required=True)
    analysis = fields.Nested(
        RunningAnalysisSchema, required=True, allow_none=True, metadata={"description": "null where none is running."}
    )
    renditions = fields.List(
        fields.Nested(RenditionSchema), required=True, metadata={"description": "While any of them is being made."}
    )


class ProjectProgressSchema(Schema):
    """The recordings of a project that are checked or analysed, or of which something is made; others are at rest."""

    recordings = fields.List(fields.Nested(RecordingProgressSchema), required=True)


class MediaWithAnalysesSchema(MediaFileSchema):
    """A recording with its analyses, without their segments."""

    analysis_results = fields.List(fields.Nested(AnalysisSchema), required=True)
    renditions = fields.List(fields.Nested(RenditionSchema), required=True)
