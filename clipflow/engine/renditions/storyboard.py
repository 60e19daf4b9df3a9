"""Small pictures all along a recording, on sheets, for whoever moves over it.

The cues are those of thumbnails in WebVTT: a span of time, and a place on a sheet as a media fragment
(https://www.w3.org/TR/media-frags/#naming-space).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from clipflow.engine.errors import CorruptMediaError
from clipflow.engine.ffmpeg import ShouldStop, check_storage_held, run_tool
from clipflow.engine.media_info import MediaInfo
from clipflow.engine.renditions.encoding import picture_input, unable
from clipflow.engine.renditions.picture_filters import HIGHEST_JPEG, box_size, jpeg_output, scaling
from clipflow.engine.renditions.pictures import picture_limits
from clipflow.engine.renditions.proxy import check_picture_size

TILE_WIDTH = 160
# A sheet of one column would be higher than JPEG allows after two hours.
COLUMNS, LINES = 10, 10
_SHORTEST_STEP_S = 2.0
_MOST_TILES = 600
_QUALITY = 5
_MOST_BYTES = 64 * 1024**2
# Other frames are neither read nor decoded, and what the loop filter smooths nobody sees in a picture this small.
_KEY_FRAMES = ("-discard:v", "nokey", "-skip_frame", "nokey", "-skip_loop_filter", "all")
_START_OF_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class Storyboard:
    """Sheets of pictures, one of them every ``step_s`` seconds; ``sheets`` are JPEGs."""

    sheets: tuple[bytes, ...]
    tile_width: int
    tile_height: int
    tile_count: int
    step_s: float


def step_of(duration_s: float) -> float:
    """How many seconds one picture stands for."""
    return max(_SHORTEST_STEP_S, duration_s / _MOST_TILES)


def make_storyboard(path: Path, info: MediaInfo, should_stop: ShouldStop) -> Storyboard:
    """Cut the pictures from key frames, which costs a hundredth of looking at all of them.

    Raises:
        CorruptMediaError, MediaToolError, MediaToolUnavailableError, AnalysisCancelledError: as for a copy.
        ValueError: the recording has no picture, or no length.
    """
    if info.video is None or not info.duration_s:
        raise ValueError("a storyboard needs a picture and a length")
    check_picture_size(path, info.video)
    step_s = step_of(info.duration_s)
    width, height = box_size(info.video, TILE_WIDTH, HIGHEST_JPEG // LINES)
    count = math.ceil(info.duration_s / step_s)
    filters = [
        # The picture that is on at a moment of the recording's own clock, from the beginning on.
        f"setpts=PTS-{info.lead_in_s:.6f}/TB",
        f"fps=fps=1/{step_s:.6f}:start_time=0:round=up",
        # The last key frame may come long before the end.
        f"tpad=stop_mode=clone:stop={count}",
        f"trim=end_frame={count}",
        *scaling(info.video, (width, height)),
        f"tile={COLUMNS}x{LINES}",
    ]
    arguments = [
        *("-nostdin", "-v", "error", *picture_input(path, _KEY_FRAMES)),
        *("-map", f"0:{info.video.index}", "-vf", ",".join(filters), "-an", "-sn", "-dn", "-fps_mode", "passthrough"),
        *jpeg_output(_QUALITY),
    ]
    output = run_tool("ffmpeg", arguments, picture_limits(info.duration_s), should_stop, _MOST_BYTES)
    check_storage_held(output.log_tail, path)
    sheets = tuple(split_jpegs(output.stdout))
    if output.exit_status != 0 or not sheets:
        raise unable(path, output.log_tail)
    return Storyboard(sheets, width, height, min(count, len(sheets) * COLUMNS * LINES), step_s)


def split_jpegs(stream: bytes) -> Iterator[bytes]:
    """The pictures of a stream of them; raises CorruptMediaError for anything else."""
    start = 0
    while start < len(stream):
        if not stream.startswith(_START_OF_JPEG, start):
            raise CorruptMediaError("ffmpeg has printed something else than pictures.")
        # Within the data of a picture such a byte is always followed by another one than this.
        end = stream.find(b"\xff\xd9", start)
        if end < 0:
            raise CorruptMediaError("ffmpeg has printed half a picture.")
        yield stream[start : end + 2]
        start = end + 2


def web_vtt(duration_s: float, step_s: float, tile_count: int, tile_size: tuple[int, int], names: Sequence[str]) -> str:
    """Cues that name the sheet and the place of the picture of each span; ``names`` are those of the sheets."""
    width, height = tile_size
    lines = ["WEBVTT", ""]
    for number in range(tile_count):
        sheet, place = divmod(number, COLUMNS * LINES)
        x, y = place % COLUMNS * width, place // COLUMNS * height
        end_s = duration_s if number == tile_count - 1 else min(duration_s, (number + 1) * step_s)
        lines += [
            f"{_clock(number * step_s)} --> {_clock(end_s)}", f"{names[sheet]}#xywh={x},{y},{width},{height}", "",
        ]  # fmt: skip
    return "\n".join(lines)


def _clock(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
