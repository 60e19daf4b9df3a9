"""What review links take and give."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from clipflow.http.api import Schema
from clipflow.http.fields import BooleanField, ListField, MomentField, TextField
from clipflow.links.models import LONGEST_NAME

_PERMISSIONS = ["view", "comment", "decide"]
_MOST_RECORDINGS = 200
_LONGEST_DAYS = 90
_USUAL_DAYS = 14


def _permission(**options: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(_PERMISSIONS), **options)


def _media_ids(**options: Any) -> ListField:
    described = {"description": "The only recordings that it shows; null is all of the project, later ones too."}
    return ListField(fields.UUID(), least=1, most=_MOST_RECORDINGS, allow_none=True, metadata=described, **options)


def _days(**options: Any) -> fields.Integer:
    return fields.Integer(validate=validate.Range(1, _LONGEST_DAYS), **options)


def _password(**options: Any) -> fields.String:
    return fields.String(validate=validate.Length(1, 128), load_only=True, **options)


class LinkCreateSchema(Schema):
    """A new link."""

    permission = _permission(load_default="view")
    media_ids = _media_ids()
    expires_in_days = _days(load_default=_USUAL_DAYS)
    password = _password()
    allow_export = BooleanField(load_default=False)


class LinkChangeSchema(Schema):
    """What can be changed of a link; a password, or null for none, lets its guests open it anew."""

    permission = _permission()
    media_ids = _media_ids()
    expires_in_days = _days()
    password = _password(allow_none=True)
    allow_export = BooleanField()


class LinkSchema(Schema):
    """A link that opens something."""

    id = fields.UUID(required=True)
    media_ids = fields.List(fields.UUID(), required=True, allow_none=True)
    permission = _permission(required=True)
    allow_export = fields.Boolean(required=True)
    has_password = fields.Boolean(required=True)
    created_by = fields.String(required=True, allow_none=True)
    created_at = MomentField(required=True)
    expires_at = MomentField(required=True)


class LinkAnswerSchema(Schema):
    """One link."""

    link = fields.Nested(LinkSchema, required=True)


class LinkMadeSchema(LinkAnswerSchema):
    """A new link with its address, which is shown this once."""

    url = fields.String(required=True)


class LinkListSchema(Schema):
    """The links to a project."""

    links = fields.List(fields.Nested(LinkSchema), required=True)


class LinkOpenSchema(Schema):
    """The secret of a link, and who opens it."""

    token = fields.String(required=True, validate=validate.Length(1, 200))
    password = fields.String(validate=validate.Length(1, 1000), load_only=True)
    name = TextField(maximum=LONGEST_NAME, load_default="", metadata={"example": "Ann"})

    @ma.post_load
    def _without_guest(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Whoever is a guest is called one once."""
        return {**data, "name": data["name"].removesuffix("(guest)").strip()}


class GuestSchema(Schema):
    """Somebody with a link."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class LinkOpenedSchema(Schema):
    """Who has come in; the browser is known by a cookie."""

    guest = fields.Nested(GuestSchema, required=True)
    expires_at = MomentField(required=True)
