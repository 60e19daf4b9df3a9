"""What the short formats share: clips as seconds of the recording, and reading them back."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from clipflow.engine.exporters.reading import Span, expect
from clipflow.engine.exporters.text import one_line, seconds_text
from clipflow.engine.timeline import Timeline


def rows_of(timeline: Timeline) -> Iterator[tuple[str, str, str]]:
    """Start and end in seconds and the name of each clip: what a person wrote about it, or its number."""
    rate = timeline.source.frame_rate
    for number, clip in enumerate(timeline.clips, 1):
        name = one_line(clip.note) or f"Clip {number}"
        yield seconds_text(clip.start_frame / rate), seconds_text(clip.end_frame / rate), name


def spans_from(rows: Iterable[tuple[str, str]], timeline: Timeline) -> list[Span]:
    """Seconds as they were read, in frames."""
    rate = timeline.source.frame_rate
    spans = [Span(Fraction(start) * rate, Fraction(end) * rate) for start, end in rows]
    expect(all(one.start < one.end for one in spans), "a clip without a length")
    return spans
