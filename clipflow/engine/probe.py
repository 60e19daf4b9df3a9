"""What a recording says about itself, and what a person should know before trusting a cut of it."""

import json
import math
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from clipflow.engine.disguise import describe_content, looks_like_mp4
from clipflow.engine.errors import (
    CorruptMediaError,
    InvalidOptionError,
    MediaNotFoundError,
    MediaTooLongError,
    NoAudioTrackError,
    UnsupportedMediaError,
)
from clipflow.engine.ffmpeg import (
    AUDIO_CODECS,
    PICTURE_CODECS,
    SUBTITLE_CODECS,
    ProcessLimits,
    ShouldStop,
    ToolOutput,
    input_arguments,
    run_tool,
)
from clipflow.engine.options import MediaLimits
from clipflow.engine.timebase import is_standard_frame_rate, snap_frame_rate

# Lengths and starts that differ by less than this are rounding and codec delay, not a fault.
_NOTABLE_DIFFERENCE_S = 0.1
# Codecs that start with a run-in put the first picture this much after the start of the file at most.
_CODEC_DELAY_S = 0.1
_HIGHEST_PLAUSIBLE_RATE = 1000
_LARGEST_PLAUSIBLE_NUMBER = 1e9
_MAXIMUM_DESCRIPTION_BYTES = 4 * 1024 * 1024
_MAXIMUM_TAG_CHARACTERS = 100
_PROBE_CPU_S = 60
_PROBE_WALL_S = 120.0
_STILL_PICTURE_BRANDS = frozenset({"heic", "heix", "mif1", "avif"})
# Raw streams have no table of contents, so their length is a guess from the bit rate.
_ESTIMATED_LENGTH_NOTE = "Estimating duration from bitrate"
_NO_INDEX_NOTE = "moov atom not found"
_TIMECODE = re.compile(r"\d{2}:\d{2}:\d{2}[:;.,]\d{2,3}")
_DROP_FRAME_SEPARATORS = ";.,"


@dataclass(frozen=True, slots=True)
class MediaWarning:
    """Something to know before trusting a cut: a stable code and one plain sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class AudioStream:
    """One audio track; ``start_s`` and ``end_s`` are on the recording's own timeline (see MediaInfo)."""

    index: int
    codec: str
    sample_rate: int
    channels: int
    language: str | None
    title: str | None
    start_s: float
    end_s: float | None


@dataclass(frozen=True, slots=True)
class VideoStream:
    """The picture; width and height are as shown, after rotation.

    ``frame_rate`` is exact for a constant rate and the average for a variable one; None is unknown.
    """

    index: int
    codec: str
    width: int
    height: int
    rotation_degrees: int
    frame_rate: Fraction | None
    has_variable_frame_rate: bool
    start_timecode: str | None
    is_drop_frame: bool
    start_s: float
    end_s: float | None


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """A recording's own description.

    Time 0 of everything that ClipFlow says is the first picture, or the start of the file where the
    picture starts much later or is missing. ``start_offset_s`` is that moment in the file's own time
    stamps and ``lead_in_s`` its distance from the earliest time stamp, which is where ffmpeg and
    browsers start to count.
    """

    container: str
    duration_s: float | None
    is_duration_estimated: bool
    file_size_bytes: int
    start_offset_s: float
    lead_in_s: float
    audio_streams: tuple[AudioStream, ...]
    video: VideoStream | None
    warnings: tuple[MediaWarning, ...]

    def audio_stream(self, audio_track: int) -> AudioStream:
        """The audio track with this number, counted from 0; :class:`InvalidOptionError` when there is none."""
        count = len(self.audio_streams)
        if not 0 <= audio_track < count:
            tracks = "only track 0" if count == 1 else f"tracks 0 to {count - 1}"
            raise InvalidOptionError(
                "audio_track", f"audio_track {audio_track} does not exist: the recording has {tracks}."
            )
        return self.audio_streams[audio_track]


def probe(
    path: str | os.PathLike[str],
    *,
    audio_track: int = 0,
    limits: MediaLimits | None = None,
    should_stop: ShouldStop = lambda: False,
) -> MediaInfo:
    """Describe a recording without decoding it, with the warnings that concern one of its audio tracks.

    Raises:
        MediaNotFoundError: there is no such file, or it cannot be read.
        UnsupportedMediaError: it is not a recording in an accepted container and codec.
        CorruptMediaError: it is one, but too damaged to be described.
        NoAudioTrackError: it has no sound.
        MediaTooLongError: it is longer than ``limits.max_duration_s``.
        InvalidOptionError: it has no audio track of that number.
    """
    limits = limits or MediaLimits()
    media_path = Path(path)
    file_size_bytes = _check_readable(media_path)
    output = _run_ffprobe(media_path, limits, should_stop)
    description = _parse_description(media_path, output)
    info = describe_media(description, file_size_bytes, _ESTIMATED_LENGTH_NOTE in output.log_tail)
    if not info.audio_streams:
        raise NoAudioTrackError(f"{shown_name(media_path)} has no sound; choose a recording with an audio track.")
    info = replace(info, warnings=tuple(media_warnings(info, info.audio_stream(audio_track))))
    if info.duration_s is not None and info.duration_s > limits.max_duration_s and not info.is_duration_estimated:
        raise too_long_error(limits)
    return info


def describe_media(
    description: Mapping[str, Any], file_size_bytes: int, is_duration_estimated: bool = False
) -> MediaInfo:
    """Turn ffprobe's description (``-show_format -show_streams``) into a :class:`MediaInfo` without warnings."""
    container = _mapping(description.get("format"))
    streams = [_mapping(stream) for stream in description.get("streams", ())]
    pictures = [stream for stream in streams if _is_moving_picture(stream)]
    sounds = [stream for stream in streams if stream.get("codec_type") == "audio"]
    file_start_s = _number(container.get("start_time")) or 0.0
    start_offset_s = _time_zero(pictures, file_start_s)
    audio_streams = tuple(_audio_stream(stream, start_offset_s) for stream in sounds)
    video = _video_stream(pictures[0], streams, container, start_offset_s) if pictures else None
    duration_s = _duration(container, audio_streams, video, file_start_s - start_offset_s)
    return MediaInfo(
        container=str(container.get("format_name", "")),
        duration_s=duration_s,
        is_duration_estimated=is_duration_estimated,
        file_size_bytes=file_size_bytes,
        start_offset_s=start_offset_s,
        lead_in_s=start_offset_s - file_start_s,
        audio_streams=audio_streams,
        video=video,
        warnings=(),
    )


def too_long_error(limits: MediaLimits) -> MediaTooLongError:
    """The error for a recording over the limit."""
    hours = limits.max_duration_s / 3600
    return MediaTooLongError(f"The recording is longer than {hours:g} hours; split it and analyse the parts.")


def _check_readable(path: Path) -> int:
    """The size of a regular file that can be opened; anything else is an error with its own sentence."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        raise MediaNotFoundError(f"There is no file {shown_name(path)}; check the path.") from None
    if stat.S_ISDIR(status.st_mode):
        raise MediaNotFoundError(f"{shown_name(path)} is a folder; name a file in it.")
    if not stat.S_ISREG(status.st_mode):
        raise MediaNotFoundError(f"{shown_name(path)} is a device or pipe; save the recording to a file first.")
    if not os.access(path, os.R_OK):
        raise MediaNotFoundError(f"{shown_name(path)} cannot be read; check its permissions.")
    if status.st_size == 0:
        raise UnsupportedMediaError(f"{shown_name(path)} is empty; copy or export the recording again.")
    return status.st_size


def _run_ffprobe(path: Path, limits: MediaLimits, should_stop: ShouldStop) -> ToolOutput:
    codecs = ",".join((AUDIO_CODECS, PICTURE_CODECS, SUBTITLE_CODECS))
    arguments = ["-v", "warning", *input_arguments(path, codecs), "-show_format", "-show_streams", "-of", "json"]
    process_limits = ProcessLimits(_PROBE_CPU_S, _PROBE_WALL_S, limits.memory_bytes)
    return run_tool("ffprobe", arguments, process_limits, should_stop, _MAXIMUM_DESCRIPTION_BYTES)


def _parse_description(path: Path, output: ToolOutput) -> Mapping[str, Any]:
    if output.exit_status != 0:
        raise _refusal(path, output.log_tail)
    try:
        description = _mapping(json.loads(output.stdout.decode("utf-8", "replace")))
    except ValueError:
        raise CorruptMediaError(f"{shown_name(path)} is damaged: its description cannot be read.") from None
    brand = str(_mapping(_mapping(description.get("format")).get("tags")).get("major_brand", ""))
    if brand in _STILL_PICTURE_BRANDS:
        raise _not_a_recording(path, "a picture")
    return description


def _refusal(path: Path, log: str) -> UnsupportedMediaError | CorruptMediaError:
    codec = re.search(r"Codec \((\w+)\) not on whitelist", log)
    if codec:
        return UnsupportedMediaError(
            f"{shown_name(path)} uses the codec {codec[1]}, which is not accepted; convert it to H.264 and AAC first."
        )
    content = describe_content(path)
    if content:
        return _not_a_recording(path, content)
    if _NO_INDEX_NOTE in log and looks_like_mp4(path):
        return CorruptMediaError(
            f"{shown_name(path)} is damaged: its index is missing, so it was probably cut off; copy or export it again."
        )
    return UnsupportedMediaError(
        f"{shown_name(path)} is not a recording that can be read; use mp4, mov, mkv, webm, avi, mp3, m4a, wav or flac."
    )


def _not_a_recording(path: Path, content: str) -> UnsupportedMediaError:
    return UnsupportedMediaError(f"{shown_name(path)} is {content}, not a recording; choose an audio or video file.")


def shown_name(path: Path) -> str:
    """The file's name, fit for a terminal and a log: no control characters, no broken encodings."""
    name = path.name or str(path)
    return f"“{clean_text(name, 255)}”"


def clean_text(text: str, maximum_characters: int = _MAXIMUM_TAG_CHARACTERS) -> str:
    """Text from a file, without control characters or lone surrogates, cut to a length."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:maximum_characters])
    return shown.strip()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: object) -> float | None:
    """A finite number of a plausible size from text such as "12.5" or "N/A"."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) < _LARGEST_PLAUSIBLE_NUMBER else None


def _length(value: object) -> float | None:
    number = _number(value)
    return number if number is not None and number > 0 else None


def _rate(value: object) -> Fraction | None:
    """A frame rate from text such as "30000/1001"; None for "0/0" and what no camera has."""
    try:
        rate = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None
    return rate if 0 < rate <= _HIGHEST_PLAUSIBLE_RATE else None


def _whole_number(value: object) -> int:
    return int(_number(value) or 0)


def _tag(owner: Mapping[str, Any], name: str) -> str | None:
    """A tag by its name in any case: containers do not agree on it."""
    for key, value in _mapping(owner.get("tags")).items():
        if key.lower() == name.lower():
            return clean_text(str(value)) or None
    return None


def _is_moving_picture(stream: Mapping[str, Any]) -> bool:
    disposition = _mapping(stream.get("disposition"))
    is_cover = disposition.get("attached_pic") == 1 or disposition.get("timed_thumbnails") == 1
    return stream.get("codec_type") == "video" and not is_cover


def _time_zero(pictures: list[Mapping[str, Any]], file_start_s: float) -> float:
    """The moment that counts as 0, in the file's time stamps (see :class:`MediaInfo`)."""
    picture_start_s = _number(pictures[0].get("start_time")) if pictures else None
    if picture_start_s is not None and 0 <= picture_start_s - file_start_s <= _CODEC_DELAY_S:
        return picture_start_s
    return file_start_s


def _start_of_stream(stream: Mapping[str, Any], start_offset_s: float) -> float:
    """Where a stream starts on our timeline; a stream that does not say starts with the recording."""
    start_s = _number(stream.get("start_time"))
    return 0.0 if start_s is None else start_s - start_offset_s


def _end_of_stream(stream: Mapping[str, Any], start_offset_s: float) -> float | None:
    """Where a stream ends on our timeline; None where the container does not say."""
    length_s = _length(stream.get("duration"))
    if length_s is not None:
        return _start_of_stream(stream, start_offset_s) + length_s
    end_s = _clock_time(_tag(stream, "DURATION"))  # Matroska notes the end of each track in a tag.
    return None if end_s is None else end_s - start_offset_s


def _clock_time(text: str | None) -> float | None:
    match = re.fullmatch(r"(\d{1,4}):(\d{2}):(\d{2}(?:\.\d+)?)", text or "")
    if not match:
        return None
    return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3])


def _audio_stream(stream: Mapping[str, Any], start_offset_s: float) -> AudioStream:
    language = _tag(stream, "language")
    return AudioStream(
        index=_whole_number(stream.get("index")),
        codec=str(stream.get("codec_name", "unknown")),
        sample_rate=_whole_number(stream.get("sample_rate")),
        channels=_whole_number(stream.get("channels")),
        language=None if language == "und" else language,
        title=_tag(stream, "title"),
        start_s=_start_of_stream(stream, start_offset_s),
        end_s=_end_of_stream(stream, start_offset_s),
    )


def _video_stream(
    stream: Mapping[str, Any],
    streams: Iterable[Mapping[str, Any]],
    container: Mapping[str, Any],
    start_offset_s: float,
) -> VideoStream:
    rotation = _rotation(stream)
    width, height = _whole_number(stream.get("width")), _whole_number(stream.get("height"))
    if rotation in (90, 270):
        width, height = height, width
    timecode = _start_timecode(stream, streams, container)
    frame_rate, is_variable = _frame_rate(stream, _length(container.get("duration")))
    return VideoStream(
        index=_whole_number(stream.get("index")),
        codec=str(stream.get("codec_name", "unknown")),
        width=width,
        height=height,
        rotation_degrees=rotation,
        frame_rate=frame_rate,
        has_variable_frame_rate=is_variable,
        start_timecode=timecode,
        is_drop_frame=timecode is not None and timecode[8] in _DROP_FRAME_SEPARATORS,
        start_s=_start_of_stream(stream, start_offset_s),
        end_s=_end_of_stream(stream, start_offset_s),
    )


def _rotation(stream: Mapping[str, Any]) -> int:
    """Clockwise rotation for display in degrees, 0 to 359."""
    for side_data in stream.get("side_data_list", ()):
        angle = _number(_mapping(side_data).get("rotation"))
        if angle is not None:
            return round(-angle) % 360
    return round(_number(_tag(stream, "rotate")) or 0) % 360


def _start_timecode(
    video: Mapping[str, Any], streams: Iterable[Mapping[str, Any]], container: Mapping[str, Any]
) -> str | None:
    """The source timecode of the first picture, from the picture, a timecode track or the container."""
    for owner in (video, *streams, container):
        timecode = _tag(owner, "timecode")
        if timecode and _TIMECODE.fullmatch(timecode):
            return timecode
    return None


def _frame_rate(stream: Mapping[str, Any], duration_s: float | None) -> tuple[Fraction | None, bool]:
    """The frame rate and whether it varies.

    ffprobe gives the lowest rate that all time stamps fit and the average over the file. They
    differ when frames are left out or come at odd times. One frame more or less is an odd last
    frame; twice the average is interlaced video, whose fields are counted.
    """
    fitting, average = _rate(stream.get("r_frame_rate")), _rate(stream.get("avg_frame_rate"))
    if average is None:
        return (None if fitting is None else snap_frame_rate(fitting)), False
    if fitting is None:
        return snap_frame_rate(average), True
    is_interlaced = stream.get("field_order") in ("tt", "bb", "tb", "bt")
    if is_interlaced and snap_frame_rate(fitting / 2) == snap_frame_rate(average):
        return snap_frame_rate(average), False
    frames_apart = abs(fitting - average) * Fraction(duration_s or 10.0)
    if frames_apart > Fraction(3, 2) and abs(fitting / average - 1) > Fraction(1, 10_000):
        return average.limit_denominator(1_000_000), True
    return snap_frame_rate(fitting), False


def _duration(
    container: Mapping[str, Any],
    audio_streams: Iterable[AudioStream],
    video: VideoStream | None,
    file_start_s: float,
) -> float | None:
    """Where the recording ends on our timeline, in seconds; None when the file does not say."""
    length_s = _length(container.get("duration"))
    if length_s is not None:
        return length_s + file_start_s
    ends_s = [stream.end_s for stream in audio_streams] + [video.end_s if video else None]
    return max((end_s for end_s in ends_s if end_s is not None and end_s > 0), default=None)


def media_warnings(info: MediaInfo, audio: AudioStream) -> Iterable[MediaWarning]:
    """What a person should know before trusting a cut of this recording by this audio track."""
    if info.video is not None:
        yield from _frame_rate_warnings(info.video)
    if len(info.audio_streams) > 1:
        yield MediaWarning(
            "SEVERAL_AUDIO_TRACKS",
            f"There are {len(info.audio_streams)} audio tracks; choose the one that carries the speech.",
        )
    yield from _alignment_warnings(audio, info.video)


def _frame_rate_warnings(video: VideoStream) -> Iterable[MediaWarning]:
    if video.frame_rate is None:
        yield MediaWarning("UNKNOWN_FRAME_RATE", "The frame rate is unknown; check it before exporting a cut.")
    elif video.has_variable_frame_rate:
        yield MediaWarning(
            "VARIABLE_FRAME_RATE",
            f"The frame rate varies (average {float(video.frame_rate):.3f}); convert the recording to a constant "
            "rate before cutting, or picture and sound may drift apart in the editor.",
        )
    elif not is_standard_frame_rate(video.frame_rate):
        yield MediaWarning(
            "NON_STANDARD_FRAME_RATE",
            f"{float(video.frame_rate):.3f} frames a second is no standard rate; some editors will not take it.",
        )


def _alignment_warnings(audio: AudioStream, video: VideoStream | None) -> Iterable[MediaWarning]:
    if audio.start_s > _NOTABLE_DIFFERENCE_S:
        yield MediaWarning(
            "AUDIO_STARTS_LATE",
            f"The sound starts {audio.start_s:.2f} s after the recording; all times stay those of the recording.",
        )
    if video is None:
        return
    if video.start_s > _NOTABLE_DIFFERENCE_S:
        yield MediaWarning(
            "VIDEO_STARTS_LATE",
            f"The picture starts {video.start_s:.2f} s after the recording; check the first cut in the editor.",
        )
    if audio.end_s is None or video.end_s is None:
        return
    audio_length_s, video_length_s = audio.end_s - audio.start_s, video.end_s - video.start_s
    difference_s = audio_length_s - video_length_s
    if abs(difference_s) > _NOTABLE_DIFFERENCE_S:
        relation = "longer" if difference_s > 0 else "shorter"
        yield MediaWarning(
            "LENGTHS_DIFFER",
            f"The sound is {abs(difference_s):.2f} s {relation} than the picture; check the end of the cut.",
        )
