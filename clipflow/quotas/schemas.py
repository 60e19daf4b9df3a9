"""What quotas take and give."""

from marshmallow import fields, validate

from clipflow.http.api import PageQuerySchema, PageSchema, Schema
from clipflow.http.fields import MomentField, TextField

_LARGEST_MB = 10**9


def _limit() -> fields.Integer:
    described = {"description": "In MiB; null is the server's."}
    return fields.Integer(strict=True, allow_none=True, validate=validate.Range(0, _LARGEST_MB), metadata=described)


class UsagePartSchema(Schema):
    """What is used of a quota, and what is reserved by uploads that are on their way."""

    used_bytes = fields.Integer(required=True)
    reserved_bytes = fields.Integer(required=True)
    limit_bytes = fields.Integer(required=True, allow_none=True, metadata={"description": "null is no limit."})


class WeekUsageSchema(UsagePartSchema):
    """What was uploaded this week."""

    resets_at = MomentField(required=True)


class UsageSchema(Schema):
    """What is used."""

    storage = fields.Nested(UsagePartSchema, required=True)
    week = fields.Nested(WeekUsageSchema, required=True)


class TeamQuerySchema(PageQuerySchema):
    """Which teams are wanted."""

    query = TextField(maximum=200, load_default="", metadata={"description": "Part of a name."})


class TeamLimitsSchema(Schema):
    """Limits of a team in place of the server's."""

    storage_limit_mb = _limit()
    weekly_upload_limit_mb = _limit()


class AdministeredTeamSchema(TeamLimitsSchema):
    """A team, as administrators see it."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    member_count = fields.Integer(required=True)
    created_at = MomentField(required=True)
    stored_bytes = fields.Integer(required=True)
    uploaded_this_week_bytes = fields.Integer(required=True)


class AdministeredTeamListSchema(Schema):
    """A page of teams."""

    teams = fields.List(fields.Nested(AdministeredTeamSchema), required=True)
    pagination = fields.Nested(PageSchema, required=True)
