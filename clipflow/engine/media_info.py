"""What a recording is: its streams, rates and times, worked out from ffprobe's description of it.

The file is long because one description is read here, field by field, each by a function of a few lines.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from clipflow.engine.errors import InvalidOptionError
from clipflow.engine.ffmpeg import AUDIO_CODECS
from clipflow.engine.text import clean_text
from clipflow.engine.timebase import snap_frame_rate

# Codecs that start with a run-in put the first picture this much after the start of the file at most.
_CODEC_DELAY_S = 0.1
_HIGHEST_PLAUSIBLE_RATE = 1000
# Less is how tracks of one recording differ in length.
_OTHER_TRACK_TOLERANCE_S = 0.1
# One picture in ten seconds is no moving one; nor is a single one in a file that lasts.
_LOWEST_MOVING_RATE = Fraction(1, 10)
_LONGEST_SINGLE_PICTURE_S = 1.0
_MOST_REFERENCE_DIGITS = 15
_CONTAINERS_STATING_END = frozenset({"matroska", "webm", "ogg", "asf"})
# ffmpeg gives some formats other names than their decoders.
_ACCEPTED_CODECS = frozenset((*AUDIO_CODECS.split(","), "amr_nb", "amr_wb", "dts"))
_LARGEST_PLAUSIBLE_NUMBER = 1e9
_TIMECODE = re.compile(r"\d{2}:\d{2}:\d{2}[:;.,]\d{2,3}")
_DROP_FRAME_SEPARATORS = ";.,"


@dataclass(frozen=True, slots=True)
class MediaWarning:
    """Something to know before trusting a cut: a stable code and one plain sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class AudioStream:
    """One audio track; ``start_s`` and ``end_s`` are on the recording's own timeline (see MediaInfo).

    ``channel_layout`` is ffmpeg's name of it, None where the file names none. ``codec`` is "unknown"
    where nothing can decode it.
    """

    index: int
    codec: str
    sample_rate: int
    channels: int
    language: str | None
    title: str | None
    start_s: float
    end_s: float | None
    channel_layout: str | None = None
    is_default: bool = False

    @property
    def is_decodable(self) -> bool:
        """Whether there is a decoder for it that may be used."""
        return self.codec in _ACCEPTED_CODECS


class FieldOrder(StrEnum):
    """Which lines of an interlaced picture come first."""

    PROGRESSIVE = "progressive"
    UPPER_FIRST = "upper_first"
    LOWER_FIRST = "lower_first"


@dataclass(frozen=True, slots=True)
class Colour:
    """The colour of a picture by ffmpeg's names, None where the file does not say."""

    primaries: str | None = None
    transfer: str | None = None
    space: str | None = None


@dataclass(frozen=True, slots=True)
class VideoStream:
    """The picture; width and height are as shown, after rotation.

    ``frame_rate`` is exact for a constant rate and the average for a variable one; None is unknown.
    ``nominal_frame_rate`` is the rate that a variable one is about, where the two differ.
    ``reorder_frames`` is how far pictures are shown after the order in which they are stored.
    ``pixel_aspect`` is the width of a shown pixel over its height, ``pixel_format`` how a pixel is stored, by
    ffmpeg's name of it; None is unknown.
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
    pixel_aspect: Fraction = Fraction(1)
    nominal_frame_rate: Fraction | None = None
    field_order: FieldOrder = FieldOrder.PROGRESSIVE
    colour: Colour = Colour()
    reorder_frames: int = 0
    pixel_format: str | None = None


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """A recording's own description.

    Time 0 of everything that ClipFlow says is the first picture, or the start of the file where the
    picture starts much later or is missing. ``start_offset_s`` is that moment in the file's own time
    stamps and ``lead_in_s`` its distance from the earliest time stamp, which is where ffmpeg and
    browsers start to count. ``time_reference_samples`` is when sound alone was recorded, in samples
    since midnight, as field recorders note it (EBU Tech 3285). ``bit_rate`` is that of the whole file,
    in bits a second.
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
    time_reference_samples: int | None = None
    bit_rate: int | None = None

    @property
    def container_duration_s(self) -> float | None:
        """The length that the file itself states; None where it states none and ffprobe guesses at best."""
        return None if self.is_duration_estimated else self.duration_s

    def audio_stream(self, audio_track: int) -> AudioStream:
        """The audio track with this number, counted from 0; :class:`InvalidOptionError` when there is none."""
        count = len(self.audio_streams)
        if not 0 <= audio_track < count:
            tracks = "only track 0" if count == 1 else f"tracks 0 to {count - 1}"
            raise InvalidOptionError(
                "audio_track", f"audio_track {audio_track} does not exist: the recording has {tracks}."
            )
        return self.audio_streams[audio_track]


def describe_media(
    description: Mapping[str, Any], file_size_bytes: int, is_duration_estimated: bool = False
) -> MediaInfo:
    """Turn ffprobe's description (``-show_format -show_streams``) into a :class:`MediaInfo` without warnings."""
    container = mapping(description.get("format"))
    streams = [mapping(stream) for stream in description.get("streams", ())]
    pictures = [stream for stream in streams if _is_moving_picture(stream, _length(container.get("duration")))]
    sounds = [stream for stream in streams if stream.get("codec_type") == "audio"]
    file_start_s = _number(container.get("start_time")) or 0.0
    start_offset_s = _time_zero(pictures, file_start_s)
    audio_streams = tuple(_audio_stream(stream, start_offset_s) for stream in sounds)
    video = _video_stream(pictures[0], streams, container, start_offset_s) if pictures else None
    duration_s = _duration(container, streams, audio_streams, video, start_offset_s)
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
        time_reference_samples=_time_reference(container, sounds),
        bit_rate=_whole_number(container.get("bit_rate")) or None,
    )


def default_track(info: MediaInfo) -> int:
    """The audio track that players would choose: the first that is flagged as default, of those that can be decoded."""
    numbers = [number for number, one in enumerate(info.audio_streams) if one.is_decodable] or [0]
    return next((number for number in numbers if info.audio_streams[number].is_default), numbers[0])


def restore_media_info(values: Mapping[str, Any]) -> MediaInfo:
    """A description from its plain values (``dataclasses.asdict``, rates as text), as they were kept."""
    video = dict(values["video"]) if values["video"] is not None else None
    if video is not None:
        video["frame_rate"] = None if video["frame_rate"] is None else Fraction(video["frame_rate"])
        video["pixel_aspect"] = Fraction(video.get("pixel_aspect", 1))
        nominal = video.get("nominal_frame_rate")
        video["nominal_frame_rate"] = None if nominal is None else Fraction(nominal)
        video["field_order"] = FieldOrder(video.get("field_order", FieldOrder.PROGRESSIVE))
        video["colour"] = Colour(**video.get("colour", {}))
    return MediaInfo(
        **{
            "file_size_bytes": 0,
            **values,
            "audio_streams": tuple(AudioStream(**one) for one in values["audio_streams"]),
            "video": None if video is None else VideoStream(**video),
            "warnings": (),
        }
    )


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is a JSON object, otherwise an empty one: a description may lack anything."""
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
    for key, value in mapping(owner.get("tags")).items():
        if key.lower() == name.lower():
            return clean_text(str(value)) or None
    return None


def _is_moving_picture(stream: Mapping[str, Any], file_length_s: float | None) -> bool:
    disposition = mapping(stream.get("disposition"))
    is_cover = disposition.get("attached_pic") == 1 or disposition.get("timed_thumbnails") == 1
    return stream.get("codec_type") == "video" and not is_cover and not _is_still(stream, file_length_s)


def _is_still(stream: Mapping[str, Any], file_length_s: float | None) -> bool:
    """Whether a picture track holds one picture, or hardly more: the cover of sound, however it is marked."""
    rate = _rate(stream.get("avg_frame_rate")) or _rate(stream.get("r_frame_rate"))
    if stream.get("nb_frames") == "1" or (rate is not None and rate < _LOWEST_MOVING_RATE):
        return True
    end_s = _length(stream.get("duration")) or _clock_time(_tag(stream, "DURATION"))
    if rate is None or end_s is None or file_length_s is None:
        return False
    length_s = end_s - (0.0 if stream.get("duration") else max(0.0, _number(stream.get("start_time")) or 0.0))
    return length_s <= 1.5 / rate and file_length_s > _LONGEST_SINGLE_PICTURE_S


def _time_reference(container: Mapping[str, Any], sounds: list[Mapping[str, Any]]) -> int | None:
    for owner in (container, *sounds):
        text = _tag(owner, "time_reference") or ""
        if text.isascii() and text.isdecimal() and len(text) <= _MOST_REFERENCE_DIGITS:
            return int(text)
    return None


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
        channel_layout=_channel_layout(stream),
        is_default=mapping(stream.get("disposition")).get("default") == 1,
    )


def _channel_layout(stream: Mapping[str, Any]) -> str | None:
    layout = str(stream.get("channel_layout") or "")
    # ffmpeg 7 says "6 channels" where the file names no layout.
    return None if not layout or layout == "unknown" or layout.endswith("channels") else clean_text(layout)


def _field_order(stream: Mapping[str, Any]) -> FieldOrder:
    orders = {"tt": FieldOrder.UPPER_FIRST, "tb": FieldOrder.UPPER_FIRST} | dict.fromkeys(
        ("bb", "bt"), FieldOrder.LOWER_FIRST
    )
    return orders.get(str(stream.get("field_order")), FieldOrder.PROGRESSIVE)


def _colour(stream: Mapping[str, Any]) -> Colour:
    names = (stream.get(name) for name in ("color_primaries", "color_transfer", "color_space"))
    return Colour(*(None if name in (None, "unknown", "reserved") else clean_text(str(name)) for name in names))


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
    nominal = _rate(stream.get("r_frame_rate")) if is_variable else None
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
        pixel_aspect=_pixel_aspect(stream, is_on_its_side=rotation in (90, 270)),
        nominal_frame_rate=None if nominal is None else snap_frame_rate(nominal),
        field_order=_field_order(stream),
        colour=_colour(stream),
        reorder_frames=min(16, _whole_number(stream.get("has_b_frames"))),
        pixel_format=_tag_free_text(stream.get("pix_fmt")),
    )


def _tag_free_text(value: object) -> str | None:
    return None if value in (None, "unknown") else clean_text(str(value))[:40]


def _pixel_aspect(stream: Mapping[str, Any], *, is_on_its_side: bool) -> Fraction:
    """A pixel's width over its height from text such as "64:45"; square where nothing plausible is said."""
    try:
        aspect = Fraction(str(stream.get("sample_aspect_ratio")).replace(":", "/"))
    except (ValueError, ZeroDivisionError):
        return Fraction(1)
    if not Fraction(1, 10) < aspect < 10:  # noqa: PLR2004  no camera comes near
        return Fraction(1)
    return 1 / aspect if is_on_its_side else aspect


def _rotation(stream: Mapping[str, Any]) -> int:
    """Clockwise rotation for display in degrees, 0 to 359."""
    for side_data in stream.get("side_data_list", ()):
        angle = _number(mapping(side_data).get("rotation"))
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


def _states_end(
    container: Mapping[str, Any], streams: Iterable[Mapping[str, Any]], stated_s: float, file_start_s: float
) -> bool:
    """Whether what the container calls its duration is the moment of its end, as Matroska's is.

    In mp4 it is that of the longest track, which may begin late, unless it is in fragments.
    """
    if not _CONTAINERS_STATING_END.isdisjoint(str(container.get("format_name", "")).split(",")):
        return True
    ends_s = [
        (_number(one.get("start_time")) or 0.0) + length_s
        for one in streams
        if (length_s := _length(one.get("duration"))) is not None
    ]
    if not ends_s:
        return False
    return abs(max(ends_s) - stated_s) < abs(max(ends_s) - file_start_s - stated_s)


def _duration(
    container: Mapping[str, Any],
    streams: Iterable[Mapping[str, Any]],
    audio_streams: Iterable[AudioStream],
    video: VideoStream | None,
    start_offset_s: float,
) -> float | None:
    """Where the recording ends on our timeline, in seconds; None when the file does not say."""
    ends_s = [stream.end_s for stream in audio_streams] + [video.end_s if video else None]
    last_s = max((end_s for end_s in ends_s if end_s is not None and end_s > 0), default=None)
    stated_s = _length(container.get("duration"))
    if stated_s is None:
        return last_s
    file_start_s = _number(container.get("start_time")) or 0.0
    end_s = stated_s if _states_end(container, streams, stated_s, file_start_s) else stated_s + file_start_s
    stated_end_s = max(0.0, end_s - start_offset_s)
    is_complete = all(stream.end_s is not None for stream in audio_streams) and not (video and video.end_s is None)
    is_longer = last_s is not None and last_s < stated_end_s - _OTHER_TRACK_TOLERANCE_S
    if is_complete and is_longer and _is_end_of_other_track(streams, stated_end_s, start_offset_s):
        return last_s
    return stated_end_s


def _is_end_of_other_track(streams: Iterable[Mapping[str, Any]], end_s: float, start_offset_s: float) -> bool:
    """Whether chapters or subtitles end there: after a recording was cut they may reach far beyond it."""
    others = (one for one in streams if one.get("codec_type") in ("data", "subtitle"))
    ends_s = (_end_of_stream(one, start_offset_s) for one in others)
    return any(one is not None and abs(one - end_s) < _OTHER_TRACK_TOLERANCE_S for one in ends_s)
