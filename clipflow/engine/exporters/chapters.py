"""Chapters of the finished cut, one for each clip, as ffmpeg's metadata file. Source: ffmpeg-formats, "Metadata".

Times are whole frames of the cut, because the file may name its own time base.
"""

import re
from typing import IO

from clipflow.engine.exporters.readback import Span, expect, spans_of
from clipflow.engine.exporters.text import one_line
from clipflow.engine.timeline import Timeline

_SPECIAL = re.compile(r"([=;#\\])")
_CHAPTER = re.compile(r"\[CHAPTER\]\nTIMEBASE=(\d+)/(\d+)\nSTART=(\d+)\nEND=(\d+)\n")


def write(timeline: Timeline, out: IO[str]) -> None:
    """One chapter for each clip, named by what a person wrote about it."""
    rate = timeline.source.frame_rate
    out.write(f";FFMETADATA1\ntitle={_escaped(timeline.title)}\n")
    for number, clip in enumerate(timeline.clips, 1):
        out.write(
            f"\n[CHAPTER]\nTIMEBASE={rate.denominator}/{rate.numerator}\nSTART={clip.record_frame}\n"
            f"END={clip.record_end_frame}\ntitle={_escaped(clip.note or f'Clip {number}')}\n"
        )


def read(text: str, timeline: Timeline) -> list[Span]:
    """The clips that the chapters stand for."""
    rate = timeline.source.frame_rate
    found: list[tuple[int, int]] = []
    record = 0
    chapters = list(_CHAPTER.finditer(text))
    expect(len(chapters) == len(timeline.clips), "the number of chapters")
    for clip, chapter in zip(timeline.clips, chapters, strict=True):
        denominator, numerator, start, end = (int(one) for one in chapter.groups())
        expect((numerator, denominator) == (rate.numerator, rate.denominator), "the time base")
        expect(start == record, "a place in the cut")
        record = end
        found.append((clip.start_frame, clip.start_frame + end - start))
    return spans_of(found)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", one_line(text))
