"""A copy of a recording that every browser plays, on the same clock as the recording."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from clipflow.engine.errors import CorruptMediaError, MediaToolError, MediaToolUnavailableError
from clipflow.engine.ffmpeg import LARGEST_PICTURE_PIXELS, ProcessLimits, ShouldStop
from clipflow.engine.media_info import MediaInfo, MediaWarning, VideoStream, default_track
from clipflow.engine.options import MediaLimits
from clipflow.engine.probe import probe
from clipflow.engine.renditions.encoders import Encoder, HardwareEncoding, chosen_encoder, software
from clipflow.engine.renditions.encoding import encode_file, picture_input
from clipflow.engine.renditions.picture_filters import is_hdr, maps_hdr, scaling, shown_size
from clipflow.engine.renditions.playback import Box, Work, box_of
from clipflow.engine.text import shown_name

HDR_NOT_MAPPED = MediaWarning(
    "HDR_NOT_MAPPED", "The copy looks pale, because this server cannot map HDR; install an ffmpeg with zscale."
)
# Of a clock with this many ticks a second every usual frame rate is a whole number of ticks.
_TICKS_PER_S = 90_000
_HIGHEST_SAMPLE_RATE = 48_000
_LENGTH_TOLERANCE_S = 0.5
_START_TOLERANCE_S = 0.001
_BASE_BYTES = 64 * 1024**2
_MOST_BYTES_PER_S = 8_000_000
_NICENESS = 10
# A large picture of today's cameras takes a slow machine tens of times as long as it plays.
_LIMITS = MediaLimits(cpu_s_per_media_s=60, wall_s_per_media_s=40, memory_bytes=3 * 1024**3)

OnProgress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Original:
    """A recording: where it is, and what it is."""

    path: Path
    info: MediaInfo


@dataclass(frozen=True, slots=True)
class ProxyOptions:
    """How a copy is made: its lines at most, libx264's preset and quality, and what else may encode it."""

    most_lines: int = 1080
    preset: str = "veryfast"
    crf: int = 23
    hardware: HardwareEncoding = HardwareEncoding.NONE


@dataclass(frozen=True, slots=True)
class Proxy:
    """A copy that was made: what it is, its container, what it took, and what to know of it."""

    info: MediaInfo
    box: Box
    work: Work
    encoder: str
    warnings: tuple[MediaWarning, ...]


@dataclass(frozen=True, slots=True)
class _Attempt:
    work: Work
    encoder: Encoder


def make_proxy(
    original: Original,
    work: Work,
    target: Path,
    options: ProxyOptions,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Proxy:
    """Make a copy in ``target`` with this work, or with more where what comes of that is not the recording.

    ``on_progress`` hears the share that is done, and begins anew with each attempt.

    Raises:
        CorruptMediaError: nothing comes of the recording.
        MediaToolError: it takes more than any genuine recording.
        MediaToolUnavailableError: ffmpeg was ended from outside, or the storage failed.
        AnalysisCancelledError: ``should_stop`` said so.
    """
    check_picture_size(original.path, original.info.video)
    *lesser, last = _attempts(work, options)
    for attempt in lesser:
        try:
            return _attempted(original, attempt, target, options, on_progress, should_stop)
        except MediaToolUnavailableError:
            raise
        except (CorruptMediaError, MediaToolError):
            # More work makes a copy of what less cannot be made of.
            continue
    return _attempted(original, last, target, options, on_progress, should_stop)


def check_picture_size(path: Path, video: VideoStream | None) -> None:
    """Raise MediaToolError for a picture that would fill the memory."""
    if video is not None and video.width * video.height > LARGEST_PICTURE_PIXELS:
        raise MediaToolError(f"The picture of {shown_name(path)} is larger than any camera's.")


def _attempts(work: Work, options: ProxyOptions) -> list[_Attempt]:
    plain = software(options.preset, options.crf)
    lesser = {Work.REMUX: [Work.REMUX, Work.SOUND], Work.SOUND: [Work.SOUND]}.get(work, [])
    full = dict.fromkeys((chosen_encoder(options.hardware, options.preset, options.crf), plain))
    return [_Attempt(one, plain) for one in lesser] + [_Attempt(Work.FULL, one) for one in full]


def _attempted(
    original: Original,
    attempt: _Attempt,
    target: Path,
    options: ProxyOptions,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Proxy:
    path, info = original.path, original.info
    box = Box.MP4 if attempt.work == Work.FULL and info.video is not None else box_of(info)
    length_s = info.duration_s or 0.0

    def on_seconds(seconds: float) -> None:
        on_progress(min(1.0, seconds / length_s) if length_s else 0.0)

    arguments = [*_arguments(path, info, attempt, box, options), f"file:{target}"]
    encode_file(arguments, path, _limits(info), on_seconds, should_stop)
    made = probe(target, audio_track=0, should_stop=should_stop)
    _check(path, info, made, lambda: _read_length_s(path, info, should_stop))
    is_pale = attempt.work == Work.FULL and info.video is not None and is_hdr(info.video) and not maps_hdr(info.video)
    warnings = (HDR_NOT_MAPPED,) if is_pale else ()
    return Proxy(made, box, attempt.work, attempt.encoder.name if attempt.work == Work.FULL else "copy", warnings)


def _arguments(path: Path, info: MediaInfo, attempt: _Attempt, box: Box, options: ProxyOptions) -> Iterator[str]:
    is_full = attempt.work == Work.FULL
    yield from picture_input(path, attempt.encoder.before if is_full else ())
    if info.video is not None:
        yield from ("-map", f"0:{info.video.index}")
        yield from _picture_arguments(info.video, attempt.encoder, options) if is_full else ("-c:v", "copy")
    track = info.audio_streams[default_track(info)]
    yield from ("-map", f"0:{track.index}")
    if attempt.work == Work.REMUX:
        yield from ("-c:a", "copy")
    else:
        yield from ("-c:a", "libopus" if box == Box.WEBM else "aac", "-b:a", "160k", "-ac", "2")
        # Gaps become silence, so that what follows stays where it was; so does what a decoder leaves out at first.
        is_first = abs(track.start_s + info.lead_in_s) <= _START_TOLERANCE_S
        yield from ("-af", "aresample=async=1:first_pts=0" if is_first else "aresample=async=1")
        if track.sample_rate > _HIGHEST_SAMPLE_RATE and box != Box.WEBM:
            yield from ("-ar", str(_HIGHEST_SAMPLE_RATE))
    yield from ("-dn", "-sn", "-map_chapters", "-1", "-map_metadata", "-1")
    if box == Box.WEBM:
        yield from ("-f", "webm")
    else:
        yield from ("-f", "mp4", "-movflags", "+faststart")


def _picture_arguments(video: VideoStream, encoder: Encoder, options: ProxyOptions) -> Iterator[str]:
    filters = scaling(video, shown_size(video, options.most_lines))
    yield from ("-vf", ",".join((*filters, *encoder.filters)), "-c:v", encoder.name, *encoder.arguments)
    # A key frame each second, for scrubbing.
    yield from ("-force_key_frames", "expr:gte(t,n_forced)")
    # Together they keep the moment of every frame; any one alone moves those of a variable rate.
    yield from ("-fps_mode", "passthrough", "-enc_time_base:v", "-1", "-video_track_timescale", str(_TICKS_PER_S))


def _limits(info: MediaInfo) -> ProcessLimits:
    length_s = info.duration_s
    # A copy without encoding is as large as the recording.
    file_bytes = _BASE_BYTES + info.file_size_bytes + int(_MOST_BYTES_PER_S * (length_s or _LIMITS.max_duration_s))
    return ProcessLimits(_LIMITS.cpu_s(length_s), _LIMITS.wall_s(length_s), _LIMITS.memory_bytes, file_bytes, _NICENESS)


def _check(path: Path, info: MediaInfo, made: MediaInfo, read_length_s: Callable[[], float]) -> None:
    """Raise CorruptMediaError unless a copy is as long as the recording and begins where it does."""
    facts = []
    if info.video is not None and made.video is None:
        facts.append("it has no picture")
    if info.container_duration_s is not None and made.duration_s is not None:
        apart_s = made.duration_s - info.container_duration_s
        if abs(apart_s) > _LENGTH_TOLERANCE_S:
            # What is left out may be longer, and of a file that was cut off or joined another length is written down.
            apart_s = made.duration_s - read_length_s()
        if abs(apart_s) > _LENGTH_TOLERANCE_S:
            facts.append(f"it is {abs(apart_s):.3f} s {'longer' if apart_s > 0 else 'shorter'}")
    if info.video is not None and abs(made.lead_in_s - info.lead_in_s) > _START_TOLERANCE_S:
        facts.append(f"it begins {made.lead_in_s - info.lead_in_s:+.4f} s later")
    if facts:
        raise CorruptMediaError(f"The copy of {shown_name(path)} is not like it: {', '.join(facts)}.")


def _read_length_s(path: Path, info: MediaInfo, should_stop: ShouldStop) -> float:
    """How long that is of a recording which a copy takes over, found by reading it through."""
    moments_s = [0.0]
    pictures = [] if info.video is None else ["-map", f"0:{info.video.index}"]
    sound = ["-map", f"0:{info.audio_streams[default_track(info)].index}"]
    arguments = [*picture_input(path), *pictures, *sound, "-c", "copy", "-f", "null", "-"]
    encode_file(arguments, path, _limits(info), moments_s.append, should_stop)
    return max(moments_s)
