"""What categories take and give."""

from marshmallow import fields

from clipflow.http.api import Schema
from clipflow.http.fields import MomentField, TextField


class CategorySchema(Schema):
    """What recordings may be about; with no team of the whole server."""

    id = fields.UUID(required=True)
    team_id = fields.UUID(required=True, allow_none=True)
    name = fields.String(required=True)
    slug = fields.String(required=True, metadata={"description": "Stands for it in addresses, and stays."})
    created_at = MomentField(required=True)


class CategoryListSchema(Schema):
    """The categories that one may choose."""

    categories = fields.List(fields.Nested(CategorySchema), required=True)


class CategoryAnswerSchema(Schema):
    """One category."""

    category = fields.Nested(CategorySchema, required=True)


class CategoryCreateSchema(Schema):
    """A new category."""

    name = TextField(required=True, minimum=1, maximum=100, metadata={"example": "Interviews"})
    team_id = fields.UUID(load_default=None, allow_none=True, metadata={"description": "null is the whole server."})


class CategoryUpdateSchema(Schema):
    """Another name."""

    name = TextField(required=True, minimum=1, maximum=100)
