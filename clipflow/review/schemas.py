"""What a review takes and gives."""

from marshmallow import fields, validate

from clipflow.analysis.schemas import AnalysisSchema, SummarySchema
from clipflow.engine import Action, DecidedBy, ReasonCode, SegmentType
from clipflow.http.api import QuerySchema, Schema
from clipflow.http.fields import ListField, TextField
from clipflow.tuning.schemas import LONGEST_MS


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


class DecisionSchema(Schema):
    """What a person wants with a stretch."""

    start_ms = fields.Integer(required=True)
    end_ms = fields.Integer(required=True)
    action = fields.String(required=True, validate=validate.OneOf([*map(str, Action)]))
    note = fields.String(required=True, allow_none=True)


class AnalysisHeadSchema(AnalysisSchema):
    """What is said of an analysis before its lists."""


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
    changes = ListField(fields.Nested(ChangeSchema), least=1, most=10_000, required=True)
