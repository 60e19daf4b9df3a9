"""What personal tokens take and give."""

from marshmallow import fields, validate

from clipflow.core.principal import Scope
from clipflow.http.api import Schema
from clipflow.http.fields import ListField, MomentField, TextField

_MOST_PROJECTS = 100
_LONGEST_DAYS = 365
_USUAL_DAYS = 90


def _scope() -> fields.String:
    return fields.String(validate=validate.OneOf([str(one) for one in Scope]))


class TokenCreateSchema(Schema):
    """A new token."""

    name = TextField(required=True, minimum=1, maximum=100, metadata={"example": "Backup of the cut lists"})
    scopes = ListField(_scope(), required=True, least=1, most=len(Scope), metadata={"example": ["exports:read"]})
    expires_in_days = fields.Integer(
        load_default=_USUAL_DAYS,
        allow_none=True,
        validate=validate.Range(1, _LONGEST_DAYS),
        metadata={"description": "null is for ever, where the server allows that."},
    )
    project_ids = ListField(
        fields.UUID(), least=1, most=_MOST_PROJECTS, metadata={"description": "The only projects that it gets to."}
    )


class TokenSchema(Schema):
    """A token, without its secret."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    scopes = fields.List(_scope(), required=True)
    project_ids = fields.List(fields.UUID(), required=True, allow_none=True)
    created_at = MomentField(required=True)
    expires_at = MomentField(required=True, allow_none=True)
    last_used_at = MomentField(required=True, allow_none=True, metadata={"description": "To within ten minutes."})


class TokenMadeSchema(Schema):
    """A new token with its secret, which is shown this once."""

    token = fields.Nested(TokenSchema, required=True)
    secret = fields.String(required=True)


class TokenListSchema(Schema):
    """The own tokens."""

    tokens = fields.List(fields.Nested(TokenSchema), required=True)
