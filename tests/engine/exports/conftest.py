"""Recordings and cuts for the tests of cut lists, described rather than made."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from clipflow.engine import (
    FORMATS,
    Action,
    AudioStream,
    ExportReport,
    Include,
    MediaInfo,
    Timeline,
    VideoStream,
    build_timeline,
    export,
)

RATES = {
    "23.976": Fraction(24_000, 1001),
    "24": Fraction(24),
    "25": Fraction(25),
    "29.97": Fraction(30_000, 1001),
    "30": Fraction(30),
    "50": Fraction(50),
    "59.94": Fraction(60_000, 1001),
    "60": Fraction(60),
}
# Channels of each audio track.
STEREO, SURROUND, TWO_TRACKS = (2,), (6,), (1, 2)


@dataclass(frozen=True)
class Piece:
    """A stretch of a recording and what becomes of it."""

    start_ms: int
    end_ms: int
    action: Action = Action.KEEP
    note: str | None = None


def recording(  # noqa: PLR0913  each is one trait of a recording
    rate: Fraction | None = Fraction(25),
    *,
    seconds: float = 100.0,
    timecode: str | None = None,
    channels: tuple[int, ...] = STEREO,
    has_picture: bool = True,
    is_variable: bool = False,
    sample_rate: int = 48_000,
) -> MediaInfo:
    """A description as ffprobe's is turned into."""
    video = VideoStream(
        0, "h264", 1920, 1080, 0, rate, is_variable, timecode, timecode is not None and timecode[8] == ";", 0.0, seconds
    )
    sounds = tuple(
        AudioStream(number, "aac", sample_rate, count, None, None, 0.0, seconds)
        for number, count in enumerate(channels, 1)
    )
    return MediaInfo("mov,mp4", seconds, False, 1000, 0.0, 0.0, sounds, video if has_picture else None, ())


def pieces(count: int, *, every_ms: int = 2_371, length_ms: int = 1_000) -> list[Piece]:
    """Pieces at odd times."""
    return [Piece(n * every_ms + n % 13, n * every_ms + n % 7 + length_ms + n % 17) for n in range(count)]


def timeline_of(
    kept: Iterable[Piece], info: MediaInfo | None = None, *, name: str = "talk.mp4", folder: str = "/Volumes/Footage",
    include: Include = Include.KEEP_AND_SUGGESTED,
) -> Timeline:  # fmt: skip
    """A timeline of these pieces."""
    return build_timeline(kept, info or recording(), name, folder=folder, include=include)


def written(timeline: Timeline, name: str) -> tuple[bytes, ExportReport]:
    """A cut list in a format, with its report."""
    out = io.BytesIO()
    report = export(timeline, FORMATS[name], out)
    return out.getvalue(), report


def text_of(timeline: Timeline, name: str) -> str:
    """A cut list as text."""
    return written(timeline, name)[0].decode("utf-8")


def frames_of(timeline: Timeline) -> list[tuple[int, int]]:
    """First frame of each clip and the one after its last."""
    return [(clip.start_frame, clip.end_frame) for clip in timeline.clips]
