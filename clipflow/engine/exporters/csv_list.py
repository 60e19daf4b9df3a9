"""Comma-separated values as LosslessCut and spreadsheets take them: start, end, name; no line of headings."""

import csv
import io
from typing import IO

from clipflow.engine.exporters.readback import Span
from clipflow.engine.exporters.seconds import rows_of, spans_from
from clipflow.engine.timeline import Timeline

# A spreadsheet takes what begins with one of these for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write(timeline: Timeline, out: IO[str]) -> None:
    """One line for each clip, in seconds of the recording."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows((start, end, _harmless(name)) for start, end, name in rows_of(timeline))


def read(text: str, timeline: Timeline) -> list[Span]:
    """The clips as the lines say them."""
    return spans_from(((start, end) for start, end, _ in csv.reader(io.StringIO(text))), timeline)


def _harmless(name: str) -> str:
    return f"'{name}" if name.startswith(_FORMULA_STARTS) else name
