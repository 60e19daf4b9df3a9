"""Still pictures of a recording: a small one, the best of several, and one of the sound where there is no picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from clipflow.engine.errors import CorruptMediaError
from clipflow.engine.ffmpeg import ProcessLimits, ShouldStop, check_storage_held, run_tool
from clipflow.engine.media_info import MediaInfo, VideoStream, default_track
from clipflow.engine.options import MediaLimits
from clipflow.engine.renditions.encoding import picture_input, unable
from clipflow.engine.renditions.picture_filters import HIGHEST_JPEG, box_size, jpeg_output, scaling
from clipflow.engine.renditions.proxy import check_picture_size

Luma = npt.NDArray[np.uint8]

THUMBNAIL_BOX = (320, 240)
THUMBNAIL_SHARE = 0.1
POSTER_WIDTH = 640
# The first is the one that a tie takes.
POSTER_SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
_JUDGED_WIDTH = 160
_BLACK, _WHITE = 32, 224
# Faces out of focus have about this much detail from pixel to pixel.
_USUAL_DETAIL = 3.0
# Less is no difference that anybody sees.
_TIE = 0.05
_SOUND_PICTURE = "showwavespic=s={width}x{height}:colors=0x3b82f6:scale=sqrt:split_channels=0"
_QUALITY = 4
_MOST_JPEG_BYTES = 8 * 1024**2
_NICENESS = 5
# Drawn from every sample an hour takes 300 MB; longer ones are drawn from how loud they are, a hundred times a second.
_LONG_S = 3600.0
_ENVELOPE = "aresample=8000,aeval=abs(val(0)):c=same,aresample=100"
_LIMITS = MediaLimits(cpu_s_per_media_s=1.0, wall_s_per_media_s=2.0, memory_bytes=3 * 1024**3)


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG; ``at_ms`` is the moment of the recording that it shows, None for a picture of its sound."""

    jpeg: bytes
    width: int
    height: int
    at_ms: int | None


def make_thumbnail(path: Path, info: MediaInfo, should_stop: ShouldStop) -> Picture:
    """The picture at a tenth of the recording, or its sound, in a box of 320 by 240.

    Raises:
        CorruptMediaError, MediaToolError, MediaToolUnavailableError, AnalysisCancelledError: as for a copy.
    """
    if info.video is None:
        return _picture_of_sound(path, info, THUMBNAIL_BOX, should_stop)
    size = box_size(info.video, *THUMBNAIL_BOX)
    return _picture_at(path, info, info.video, _moment(info, THUMBNAIL_SHARE), size, should_stop)


def make_poster(path: Path, info: MediaInfo, at_ms: int | None, should_stop: ShouldStop) -> Picture:
    """The best of five pictures, or the one at ``at_ms``, of 640 columns; raises as :func:`make_thumbnail`."""
    if info.video is None:
        return _picture_of_sound(path, info, (POSTER_WIDTH, POSTER_WIDTH * 9 // 16), should_stop)
    video = info.video
    moments = [_moment(info, share) for share in POSTER_SHARES] if at_ms is None else [at_ms / 1000]
    chosen_s = moments[0] if len(moments) == 1 else _best_moment(path, info, video, moments, should_stop)
    size = box_size(video, POSTER_WIDTH, HIGHEST_JPEG)
    return _picture_at(path, info, video, chosen_s, size, should_stop)


def badness(luma: Luma) -> float:
    """How black, white or blurred a picture is, from 0; ``luma`` has the shape (lines, columns)."""
    values = luma.astype(np.int16)
    black, white = float(np.mean(values < _BLACK)), float(np.mean(values > _WHITE))
    across, down = np.abs(np.diff(values, axis=1)).mean(), np.abs(np.diff(values, axis=0)).mean()
    blur = 1 / (1 + float(across + down) / _USUAL_DETAIL)
    return black + white + blur


def best_of(judged: Sequence[float]) -> int:
    """The place of the least bad one; of those that are as good the first."""
    least = min(judged)
    return next(place for place, one in enumerate(judged) if one <= least + _TIE)


def _best_moment(
    path: Path, info: MediaInfo, video: VideoStream, moments: Sequence[float], should_stop: ShouldStop
) -> float:
    size = box_size(video, _JUDGED_WIDTH, _JUDGED_WIDTH)
    judged: dict[float, float] = {}
    for moment in moments:
        luma = _luma_at(path, info, video, moment, size, should_stop)
        if luma is not None:
            judged[moment] = badness(luma)
    if not judged:
        return moments[0]
    return list(judged)[best_of(list(judged.values()))]


def _moment(info: MediaInfo, share: float) -> float:
    """A moment of the recording, in seconds on its own clock."""
    video = info.video
    start_s = max(0.0, video.start_s) if video else 0.0
    end_s = (video.end_s if video else None) or info.duration_s or 0.0
    return start_s + share * max(0.0, end_s - start_s)


def _input_at(path: Path, info: MediaInfo, at_s: float) -> list[str]:
    """Arguments that open a recording at a moment; ffmpeg counts from the earliest time stamp."""
    return picture_input(path, ("-ss", f"{max(0.0, at_s + info.lead_in_s):.3f}"))


def _picture_at(
    path: Path, info: MediaInfo, video: VideoStream, at_s: float, size: tuple[int, int], should_stop: ShouldStop
) -> Picture:
    check_picture_size(path, video)
    # Where the last stretch has no picture, or the index is damaged, the beginning has one.
    for moment in dict.fromkeys((at_s, 0.0)):
        arguments = [*_input_at(path, info, moment), *_one_frame(video, size)]
        jpeg = _printed(path, [*arguments, *jpeg_output(_QUALITY)], should_stop, may_be_empty=moment > 0)
        if jpeg:
            return Picture(jpeg, *size, round(moment * 1000))
    raise CorruptMediaError("The recording has no picture that can be shown.")


def _luma_at(
    path: Path, info: MediaInfo, video: VideoStream, at_s: float, size: tuple[int, int], should_stop: ShouldStop
) -> Luma | None:
    check_picture_size(path, video)
    width, height = size
    arguments = [*_input_at(path, info, at_s), *_one_frame(video, size)]
    as_luma = ("-pix_fmt", "gray", "-f", "rawvideo", "pipe:1")
    raw = _printed(path, [*arguments, *as_luma], should_stop, may_be_empty=True)
    return np.frombuffer(raw, np.uint8).reshape(height, width) if len(raw) == width * height else None


def _one_frame(video: VideoStream, size: tuple[int, int]) -> list[str]:
    filters = ",".join(scaling(video, size))
    return ["-map", f"0:{video.index}", "-frames:v", "1", "-vf", filters, "-an", "-sn", "-dn"]


def _picture_of_sound(path: Path, info: MediaInfo, size: tuple[int, int], should_stop: ShouldStop) -> Picture:
    width, height = size
    track = info.audio_streams[default_track(info)]
    drawn = _SOUND_PICTURE.format(width=width, height=height)
    if info.duration_s is None or info.duration_s > _LONG_S:
        drawn = f"{_ENVELOPE},{drawn}"
    background = f"color=0x0f172a:s={width}x{height}"
    wave = f"[0:{track.index}]aformat=channel_layouts=mono,{drawn}[wave]"
    graph = f"{wave};{background}[back];[back][wave]overlay=shortest=1"
    arguments = [*picture_input(path), "-filter_complex", f"{graph},format=yuvj420p", "-frames:v", "1"]
    jpeg = _printed(
        path, [*arguments, *jpeg_output(_QUALITY)], should_stop, length_s=info.duration_s or _LIMITS.max_duration_s
    )
    return Picture(jpeg, width, height, None)


def _printed(
    path: Path,
    arguments: Sequence[str],
    should_stop: ShouldStop,
    *,
    may_be_empty: bool = False,
    length_s: float | None = None,
) -> bytes:
    """What ffmpeg prints; nothing is allowed only where that is. ``length_s`` is what it has to read through."""
    command = ["-nostdin", "-v", "error", *arguments]
    output = run_tool("ffmpeg", command, picture_limits(length_s), should_stop, _MOST_JPEG_BYTES)
    check_storage_held(output.log_tail, path)
    if output.exit_status == 0 and (output.stdout or may_be_empty):
        return output.stdout
    if may_be_empty:
        return b""
    raise unable(path, output.log_tail)


def picture_limits(length_s: float | None) -> ProcessLimits:
    """What reading a recording of this length for its pictures may cost; None is one that need not be read through."""
    seconds = length_s or 0.0
    return ProcessLimits(_LIMITS.cpu_s(seconds), _LIMITS.wall_s(seconds), _LIMITS.memory_bytes, niceness=_NICENESS)
