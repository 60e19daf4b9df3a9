"""The words of a recording, in the order they are said."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

SENTENCE_END = tuple(".?!…。？！")
CLAUSE_END = (",", ";", ":", "–", "—", "、", "，")
_IDEOGRAPH = "[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uff65]"
_BLANK_BETWEEN_IDEOGRAPHS = re.compile(f"(?<={_IDEOGRAPH}) (?={_IDEOGRAPH})")
LONGEST_WORD = 200
# Control, format (which turns text around, among other things), surrogate and unassigned characters.
_UNWANTED = frozenset({"Cc", "Cf", "Cs", "Cn"})
# Format characters that some scripts and emoji need.
_JOINERS = "\u200c\u200d"
_CLOSING = "\"'”’»)]}"


class Timing(StrEnum):
    """How far a word's times can be trusted."""

    EXACT = "exact"
    ESTIMATED = "estimated"
    UNPLACED = "unplaced"


class Word(NamedTuple):
    """A word with its punctuation, in whole milliseconds of the recording.

    Words of a transcript neither overlap nor go back in time. An estimated word was spread over the
    speech of its caption; an unplaced one has no speech that it could belong to.
    """

    start_ms: int
    end_ms: int
    text: str
    timing: Timing = Timing.EXACT

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
    """

    words: tuple[Word, ...] = ()
    fillers: tuple[Filler, ...] = ()
    language: str | None = None


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
    return _BLANK_BETWEEN_IDEOGRAPHS.sub("", " ".join(texts))


def clean_word(text: str) -> str:
    """A word as it may be kept and shown: no control characters, nothing that turns text around, not too long."""
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
