"""The rules of the settings: which can be changed, what the environment has said, and how every process follows."""

import logging
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from clipflow.audit import service as audit
from clipflow.config import Settings
from clipflow.configuration import models
from clipflow.core import clock
from clipflow.core.db import UNREACHABLE, transaction
from clipflow.core.errors import ConflictError, InvalidInputError
from clipflow.core.principal import Principal
from clipflow.resources import Resources

logger = logging.getLogger(__name__)

# What administrators change while the server runs; everything else needs a start anew.
CHANGEABLE = (
    "max_file_size_mb", "storage_limit_mb", "weekly_upload_limit_mb", "file_retention_days",
    "registration_mode", "email_verification", "mfa_required_for", "password_min_length", "password_require",
    "password_blocklist", "token_max_days", "invitation_days", "audit_retention_days",
    "vad_aggressiveness", "min_silence_duration_ms", "min_speech_duration_ms", "silence_threshold_db",
    "speech_pad_start_ms", "speech_pad_end_ms", "detect_filler_words", "filler_words",
)  # fmt: skip


def describe(resources: Resources) -> dict[str, Any]:
    """All settings that can be changed, which of them the environment has set, and the version."""
    version, values = models.read()
    settings = _usable_settings(resources.live.base, values)
    return {
        "version": version,
        "settings": {name: getattr(settings, name) for name in CHANGEABLE},
        "defaults": {name: getattr(resources.live.base, name) for name in CHANGEABLE},
        "changed": sorted(set(values) & set(CHANGEABLE)),
        "read_only": sorted(resources.live.base.from_environment & set(CHANGEABLE)),
    }


def change(resources: Resources, principal: Principal, version: int, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change settings; None takes a change back.

    Raises:
        InvalidInputError: a value is out of range, or the environment has set it.
        ConflictError: somebody else has changed them since ``version``.
    """
    _check_editable(resources.live.base, changes)
    with transaction():
        current_version, values = models.read()
        kept = {name: value for name, value in {**values, **changes}.items() if value is not None}
        effective_settings(resources.live.base, {name: kept[name] for name in changes if name in kept})
        if current_version != version or not models.write(version, kept, clock.now()):
            raise ConflictError("Somebody else has changed the settings; load them again.")
        data = {"names": ", ".join(sorted(changes))}
        audit.record("server.settings_changed", actor=principal, target=("server", None), data=data)
    resources.live.forget()
    follow(resources)
    return describe(resources)


def follow(resources: Resources) -> None:
    """Take over what administrators have changed, at most every few seconds; without a database nothing changes."""
    if not resources.live.is_due():
        return
    try:
        _, values = models.read()
        resources.live.current = _usable_settings(resources.live.base, values)
    except UNREACHABLE as error:
        logger.debug("The settings cannot be read now: %s", error)


def _usable_settings(base: Settings, values: Mapping[str, Any]) -> Settings:
    """As :func:`effective_settings`, without those that another version has let in and this one does not."""
    try:
        return effective_settings(base, values)
    except InvalidInputError as error:
        logger.warning("Stored settings are not used, because they are wrong: %s", ", ".join(sorted(error.details)))
        return effective_settings(base, {name: one for name, one in values.items() if name not in error.details})


def effective_settings(base: Settings, values: Mapping[str, Any]) -> Settings:
    """The settings of the environment with what administrators have changed; raises InvalidInputError."""
    counting = {
        name: value for name, value in values.items() if name in CHANGEABLE and name not in base.from_environment
    }
    if not counting:
        return base
    readers = {one.name: one.metadata["read"] for one in fields(Settings) if one.name in CHANGEABLE}
    read: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, value in counting.items():
        try:
            read[name] = readers[name](_as_text(value, getattr(base, name)))
        except ValueError as error:
            wrong[name] = f"It {error}."
    if wrong:
        raise InvalidInputError("Some settings are wrong; see the details.", wrong)
    return replace(base, **read)


def _check_editable(base: Settings, changes: Mapping[str, Any]) -> None:
    unknown = {name: "There is no such setting." for name in changes if name not in CHANGEABLE}
    fixed = {
        name: f"The environment sets {name.upper()}; change it there."
        for name in changes
        if name in base.from_environment
    }
    if unknown or fixed:
        raise InvalidInputError("Some settings cannot be changed here; see the details.", {**unknown, **fixed})


def _as_text(value: Any, usual: Any) -> str:
    """As it would stand in the environment; ValueError for a list where there is to be none, and for an object."""
    if isinstance(usual, tuple) and isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value):
        return ",".join(value)
    if isinstance(value, (list, dict)):
        raise ValueError("must be a single value")
    return str(value).lower() if isinstance(value, bool) else str(value)
