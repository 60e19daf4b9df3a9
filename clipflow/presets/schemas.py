"""What presets take and give."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from clipflow.engine import FORMATS, Include, standard_rate_of
from clipflow.http.api import QuerySchema, Schema
from clipflow.http.fields import BooleanField, MomentField, TextField
from clipflow.presets.models import PresetKind
from clipflow.tuning.schemas import DefaultsSchema

KINDS = [str(kind) for kind in PresetKind]
_MODES = ("vad", "whisper", "auto")
_ONE_OF_BOTH = "Give either analysis or export: a preset is for one of them."


def _check_rate(text: str) -> None:
    if standard_rate_of(text) is None:
        raise ValidationError("Give a standard frame rate such as 25, 29.97 or 30000/1001.")


class AnalysisSettingsSchema(DefaultsSchema):
    """What analyses begin with; what is left out is taken from the project."""

    processing_mode = fields.String(validate=validate.OneOf(_MODES))


class ExportSettingsSchema(Schema):
    """How a cut is exported."""

    format = fields.String(required=True, validate=validate.OneOf([*FORMATS]), metadata={"example": "fcpxml"})
    media_folder = TextField(
        maximum=1000,
        metadata={
            "description": "The folder in which the editor's machine finds the recordings.",
            "example": "/Volumes/Footage",
        },
    )
    include = fields.String(validate=validate.OneOf([one.value for one in Include]))
    frame_rate = TextField(
        maximum=20,
        validate=_check_rate,
        metadata={"description": "Of the project, for recordings without a picture: 25, 29.97, 30000/1001."},
    )


class TeamPresetSchema(Schema):
    """Settings with a name; ``analysis`` or ``export`` holds them, the other one is null."""

    id = fields.UUID(required=True)
    team_id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    name = fields.String(required=True)
    is_default = fields.Boolean(required=True)
    analysis = fields.Nested(AnalysisSettingsSchema, required=True, allow_none=True)
    export = fields.Nested(ExportSettingsSchema, required=True, allow_none=True)
    created_at = MomentField(required=True)
    updated_at = MomentField(required=True)


class PresetQuerySchema(QuerySchema):
    """Which presets are wanted."""

    team_id = fields.UUID(metadata={"description": "Only those of this team."})
    kind = fields.String(validate=validate.OneOf(KINDS))


class PresetListSchema(Schema):
    """Presets by kind and name."""

    presets = fields.List(fields.Nested(TeamPresetSchema), required=True)


class PresetAnswerSchema(Schema):
    """One preset."""

    preset = fields.Nested(TeamPresetSchema, required=True)


class _SettingsSchema(Schema):
    analysis = fields.Nested(AnalysisSettingsSchema)
    export = fields.Nested(ExportSettingsSchema)
    is_default = BooleanField(
        metadata={"description": "Whether it counts where nothing else is said; the owners of a team decide that."}
    )


class PresetCreateSchema(_SettingsSchema):
    """A new preset."""

    team_id = fields.UUID(required=True)
    name = TextField(required=True, minimum=1, maximum=100, metadata={"example": "Podcast"})

    @validates_schema
    def check_one_of_both(self, values: dict[str, Any], **options: Any) -> None:
        """A preset is for an analysis or for an export."""
        if ("analysis" in values) == ("export" in values):
            raise ValidationError(_ONE_OF_BOTH, "analysis")


class PresetUpdateSchema(_SettingsSchema):
    """What can be changed of a preset; settings replace those that were kept."""

    name = TextField(minimum=1, maximum=100)
