"""SubRip and WebVTT. Sources: the WebVTT standard (W3C); for SubRip what its reader takes, as no standard exists."""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import IO

from clipflow.engine.exporters.readback import Span
from clipflow.engine.exporters.spoken import length_of_cut_ms, length_of_source_ms, words_of_cut, words_of_source
from clipflow.engine.exporters.text import one_line
from clipflow.engine.timeline import Timeline
from clipflow.engine.transcript.captions import TimedText, make_captions

_TIME = r"(\d{2,}):(\d\d):(\d\d)[,.](\d{3})"
_TIMES = re.compile(rf"^{_TIME} --> {_TIME}$", re.MULTILINE)
_NOT_IN_VTT = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def write_srt_of_cut(timeline: Timeline, out: IO[str]) -> None:
    """Captions at the times of the cut."""
    _write_srt(_captions_of_cut(timeline), out)


def write_srt_of_source(timeline: Timeline, out: IO[str]) -> None:
    """Captions at the times of the recording."""
    _write_srt(_captions_of_source(timeline), out)


def write_vtt_of_cut(timeline: Timeline, out: IO[str]) -> None:
    """Captions at the times of the cut."""
    _write_vtt(_captions_of_cut(timeline), out)


def write_vtt_of_source(timeline: Timeline, out: IO[str]) -> None:
    """Captions at the times of the recording."""
    _write_vtt(_captions_of_source(timeline), out)


def edges_of_cut(timeline: Timeline) -> list[Span]:
    """When each caption of the cut is shown, in frames."""
    return _spans([(one.start_ms, one.end_ms) for one in _captions_of_cut(timeline)], timeline)


def edges_of_source(timeline: Timeline) -> list[Span]:
    """When each caption of the recording is shown, in frames."""
    return _spans([(one.start_ms, one.end_ms) for one in _captions_of_source(timeline)], timeline)


def read_srt(text: str, timeline: Timeline) -> list[Span]:
    """When a SubRip file shows its captions, in frames."""
    return _read(text, timeline)


def read_vtt(text: str, timeline: Timeline) -> list[Span]:
    """When a WebVTT file shows its captions, in frames."""
    return _read(text, timeline)


def _captions_of_cut(timeline: Timeline) -> list[TimedText]:
    return make_captions(words_of_cut(timeline), length_of_cut_ms(timeline))


def _captions_of_source(timeline: Timeline) -> list[TimedText]:
    return make_captions(words_of_source(timeline), length_of_source_ms(timeline))


def _write_srt(captions: Sequence[TimedText], out: IO[str]) -> None:
    for number, one in enumerate(captions, 1):
        out.write(f"{number}\n{time_text(one.start_ms, ',')} --> {time_text(one.end_ms, ',')}\n{_lines(one.text)}\n\n")


def _write_vtt(captions: Sequence[TimedText], out: IO[str]) -> None:
    out.write("WEBVTT\n\n")
    for one in captions:
        text = "".join(_NOT_IN_VTT.get(c, c) for c in _lines(one.text))
        out.write(f"{time_text(one.start_ms, '.')} --> {time_text(one.end_ms, '.')}\n{text}\n\n")


def _lines(text: str) -> str:
    """The lines of a caption; an arrow in them would be read as times."""
    return "\n".join(one_line(line).replace("-->", "→") or "…" for line in text.split("\n"))


def time_text(time_ms: int, point: str) -> str:
    """A time as SubRip (comma) and WebVTT (point) write it."""
    seconds, rest_ms = divmod(time_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{rest_ms:03}"


def _read(text: str, timeline: Timeline) -> list[Span]:
    found = []
    for times in _TIMES.finditer(text):
        numbers = [int(one) for one in times.groups()]
        found.append((_to_ms(numbers[:4]), _to_ms(numbers[4:])))
    return _spans(found, timeline)


def _to_ms(parts: Sequence[int]) -> int:
    hours, minutes, seconds, rest_ms = parts
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest_ms


def _spans(times_ms: Sequence[tuple[int, int]], timeline: Timeline) -> list[Span]:
    per_ms = timeline.source.frame_rate / 1000
    return [Span(Fraction(start) * per_ms, Fraction(end) * per_ms) for start, end in times_ms]
