"""What invitations take and give."""

from marshmallow import fields, validate

from clipflow.http.api import Schema
from clipflow.http.fields import EmailField, MomentField
from clipflow.teams.schemas import ROLES

_SERVER_ROLES = ["user", "admin"]


class InvitationCreateSchema(Schema):
    """A new invitation."""

    email = EmailField()
    role = fields.String(
        load_default="user",
        validate=validate.OneOf(_SERVER_ROLES),
        metadata={"description": "Whether the person runs the server too; for administrators to give."},
    )
    team_id = fields.UUID()
    team_role = fields.String(validate=validate.OneOf(ROLES))


class InvitationSchema(Schema):
    """An invitation that can still be used."""

    id = fields.UUID(required=True)
    email = fields.String(required=True, allow_none=True)
    role = fields.String(required=True, validate=validate.OneOf(_SERVER_ROLES))
    team_id = fields.UUID(required=True, allow_none=True)
    team_role = fields.String(required=True, allow_none=True)
    created_at = MomentField(required=True)
    expires_at = MomentField(required=True)


class InvitationMadeSchema(Schema):
    """A new invitation with its link, which is shown this once."""

    invitation = fields.Nested(InvitationSchema, required=True)
    url = fields.String(required=True)


class InvitationListSchema(Schema):
    """Invitations that can still be used."""

    invitations = fields.List(fields.Nested(InvitationSchema), required=True)


class InvitationTokenSchema(Schema):
    """The secret of a link."""

    token = fields.String(required=True, validate=validate.Length(1, 200))


class InvitationPreviewSchema(Schema):
    """What an invitation is to."""

    email_hint = fields.String(required=True, allow_none=True)
    team = fields.String(required=True, allow_none=True)
    inviter = fields.String(required=True, allow_none=True)
    expires_at = MomentField(required=True)


class InvitationAcceptedSchema(Schema):
    """The team that lets somebody in."""

    team_id = fields.UUID(required=True, allow_none=True)
