"""Captions in files: SubRip and WebVTT as tools really write them.

Sources: the WebVTT standard (W3C) with its time stamps within a cue, and the SubRip files of many tools; no
standard exists for those. A reader of our own, because the usual libraries take minutes over a few thousand
blank lines, and know neither rolling captions nor the times of words.
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from clipflow.engine.transcript.words import Word, clean_word

_TIME = r"(?:(?<!\d)(\d{1,4}):)?(?<!\d)(\d{1,2}):(\d{2})[.,](\d{1,3})(?!\d)"
_HEADER = re.compile(rf"{_TIME}[ \t]*-->[ \t]*{_TIME}")
_MARK = re.compile(r"<(?:(\d{1,4}):)?(\d{2}):(\d{2})\.(\d{3})>")
_TAG = re.compile(r"</?(?:[ibuvc]|font|ruby|rt|lang|span)\b[^<>]{0,200}>|\{\\[^{}]{0,200}\}", re.IGNORECASE)
_NOT_SPOKEN = re.compile(
    r"\[[^\[\]]{0,100}\]|^\s*\([^()]{0,100}\)\s*$|[♪♫]|^\s*(?:>>+|-)\s*|^\s*[A-ZÄÖÜ][A-ZÄÖÜ0-9_ .'-]{0,30}:\s+"
)
_LONGEST_LINE = 10_000
_ROLLING_GAP_MS = 150
# Captions roll where so many of them repeat a line of the one before.
_ROLLING_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Caption:
    """A text and when it is shown, in milliseconds."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class _Cue:
    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def read_cues(text: str) -> tuple[list[Word], list[Caption]]:
    """The words that have times of their own, and the captions whose words have none.

    Args:
        text: of a file; line ends are line feeds.
    """
    words: list[Word] = []
    captions: list[Caption] = []
    for cue in _without_repeats(list(_cues(text.split("\n")))):
        plain: list[str] = []
        for line in cue.lines:
            if _MARK.search(line):
                words += _timed_words(line, cue)
            else:
                plain.append(bare(line))
        said = " ".join(one for one in plain if one)
        if said and cue.end_ms >= cue.start_ms:
            captions.append(Caption(cue.start_ms, cue.end_ms, said))
    return words, captions


def bare(line: str) -> str:
    """What is said in a line: without tags, entities, sounds in brackets and the names of speakers."""
    text = html.unescape(_TAG.sub(" ", line[:_LONGEST_LINE]))
    words = (clean_word(one) for one in _NOT_SPOKEN.sub(" ", text).split())
    return " ".join(one for one in words if one)


def _cues(lines: Sequence[str]) -> Iterator[_Cue]:
    headers = [
        (number, found) for number, line in enumerate(lines) if "-->" in line and (found := _HEADER.search(line[:200]))
    ]
    for place, (number, found) in enumerate(headers):
        end = headers[place + 1][0] if place + 1 < len(headers) else len(lines)
        if place + 1 < len(headers) and lines[end - 1].strip().isdecimal():
            # The number of the next cue, which some files do not set off by an empty line.
            end -= 1
        times = found.groups()
        yield _Cue(milliseconds(times[:4]), milliseconds(times[4:]), tuple(_text_lines(lines[number + 1 : end])))


def _text_lines(lines: Sequence[str]) -> Iterator[str]:
    """The lines of a cue up to the first empty one; a line of blanks is none of it, and ends nothing."""
    for line in lines:
        if line == "":
            return
        if line.strip():
            yield line


def _without_repeats(cues: Sequence[_Cue]) -> list[_Cue]:
    """Captions that roll upwards show each line several times; only when it is new does it count."""
    repeats = [_repeated(before, cue) for before, cue in pairwise(cues)]
    if sum(map(bool, repeats)) < _ROLLING_SHARE * max(1, len(repeats)):
        return list(cues)
    return [
        _Cue(cue.start_ms, cue.end_ms, tuple(line for line in cue.lines if bare(_without_marks(line)) not in seen))
        for cue, seen in zip(cues, [set(), *repeats], strict=True)
    ]


def _repeated(before: _Cue, cue: _Cue) -> set[str]:
    """What a cue says that was there just before."""
    if cue.start_ms > before.end_ms + _ROLLING_GAP_MS:
        return set()
    shown = {bare(_without_marks(line)) for line in before.lines}
    return {said for line in cue.lines if not _MARK.search(line) and (said := bare(line)) in shown}


def _without_marks(line: str) -> str:
    return _MARK.sub(" ", line)


def _timed_words(line: str, cue: _Cue) -> list[Word]:
    pieces: list[tuple[int, str]] = []
    position, begins_ms = 0, cue.start_ms
    for mark in _MARK.finditer(line):
        pieces.append((begins_ms, bare(line[position : mark.start()])))
        position, begins_ms = mark.end(), milliseconds(mark.groups())
    pieces.append((begins_ms, bare(line[position:])))
    pieces = [one for one in pieces if one[1]]
    ends = [one[0] for one in pieces[1:]] + [cue.end_ms]
    words: list[Word] = []
    for (begin_ms, text), finish_ms in zip(pieces, ends, strict=True):
        parts = text.split()
        share_ms = max(0, finish_ms - begin_ms) / len(parts)
        words += [
            Word(begin_ms + round(n * share_ms), begin_ms + round((n + 1) * share_ms), part)
            for n, part in enumerate(parts)
        ]
    return words


def milliseconds(groups: Sequence[str | None]) -> int:
    """Hours, minutes, seconds and a decimal fraction as milliseconds."""
    hours, minutes, seconds, fraction = (one or "0" for one in groups)
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0")[:3])
