"""The tuning options as input. Ranges and words come from the engine, so that there is one truth."""

from dataclasses import fields as fields_of
from typing import Any

from marshmallow import fields, validate

from clipflow.engine import AnalysisOptions, option_ranges
from clipflow.engine.options import MOST_CHANNELS
from clipflow.http.api import Schema
from clipflow.http.fields import BooleanField, ListField, TextField

LONGEST_MS = 2**31 - 1
OPTION_NAMES = tuple(one.name for one in fields_of(AnalysisOptions))


def _option_field(name: str) -> fields.Field[Any]:
    if name == "audio_channel":
        return _channel_field()
    allowed = option_ranges()[name]
    limits = validate.Range(allowed.minimum, LONGEST_MS if allowed.maximum is None else allowed.maximum)
    metadata = {"description": f"{allowed.description} {allowed.unit}".strip()}
    if allowed.unit == "dB":
        return fields.Float(validate=limits, metadata=metadata)
    has_automatic = getattr(AnalysisOptions(), name) is None
    return fields.Integer(strict=True, validate=limits, metadata=metadata, allow_none=has_automatic)


def _channel_field() -> fields.Field[Any]:
    meaning = "mix for all channels of the track, auto for the one with the loudest speech, or its number from 0."
    sentence = f"Must be mix, auto, or a number from 0 to {MOST_CHANNELS - 1}."
    return TextField(
        maximum=4,
        validate=validate.Regexp(r"(mix|auto|[1-5]?[0-9]|6[0-3])\Z", error=sentence),
        metadata={"description": meaning, "example": "mix"},
    )


# One field for each of the engine's options.
TuningSchema: type[Schema] = type(
    "TuningSchema",
    (Schema,),
    {"__doc__": "The options that tune segments.", **{name: _option_field(name) for name in OPTION_NAMES}},
)


class FillerSchema(TuningSchema):  # type: ignore[misc, valid-type]
    """The options that tune segments, and what counts as a filler."""

    detect_filler_words = BooleanField(
        metadata={"description": "Whether fillers are suggested for removal, where there is a transcript."}
    )
    custom_filler_words = ListField(
        TextField(minimum=1, maximum=100),
        most=200,
        metadata={"description": "Words and phrases of any language that count beside those of the server."},
    )


class DefaultsSchema(FillerSchema):
    """What the analyses of a project begin with."""

    language = TextField(
        minimum=2,
        maximum=20,
        allow_none=True,
        metadata={
            "description": "What is spoken, such as en or de; a service finds it out by itself.",
            "example": "en",
        },
    )
    prompt = TextField(
        maximum=1000,
        allow_none=True,
        metadata={"description": "Names and terms that occur, spelled as the transcript is to have them."},
    )
