"""What projects take and give."""

from marshmallow import fields, validate

from clipflow.http.api import PageQuerySchema, PageSchema, Schema
from clipflow.http.fields import MomentField, TextField
from clipflow.tuning.schemas import DefaultsSchema

_STATUSES = ("created", "processing", "completed", "failed")


class ProjectCreateSchema(Schema):
    """A new project."""

    name = TextField(required=True, minimum=1, maximum=200, metadata={"example": "Interview with Ada"})
    description = TextField(maximum=5000, load_default="")
    settings = fields.Nested(
        DefaultsSchema,
        metadata={"description": "The options that its analyses begin with; by default the person's own."},
    )


class ProjectUpdateSchema(Schema):
    """What can be changed of a project."""

    name = TextField(minimum=1, maximum=200)
    description = TextField(maximum=5000)
    settings = fields.Nested(DefaultsSchema, metadata={"description": "Replaces those that were kept."})


class ProjectQuerySchema(PageQuerySchema):
    """Which projects are wanted."""

    status = fields.String(validate=validate.OneOf(_STATUSES))


class ProjectSchema(Schema):
    """A project."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(_STATUSES))
    created_at = MomentField(required=True)
    updated_at = MomentField(required=True)


class ProjectWithSettingsSchema(ProjectSchema):
    """A project with the options that its analyses begin with."""

    settings = fields.Dict(required=True)


class ProjectAnswerSchema(Schema):
    """One project."""

    project = fields.Nested(ProjectWithSettingsSchema, required=True)


class ListedProjectSchema(ProjectSchema):
    """A project in a list, with what it holds; the schema of a recording is by name, as it comes from above."""

    recording_count = fields.Integer(required=True)
    duration_seconds = fields.Float(required=True, metadata={"description": "Of all its recordings together."})
    newest_recording = fields.Nested("MediaFileSchema", required=True, allow_none=True)


class ProjectListSchema(Schema):
    """A page of projects."""

    projects = fields.List(fields.Nested(ListedProjectSchema), required=True)
    pagination = fields.Nested(PageSchema, required=True)


class ProjectOverviewQuerySchema(PageQuerySchema):
    """Which recordings of a project are wanted."""

    media_id = fields.UUID(load_default=None, metadata={"description": "Only this recording."})


class ProjectOverviewSchema(ProjectWithSettingsSchema):
    """A project with its recordings; their schema is by name, because domains above this one make it."""

    media_files = fields.List(fields.Nested("MediaWithAnalysesSchema"), required=True)


class ProjectOverviewAnswerSchema(Schema):
    """One project with a page of its recordings."""

    project = fields.Nested(ProjectOverviewSchema, required=True)
    pagination = fields.Nested(PageSchema, required=True)
