"""Every format for every kind of recording: how far the furthest edge is off, how long the largest list takes."""

import io
import itertools
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from clipflow.engine import (
    FORMATS,
    Action,
    AudioStream,
    ExportFormat,
    ExportReport,
    MediaInfo,
    Timeline,
    VideoStream,
    build_timeline,
    export,
)

HEADINGS = ("Format", "Lists", "Largest error, frames", "3,000 clips, s", "peak, MB", "")
RATES = tuple(Fraction(*one) for one in ((24_000, 1001), (24, 1), (25, 1), (30_000, 1001), (30, 1), (50, 1),
                                         (60_000, 1001), (60, 1)))  # fmt: skip
TIMECODES = ("00:00:00:00", "14:23:10;12")
# Channels of each audio track: stereo, 5.1, two tracks.
SOUNDS = ((2,), (6,), (1, 2))
COUNTS = (1, 3, 300, 3_000)
_EVERY_MS, _LENGTH_MS = 2_371, 1_000
_HALF_A_FRAME, _GOAL_S, _GOAL_MB = 0.5, 1.0, 100.0


@dataclass(frozen=True)
class _Piece:
    start_ms: int
    end_ms: int
    action: Action = Action.KEEP


def measure_exports() -> Iterator[tuple[str, ...]]:
    """A row for each format."""
    timelines = list(_timelines())
    largest = _timeline(RATES[3], TIMECODES[1], SOUNDS[0], COUNTS[-1], has_picture=True)
    for form in (one for one in FORMATS.values() if not one.needs_words):
        suited = [one for one in timelines if form.unsuited(one.source) is None]
        worst = max(_written(one, form).largest_error_frames for one in suited)
        seconds = min(_seconds(largest, form) for _ in range(3))
        peak_mb = _peak_mb(largest, form)
        is_met = worst <= _HALF_A_FRAME and seconds <= _GOAL_S and peak_mb <= _GOAL_MB
        verdict = "met" if is_met else "MISSED"
        yield form.name, str(len(suited)), f"{worst:.3f}", f"{seconds:.2f}", f"{peak_mb:.0f}", verdict


def _timelines() -> Iterator[Timeline]:
    kinds = list(itertools.product(SOUNDS, (True, False)))
    for rate, timecode, count in itertools.product(RATES, TIMECODES, COUNTS):
        # The largest lists in every kind at one rate, and in one kind at every rate.
        for channels, has_picture in kinds if count < COUNTS[-1] or rate == RATES[3] else kinds[:1]:
            yield _timeline(rate, timecode, channels, count, has_picture=has_picture)


def _timeline(rate: Fraction, timecode: str, channels: tuple[int, ...], count: int, *, has_picture: bool) -> Timeline:
    seconds = (count + 1) * _EVERY_MS / 1000
    is_drop_frame = ";" in timecode and rate in (RATES[3], RATES[6])
    start = timecode if is_drop_frame else timecode.replace(";", ":")
    video = VideoStream(0, "h264", 1920, 1080, 0, rate, False, start, is_drop_frame, 0.0, seconds)
    sounds = tuple(
        AudioStream(number, "aac", 48_000, count_, None, None, 0.0, seconds)
        for number, count_ in enumerate(channels, 1)
    )
    info = MediaInfo("mov,mp4", seconds, False, 0, 0.0, 0.0, sounds, video, ())
    pieces = [_Piece(n * _EVERY_MS + n % 13, n * _EVERY_MS + n % 7 + _LENGTH_MS + n % 17) for n in range(count)]
    info = info if has_picture else replace(info, video=None)
    return build_timeline(pieces, info, "talk.mp4", folder="/Volumes/Footage", sound_frame_rate=rate)


def _written(timeline: Timeline, form: ExportFormat) -> ExportReport:
    report = export(timeline, form, io.BytesIO())
    assert report.clips == len(timeline.clips)
    return report


def _seconds(timeline: Timeline, form: ExportFormat) -> float:
    began_s = time.perf_counter()
    _written(timeline, form)
    return time.perf_counter() - began_s


def _peak_mb(timeline: Timeline, form: ExportFormat) -> float:
    tracemalloc.start()
    _written(timeline, form)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak_bytes / 1e6
