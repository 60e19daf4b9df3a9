"""What exports take and give."""

from typing import Any

from marshmallow import fields, validate

from clipflow.engine import FORMATS, FormatKind, Include
from clipflow.http.api import QuerySchema, Schema
from clipflow.http.fields import ListField, TextField
from clipflow.media.schemas import WarningSchema

_INCLUDES = [one.value for one in Include]
_FOLDER = {
    "description": "The folder in which the editor's machine finds the recording.",
    "example": "/Volumes/Footage",
}
_INCLUDE = {
    "description": "Whether what is only suggested for removal stays in the cut.",
    "default": Include.KEEP_AND_SUGGESTED.value,
}
_FRAME_RATE = {
    "description": "Of the project, for recordings without a picture: 25, 29.97, 30000/1001.",
    "default": "30",
}


class _IncludeField(fields.String):
    """A plus in an address stands for a blank, and people write it as it is."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        return text.strip().replace(" ", "+")


class CutQuerySchema(QuerySchema):
    """What the cut is to be like, whatever its format."""

    preset_id = fields.UUID(
        metadata={"description": "A preset of exports of the project's team; what else is said counts more."}
    )
    media_folder = TextField(maximum=1000, metadata=_FOLDER)
    include = _IncludeField(validate=validate.OneOf(_INCLUDES), metadata=_INCLUDE)
    frame_rate = TextField(maximum=20, metadata=_FRAME_RATE)


class ExportQuerySchema(CutQuerySchema):
    """Which format is wanted."""

    format = TextField(
        maximum=50,
        metadata={
            "description": f"Needed where no preset says it: one of {', '.join(FORMATS)}.",
            "example": "fcpxml",
        },
    )


class ProjectExportSchema(Schema):
    """Which recordings of a project are wanted, and as what."""

    media_ids = ListField(fields.UUID(), least=1, most=500, required=True)
    preset_id = fields.UUID(metadata={"description": "A preset of exports of one of the own teams."})
    format = TextField(maximum=50, metadata={"description": "Needed where no preset says it.", "example": "fcpxml"})
    media_folder = TextField(maximum=1000, metadata=_FOLDER)
    include = fields.String(validate=validate.OneOf(_INCLUDES), metadata=_INCLUDE)
    frame_rate = TextField(maximum=20, metadata=_FRAME_RATE)


class ReportSchema(Schema):
    """What an export says about itself."""

    format = fields.String(required=True)
    file_name = fields.String(required=True)
    mime_type = fields.String(required=True)
    cuts = fields.Integer(required=True, metadata={"description": "Stretches that are taken out."})
    clips = fields.Integer(required=True)
    kept_ms = fields.Integer(required=True)
    removed_ms = fields.Integer(required=True)
    frame_rate = fields.String(required=True, metadata={"description": "Exact, such as 30000/1001."})
    start_timecode = fields.String(required=True, allow_none=True)
    is_drop_frame = fields.Boolean(required=True)
    largest_error_frames = fields.Float(
        required=True,
        metadata={"description": "The furthest distance between an edge that was wanted and the one written."},
    )
    parts = fields.Integer(required=True, metadata={"description": "Files in the zip, or 1."})
    command = fields.String(required=True, allow_none=True)
    warnings = fields.List(fields.Nested(WarningSchema), required=True)


class ReportAnswerSchema(Schema):
    """How the cut comes out in a format."""

    report = fields.Nested(ReportSchema, required=True)


class FormatSchema(Schema):
    """A format of cut lists, and whether it suits this recording."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    extension = fields.String(required=True)
    mime_type = fields.String(required=True)
    editors = fields.List(fields.String(), required=True)
    kind = fields.String(required=True, validate=validate.OneOf([*map(str, FormatKind)]))
    import_steps = fields.List(
        fields.String(), required=True, metadata={"description": "Sentences on how the file is opened."}
    )
    is_suited = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True, metadata={"description": "Why it is not suited."})


class FormatsSchema(Schema):
    """All formats."""

    formats = fields.List(fields.Nested(FormatSchema), required=True)
