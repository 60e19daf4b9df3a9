"""Breaking words into captions by the customs of subtitling.

Two lines of 42 columns (wide characters take two), up to seven seconds, breaks where sentences and
clauses end, no line that ends with an article, time to read. Source of the figures: Netflix, "Timed
Text Style Guide", and the BBC's "Subtitle Guidelines".
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from clipflow.engine.transcript.words import ends_clause, ends_sentence, joined_text, plain, width

LINE_CHARACTERS = 42
LINES = 2
LONGEST_MS = 7000
SHORTEST_MS = 833
GAP_MS = 84
CHARACTERS_PER_S = 20
_BREAKING_PAUSE_MS = 700
_MOST_AT_ONCE = 12
_LINGER_MS = 500
_WIDTH = LINE_CHARACTERS * LINES
# Where a line should not end, because these belong to what follows.
_LEADING = frozenset(
    "a an the and or but of to in on at by for from with as that which who my your his her its our their is are was "
    "were be not no very".split()
)
_SENTENCE, _CLAUSE, _PLAIN, _TORN = 3, 2, 1, 0


class TimedText(NamedTuple):
    """A word or a caption with its time in milliseconds; the lines of a caption are separated by line breaks.

    ``speaker`` is who says it, None where that is not known.
    """

    start_ms: int
    end_ms: int
    text: str
    speaker: str | None = None


def make_captions(words: Sequence[TimedText], duration_ms: int) -> list[TimedText]:
    """Captions for words in the order of time.

    Args:
        words: without overlap.
        duration_ms: no caption is shown beyond it.
    """
    groups = list(_groups(words))
    starts = [group[0].start_ms for group in groups] + [duration_ms]
    return [
        TimedText(group[0].start_ms, _end(group, next_ms, duration_ms), break_lines([one.text for one in group]))
        for group, next_ms in zip(groups, starts[1:], strict=True)
    ]


def break_lines(texts: Sequence[str]) -> str:
    """One line, or two of about the same length that are broken where the sense allows."""
    whole = joined_text(texts)
    if width(whole) <= LINE_CHARACTERS or len(texts) == 1:
        return whole
    best = min(range(1, len(texts)), key=lambda number: _line_cost(texts, number))
    return f"{joined_text(texts[:best])}\n{joined_text(texts[best:])}"


def _line_cost(texts: Sequence[str], number: int) -> tuple[int, int]:
    first, second = width(joined_text(texts[:number])), width(joined_text(texts[number:]))
    too_long = max(0, first - LINE_CHARACTERS) + max(0, second - LINE_CHARACTERS)
    # A break at the end of a clause may cost some evenness, and a longer second line looks better.
    unevenness = abs(first - second) + (4 if first > second else 0)
    return too_long, unevenness - 6 * _quality(texts[number - 1])


def _quality(text: str) -> int:
    """How good a place the end of a word is for a break."""
    if ends_sentence(text):
        return _SENTENCE
    if ends_clause(text):
        return _CLAUSE
    return _TORN if plain(text) in _LEADING else _PLAIN


def _groups(words: Sequence[TimedText]) -> Iterator[Sequence[TimedText]]:
    """The words of each caption."""
    first = 0
    while first < len(words):
        last = _furthest(words, first)
        last = _best_end(words, first, last)
        yield words[first : last + 1]
        first = last + 1


def _furthest(words: Sequence[TimedText], first: int) -> int:
    """The last word that a caption can hold: for its width, its time, and the pauses in it."""
    last = first
    while last + 1 < len(words):
        following = words[last + 1]
        is_pause = following.start_ms - words[last].end_ms >= _BREAKING_PAUSE_MS
        is_too_long = following.end_ms - words[first].start_ms > LONGEST_MS
        if following.start_ms <= words[first].start_ms and last + 1 - first < _MOST_AT_ONCE:
            # Words without a time of their own are shown with those beside them.
            last += 1
            continue
        is_answer = following.speaker != words[last].speaker
        if is_pause or is_too_long or is_answer or not _fits([one.text for one in words[first : last + 2]]):
            break
        last += 1
    return last


def _fits(texts: Sequence[str]) -> bool:
    if width(joined_text(texts)) > _WIDTH:
        return False
    return all(width(line) <= LINE_CHARACTERS for line in break_lines(texts).split("\n"))


def _best_end(words: Sequence[TimedText], first: int, last: int) -> int:
    """Where to end a caption that could go on to ``last``: a sentence's end, else the best break in its second half."""
    for number in range(first, last + 1):
        is_long_enough = words[number].end_ms - words[first].start_ms >= SHORTEST_MS
        if ends_sentence(words[number].text) and is_long_enough:
            return number
    is_whole = last + 1 == len(words) or words[last + 1].start_ms - words[last].end_ms >= _BREAKING_PAUSE_MS
    if is_whole:
        return last
    half = first + (last - first + 1) // 2
    return max(range(half, last + 1), key=lambda number: (_quality(words[number].text), number))


def _end(group: Sequence[TimedText], next_ms: int, duration_ms: int) -> int:
    """When a caption goes: as soon as it can be read, a little after it was said, well before the next one."""
    start_ms, said_ms = group[0].start_ms, group[-1].end_ms
    characters = width(joined_text([one.text for one in group]))
    readable_ms = start_ms + max(SHORTEST_MS, characters * 1000 // CHARACTERS_PER_S)
    wanted_ms = max(said_ms + _LINGER_MS, min(readable_ms, start_ms + LONGEST_MS))
    latest_ms = next_ms - GAP_MS if next_ms < duration_ms else duration_ms
    # Where the next one follows at once, the two share the gap's room.
    end_ms = max(min(wanted_ms, latest_ms), min(said_ms, next_ms), start_ms + 1)
    return min(end_ms, start_ms + LONGEST_MS)


def paragraphs(words: Sequence[TimedText], pause_ms: int = 2000) -> Iterator[tuple[str | None, str]]:
    """Who speaks, and running text: paragraphs end at long pauses after a sentence, and where someone else speaks."""
    begin = 0
    for number, (one, following) in enumerate(pairwise(words), 1):
        is_pause = following.start_ms - one.end_ms >= pause_ms and ends_sentence(one.text)
        if is_pause or following.speaker != one.speaker:
            yield one.speaker, joined_text([word.text for word in words[begin:number]])
            begin = number
    if words:
        yield words[begin].speaker, joined_text([word.text for word in words[begin:]])
