"""The tuning options as input. Ranges and words come from the engine, so that there is one truth."""

from typing import Any

from marshmallow import fields, validate

from clipflow.core.api import Schema
from clipflow.engine import option_ranges
from clipflow.tuning.names import ENGINE_NAMES

LONGEST_MS = 2**31 - 1


def _option_field(api_name: str) -> fields.Field[Any]:
    allowed = option_ranges()[ENGINE_NAMES[api_name]]
    limits = validate.Range(allowed.minimum, LONGEST_MS if allowed.maximum is None else allowed.maximum)
    metadata = {"description": f"{allowed.description} {allowed.unit}".strip()}
    if allowed.unit == "dB":
        return fields.Float(validate=limits, metadata=metadata)
    return fields.Integer(strict=True, validate=limits, metadata=metadata)


# One field for each of the engine's options, under the API's names.
TuningSchema: type[Schema] = type(
    "TuningSchema",
    (Schema,),
    {"__doc__": "The options that tune segments.", **{name: _option_field(name) for name in ENGINE_NAMES}},
)
