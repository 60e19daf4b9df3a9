"""What renditions take and give."""

from marshmallow import fields, validate

from clipflow.http.api import QuerySchema, Schema
from clipflow.http.fields import MomentField
from clipflow.media.schemas import WarningSchema
from clipflow.renditions.models import RenditionKind, RenditionStatus


class RenditionSchema(Schema):
    """Something that is made of a recording."""

    kind = fields.String(required=True, validate=validate.OneOf([*map(str, RenditionKind)]))
    status = fields.String(required=True, validate=validate.OneOf([*map(str, RenditionStatus)]))
    recipe = fields.String(required=True, metadata={"description": "Changes with everything that decides the result."})
    is_there = fields.Boolean(
        required=True, metadata={"description": "Whether there is one to see, perhaps an earlier one meanwhile."}
    )
    width = fields.Integer(required=True, allow_none=True)
    height = fields.Integer(required=True, allow_none=True)
    size_bytes = fields.Integer(required=True, allow_none=True)
    progress_percent = fields.Integer(required=True)
    stage = fields.String(required=True)
    work = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(["remux", "sound", "full"]),
        metadata={"description": "What a copy took: another container, other sound, or everything."},
    )
    warnings = fields.List(fields.Nested(WarningSchema), required=True)
    error_code = fields.String(required=True, allow_none=True)
    error_message = fields.String(required=True, allow_none=True)
    finished_at = MomentField(required=True, allow_none=True)


class RenditionListSchema(Schema):
    """What is made of a recording."""

    renditions = fields.List(fields.Nested(RenditionSchema), required=True)


class RenditionAnswerSchema(Schema):
    """One rendition."""

    rendition = fields.Nested(RenditionSchema, required=True)


class FileQuerySchema(QuerySchema):
    """What is played."""

    rendition = fields.String(
        load_default="original",
        validate=validate.OneOf(["original", "proxy", "auto"]),
        metadata={
            "description": "The recording itself, the copy that browsers play, or what a browser plays: the copy where "
            "there is one; 409 NOT_READY while it is made."
        },
    )
