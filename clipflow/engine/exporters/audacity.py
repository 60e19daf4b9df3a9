"""Audacity's label track: seconds, tab, seconds, tab, text. Source: the Audacity manual, "Label Tracks"."""

from typing import IO

from clipflow.engine.exporters.readback import Span
from clipflow.engine.exporters.seconds import rows_of, spans_from
from clipflow.engine.timeline import Timeline


def write(timeline: Timeline, out: IO[str]) -> None:
    """One label for each clip."""
    for row in rows_of(timeline):
        out.write("\t".join(row) + "\n")


def read(text: str, timeline: Timeline) -> list[Span]:
    """The clips as the labels say them."""
    lines = (line.split("\t") for line in text.splitlines())
    return spans_from(((start, end) for start, end, _ in lines), timeline)
