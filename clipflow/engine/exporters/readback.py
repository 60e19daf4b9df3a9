"""What all formats are read back into: the frames of the source that a written file really says."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from clipflow.engine.errors import FaultyExportError
from clipflow.engine.timeline import Timeline


class Span(NamedTuple):
    """A clip as a written file says it, in frames of the source; not whole where the format holds seconds."""

    start: Fraction
    end: Fraction


def clip_edges(timeline: Timeline) -> list[Span]:
    """The edges that the clips of a timeline were wanted at, within the recording."""
    rate, last = timeline.source.frame_rate, Fraction(timeline.source.frames)

    def wanted(time_ms: int) -> Fraction:
        return min(Fraction(time_ms, 1000) * rate, last)

    return [Span(wanted(clip.start_ms), wanted(clip.end_ms)) for clip in timeline.clips]


def largest_error_frames(wanted: Sequence[Span], written: Sequence[Span]) -> Fraction:
    """The largest distance in frames between an edge that was wanted and the one written.

    Raises FaultyExportError when there are more or fewer than there should be.
    """
    expect(len(written) == len(wanted), f"{len(written)} entries are in it instead of {len(wanted)}")
    worst = Fraction(0)
    for meant, found in zip(wanted, written, strict=True):
        worst = max(worst, abs(meant.start - found.start), abs(meant.end - found.end))
    return worst


def expect(is_so: bool, fact: str) -> None:
    """Raise FaultyExportError unless something is as it must be."""
    if not is_so:
        raise FaultyExportError(f"The cut list came out wrong ({fact}); please report this.")


def spans_of_tracks(tracks: Sequence[list[tuple[int, int]]]) -> list[Span]:
    """Spans of whole frames that every track has to say alike."""
    expect(all(track == tracks[0] for track in tracks), "tracks that differ")
    return spans_of(tracks[0]) if tracks else []


def spans_of(frames: Iterable[tuple[int, int]]) -> list[Span]:
    """Spans of whole frames."""
    return [Span(Fraction(start), Fraction(end)) for start, end in frames]
