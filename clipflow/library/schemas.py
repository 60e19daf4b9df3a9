"""What the library takes and gives."""

from marshmallow import fields, validate

from clipflow.http.api import PageQuerySchema, PageSchema, Schema
from clipflow.http.fields import MomentField, TextField
from clipflow.library.models import SORTS
from clipflow.library.service import STATUSES


class LibraryQuerySchema(PageQuerySchema):
    """Which recordings are wanted."""

    q = TextField(
        load_default="",
        maximum=200,
        metadata={
            "description": "In title, description, file name or what is said, without regard to case and accents; one "
            "character is no filter."
        },
    )
    category = TextField(load_default="", maximum=120, metadata={"description": "A slug, or `none`."})
    uploader = fields.UUID(load_default=None)
    project = fields.UUID(load_default=None)
    team = fields.UUID(load_default=None)
    status = fields.String(load_default="", validate=validate.OneOf(["", *STATUSES]))
    sort = fields.String(load_default="created_at", validate=validate.OneOf([*SORTS]))
    order = fields.String(load_default="desc", validate=validate.OneOf(["asc", "desc"]))
    limit = fields.Integer(load_default=24, validate=validate.Range(1, 100))


class NamedSchema(Schema):
    """Something by its name."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class NamedCategorySchema(NamedSchema):
    """A category."""

    slug = fields.String(required=True)


class LibraryRowSchema(Schema):
    """A recording as the library shows it."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    description = fields.String(required=True)
    original_filename = fields.String(required=True)
    thumbnail_url = fields.String(required=True, allow_none=True)
    duration_seconds = fields.Float(required=True, allow_none=True)
    file_size = fields.Integer(required=True)
    has_picture = fields.Boolean(required=True)
    category = fields.Nested(NamedCategorySchema, required=True, allow_none=True)
    uploader = fields.Nested(NamedSchema, required=True, allow_none=True)
    project = fields.Nested(NamedSchema, required=True)
    team = fields.Nested(NamedSchema, required=True)
    view_count = fields.Integer(required=True)
    status = fields.String(required=True, validate=validate.OneOf([*STATUSES]))
    processing_status = fields.String(required=True)
    analysis_id = fields.UUID(required=True, allow_none=True, metadata={"description": "The one that is reviewed."})
    silence_share = fields.Float(
        required=True, allow_none=True, metadata={"description": "What is, or may be, removed, from 0 to 1."}
    )
    has_transcript = fields.Boolean(required=True)
    snippet = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Where it was found in what is said, as it is searched."},
    )
    created_at = MomentField(required=True)


class LibrarySchema(Schema):
    """A page of the library."""

    recordings = fields.List(fields.Nested(LibraryRowSchema), required=True)
    pagination = fields.Nested(PageSchema, required=True)


class LibraryChoicesSchema(Schema):
    """What the library can be narrowed to."""

    teams = fields.List(fields.Nested(NamedSchema), required=True)
    uploaders = fields.List(fields.Nested(NamedSchema), required=True)
