"""What administration takes and gives."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from clipflow.http.api import PageQuerySchema, PageSchema, Schema
from clipflow.http.fields import BooleanField, EmailField, MomentField, TextField

_ROLES = ["user", "admin"]


class PersonDeletionSchema(Schema):
    """What becomes of the personal projects of somebody who is deleted; one of the two."""

    transfer_to = fields.UUID(metadata={"description": "Whose they are from now on."})
    delete_data = BooleanField(validate=validate.Equal(True), metadata={"description": "true, to delete them too."})

    @ma.validates_schema
    def _check_one(self, data: dict[str, Any], **kwargs: Any) -> None:
        if len(data) != 1:
            raise ma.ValidationError({"transfer_to": ["Say who gets the personal projects, or delete_data true."]})


class SetUpSchema(Schema):
    """The first administrator."""

    setup_token = fields.String(required=True, validate=validate.Length(1, 200))
    email = EmailField(required=True)
    password = fields.String(required=True, validate=validate.Length(1, 1000), load_only=True)


class PeopleQuerySchema(PageQuerySchema):
    """Which people are wanted."""

    query = TextField(maximum=200, load_default="", metadata={"description": "Part of an address or a name."})
    role = fields.String(load_default="", validate=validate.OneOf(["", *_ROLES]))
    status = fields.String(load_default="", validate=validate.OneOf(["", "active", "off"]))
    sort = fields.String(
        load_default="email",
        validate=validate.OneOf(["email", "-email", "created_at", "-created_at", "last_login", "-last_login"]),
    )


class PersonChangeSchema(Schema):
    """What an administrator changes of somebody."""

    role = fields.String(validate=validate.OneOf(_ROLES))
    is_active = BooleanField()


class PersonRoleSchema(Schema):
    """A role on the server."""

    role = fields.String(required=True, validate=validate.OneOf(["admin", "user"]))


class AdministeredPersonSchema(Schema):
    """Somebody, as administrators see them."""

    id = fields.UUID(required=True)
    email = fields.String(required=True)
    username = fields.String(required=True, allow_none=True)
    full_name = fields.String(required=True)
    role = fields.Function(lambda user: "admin" if user.is_admin else "user", metadata={"type": "string"})
    is_active = fields.Boolean(required=True)
    is_verified = fields.Boolean(required=True)
    has_second_factor = fields.Function(lambda user: user.totp_since is not None, metadata={"type": "boolean"})
    created_at = MomentField(required=True)
    last_login = MomentField(required=True, allow_none=True)


class AdministeredPersonAnswerSchema(Schema):
    """One person."""

    user = fields.Nested(AdministeredPersonSchema, required=True)


class PeopleSchema(Schema):
    """A page of people."""

    users = fields.List(fields.Nested(AdministeredPersonSchema), required=True)
    pagination = fields.Nested(PageSchema, required=True)


class WeekSchema(Schema):
    """What came in a week."""

    begins_at = MomentField(required=True)
    new_users = fields.Integer(required=True)
    recordings = fields.Integer(required=True)
    recorded_hours = fields.Float(required=True)


class StatisticsSchema(Schema):
    """The server in numbers."""

    users = fields.Integer(required=True)
    active_users_30_days = fields.Integer(required=True)
    teams = fields.Integer(required=True)
    recordings = fields.Integer(required=True)
    recorded_hours = fields.Float(required=True)
    stored_bytes = fields.Integer(required=True)
    unfinished_jobs = fields.Integer(required=True)
    weeks = fields.List(fields.Nested(WeekSchema), required=True, metadata={"description": "The last twelve."})
    disk_free_bytes = fields.Integer(required=True, allow_none=True)
    disk_total_bytes = fields.Integer(required=True, allow_none=True)
