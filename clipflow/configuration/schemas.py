"""What the settings take and give."""

import marshmallow as ma
from marshmallow import fields, validate

from clipflow.http.api import QuerySchema, Schema
from clipflow.http.fields import FreeJsonField

_LARGEST_VERSION = 2**31


def _version_of(text: str) -> int:
    number = text.removeprefix("W/").strip('" ')
    if not number.isascii() or not number.isdecimal() or int(number) > _LARGEST_VERSION:
        raise ma.ValidationError('Must be the version that was shown, such as "3".')
    return int(number)


class SettingsSchema(Schema):
    """The settings that can be changed."""

    version = fields.Integer(required=True, metadata={"description": "Goes back as `If-Match`."})
    settings = fields.Dict(keys=fields.String(), required=True)
    defaults = fields.Dict(keys=fields.String(), required=True)
    changed = fields.List(fields.String(), required=True)
    read_only = fields.List(
        fields.String(), required=True, metadata={"description": "What the environment has set, and wins."}
    )


class SettingsChangeSchema(Schema):
    """What is to be changed of the settings; null takes a change back."""

    settings = FreeJsonField(
        required=True, keys=fields.String(validate=validate.Length(1, 100)),
        metadata={"example": {"max_file_size_mb": 2000}},
    )  # fmt: skip


class IfMatchSchema(QuerySchema):
    """Which version a change was made on."""

    if_match = fields.Function(
        data_key="If-Match", required=True, deserialize=_version_of, metadata={"description": 'Such as "3".'}
    )
