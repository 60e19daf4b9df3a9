"""The options of an analysis: where they come from, and which of them are allowed."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

from clipflow import engine
from clipflow.core.errors import AiFeaturesDisabledError, InvalidInputError
from clipflow.engine import PRESETS, AnalysisOptions
from clipflow.media.models import MediaFile
from clipflow.provider_keys import service as provider_keys
from clipflow.resources import Resources
from clipflow.transcription.client import ServiceAccess


def processing_mode(resources: Resources, wanted: str, team_id: UUID, user_id: UUID) -> str:
    """The mode that is meant: "vad" or "whisper"; raises AiFeaturesDisabledError where there is no transcription."""
    mode = resources.settings.default_processing_mode if wanted == "auto" else wanted
    if mode == "whisper":
        transcription_access(resources, team_id, user_id)
    return mode


def transcription_access(resources: Resources, team_id: UUID, user_id: UUID | None) -> ServiceAccess:
    """The service that may be asked: by the team's key, the person's or the server's.

    Raises:
        AiFeaturesDisabledError: transcription is switched off, or nobody has a key.
        UnavailableError: the key cannot be read.
    """
    access = provider_keys.transcription_access(resources, team_id, user_id)
    if access is not None:
        return access
    if resources.settings.allows_transcription:
        raise AiFeaturesDisabledError("There is no key of a transcription service; keep one on your account page.")
    raise AiFeaturesDisabledError(
        "Transcription is switched off on this server; use the mode vad, or import a transcript."
    )


def default_options(resources: Resources) -> dict[str, Any]:
    """What an analysis begins with where neither person nor project say otherwise."""
    return {**asdict(AnalysisOptions()), **resources.settings.default_options()}


def presets() -> list[dict[str, Any]]:
    """The ways to cut that have a name, with what each sets."""
    return [asdict(one) for one in PRESETS]


def complete_options(resources: Resources, request: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a request, with the defaults of those that it leaves out."""
    defaults = {
        **default_options(resources),
        "detect_filler_words": resources.settings.detect_filler_words,
        "custom_filler_words": [],
        "language": None,
        "prompt": None,
    }
    return {name: request.get(name, default) for name, default in defaults.items()}


def check_options(options: Mapping[str, Any]) -> AnalysisOptions:
    """The options for the engine; InvalidInputError names the one that is out of range."""
    # An analysis of an earlier version lacks the options that came later.
    values = {one.name: options[one.name] for one in fields(AnalysisOptions) if one.name in options}
    try:
        return AnalysisOptions(**values)
    except engine.InvalidOptionError as error:
        raise InvalidInputError(str(error), {error.option: str(error)}) from None


def check_audio_track(recording: MediaFile, audio_track: int | None) -> None:
    """Raise InvalidInputError where the recording has no such audio track."""
    if audio_track is None:
        return
    count = len(recording.media_info["audio_streams"])
    if audio_track >= count:
        sentence = f"The recording has {count} audio tracks; choose one from 0 to {count - 1}."
        raise InvalidInputError(sentence, {"audio_track": sentence})
