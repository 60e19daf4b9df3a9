"""What an installation says of itself."""

from marshmallow import fields, validate

from clipflow.http.api import Schema


class PresetSchema(Schema):
    """A way to cut that has a name."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    meaning = fields.String(required=True)
    options = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        required=True,
        metadata={"description": "The options that it sets; the others stay as they are."},
    )


class FeaturesSchema(Schema):
    """What this installation can do."""

    ai_features_enabled = fields.Boolean(required=True)
    whisper_available = fields.Boolean(required=True)
    filler_detection_available = fields.Boolean(required=True)
    makes_renditions = fields.Boolean(
        required=True, metadata={"description": "Whether pictures or copies of recordings are made by themselves."}
    )
    malware_scanning = fields.Boolean(
        required=True,
        metadata={"description": "Whether recordings are scanned before they can be used."},
    )
    max_file_size_mb = fields.Integer(required=True)
    allowed_extensions = fields.List(fields.String(), required=True)
    default_processing_mode = fields.String(required=True, validate=validate.OneOf(["vad", "whisper"]))
    presets = fields.List(fields.Nested(PresetSchema), required=True)


class HealthSchema(Schema):
    """The process lives."""

    status = fields.String(required=True, validate=validate.OneOf(["ok"]))


class ReadinessSchema(Schema):
    """The state of each part: ok, or what is wrong."""

    status = fields.String(required=True, validate=validate.OneOf(["ok", "unavailable"]))
    checks = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "For administrators, and on this machine."},
    )
