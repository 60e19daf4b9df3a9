"""Captions in lines of text: SBV, LRC, tables of tabs or commas, labels of Audacity, and minutes of meetings."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

from clipflow.engine.transcript.cues import Caption, Cue, captions_of
from clipflow.engine.transcript.marks import bare
from clipflow.engine.transcript.pieces import number, seconds_ms
from clipflow.engine.transcript.readers.result import ReadTranscript
from clipflow.engine.transcript.speakers import speaker_name
from clipflow.engine.transcript.words import Timing, Word

_SBV = re.compile(r"^(\d{1,3}:\d{2}:\d{2}\.\d{3}),(\d{1,3}:\d{2}:\d{2}\.\d{3})\s*$", re.MULTILINE)
_LRC = re.compile(r"^\s*((?:\[\d{1,3}:\d{2}(?:[.:]\d{1,3})?\])+)(.*)$")
_LRC_STAMP = re.compile(r"\[(\d{1,3}):(\d{2})(?:[.:](\d{1,3}))?\]")
_LRC_WORD = re.compile(r"<(\d{1,3}):(\d{2})[.:](\d{1,3})>")
_LRC_OFFSET = re.compile(r"^\[offset:\s*([+-]?\d{1,7})\]", re.MULTILINE | re.IGNORECASE)
_LABEL = re.compile(r"^(\d+(?:[.,]\d+)?)\t(\d+(?:[.,]\d+)?)(?:\t(.*))?$")
_TURN = re.compile(r"^(?P<name>\S[^\t\n]{0,60}?)?[ \t(]{1,4}\[?(?P<time>(?:\d{1,2}:)?\d{1,2}:\d{2})\]?\)?\s*$")
_TURN_BEFORE = re.compile(
    r"^\[?(?P<time>(?:\d{1,2}:)?\d{1,2}:\d{2})\]?[ \t]+(?P<name>[^:\t\n]{1,60})?:?\s*(?P<text>.*)$"
)
# As whisperX puts speakers into labels.
_SPEAKER_LABEL = re.compile(r"^\[\[([^\[\]]{1,40})\]\]")
_LONGEST_CAPTION_MS = 30_000
_LAST_CAPTION_MS = 5_000
_STARTS = ("start", "start time", "start_time", "begin", "in", "timestamp", "time")
_ENDS = ("end", "end time", "end_time", "stop", "out")
_TEXTS = ("text", "transcript", "content", "caption", "subtitle", "speech", "sentence")
_SPEAKERS = ("speaker", "speaker name", "name", "who")
_LEAST_TURNS = 2


def recognises_sbv(text: str) -> bool:
    """Whether a line holds two times with a comma between them, and nothing else."""
    return _SBV.search(text[:20_000]) is not None


def read_sbv(text: str) -> ReadTranscript:
    """YouTube's SBV: a line of times, then the text up to an empty line."""
    found = list(_SBV.finditer(text))
    ends = [one.start() for one in found[1:]] + [len(text)]
    cues = [
        Cue(seconds_ms(one[1]) or 0, seconds_ms(one[2]) or 0, _text_lines(text[one.end() : end]))
        for one, end in zip(found, ends, strict=True)
    ]
    return _of_cues(cues)


def recognises_lrc(text: str) -> bool:
    """Whether lines begin with minutes and seconds in brackets."""
    lines = [line for line in text[:20_000].split("\n") if line.strip()]
    stamped = sum(_LRC.match(line) is not None for line in lines)
    return stamped > 0 and stamped * 2 >= len([line for line in lines if not line.startswith("[") or _LRC.match(line)])


def read_lrc(text: str) -> ReadTranscript:
    """Lyrics: a line lasts until the next one; stamps within a line are those of words."""
    shift = _LRC_OFFSET.search(text[:20_000])
    shift_ms = -int(shift[1]) if shift else 0
    starts: list[tuple[int, str]] = []
    for line in text.split("\n"):
        found = _LRC.match(line)
        if found:
            starts += [(max(0, _stamp_ms(one.groups()) + shift_ms), found[2]) for one in _LRC_STAMP.finditer(found[1])]
    starts.sort(key=lambda one: one[0])
    ends = [one[0] for one in starts[1:]] + [starts[-1][0] + _LAST_CAPTION_MS]
    words: list[Word] = []
    cues: list[Cue] = []
    for (start_ms, said), end_ms in zip(starts, ends, strict=True):
        if _LRC_WORD.search(said):
            words += _lrc_words(said, start_ms, end_ms, shift_ms)
        elif said.strip():
            cues.append(Cue(start_ms, min(end_ms, start_ms + _LONGEST_CAPTION_MS), (said.strip(),)))
    plain = _of_cues(cues)
    return ReadTranscript((*words, *plain.words), plain.captions, None, plain.cues)


def recognises_table(text: str) -> bool:
    """Whether the first line names columns of times and text."""
    return _columns(text) is not None


def read_table(text: str) -> ReadTranscript:
    """A table with tabs or commas; whole numbers are milliseconds, as Whisper writes them."""
    columns = _columns(text)
    assert columns is not None
    start, end, said, speaker, delimiter = columns
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter, quoting=_quoting(delimiter)))[1:]
    times = [row[start].strip() for row in rows if len(row) > max(start, said)]
    is_whole = bool(times) and all(time.isdecimal() for time in times)
    captions: list[Caption] = []
    for row in rows:
        if len(row) <= max(start, said):
            continue
        start_ms = _table_time(row[start], is_whole=is_whole)
        end_ms = _table_time(row[end], is_whole=is_whole) if end is not None and len(row) > end else None
        text_said = bare(row[said])
        who = speaker_name(row[speaker]) if speaker is not None and len(row) > speaker else None
        if start_ms is not None and text_said:
            captions.append(
                Caption(start_ms, max(start_ms, end_ms if end_ms is not None else start_ms), text_said, who)
            )
    return ReadTranscript((), tuple(_with_ends(captions)))


def recognises_labels(text: str) -> bool:
    """Whether the lines are two numbers and a text, as Audacity writes labels."""
    lines = [line for line in text[:20_000].split("\n") if line.strip() and not line.startswith("\\")]
    return bool(lines) and sum(_LABEL.match(line) is not None for line in lines) * 2 > len(lines)


def read_labels(text: str) -> ReadTranscript:
    """Labels with a text, in seconds."""
    cues = []
    for line in text.split("\n"):
        found = _LABEL.match(line)
        if found and (found[3] or "").strip():
            start_ms, end_ms = (seconds_ms(one.replace(",", ".")) or 0 for one in (found[1], found[2]))
            cues.append(Cue(start_ms, max(start_ms, end_ms), (_SPEAKER_LABEL.sub(r"[\1]: ", found[3]),)))
    return _of_cues(cues)


def recognises_turns(text: str) -> bool:
    """Whether there are lines with a name and a time, as minutes of meetings have them."""
    return sum(1 for _ in _turns(text[:50_000])) >= _LEAST_TURNS


def read_turns(text: str) -> ReadTranscript:
    """Who speaks from when, and what; a turn lasts until the next one begins."""
    turns = list(_turns(text))
    ends = [one[0] for one in turns[1:]] + [turns[-1][0] + _LONGEST_CAPTION_MS]
    captions = [
        Caption(start_ms, max(start_ms, end_ms), said, speaker)
        for (start_ms, speaker, lines), end_ms in zip(turns, ends, strict=True)
        if (said := bare(" ".join(lines)))
    ]
    return ReadTranscript((), tuple(captions))


def _turns(text: str) -> Iterator[tuple[int, str | None, list[str]]]:
    pending: tuple[int, str | None, list[str]] | None = None
    for line in text.split("\n"):
        found = _TURN.match(line) or _TURN_BEFORE.match(line)
        time_ms = seconds_ms(found["time"]) if found else None
        if found and time_ms is not None and (pending is None or time_ms >= pending[0]):
            if pending:
                yield pending
            said = found.groupdict().get("text") or ""
            pending = (time_ms, speaker_name((found["name"] or "").strip(" -–—:[]")), [said] if said else [])
        elif pending and line.strip():
            pending[2].append(line)
    if pending:
        yield pending


def _of_cues(cues: Sequence[Cue]) -> ReadTranscript:
    words, captions = captions_of(cues)
    return ReadTranscript(tuple(words), tuple(captions), None, tuple(cues))


def _text_lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.split("\n") if line.strip())


def _stamp_ms(groups: Sequence[str | None]) -> int:
    minutes, seconds, fraction = (one or "0" for one in groups)
    return (int(minutes) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0")[:3])


def _lrc_words(said: str, start_ms: int, end_ms: int, shift_ms: int) -> list[Word]:
    pieces: list[tuple[int, str]] = []
    position, begins_ms = 0, start_ms
    for mark in _LRC_WORD.finditer(said):
        pieces.append((begins_ms, said[position : mark.start()].strip()))
        position, begins_ms = mark.end(), max(0, _stamp_ms(mark.groups()) + shift_ms)
    pieces.append((begins_ms, said[position:].strip()))
    ends = [one[0] for one in pieces[1:]] + [end_ms]
    return [
        Word(begin_ms, max(begin_ms, finish_ms), text, Timing.MARKED)
        for (begin_ms, text), finish_ms in zip(pieces, ends, strict=True)
        if text
    ]


def _columns(text: str) -> tuple[int, int | None, int, int | None, str] | None:
    """Where start, end, text and speaker stand, and what is between the columns."""
    first = text.lstrip().split("\n", 1)[0][:500]
    delimiter = "\t" if "\t" in first else "," if "," in first else ";"
    names = [one.strip().strip('"').lower() for one in first.split(delimiter)]

    def place(wanted: Sequence[str]) -> int | None:
        return next((names.index(one) for one in wanted if one in names), None)

    start, said = place(_STARTS), place(_TEXTS)
    return None if start is None or said is None else (start, place(_ENDS), said, place(_SPEAKERS), delimiter)


def _quoting(delimiter: str) -> Literal[0, 3]:
    # Tables with tabs hold quotation marks as they are.
    return csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL


def _table_time(text: str, *, is_whole: bool) -> int | None:
    value = text.strip().strip('"')
    if is_whole:
        milliseconds = number(value)
        return None if milliseconds is None else round(milliseconds)
    return seconds_ms(value.replace(",", "."))


def _with_ends(captions: Sequence[Caption]) -> Iterator[Caption]:
    """Captions; one without an end lasts until the next one begins."""
    for one, following in pairwise(captions):
        is_open = one.end_ms == one.start_ms
        yield Caption(one.start_ms, max(one.start_ms, following.start_ms), one.text, one.speaker) if is_open else one
    if captions:
        last = captions[-1]
        end_ms = last.end_ms if last.end_ms > last.start_ms else last.start_ms + _LAST_CAPTION_MS
        yield Caption(last.start_ms, end_ms, last.text, last.speaker)
