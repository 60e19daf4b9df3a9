"""What teams take and give."""

from marshmallow import fields, validate

from clipflow.http.api import Schema
from clipflow.http.fields import MomentField, TextField
from clipflow.teams.models import LONGEST_NAME
from clipflow.teams.roles import Role

ROLES = [str(role) for role in Role]


class TeamCreateSchema(Schema):
    """A new team."""

    name = TextField(required=True, minimum=1, maximum=LONGEST_NAME, metadata={"example": "Documentary desk"})


class TeamDeleteSchema(Schema):
    """What makes sure that a team is meant to go."""

    confirm_name = TextField(required=True, minimum=1, maximum=LONGEST_NAME)


class TeamSchema(Schema):
    """A team, as somebody in it sees it."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    is_personal = fields.Boolean(required=True, metadata={"description": "Whether it has one member for good."})
    role = fields.String(required=True, validate=validate.OneOf(ROLES), metadata={"description": "The own one."})
    member_count = fields.Integer(required=True)
    created_at = MomentField(required=True)


class TeamAnswerSchema(Schema):
    """One team."""

    team = fields.Nested(TeamSchema, required=True)


class TeamListSchema(Schema):
    """The own teams."""

    teams = fields.List(fields.Nested(TeamSchema), required=True)


class MemberSchema(Schema):
    """Somebody in a team."""

    user_id = fields.UUID(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    is_active = fields.Boolean(required=True)
    joined_at = MomentField(required=True)


class MemberListSchema(Schema):
    """Everybody in a team."""

    members = fields.List(fields.Nested(MemberSchema), required=True)


class MemberAnswerSchema(Schema):
    """One member."""

    member = fields.Nested(MemberSchema, required=True)


class RoleSchema(Schema):
    """Another role."""

    role = fields.String(required=True, validate=validate.OneOf(ROLES))
