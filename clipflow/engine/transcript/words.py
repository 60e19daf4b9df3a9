"""The words of a recording, in the order they are said."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from clipflow.engine.transcript.cues import Cue

SENTENCE_END = tuple(".?!…。？！")
CLAUSE_END = (",", ";", ":", "–", "—", "、", "，")
# Chinese and Japanese, and the scripts of South-East Asia that set no blanks between words either.
_IDEOGRAPHS = "\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uff65\U00020000-\U0003ffff"
_SOUTH_EAST_ASIAN = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_WITHOUT_BLANKS = f"[{_IDEOGRAPHS}{_SOUTH_EAST_ASIAN}]"
_BLANK_BETWEEN = re.compile(f"(?<={_WITHOUT_BLANKS}) (?={_WITHOUT_BLANKS})")
# A character of such a script with what belongs to it: marks above and below, vowels before it, punctuation after it.
_CHARACTER = re.compile(
    f"[\u0e40-\u0e44\u0ec0-\u0ec4]?(?:{_WITHOUT_BLANKS}|[^{_IDEOGRAPHS}{_SOUTH_EAST_ASIAN}]+)"
    "[\u0e30-\u0e3a\u0e45-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f\u300d\u300f\uff09"
    "\u30fc\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087\u30a1\u30a3\u30a5\u30a7\u30a9\u30c3\u30e3\u30e5\u30e7]*"
)
LONGEST_WORD = 200
# Control, format (which turns text around, among other things), surrogate and unassigned characters.
_UNWANTED = frozenset({"Cc", "Cf", "Cs", "Cn"})
# Format characters that some scripts and emoji need.
_JOINERS = "\u200c\u200d"
_CLOSING = "\"'”’»)]}"


class Timing(StrEnum):
    """How far a word's times can be trusted; of a marked word only the start is given, and that is trusted."""

    EXACT = "exact"
    MARKED = "marked"
    ESTIMATED = "estimated"
    UNPLACED = "unplaced"


class Word(NamedTuple):
    """A word with its punctuation, in whole milliseconds of the recording.

    Words of a transcript neither overlap nor go back in time. An estimated word was spread over the
    speech of its caption; an unplaced one has no speech that it could belong to. ``speaker`` is who
    says it, by the name or number that the transcript gives, None where it gives none.
    """

    start_ms: int
    end_ms: int
    text: str
    timing: Timing = Timing.EXACT
    speaker: str | None = None

    @property
    def is_placed(self) -> bool:
        """Whether it belongs to speech that is heard."""
        return self.timing is not Timing.UNPLACED


class Filler(NamedTuple):
    """Something that a person may want to cut: a filler word, or speech that the transcript leaves out.

    ``word`` is the filler in its plain spelling, None for speech without words. ``first`` and
    ``last`` are the numbers of its words; for speech without words ``first`` is the word after it,
    and ``last`` the one before.
    """

    start_ms: int
    end_ms: int
    word: str | None
    confidence: float
    reason: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Transcript:
    """What is said, and which of it may go.

    Attributes:
        language: two letters such as "en", or None when nobody has said.
        cues: captions as they were imported, in the order of their file.
    """

    words: tuple[Word, ...] = ()
    fillers: tuple[Filler, ...] = ()
    language: str | None = None
    cues: tuple["Cue", ...] = ()


def text_of(words: Iterable[Word]) -> str:
    """The words as running text."""
    return joined_text([one.text for one in words])


def texts_in(stretches: Iterable[tuple[int, int]], words: Sequence[Word]) -> Iterator[str]:
    """What is said in each stretch: the words whose middle lies in it.

    Args:
        stretches: start and end in milliseconds, in the order of time, without overlap.
        words: in the order of time, without overlap.
    """
    number = 0
    for start_ms, end_ms in stretches:
        while number < len(words) and words[number].start_ms + words[number].end_ms < 2 * start_ms:
            number += 1
        first = number
        while number < len(words) and words[number].start_ms + words[number].end_ms < 2 * end_ms:
            number += 1
        yield text_of(words[first:number])


def joined_text(texts: Iterable[str]) -> str:
    """Texts with blanks between them, except in scripts that know none."""
    return _BLANK_BETWEEN.sub("", " ".join(texts))


def split_words(text: str) -> list[str]:
    """The words of a text; of scripts that set no blanks between them, its characters with their punctuation."""
    words: list[str] = []
    for part in text.split():
        words += _CHARACTER.findall(part) if re.search(_WITHOUT_BLANKS, part) else [part]
    return words


def width(text: str) -> int:
    """How wide a text is shown, in columns: wide characters count as two, marks on others as none."""
    return sum(
        2 if unicodedata.east_asian_width(one) in ("W", "F") else 0 if unicodedata.combining(one) else 1 for one in text
    )


def clean_word(text: str) -> str:
    """A word as it may be kept and shown: no control characters, nothing that turns text around, not too long."""
    if text.isascii() and text.isprintable():
        return text[:LONGEST_WORD]
    return "".join(c for c in text[:LONGEST_WORD] if unicodedata.category(c) not in _UNWANTED or c in _JOINERS)


def plain(text: str) -> str:
    """A word as it is compared: small letters, no punctuation around it, one kind of apostrophe."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    start, end = 0, len(folded)
    while start < end and not folded[start].isalnum():
        start += 1
    while end > start and not folded[end - 1].isalnum():
        end -= 1
    return folded[start:end]


def ends_sentence(text: str) -> bool:
    """Whether a word is the last of its sentence."""
    return text.rstrip(_CLOSING).endswith(SENTENCE_END)


def ends_clause(text: str) -> bool:
    """Whether punctuation sets off what follows a word."""
    return text.rstrip(_CLOSING).endswith((*CLAUSE_END, *SENTENCE_END)) or text.endswith("-")
