"""The settings of an analysis: frozen values that refuse what is out of range."""

import math
from dataclasses import dataclass, field, fields
from typing import Any

from clipflow.engine.errors import InvalidOptionError


@dataclass(frozen=True, slots=True)
class OptionRange:
    """What a person needs to know of one option: the limits (inclusive; None is open), unit and meaning."""

    minimum: int
    maximum: int | None
    unit: str
    description: str

    def __str__(self) -> str:
        if self.maximum is None:
            return f"{self.minimum} or more"
        unit = f" {self.unit}" if self.unit else ""
        return f"between {self.minimum:,} and {self.maximum:,}{unit}"


# What ffmpeg can be told to mix.
MOST_CHANNELS = 64
MIX, AUTO = "mix", "auto"
NAMED_CHANNELS = (MIX, AUTO)


def _option(default: float | None, minimum: int, maximum: int | None, unit: str, description: str) -> Any:
    return field(default=default, metadata={"range": OptionRange(minimum, maximum, unit, description)})


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisOptions:
    """Everything a person can set about an analysis.

    Times are whole milliseconds, levels are dBFS. ``audio_channel`` is "mix" for all channels of the
    track together, "auto" for the one on which the speech is loudest, or the number of one, counted
    from 0. A value out of range raises
    :class:`~clipflow.engine.errors.InvalidOptionError`; nothing is clamped in silence.
    """

    vad_aggressiveness: int = _option(
        3, 1, 3, "", "How sure the detector must be before it calls something speech; higher removes more."
    )
    min_silence_duration_ms: int = _option(300, 50, 10_000, "ms", "Shorter silences stay in the speech around them.")
    min_speech_duration_ms: int = _option(250, 0, 5_000, "ms", "Shorter speech is only suggested for removal.")
    speech_pad_start_ms: int = _option(100, 0, 2_000, "ms", "How much is kept before each stretch of speech.")
    speech_pad_end_ms: int = _option(100, 0, 2_000, "ms", "How much is kept after each stretch of speech.")
    silence_threshold_db: float = _option(
        -40.0,
        -90,
        0,
        "dB",
        "Sound between the words that is louder than this and stands out is only suggested for removal.",
    )
    above_room_db: float = _option(
        12.0, 0, 60, "dB", "How far a sound must stand out from the room to be suggested; 0 leaves the room aside."
    )
    keep_pause_ms: int = _option(
        0, 0, 5_000, "ms", "How much pause a removed silence between two stretches of speech leaves."
    )
    audio_track: int | None = _option(
        None, 0, None, "", "Which audio track is analysed, counted from 0; without it the file's default track."
    )
    audio_channel: str = "mix"

    def __post_init__(self) -> None:
        for name, allowed in option_ranges().items():
            value = getattr(self, name)
            if value is not None or name != "audio_track":
                _check_option(name, value, allowed)
        if self.audio_channel not in NAMED_CHANNELS and self.channel is None:
            raise InvalidOptionError(
                "audio_channel", f"audio_channel must be mix, auto or a channel's number, not {self.audio_channel!r}."
            )

    @property
    def channel(self) -> int | None:
        """The one channel that is listened to, counted from 0; None for a mix, or for one that is yet to be found."""
        text = self.audio_channel
        is_number = isinstance(text, str) and text.isascii() and text.isdecimal() and int(text[:3]) < MOST_CHANNELS
        return int(text) if is_number else None


def option_ranges() -> dict[str, OptionRange]:
    """The range of every option that is a number by its name, in the order of the options."""
    return {option.name: option.metadata["range"] for option in fields(AnalysisOptions) if option.metadata}


def _check_option(name: str, value: object, allowed: OptionRange) -> None:
    takes_fractions = allowed.unit == "dB"
    kinds = (int, float) if takes_fractions else (int,)
    if isinstance(value, bool) or not isinstance(value, kinds) or not math.isfinite(value):
        kind = "a number" if takes_fractions else "a whole number"
        raise InvalidOptionError(name, f"{name} must be {kind} {allowed}, not {value!r}.")
    if value < allowed.minimum or (allowed.maximum is not None and value > allowed.maximum):
        raise InvalidOptionError(name, f"{name} must be {allowed}, not {value:,}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaLimits:
    """Bounds on what a hostile or broken file can cost, in seconds and bytes.

    ``cpu_s_per_media_s`` and ``wall_s_per_media_s`` grow with the length of the recording; a slow
    small computer decodes sound at far more than ten times real time, so both are generous.
    """

    max_duration_s: float = 24 * 3600.0
    base_s: float = 120.0
    cpu_s_per_media_s: float = 0.25
    wall_s_per_media_s: float = 1.0
    memory_bytes: int = 1024**3
    probe_cpu_s: int = 60
    probe_wall_s: float = 120.0

    def cpu_s(self, media_s: float | None) -> int:
        """CPU seconds that a decoder of a recording of this length may use."""
        return math.ceil(self.base_s + self.cpu_s_per_media_s * self._bounded(media_s))

    def wall_s(self, media_s: float | None) -> float:
        """Seconds by the clock that a decoder of a recording of this length may take."""
        return self.base_s + self.wall_s_per_media_s * self._bounded(media_s)

    def _bounded(self, media_s: float | None) -> float:
        return self.max_duration_s if media_s is None else min(media_s, self.max_duration_s)
