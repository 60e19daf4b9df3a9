"""What projects take and give."""

from marshmallow import fields, validate

from clipflow.core.principal import Permission
from clipflow.http.api import PageQuerySchema, PageSchema, QuerySchema, Schema
from clipflow.http.fields import BooleanField, EmailField, MomentField, TextField
from clipflow.presets.schemas import KINDS, PresetListSchema
from clipflow.teams.roles import Role
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
    team_id = fields.UUID(metadata={"description": "The team that it belongs to; by default the personal one."})


_ROLES = [str(role) for role in Role]


class ShareCreateSchema(Schema):
    """Somebody with an account, and what they may do with the project."""

    email = EmailField()
    user_id = fields.UUID()
    role = fields.String(required=True, validate=validate.OneOf(_ROLES))


class ShareChangeSchema(Schema):
    """Another role for the project."""

    role = fields.String(required=True, validate=validate.OneOf(_ROLES))


class ShareSchema(Schema):
    """Somebody whom a project is shared with."""

    user_id = fields.UUID(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(_ROLES))
    created_at = MomentField(required=True)


class ShareAnswerSchema(Schema):
    """One share."""

    share = fields.Nested(ShareSchema, required=True)


class ShareListSchema(Schema):
    """Everybody whom a project is shared with."""

    shares = fields.List(fields.Nested(ShareSchema), required=True)


class ProjectMoveSchema(Schema):
    """Where a project is to belong."""

    team_id = fields.UUID(required=True)
    dry_run = BooleanField(
        load_default=False, metadata={"description": "Only say what would open it no longer; nothing is moved."}
    )


class ProjectUpdateSchema(Schema):
    """What can be changed of a project."""

    name = TextField(minimum=1, maximum=200)
    description = TextField(maximum=5000)
    settings = fields.Nested(DefaultsSchema, metadata={"description": "Replaces those that were kept."})


class ProjectQuerySchema(PageQuerySchema):
    """Which projects are wanted."""

    team_id = fields.UUID(metadata={"description": "Only those of this team."})
    status = fields.String(validate=validate.OneOf(_STATUSES))


class ProjectSchema(Schema):
    """A project."""

    id = fields.UUID(required=True)
    team_id = fields.UUID(required=True)
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


class LosingAccessSchema(Schema):
    """Somebody who does not see a project any more."""

    user_id = fields.UUID(required=True)
    name = fields.String(required=True)
    token_count = fields.Integer(
        required=True, metadata={"description": "How many personal tokens lose sight of it with the person."}
    )


class ProjectMovedSchema(ProjectAnswerSchema):
    """A project in its new team, with what opens it no longer; the schema of a link is by name, as that is above."""

    losing_access = fields.List(fields.Nested(LosingAccessSchema), required=True)
    ending_links = fields.List(fields.Nested("LinkSchema"), required=True)
    ending_keys = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "For which services the team has keys that do not pay for the project any more."},
    )


class ProjectListSchema(Schema):
    """A page of projects."""

    projects = fields.List(fields.Nested(ListedProjectSchema), required=True)
    pagination = fields.Nested(PageSchema, required=True)


class ProjectPresetQuerySchema(QuerySchema):
    """Which presets of a project's team are wanted."""

    kind = fields.String(validate=validate.OneOf(KINDS))


class ProjectPresetListSchema(PresetListSchema):
    """The presets that can be chosen in a project."""


class ProjectOverviewQuerySchema(PageQuerySchema):
    """Which recordings of a project are wanted."""

    media_id = fields.UUID(load_default=None, metadata={"description": "Only this recording."})


class ProjectOverviewSchema(ProjectWithSettingsSchema):
    """A project with its recordings; their schema is by name, because domains above this one make it."""

    permissions = fields.List(
        fields.String(validate=validate.OneOf([str(one) for one in Permission])),
        required=True,
        metadata={"description": "What the person who asks may do with it."},
    )

    media_files = fields.List(fields.Nested("MediaWithAnalysesSchema"), required=True)


class ProjectOverviewAnswerSchema(Schema):
    """One project with a page of its recordings."""

    project = fields.Nested(ProjectOverviewSchema, required=True)
    pagination = fields.Nested(PageSchema, required=True)
