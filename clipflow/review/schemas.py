"""What a review takes and gives."""

from marshmallow import fields, validate

from clipflow.analysis.schemas import AnalysisSchema, SummarySchema
from clipflow.engine import Action, DecidedBy, ReasonCode, SegmentType
from clipflow.http.api import QuerySchema, Schema
from clipflow.http.fields import ListField, MomentField, TextField
from clipflow.links.schemas import GuestSchema
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
    made_by = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Who; named in `people`, unless long gone."}
    )


class AnalysisHeadSchema(AnalysisSchema):
    """What is said of an analysis before its lists."""

    people = fields.Dict(keys=fields.UUID(), values=fields.String(), required=True)


class AnalysisWithSegmentsSchema(AnalysisSchema):
    """An analysis with its segments."""

    transcription = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "All that is said; null without a transcript, and with `decisions=false`."},
    )
    has_transcript = fields.Boolean(required=True)
    people = fields.Dict(
        keys=fields.UUID(),
        values=fields.String(),
        required=True,
        metadata={"description": "What those are called who made the decisions."},
    )
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


class ActorSchema(Schema):
    """Somebody who has decided; the name is null of who has left."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, validate=validate.OneOf(["person", "token", "guest"]))


class HistoryQuerySchema(QuerySchema):
    """Which part of the history is wanted."""

    before = fields.Integer(
        load_default=None, validate=validate.Range(1, 2**53), metadata={"description": "`next` of the part before."}
    )
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500))


class HistoryChangeSchema(Schema):
    """A decision, as it was made."""

    at = MomentField(required=True, allow_none=True)
    version = fields.Integer(required=True, metadata={"description": "That came of it."})
    start_ms = fields.Integer(required=True)
    end_ms = fields.Integer(required=True)
    before = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "What counted: an action, `auto` for the engine's, `mixed`; null where not known."},
    )
    after = fields.String(required=True, metadata={"description": "An action, or `auto` where it was taken back."})
    by = fields.Nested(ActorSchema, required=True, allow_none=True)


class HistorySchema(Schema):
    """What was decided, the last first."""

    changes = fields.List(fields.Nested(HistoryChangeSchema), required=True)
    next = fields.Integer(required=True, allow_none=True)


class PresentSchema(Schema):
    """Somebody else who is looking."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class PresenceSchema(Schema):
    """Who else is looking, and which version of the segments there is."""

    version = fields.Integer(required=True)
    people = fields.List(fields.Nested(PresentSchema), required=True)


class SharedProjectSchema(Schema):
    """The project of a link."""

    name = fields.String(required=True)


class SharedRecordingSchema(Schema):
    """A recording of a link; without an analysis it cannot be reviewed yet."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    duration_seconds = fields.Float(required=True, allow_none=True)
    created_at = MomentField(required=True)
    analysis_id = fields.UUID(required=True, allow_none=True)


class SharedLinkSchema(Schema):
    """What a link allows."""

    permission = fields.String(required=True)
    allow_export = fields.Boolean(required=True)
    expires_at = MomentField(required=True)


class GuestSessionSchema(Schema):
    """What the guest of a link gets to see."""

    guest = fields.Nested(GuestSchema, required=True)
    link = fields.Nested(SharedLinkSchema, required=True)
    project = fields.Nested(SharedProjectSchema, required=True)
    recordings = fields.List(fields.Nested(SharedRecordingSchema), required=True)


class LinkGuestSchema(Schema):
    """Somebody who has opened a link."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    opened_at = MomentField(required=True)
    last_seen_at = MomentField(required=True)
    decision_count = fields.Integer(required=True)


class LinkActivitySchema(Schema):
    """Who has opened a link, the last one first."""

    guests = fields.List(fields.Nested(LinkGuestSchema), required=True)


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
