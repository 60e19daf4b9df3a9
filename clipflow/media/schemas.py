"""What recordings take and give."""

from typing import Any

from marshmallow import fields, validate

from clipflow.engine import FieldOrder
from clipflow.http.api import QuerySchema, Schema
from clipflow.http.fields import ListField, MomentField, TextField
from clipflow.media.models import MediaState
from clipflow.media.parts import MOST_PARTS

_LARGEST_INTEGER = 2**63 - 1
_LARGEST_MOMENT_MS = 24 * 3_600_000


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


class UnfinishedUploadSchema(Schema):
    """An announced upload and its parts, each of ``part_size`` bytes but the last."""

    file_id = fields.UUID(required=True)
    part_size = fields.Integer(required=True)
    part_count = fields.Integer(required=True)
    parallel = fields.Integer(required=True, metadata={"description": "How many parts are best sent at once."})
    expires_at = MomentField(
        required=True, metadata={"description": "Later each time that addresses of parts are asked for."}
    )


class AnnouncedSchema(UnfinishedUploadSchema):
    """How an upload is sent; what has one part may be put to ``upload_url`` instead."""

    upload_url = fields.String()
    method = fields.String(validate=validate.OneOf(["PUT"]))
    headers = fields.Dict(keys=fields.String(), values=fields.String())


class ListedUploadSchema(UnfinishedUploadSchema):
    """An upload that one has not finished."""

    project_id = fields.UUID(required=True)
    filename = fields.String(required=True)
    content_type = fields.String(required=True)
    file_size = fields.Integer(required=True)
    created_at = MomentField(required=True)


class UnfinishedUploadListSchema(Schema):
    """The uploads that one has not finished."""

    uploads = fields.List(fields.Nested(ListedUploadSchema), required=True)


class PartNumbersSchema(Schema):
    """Parts whose addresses are wanted."""

    part_numbers = ListField(
        fields.Integer(strict=True, validate=validate.Range(1, MOST_PARTS)), required=True, least=1, most=100
    )


class PartAddressSchema(Schema):
    """Where a part is put, with exactly this many bytes and these headers."""

    part_number = fields.Integer(required=True)
    url = fields.String(required=True)
    size = fields.Integer(required=True)
    headers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class PartAddressListSchema(Schema):
    """Where parts are put, and until when."""

    parts = fields.List(fields.Nested(PartAddressSchema), required=True)
    expires_at = MomentField(required=True)


class ArrivedPartSchema(Schema):
    """A part that has arrived."""

    part_number = fields.Integer(required=True)
    size = fields.Integer(required=True)
    etag = fields.String(required=True, metadata={"description": "On a local disk the SHA-256 of its bytes."})


class ArrivedPartListSchema(Schema):
    """The parts that have arrived."""

    parts = fields.List(fields.Nested(ArrivedPartSchema), required=True)


class PartEtagSchema(Schema):
    """What a part was answered with."""

    etag = fields.String(required=True)


class ClaimedPartSchema(Schema):
    """A part as whoever has sent it knows it."""

    part_number = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_PARTS))
    etag = fields.String(required=True, validate=validate.Length(1, 200))


class ConfirmationSchema(Schema):
    """What was sent, to be held against what has arrived; may be left out."""

    parts = ListField(fields.Nested(ClaimedPartSchema), load_default=list, most=MOST_PARTS)


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
    pixel_format = fields.String(
        allow_none=True, metadata={"description": "As a pixel is stored.", "example": "yuv420p"}
    )


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
    bit_rate = fields.Integer(allow_none=True, metadata={"description": "Of the whole file, in bits a second."})


class MediaFileSchema(Schema):
    """A recording."""

    id = fields.UUID(required=True)
    project_id = fields.UUID(required=True)
    original_filename = fields.String(required=True)
    title = fields.String(
        required=True,
        metadata={"description": "What people call it; at first the name of the file without its ending."},
    )
    description = fields.String(required=True)
    category_id = fields.UUID(required=True, allow_none=True)
    view_count = fields.Integer(required=True, metadata={"description": "Each viewer once a day."})
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
    poster_at_ms = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The moment of its poster, where one is chosen."},
    )
    processing_status = fields.String(
        required=True,
        validate=validate.OneOf(["pending", "processing", "done", "failed"]),
        metadata={"description": "How far what is made to see and play it is; nothing else waits for that."},
    )
    created_at = MomentField(required=True)
    download_url = fields.Function(_download_url, required=True, metadata={"type": "string"})


class DeletedMediaSchema(Schema):
    """A recording in the bin."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    original_filename = fields.String(required=True)
    file_size = fields.Integer(required=True)
    duration_seconds = fields.Float(required=True, allow_none=True)
    deleted_at = MomentField(required=True)
    kept_until = MomentField(required=True, metadata={"description": "Then it is deleted for good."})


class DeletedMediaListSchema(Schema):
    """The bin of a project."""

    recordings = fields.List(fields.Nested(DeletedMediaSchema), required=True)


class DeletionQuerySchema(QuerySchema):
    """How a recording is deleted."""

    for_good = fields.Boolean(
        load_default=False, metadata={"description": "At once and for ever; also what is in the bin already."}
    )


class MediaUpdateSchema(Schema):
    """What can be changed of a recording."""

    title = TextField(minimum=1, maximum=255)
    description = TextField(maximum=5000)
    category_id = fields.UUID(allow_none=True)
    poster_at_ms = fields.Integer(
        strict=True, allow_none=True, validate=validate.Range(0, _LARGEST_MOMENT_MS),
        metadata={"description": "The moment that its poster shows; null takes the best of several."},
    )  # fmt: skip


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
