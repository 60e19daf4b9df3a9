"""What keys of services outside take and give."""

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

import marshmallow as ma
from marshmallow import fields, validate

from clipflow.http.api import Schema
from clipflow.http.fields import MomentField
from clipflow.provider_keys.models import Provider


class KeySchema(Schema):
    """A key to keep."""

    key = fields.String(
        required=True,
        load_only=True,
        validate=[
            validate.Length(8, 500),
            validate.Regexp(r"[!-~]+\Z", error="Must be letters, digits and signs without blanks, as it was given."),
        ],
    )
    base_url = fields.String(
        load_default="",
        validate=validate.Length(max=500),
        metadata={
            "description": "Of a service that speaks OpenAI's protocol; without it OpenAI's own.",
            "example": "https://speech.example.org/v1",
        },
    )

    @ma.validates("base_url")
    def _check_base_url(self, value: str, **kwargs: Any) -> None:
        if value and not _is_address(value):
            raise ma.ValidationError("Must be an address such as https://speech.example.org/v1.")


def _is_address(value: str) -> bool:
    # Blanks, controls and letters of other scripts mean different things to different programs.
    if re.fullmatch("[!-~]+", value) is None:
        return False
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
        if host.rpartition(".")[2].isdigit() or ":" in host:
            ipaddress.ip_address(host)
    except ValueError:
        return False
    is_bare = parts.username is None and not parts.query and not parts.fragment and "%" not in host
    return parts.scheme in ("http", "https") and bool(host) and is_bare


class KeptKeySchema(Schema):
    """A key that is kept; nobody gets to see more of it."""

    provider = fields.String(required=True, validate=validate.OneOf([str(one) for one in Provider]))
    last_four = fields.String(required=True)
    base_url = fields.String(required=True, allow_none=True)
    created_at = MomentField(required=True)


class KeptKeyAnswerSchema(Schema):
    """One key."""

    key = fields.Nested(KeptKeySchema, required=True)


class KeptKeyListSchema(Schema):
    """The keys that are kept."""

    keys = fields.List(fields.Nested(KeptKeySchema), required=True)


class KeyTestSchema(Schema):
    """Whether the service takes a key."""

    works = fields.Boolean(required=True)
    message = fields.String(required=True)
