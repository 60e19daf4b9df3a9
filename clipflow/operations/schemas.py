"""What an installation says of itself."""

from marshmallow import fields, validate

from clipflow.http.api import Schema


class FeaturesSchema(Schema):
    """What this installation can do."""

    ai_features_enabled = fields.Boolean(required=True)
    whisper_available = fields.Boolean(required=True)
    filler_detection_available = fields.Boolean(required=True)
    max_file_size_mb = fields.Integer(required=True)
    allowed_extensions = fields.List(fields.String(), required=True)
    default_processing_mode = fields.String(required=True, validate=validate.OneOf(["vad", "whisper"]))


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
