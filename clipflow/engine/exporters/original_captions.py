"""Captions as they were imported – their line breaks, their italics – at the times of the cut."""

import html
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import IO

from clipflow.engine.exporters.readback import Span
from clipflow.engine.exporters.subtitles import time_text
from clipflow.engine.exporters.text import one_line
from clipflow.engine.timeline import Timeline
from clipflow.engine.transcript.cues import Cue

_KEPT_TAG = re.compile(r"</?[ibu]>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]{0,200}>")
_OVERRIDE = re.compile(r"\{\\([^{}]{0,200})\}")
_VOICE = re.compile(r"<v(?:\.[\w.-]{1,40})?[ \t]+[^<>]{1,100}>|</v>", re.IGNORECASE)
_SHORTEST_MS = 40


def write_srt(timeline: Timeline, out: IO[str]) -> None:
    """SubRip."""
    for number, cue in enumerate(cues_of_cut(timeline), 1):
        text = "\n".join(_line(line, keeps=_KEPT_TAG) for line in cue.lines)
        out.write(f"{number}\n{time_text(cue.start_ms, ',')} --> {time_text(cue.end_ms, ',')}\n{text}\n\n")


def write_vtt(timeline: Timeline, out: IO[str]) -> None:
    """WebVTT, which has the names of speakers too."""
    out.write("WEBVTT\n\n")
    for cue in cues_of_cut(timeline):
        lines = "\n".join(_vtt_line(line) for line in cue.lines)
        out.write(f"{time_text(cue.start_ms, '.')} --> {time_text(cue.end_ms, '.')}\n{lines}\n\n")


def edges(timeline: Timeline) -> list[Span]:
    """When each caption is shown, in frames."""
    per_ms = timeline.source.frame_rate / 1000
    return [Span(Fraction(cue.start_ms) * per_ms, Fraction(cue.end_ms) * per_ms) for cue in cues_of_cut(timeline)]


def cues_of_cut(timeline: Timeline) -> list[Cue]:
    """The captions of which something stays, where the cut plays it; what is cut out of one makes it shorter."""
    rate = timeline.source.frame_rate
    starts = [clip.start_frame * 1000 / rate for clip in timeline.clips]
    ends = [clip.end_frame * 1000 / rate for clip in timeline.clips]
    records = [clip.record_frame * 1000 / rate for clip in timeline.clips]
    return [
        moved
        for cue in sorted(timeline.cues, key=lambda one: (one.start_ms, one.end_ms))
        if (moved := _moved(cue, starts, ends, records)) is not None
    ]


def _moved(cue: Cue, starts: Sequence[Fraction], ends: Sequence[Fraction], records: Sequence[Fraction]) -> Cue | None:
    first = bisect_left(ends, cue.start_ms + 1)
    last = bisect_left(starts, cue.end_ms) - 1
    if first > last or not any(line.strip() for line in cue.lines):
        return None
    start_ms = round(records[first] + max(Fraction(0), cue.start_ms - starts[first]))
    end_ms = round(records[last] + min(ends[last], Fraction(cue.end_ms)) - starts[last])
    return Cue(start_ms, end_ms, cue.lines) if end_ms - start_ms >= _SHORTEST_MS else None


def _line(line: str, keeps: re.Pattern[str]) -> str:
    """A line with the tags that both formats know; an arrow in it would be read as times."""
    line = _OVERRIDE.sub(_italics, line)
    text = "".join(tag if keeps.fullmatch(tag) else "" if is_tag else tag for is_tag, tag in _parts(line))
    return one_line(html.unescape(text)).replace("-->", "→") or "…"


def _vtt_line(line: str) -> str:
    line = _OVERRIDE.sub(_italics, line)
    written = ""
    for is_tag, part in _parts(line):
        if not is_tag:
            escaped = html.unescape(part).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            written += escaped
        elif _KEPT_TAG.fullmatch(part) or _VOICE.fullmatch(part):
            written += part
    return one_line(written).replace("--&gt;", "→") or "…"


def _parts(line: str) -> Iterator[tuple[bool, str]]:
    """Text and tags of a line in turn."""
    position = 0
    for tag in _ANY_TAG.finditer(line):
        yield False, line[position : tag.start()]
        yield True, tag[0]
        position = tag.end()
    yield False, line[position:]


def _italics(override: re.Match[str]) -> str:
    """The italics and bold of SubStation Alpha as tags."""
    written = ""
    for name in ("i", "b", "u"):
        if re.search(rf"(?:^|\\){name}1", override[1]):
            written += f"<{name}>"
        elif re.search(rf"(?:^|\\){name}0?(?:\\|$)", override[1]):
            written += f"</{name}>"
    return written
