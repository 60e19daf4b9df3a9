"""From the pieces that services give – words, parts of words, punctuation, with and without times – to words."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from clipflow.engine.transcript.marks import bare
from clipflow.engine.transcript.words import Timing, Word, split_words

# Nothing lasts longer than this, and larger numbers are no times.
_LONGEST_S = 1_000_000.0
_ISO_DURATION = re.compile(r"PT(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?")
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")


class Piece(NamedTuple):
    """A piece of what is said, in milliseconds; None where it has no time.

    ``is_glued`` says that it belongs to the piece before, as punctuation does.
    """

    start_ms: int | None
    end_ms: int | None
    text: str
    speaker: str | None = None
    is_glued: bool = False


@dataclass(slots=True)
class _Draft:
    start_ms: int | None
    end_ms: int | None
    text: str
    speaker: str | None
    is_estimated: bool = False


def seconds_ms(value: Any) -> int | None:
    """A time in milliseconds, from seconds in any of the ways that services write them; None for anything else.

    Numbers, "12.9", "12.9s", "PT1M2.5S", "00:01:02,500", and seconds with nanoseconds in an object.
    """
    if type(value) is float:
        return _bounded(max(0.0, value)) if math.isfinite(value) else None
    if isinstance(value, dict):
        seconds, nanos = number(value.get("seconds", 0)), number(value.get("nanos", 0))
        return None if seconds is None or nanos is None else _bounded(seconds + nanos / 1e9)
    if isinstance(value, str):
        text = value.strip()
        if found := _ISO_DURATION.fullmatch(text):
            hours, minutes, seconds_part = (float(one or 0) for one in found.groups())
            return _bounded(hours * 3600 + minutes * 60 + seconds_part)
        if found := _CLOCK.fullmatch(text):
            return _bounded(int(found[1] or 0) * 3600 + int(found[2]) * 60 + float(found[3].replace(",", ".")))
        value = text.removesuffix("s")
    seconds = number(value)
    return None if seconds is None else _bounded(seconds)


def whole_ms(value: Any) -> int | None:
    """A time that is given in milliseconds."""
    milliseconds = number(value)
    return None if milliseconds is None else _bounded(milliseconds / 1000)


def number(value: Any) -> float | None:
    """A finite number that is not negative, also as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return max(0.0, found) if math.isfinite(found) else None


def _bounded(seconds: float) -> int | None:
    return None if seconds > _LONGEST_S else round(seconds * 1000)


def items(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; empty for anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text_in(value: Any) -> str:
    """A text; empty for anything else."""
    return value if isinstance(value, str) else ""


def words_of_pieces(
    pieces: Iterable[Piece], start_ms: int | None = None, end_ms: int | None = None, *, is_spaced: bool = True
) -> list[Word]:
    """Words in the order of the pieces, each with a time.

    A piece without one lies between its neighbours, or between them and the ends of the passage
    that it belongs to; several share that room by their length.

    Args:
        pieces: of one passage.
        start_ms: where the passage begins, if that is known.
        end_ms: where it ends.
        is_spaced: whether each piece is a word of its own; otherwise a blank at its start begins one.
    """
    drafts = _joined(pieces, is_spaced=is_spaced)
    _fill_missing_times(drafts, start_ms, end_ms)
    words: list[Word] = []
    for draft in drafts:
        words += _split(draft)
    return words


def _joined(pieces: Iterable[Piece], *, is_spaced: bool) -> list[_Draft]:
    drafts: list[_Draft] = []
    for piece in pieces:
        begins_word = not piece.is_glued and (is_spaced or piece.text[:1].isspace())
        if not piece.text.strip():
            continue
        if drafts and not begins_word:
            drafts[-1].text += piece.text
            if piece.end_ms is not None and not piece.is_glued:
                drafts[-1].end_ms = piece.end_ms
        else:
            drafts.append(_Draft(piece.start_ms, piece.end_ms, piece.text, piece.speaker))
    return drafts


def _fill_missing_times(drafts: Sequence[_Draft], start_ms: int | None, end_ms: int | None) -> None:
    number = 0
    while number < len(drafts):
        if drafts[number].start_ms is not None:
            number += 1
            continue
        first = number
        while number < len(drafts) and drafts[number].start_ms is None:
            number += 1
        before = drafts[first - 1].end_ms if first else start_ms
        after = drafts[number].start_ms if number < len(drafts) else end_ms
        _share(drafts[first:number], before, after)


def _share(group: Sequence[_Draft], before_ms: int | None, after_ms: int | None) -> None:
    start_ms = before_ms if before_ms is not None else (after_ms or 0)
    end_ms = max(start_ms, after_ms if after_ms is not None else start_ms)
    total = sum(len(draft.text) for draft in group) or 1
    position = 0
    for draft in group:
        draft.start_ms = start_ms + (end_ms - start_ms) * position // total
        position += len(draft.text)
        draft.end_ms = start_ms + (end_ms - start_ms) * position // total
        draft.is_estimated = True


def _split(draft: _Draft) -> list[Word]:
    start_ms = draft.start_ms or 0
    end_ms = start_ms if draft.end_ms is None else max(start_ms, draft.end_ms)
    timing = Timing.ESTIMATED if draft.is_estimated else Timing.EXACT
    parts = split_words(bare(draft.text))
    if len(parts) == 1:
        return [Word(start_ms, end_ms, parts[0], timing, draft.speaker)]
    total = sum(map(len, parts)) or 1
    words: list[Word] = []
    position = 0
    for part in parts:
        begin_ms = start_ms + (end_ms - start_ms) * position // total
        position += len(part)
        finish_ms = start_ms + (end_ms - start_ms) * position // total
        words.append(Word(begin_ms, finish_ms, part, timing, draft.speaker))
    return words
