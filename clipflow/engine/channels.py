"""Which channels of a track are listened to: what a few excerpts show of them, and the mix that follows from it."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from clipflow.engine.decode import SAMPLE_RATE, Samples, SoundSource, decode_excerpt
from clipflow.engine.errors import InvalidOptionError, UnsupportedMediaError
from clipflow.engine.ffmpeg import ShouldStop
from clipflow.engine.media_info import AudioStream, MediaInfo, MediaWarning
from clipflow.engine.options import AUTO, MOST_CHANNELS, AnalysisOptions, MediaLimits

_WHOLE_WITHIN_S = 60.0
_EXCERPT_S = 15.0
_EXCERPTS_AT = (0.15, 0.5, 0.85)
# Of many channels less is looked at, so that the memory stays the same.
_MOST_CHANNEL_SECONDS = 480.0
_ACTIVE_DB = -80.0
_ACTIVE_BELOW_LOUDEST_DB = 50.0
# What is left of channels that cancel each other out, as a share of what goes in.
_CANCELLING_SHARE = 0.03
_FULL_SCALE_POWER = 32768.0**2
_LFE_CHANNEL = 3
_LAYOUTS_WITH_LFE = ("5.1", "6.1", "7.1")
# Linear timecode switches polarity once or twice a bit, 80 bits a frame (SMPTE ST 12-1): two lengths, one twice the
# other, and hardly anything else.
_TIMECODE_SHARE = 0.85
_TIMECODE_LEAST_OF_EACH = 0.05
_TIMECODE_HALF_BITS = np.arange(2.5, 10.1, 0.25)
_TIMECODE_LEAST_CROSSINGS_A_S = 500
# A square wave stays near its peak, which nothing that is spoken or played does.
_SQUARE_SHARE = 0.6
_MOST_MAGNITUDES = 100_000

# Mean power of what is speech in the samples of one channel; 0 where nobody speaks.
SpeechPower = Callable[[Samples], float]


@dataclass(frozen=True, slots=True)
class ChannelSurvey:
    """What excerpts show of the channels of a track.

    Attributes:
        level_db: of each channel, in dBFS.
        has_timecode: of each channel, whether it carries linear timecode.
        is_cancelling: whether the channels cancel each other out when they are mixed.
        samples: the excerpts, shape (n, channels).
    """

    level_db: tuple[float, ...]
    has_timecode: tuple[bool, ...]
    is_cancelling: bool
    samples: Samples

    @property
    def active(self) -> tuple[int, ...]:
        """The channels on which there is anything."""
        least_db = max(_ACTIVE_DB, max(self.level_db) - _ACTIVE_BELOW_LOUDEST_DB)
        return tuple(number for number, level in enumerate(self.level_db) if level > least_db)


class Listening(NamedTuple):
    """How a track is listened to: the filter that makes it mono, and what a person should know of it."""

    mono_filter: str
    warnings: tuple[MediaWarning, ...]


def listen_to(  # noqa: PLR0913, PLR0917  what is read, what is wanted of it, and the means
    path: Path,
    info: MediaInfo,
    audio_track: int,
    options: AnalysisOptions,
    limits: MediaLimits,
    should_stop: ShouldStop,
    speech_power: SpeechPower,
) -> Listening:
    """Choose the channels of a track that are analysed.

    Raises:
        InvalidOptionError: there is no such channel.
        EngineError: as :func:`~clipflow.engine.ffmpeg.run_tool`.
    """
    stream = info.audio_stream(audio_track)
    if stream.channels > MOST_CHANNELS:
        raise UnsupportedMediaError(
            f"Audio track {audio_track} has {stream.channels} channels and at most {MOST_CHANNELS} are read; "
            "export the recording with fewer."
        )
    if options.channel is not None:
        _check_channel(options.channel, stream)
        return Listening(_only(options.channel), ())
    if stream.channels < 2:  # noqa: PLR2004  there is nothing to choose
        return Listening("", ())
    survey = survey_channels(path, info, audio_track, limits, should_stop)
    if survey is None:
        return Listening(_mix(range(stream.channels)) if stream.channel_layout is None else "", ())
    return _loudest_speech(survey, speech_power) if options.audio_channel == AUTO else _mixed(survey, stream)


def survey_channels(
    path: Path, info: MediaInfo, audio_track: int, limits: MediaLimits, should_stop: ShouldStop
) -> ChannelSurvey | None:
    """What a short recording, or three excerpts of a long one, show of the channels; None where nothing is decoded."""
    channels = info.audio_stream(audio_track).channels
    pieces = _excerpts(info.container_duration_s, _MOST_CHANNEL_SECONDS / channels)

    def decode(piece: tuple[float, float]) -> Samples:
        return decode_excerpt(SoundSource(path, info, audio_track), *piece, limits, should_stop)

    with ThreadPoolExecutor(len(pieces)) as pool:
        samples = np.concatenate(list(pool.map(decode, pieces)))
    return _surveyed(samples) if samples.size else None


def _excerpts(length_s: float | None, most_s: float) -> list[tuple[float, float]]:
    """Start and length of what is looked at, in seconds."""
    if length_s is None or length_s <= min(_WHOLE_WITHIN_S, most_s):
        return [(0.0, min(_WHOLE_WITHIN_S, most_s))]
    excerpt_s = min(_EXCERPT_S, most_s / len(_EXCERPTS_AT))
    return [(max(0.0, share * length_s - excerpt_s / 2), excerpt_s) for share in _EXCERPTS_AT]


def _surveyed(samples: Samples) -> ChannelSurvey:
    values = samples.astype(np.float32)
    # A constant offset is not heard.
    values -= values.mean(axis=0)
    power = np.einsum("ij,ij->j", values, values, dtype=np.float64) / len(values)
    summed = values.sum(axis=1)
    mixed = float(np.einsum("i,i->", summed, summed, dtype=np.float64)) / len(values)
    total = float(power.sum())
    level_db = 10 * np.log10(np.maximum(power, 1e-3) / _FULL_SCALE_POWER)
    return ChannelSurvey(
        level_db=tuple(level_db.round(1).tolist()),
        has_timecode=tuple(_is_timecode(values[:, number]) for number in range(samples.shape[1])),
        is_cancelling=total > 0 and mixed / total < _CANCELLING_SHARE,
        samples=samples,
    )


def _is_timecode(values: npt.NDArray[np.float32]) -> bool:
    """Whether the polarity changes as that of linear timecode does."""
    crossings = np.flatnonzero(np.signbit(values[1:]) != np.signbit(values[:-1]))
    if crossings.size < max(2, _TIMECODE_LEAST_CROSSINGS_A_S * len(values) // SAMPLE_RATE):
        return False
    magnitude = np.sort(np.abs(values[:: max(1, values.size // _MOST_MAGNITUDES)]))
    if magnitude[magnitude.size // 4] > _SQUARE_SHARE * magnitude[-1 - magnitude.size // 10]:
        return True
    # The moment of a crossing between two samples.
    before, after = np.abs(values[crossings]), np.abs(values[crossings + 1])
    lengths = np.diff(crossings + before / np.maximum(before + after, 1e-9))
    is_half = np.abs(lengths - _TIMECODE_HALF_BITS[:, None]) < np.maximum(0.75, 0.15 * _TIMECODE_HALF_BITS[:, None])
    is_whole = np.abs(lengths - 2 * _TIMECODE_HALF_BITS[:, None]) < np.maximum(0.75, 0.3 * _TIMECODE_HALF_BITS[:, None])
    half, whole = is_half.mean(axis=1), is_whole.mean(axis=1)
    has_both = np.minimum(half, whole) > _TIMECODE_LEAST_OF_EACH
    return bool((has_both & ((is_half | is_whole).mean(axis=1) > _TIMECODE_SHARE)).any())


def _mixed(survey: ChannelSurvey, stream: AudioStream) -> Listening:
    heard = [number for number in survey.active if not survey.has_timecode[number]]
    warnings = list(_timecode_warnings(survey, "left out of the mix"))
    if not heard:
        return Listening("" if stream.channel_layout else _mix(range(stream.channels)), tuple(warnings))
    if survey.is_cancelling and len(heard) > 1:
        loudest = max(heard, key=lambda number: survey.level_db[number])
        warnings.append(
            MediaWarning(
                "CHANNELS_CANCEL",
                f"The channels cancel each other out when they are mixed, so channel {loudest} alone was analysed; "
                "invert one of them in the editor.",
            )
        )
        return Listening(_only(loudest), tuple(warnings))
    if stream.channel_layout is None and stream.channels > 2:  # noqa: PLR2004  two are stereo
        warnings.append(
            MediaWarning(
                "UNKNOWN_CHANNEL_LAYOUT",
                f"The file does not say what its {stream.channels} channels are; those with sound were mixed: "
                f"{_listed(heard)}.",
            )
        )
        return Listening(_mix(heard), tuple(warnings))
    is_all_lfe = stream.channel_layout is not None and heard == [_LFE_CHANNEL]
    is_all_lfe = is_all_lfe and str(stream.channel_layout).startswith(_LAYOUTS_WITH_LFE)
    return Listening(_mix(heard) if warnings or is_all_lfe else "", tuple(warnings))


def _loudest_speech(survey: ChannelSurvey, speech_power: SpeechPower) -> Listening:
    usable = [number for number in survey.active if not survey.has_timecode[number]] or list(survey.active) or [0]
    powers = {number: speech_power(np.ascontiguousarray(survey.samples[:, number])) for number in usable}
    chosen = max(usable, key=lambda number: (powers[number], survey.level_db[number]))
    sentence = f"Channel {chosen} of {len(survey.level_db)}, counted from 0, has the loudest speech and was analysed."
    warnings = (*_timecode_warnings(survey, "not analysed"), MediaWarning("CHANNEL_CHOSEN", sentence))
    return Listening(_only(chosen), warnings)


def _timecode_warnings(survey: ChannelSurvey, consequence: str) -> Sequence[MediaWarning]:
    numbers = [number for number, has_timecode in enumerate(survey.has_timecode) if has_timecode]
    if not numbers:
        return ()
    plural = "s carry" if len(numbers) > 1 else " carries"
    verb = "are" if len(numbers) > 1 else "is"
    sentence = f"Channel{plural} timecode as sound: {_listed(numbers)}, counted from 0; {verb} {consequence}."
    return (MediaWarning("TIMECODE_CHANNEL", sentence),)


def _check_channel(channel: int, stream: AudioStream) -> None:
    if channel >= stream.channels:
        last = stream.channels - 1
        channels = "only channel 0" if last == 0 else f"channels 0 to {last}"
        raise InvalidOptionError("audio_channel", f"audio_channel {channel} does not exist: the track has {channels}.")


def _only(channel: int) -> str:
    return f"pan=mono|c0=c{channel}"


def _mix(channels: Sequence[int]) -> str:
    share = 1 / max(1, len(channels))
    return "pan=mono|c0=" + "+".join(f"{share:.6f}*c{number}" for number in channels)


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
