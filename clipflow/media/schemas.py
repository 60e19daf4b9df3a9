"""What recordings take and give."""

from typing import Any

from marshmallow import fields, validate

from clipflow.engine import FieldOrder
from clipflow.http.api import QuerySchema, Schema
from clipflow.http.fields import MomentField, TextField
from clipflow.media.models import MediaState

_LARGEST_INTEGER = 2**63 - 1


def _download_url(media: Any) -> str:
    media_id = media["id"] if isinstance(media, dict) else media.id
    return f"/api/v1/media/{media_id}/file"


class UploadFormSchema(Schema):
    """A recording as a form field."""

    file = fields.Raw(
        required=True,
        metadata={
            "type": "string",
            "format": "binary",
            "description": "The recording; its name and content have to agree, or the answer is 415.",
        },
    )


class AnnouncementSchema(Schema):
    """An upload that is to be sent as raw bytes."""

    project_id = fields.UUID(required=True)
    filename = TextField(required=True, minimum=1, maximum=1000, metadata={"example": "talk.mp4"})
    content_type = TextField(required=True, maximum=100, metadata={"example": "video/mp4"})
    file_size = fields.Integer(required=True, strict=True, validate=validate.Range(1, _LARGEST_INTEGER))


class AnnouncedSchema(Schema):
    """Where to send the bytes, how, and until when."""

    file_id = fields.UUID(required=True)
    upload_url = fields.String(required=True)
    method = fields.String(required=True, validate=validate.OneOf(["PUT"]))
    headers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    expires_at = MomentField(required=True)


class SignatureQuerySchema(QuerySchema):
    """What a signed upload address carries."""

    owner = fields.String(required=True, validate=validate.Length(32, 32))
    size = fields.Integer(required=True, validate=validate.Range(1, _LARGEST_INTEGER))
    expires = fields.Integer(required=True, validate=validate.Range(0, _LARGEST_INTEGER))
    signature = fields.String(required=True, validate=validate.Length(64, 64))


class WarningSchema(Schema):
    """Something to know before a cut is trusted."""

    code = fields.String(required=True)
    message = fields.String(required=True)


class AudioStreamSchema(Schema):
    """One audio track."""

    index = fields.Integer(required=True)
    codec = fields.String(required=True)
    sample_rate = fields.Integer(required=True)
    channels = fields.Integer(required=True)
    language = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)
    start_s = fields.Float(required=True)
    end_s = fields.Float(required=True, allow_none=True)
    channel_layout = fields.String(allow_none=True, metadata={"description": "null where the file names none."})
    is_default = fields.Boolean()


class ColourSchema(Schema):
    """The colour of a picture by ffmpeg's names."""

    primaries = fields.String(required=True, allow_none=True)
    transfer = fields.String(required=True, allow_none=True)
    space = fields.String(required=True, allow_none=True)


class VideoStreamSchema(Schema):
    """The picture."""

    index = fields.Integer(required=True)
    codec = fields.String(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    rotation_degrees = fields.Integer(required=True)
    frame_rate = fields.String(required=True, allow_none=True, metadata={"example": "30000/1001"})
    has_variable_frame_rate = fields.Boolean(required=True)
    start_timecode = fields.String(required=True, allow_none=True, metadata={"example": "01:00:00:00"})
    is_drop_frame = fields.Boolean(required=True)
    start_s = fields.Float(required=True)
    end_s = fields.Float(required=True, allow_none=True)
    pixel_aspect = fields.String(
        metadata={"description": "Width of a shown pixel over its height.", "example": "64/45"}
    )
    nominal_frame_rate = fields.String(
        allow_none=True, metadata={"description": "What a variable rate is about.", "example": "30/1"}
    )
    field_order = fields.String(validate=validate.OneOf([*map(str, FieldOrder)]))
    colour = fields.Nested(ColourSchema)


class MediaInfoSchema(Schema):
    """A recording's own description."""

    container = fields.String(required=True)
    duration_s = fields.Float(required=True, allow_none=True)
    is_duration_estimated = fields.Boolean(required=True)
    start_offset_s = fields.Float(required=True)
    lead_in_s = fields.Float(required=True)
    audio_streams = fields.List(fields.Nested(AudioStreamSchema), required=True)
    video = fields.Nested(VideoStreamSchema, required=True, allow_none=True)
    time_reference_samples = fields.Integer(
        allow_none=True, metadata={"description": "When sound alone was recorded, in samples since midnight."}
    )


class MediaFileSchema(Schema):
    """A recording."""

    id = fields.UUID(required=True)
    project_id = fields.UUID(required=True)
    original_filename = fields.String(required=True)
    title = fields.String(
        required=True,
        metadata={"description": "What people call it; at first the name of the file without its ending."},
    )
    file_size = fields.Integer(required=True)
    mime_type = fields.String(required=True)
    duration_seconds = fields.Float(required=True, allow_none=True)
    media_info = fields.Nested(
        MediaInfoSchema, required=True, allow_none=True, metadata={"description": "null until it has been checked."}
    )
    warnings = fields.List(fields.Nested(WarningSchema), required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf([*map(str, MediaState)]),
        metadata={"description": "Only what is ready can be analysed."},
    )
    refusal = fields.String(required=True, allow_none=True, metadata={"description": "Why it was refused."})
    created_at = MomentField(required=True)
    download_url = fields.Function(_download_url, required=True, metadata={"type": "string"})


class MediaUpdateSchema(Schema):
    """What can be changed of a recording."""

    title = TextField(required=True, minimum=1, maximum=200)


class MediaFileAnswerSchema(Schema):
    """One recording."""

    media_file = fields.Nested(MediaFileSchema, required=True)


class WaveformQuerySchema(QuerySchema):
    """How fine a waveform is wanted."""

    points = fields.Integer(load_default=2000, validate=validate.Range(1, 100_000))


class WaveformSchema(Schema):
    """A waveform."""

    peaks = fields.List(
        fields.List(fields.Float(), validate=validate.Length(2, 2)),
        required=True,
        metadata={"description": "Lowest and highest sample of each point, from -1 to 1."},
    )
    duration = fields.Float(required=True, metadata={"description": "Length of the recording in seconds."})
    sample_rate = fields.Integer(required=True)
    samples_per_peak = fields.Integer(required=True)
