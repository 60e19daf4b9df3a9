"""Whether the segments of a very long recording are right: it repeats the same speech."""

from pathlib import Path

from benchmarks.table import Row
from clipflow.engine import SegmentType, Tracks, analyze, segment


def check_long_recording(recording: Path, hour: Tracks) -> list[Row]:
    """Compare the first hour of a long recording with the analysis of that hour alone."""
    analysis = analyze(recording)
    hour_ms = hour.duration_ms
    # The last minute of the shorter one ends where the longer one goes on.
    safe_ms = hour_ms - 60_000
    alone = [one for one in segment(hour) if one.end_ms < safe_ms]
    within = [one for one in analysis.segments if one.end_ms < safe_ms]
    hours = analysis.tracks.duration_ms / 3_600_000
    last = [one for one in analysis.segments if one.type is SegmentType.SPEECH][-1]
    return [
        Row("hours analysed", f"{hours:.3f}"),
        Row("segments", f"{len(analysis.segments):,}"),
        Row(
            "first hour as if analysed alone",
            "yes" if alone == within else "no",
            "yes",
            "met" if alone == within else "MISSED",
        ),
        Row("last speech ends at", f"{last.end_ms / 3_600_000:.3f} h"),
    ]
