"""Stretches that are said again: somebody begins a sentence, breaks off or is not content, and says it anew.

The last take stays. What only sounds alike is left alone: a figure of speech that begins alike and ends otherwise, a
list, a chorus, an answer that takes up the question.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from clipflow.engine.transcript.words import Word, ends_clause, ends_sentence, plain

LONGEST_BETWEEN_MS = 60_000
LEAST_WORDS = 4
LEAST_SIMILARITY = 0.8
_LEAST_DISTINCT = 3
# Who begins more often than this with the same two words does not break off.
_MOST_BEGINNINGS = 6
# A take of more words is a passage of its own, not an attempt.
_MOST_WORDS = 200
# After a take that was broken off, words that lead nowhere.
_MOST_LOOSE_WORDS = 2
_LOOSE_LETTERS = 5
_CUT_LETTERS = 3
_MOST_ASIDE_WORDS = 8
# Shorter ones are between any two words.
_PAUSE_MS = 250
# What people say between two takes, and nowhere else without a reason.
_GIVING_UP = frozenset(
    "sorry again wait okay ok scratch scrap over redo take oops damn ugh pardon excuse come called more "
    "nochmal entschuldigung moment stop warte".split()
)
# What they say besides.
_ASIDE = _GIVING_UP | frozenset(
    "no actually that let me us start one time on sec second i mean i'm what was it try from the top cut right alright "
    "so noch einmal von vorne neu".split()
)
_HESITATION = frozenset("um uh uhm erm er eh ehm hmm mm ah oh äh ähm öh hm".split())
_NUMBERS = frozenset(
    "zero one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty hundred "
    "thousand million first second third fourth fifth sixth last next monday tuesday wednesday thursday friday "
    "saturday sunday january february march april may june july august september october november december".split()
)
_TURNING = frozenset(
    "not no never don't doesn't didn't isn't aren't wasn't weren't won't can't cannot nicht kein nie".split()
)


class Retake(NamedTuple):
    """A take that is said again: the numbers of its first and last word, and of the first word of the next take."""

    first: int
    last: int
    again: int
    similarity: float


class _Token(NamedTuple):
    number: int
    text: str


def find_retakes(words: Sequence[Word]) -> tuple[Retake, ...]:
    """Takes that are said again within a minute, in the order of time and without overlap.

    Args:
        words: in the order they are said; those without a place count by their text alone.
    """
    tokens = [_Token(number, text) for number, one in enumerate(words) if (text := plain(one.text))]
    tokens = [one for one in tokens if one.text not in _HESITATION]
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    found: list[Retake] = []
    free_from = 0
    for place in range(len(tokens) - 1):
        seed = tokens[place].text, tokens[place + 1].text
        retake = _take_before(words, tokens, place, places[seed], free_from)
        places[seed].append(place)
        if retake is not None:
            found.append(retake)
            free_from = place
    return tuple(found)


def _take_before(
    words: Sequence[Word], tokens: Sequence[_Token], again: int, earlier: Sequence[int], free_from: int
) -> Retake | None:
    """The longest take that ends where another one begins, of the nearest that began with the same two words."""
    start_ms = words[tokens[again].number].start_ms
    for first in earlier[bisect_right(earlier, free_from - 1) :][-_MOST_BEGINNINGS:]:
        is_near = again - first <= _MOST_WORDS and start_ms - words[tokens[first].number].start_ms <= LONGEST_BETWEEN_MS
        if not is_near or not _is_one_speaker(words, tokens, first, again):
            continue
        if not (_begins_phrase(words, tokens[first].number) or _begins_phrase(words, tokens[again].number)):
            continue
        similarity = _similarity(words, tokens, first, again)
        if similarity >= LEAST_SIMILARITY:
            return Retake(tokens[first].number, tokens[again].number - 1, tokens[again].number, similarity)
    return None


def _is_one_speaker(words: Sequence[Word], tokens: Sequence[_Token], first: int, again: int) -> bool:
    return words[tokens[first].number].speaker == words[tokens[again].number].speaker


def _begins_phrase(words: Sequence[Word], number: int) -> bool:
    """Whether a word comes after a pause, after punctuation, after a hesitation, or at the very beginning."""
    if number == 0:
        return True
    before = words[number - 1]
    has_pause = words[number].start_ms - before.end_ms >= _PAUSE_MS
    return has_pause or ends_clause(before.text) or plain(before.text) in _HESITATION


def _similarity(words: Sequence[Word], tokens: Sequence[_Token], first: int, again: int) -> float:
    """How much of a take comes again in what follows, from 0 to 1; 0 for what only sounds alike."""
    end = _end_of_take(words, tokens, first, again)
    take = [one.text for one in tokens[first:end]]
    following = [one.text for one in tokens[again : again + len(take) + 3]]
    if len(take) < LEAST_WORDS or len(set(take)) < _LEAST_DISTINCT or 2 * sum(map(_is_number, take)) > len(take):
        return 0.0
    pairs = _aligned(take, following)
    if len(pairs) < LEAST_WORDS:
        return 0.0
    compared, reached = pairs[-1][0] + 1, pairs[-1][1] + 1
    last, following_word = tokens[end - 1].number, tokens[again].number
    if len(take) - compared > _MOST_LOOSE_WORDS:
        return 0.0
    if not _is_given_up(words, last, following_word):
        is_exact = len(pairs) == len(take) == reached
        if not (is_exact or _breaks_off(words, last, following_word, take[compared:])):
            return 0.0
        if _changes_meaning(take, following[:reached]) or (ends_sentence(words[last].text) and _replaces(pairs)):
            return 0.0
    return len(pairs) / max(compared, reached)


def _end_of_take(words: Sequence[Word], tokens: Sequence[_Token], first: int, again: int) -> int:
    """Where a take ends when what people say between two takes is left out."""
    earliest = max(first + LEAST_WORDS, again - _MOST_ASIDE_WORDS)
    for place in range(earliest, again):
        before, here = words[tokens[place].number - 1], words[tokens[place].number]
        said_then = {one.text for one in tokens[place:again]}
        if here.start_ms - before.end_ms >= _PAUSE_MS and not said_then.isdisjoint(_GIVING_UP):
            return place
    end = again
    while end > earliest and (tokens[end - 1].text in _ASIDE or tokens[end - 2].text == "take"):
        end -= 1
    # A word of an aside may belong to the take, as where it comes again in its place.
    length = end - first
    while end < again and again + length < len(tokens) and tokens[end].text == tokens[again + length].text:
        end, length = end + 1, length + 1
    return end


def _is_given_up(words: Sequence[Word], last: int, again: int) -> bool:
    """Whether somebody says, or hesitates so, that what was said does not count."""
    between = {plain(one.text) for one in words[last + 1 : again]}
    return not between.isdisjoint(_GIVING_UP | _HESITATION)


def _breaks_off(words: Sequence[Word], last: int, again: int, loose: Sequence[str]) -> bool:
    """Whether something is heard between two takes, and the words that do not come again lead nowhere."""
    text = words[last].text
    if _is_cut_off(text):
        return True
    if words[again].start_ms - words[last].end_ms < _PAUSE_MS:
        return False
    return not loose or (not ends_clause(text) and all(len(one) <= _LOOSE_LETTERS for one in loose))


def _replaces(pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether words were said in the place of others, not only more or fewer of them."""
    return any(later[0] - one[0] > 1 and later[1] - one[1] > 1 for one, later in pairwise(pairs))


def _is_cut_off(text: str) -> bool:
    return text.rstrip("\"'”’").endswith(("-", "–", "—", "…"))


def _changes_meaning(take: Sequence[str], again: Sequence[str]) -> bool:
    """Whether the difference is a number, a day or a negation: then both are meant."""
    return any(one in _TURNING or _is_number(one) for one in set(take) ^ set(again))


def _is_number(word: str) -> bool:
    return word in _NUMBERS or any(character.isdigit() for character in word)


def _aligned(take: Sequence[str], following: Sequence[str]) -> list[tuple[int, int]]:
    """The places of the same words in both, in order: the longest common subsequence, found by dynamic programming."""
    lengths = [[0] * (len(following) + 1) for _ in range(len(take) + 1)]
    for i in range(len(take) - 1, -1, -1):
        for j in range(len(following) - 1, -1, -1):
            same = lengths[i + 1][j + 1] + 1 if _same(take[i], following[j]) else 0
            lengths[i][j] = max(same, lengths[i + 1][j], lengths[i][j + 1])
    return list(_walk(lengths, take, following))


def _walk(lengths: Sequence[Sequence[int]], take: Sequence[str], following: Sequence[str]) -> Iterator[tuple[int, int]]:
    i = j = 0
    while i < len(take) and j < len(following):
        if _same(take[i], following[j]) and lengths[i][j] == lengths[i + 1][j + 1] + 1:
            yield i, j
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1


def _same(one: str, other: str) -> bool:
    """Whether two words are the same, or one was cut off in the middle of the other."""
    return one == other or (len(one) >= _CUT_LETTERS and other.startswith(one) and len(other) - len(one) <= len(one))
