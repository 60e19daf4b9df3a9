"""What the audit log takes and gives."""

from datetime import UTC, datetime

from marshmallow import fields, validate

from clipflow.http.api import Schema
from clipflow.http.fields import MomentField, TextField

# Times that every database and zone knows.
_PLAUSIBLE = validate.Range(datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))


class AuditFilterSchema(Schema):
    """Which events are wanted."""

    actor = fields.UUID(metadata={"description": "Who did it."})
    action = TextField(minimum=1, maximum=60, metadata={"example": "team.member_removed"})
    target = fields.UUID(metadata={"description": "What it was done to."})
    since = fields.AwareDateTime(data_key="from", validate=_PLAUSIBLE)
    until = fields.AwareDateTime(data_key="to", validate=_PLAUSIBLE)


class AuditQuerySchema(AuditFilterSchema):
    """A page of events."""

    cursor = fields.String(load_default="", validate=validate.Length(max=200))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class AuditExportQuerySchema(AuditFilterSchema):
    """All events as a file."""

    format = fields.String(load_default="ndjson", validate=validate.OneOf(["ndjson", "csv"]))


class AuditEventSchema(Schema):
    """One thing that was done."""

    id = fields.UUID(required=True)
    at = MomentField(required=True)
    actor_kind = fields.String(required=True)
    actor_id = fields.UUID(required=True, allow_none=True)
    action = fields.String(required=True)
    target_kind = fields.String(required=True)
    target_id = fields.UUID(required=True, allow_none=True)
    outcome = fields.String(required=True, validate=validate.OneOf(["done", "refused"]))
    ip = fields.String(required=True, metadata={"description": "Erased after 90 days."})
    user_agent = fields.String(required=True)
    request_id = fields.String(required=True)
    data = fields.Dict(required=True)


class AuditListSchema(Schema):
    """A page of events, newest first."""

    events = fields.List(fields.Nested(AuditEventSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
