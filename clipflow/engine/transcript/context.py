"""What stands around a word that is often a filler and often not: the facts that the rules of English ask for."""

from collections.abc import Sequence
from dataclasses import dataclass

from clipflow.engine.transcript.words import Word, ends_clause, ends_sentence, plain

# A pause that one hears.
PAUSE_MS = 140
_SENTENCE_PAUSE_MS = 600
# Nobody strings together more fillers than this.
_FURTHEST = 8
# Text without a full stop among this many words was written without punctuation.
_PUNCTUATED_WITHIN = 30


@dataclass(frozen=True, slots=True)
class Context:
    """A phrase among its neighbours; the neighbours' words are plain, and empty where there are none.

    ``before`` and ``after`` leave sounds such as "um" out, because those come between any two words,
    and so do fillers that were found before.
    """

    before: str
    second_before: str
    after: str
    second_after: str
    starts_sentence: bool
    ends_sentence: bool
    is_set_off_before: bool
    is_set_off_after: bool
    has_pause_before: bool
    has_pause_after: bool
    has_comma_before: bool
    has_comma_after: bool
    is_repeated: bool
    is_quoting: bool


class Surroundings:
    """Answers about the words of a transcript, whose sounds are known; fillers become known as they are found."""

    def __init__(self, words: Sequence[Word], is_sound: Sequence[bool]) -> None:
        self._words = words
        self._is_sound = list(is_sound)
        self._plain = [plain(one.text) for one in words]
        self._is_unpunctuated = _without_punctuation(words)

    def take_for_sound(self, first: int, last: int) -> None:
        """Let the words that follow see these as no more than a sound."""
        self._is_sound[first : last + 1] = [True] * (last + 1 - first)

    def of(self, first: int, last: int) -> Context:
        """What stands around the words from ``first`` to ``last``."""
        before, after = self._next(first, -1), self._next(last, 1)
        second_before, second_after = self._next(before, -1), self._next(after, 1)
        starts = self._starts_sentence(first)
        ends = last + 1 == len(self._words) or ends_sentence(self._words[last].text)
        pause_before, pause_after = self._pause_after(first - 1), self._pause_after(last)
        sound_before = first > 0 and self._is_sound[first - 1]
        sound_after = last + 1 < len(self._words) and self._is_sound[last + 1]
        comma_before = first > 0 and ends_clause(self._words[first - 1].text)
        comma_after = ends_clause(self._words[last].text)
        size = last - first + 1
        return Context(
            before=self._word(before),
            second_before=self._word(second_before),
            after=self._word(after),
            second_after=self._word(second_after),
            starts_sentence=starts,
            ends_sentence=ends,
            is_set_off_before=starts or comma_before or pause_before >= PAUSE_MS or sound_before,
            is_set_off_after=ends or comma_after or pause_after >= PAUSE_MS or sound_after,
            has_pause_before=pause_before >= PAUSE_MS,
            has_pause_after=pause_after >= PAUSE_MS,
            has_comma_before=comma_before and not starts,
            has_comma_after=comma_after and not ends,
            is_repeated=self._plain[first : last + 1] == self._plain[last + 1 : last + 1 + size],
            is_quoting=last + 1 < len(self._words) and self._words[last + 1].text[:1] in '"“‘«',
        )

    def _next(self, number: int, step: int) -> int:
        for _ in range(_FURTHEST):
            number += step
            if not 0 <= number < len(self._words) or not self._is_sound[number]:
                break
        return number

    def _word(self, number: int) -> str:
        return self._plain[number] if 0 <= number < len(self._plain) else ""

    def _starts_sentence(self, number: int) -> bool:
        """Whether nothing but sounds comes before it in its sentence."""
        for before in range(number - 1, max(-1, number - 1 - _FURTHEST), -1):
            if ends_sentence(self._words[before].text):
                return True
            if not self._is_sound[before]:
                is_break = self._pause_after(before) >= _SENTENCE_PAUSE_MS
                return self._is_unpunctuated[before + 1] and is_break
        return number <= _FURTHEST

    def _pause_after(self, number: int) -> int:
        if not 0 <= number < len(self._words) - 1:
            return 0
        return self._words[number + 1].start_ms - self._words[number].end_ms


def _without_punctuation(words: Sequence[Word]) -> list[bool]:
    """For each word whether no punctuation stands near it."""
    marks = [number for number, one in enumerate(words) if ends_clause(one.text)]
    result, next_mark = [], 0
    for number in range(len(words)):
        while next_mark < len(marks) and marks[next_mark] < number - _PUNCTUATED_WITHIN:
            next_mark += 1
        result.append(next_mark == len(marks) or marks[next_mark] > number + _PUNCTUATED_WITHIN)
    return result
