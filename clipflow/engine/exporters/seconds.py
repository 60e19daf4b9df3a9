"""What the short formats share: clips as seconds of the file, and reading them back.

Their programs count as ffmpeg does, from the earliest time stamp of the file, which may lie before the first picture.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from clipflow.engine.exporters.readback import Span, expect
from clipflow.engine.exporters.text import one_line, seconds_text
from clipflow.engine.timeline import Timeline


def rows_of(timeline: Timeline) -> Iterator[tuple[str, str, str]]:
    """Start and end in seconds and the name of each clip: what a person wrote about it, or its number."""
    rate, lead_in = timeline.source.frame_rate, timeline.source.lead_in
    for number, clip in enumerate(timeline.clips, 1):
        name = one_line(clip.note) or f"Clip {number}"
        start, end = clip.start_frame / rate + lead_in, clip.end_frame / rate + lead_in
        yield seconds_text(max(Fraction(0), start)), seconds_text(end), name


def spans_from(rows: Iterable[tuple[str, str]], timeline: Timeline) -> list[Span]:
    """Seconds as they were read, in frames."""
    rate, lead_in = timeline.source.frame_rate, timeline.source.lead_in
    spans = [Span((Fraction(start) - lead_in) * rate, (Fraction(end) - lead_in) * rate) for start, end in rows]
    expect(all(one.start < one.end for one in spans), "a clip without a length")
    return spans
